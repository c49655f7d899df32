{% autoescape off %}/* Keeps the page for "no connection" and files whose address says their content. Never a signed-in page. */
const NAME = "memo-{{ request.get_host }}-1";
const OFFLINE = "{% url "offline" %}";
const KEPT = ["{% static "ui/css/memo.css" %}", "{% static "ui/icons.svg" %}", "{% static "ui/favicon.svg" %}", "{% static "vendor/inter-latin.woff2" %}"];

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(NAME).then((cache) => cache.addAll([OFFLINE, ...KEPT])).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const others = (names) => Promise.all(names.filter((name) => name !== NAME).map((name) => caches.delete(name)));
  event.waitUntil(caches.keys().then(others).then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  if (request.mode === "navigate") {
    event.respondWith(fetch(request).catch(() => caches.match(OFFLINE)));
  } else if (KEPT.includes(new URL(request.url).pathname)) {
    event.respondWith(fetch(request).catch(() => caches.match(request)));
  }
});
{% endautoescape %}
