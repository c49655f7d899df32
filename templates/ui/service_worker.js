{% autoescape off %}/* Keeps the page for "no connection" and the files it needs. Never a signed-in page: computers are shared. */
const NAME = "memo-1";
const OFFLINE = "{% url "offline" %}";
const KEPT = ["{% static "ui/css/memo.css" %}", "{% static "ui/icons.svg" %}", "{% static "ui/favicon.svg" %}", "{% static "vendor/inter-latin.woff2" %}"];

async function install(event) {
  // Everything but whole pages and the kept files goes past us, where the browser can do that.
  const passing = { or: [{ requestMode: "navigate" }, ...KEPT.map((path) => ({ urlPattern: { pathname: path } }))] };
  await event.addRoutes?.({ condition: { not: passing }, source: "network" }).catch(() => {});
  const cache = await caches.open(NAME);
  await cache.addAll([OFFLINE, ...KEPT]);
  await self.skipWaiting();
}

async function activate() {
  // The page is asked for while we wake up, so that nobody waits for us.
  await self.registration.navigationPreload?.enable();
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== NAME).map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function page(event) {
  try {
    return (await event.preloadResponse) ?? (await fetch(event.request));
  } catch {
    return caches.match(OFFLINE);
  }
}

async function file(request) {
  try {
    return await fetch(request);
  } catch {
    return (await caches.match(request)) ?? Response.error();
  }
}

self.addEventListener("install", (event) => event.waitUntil(install(event)));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  if (request.mode === "navigate") event.respondWith(page(event));
  else if (KEPT.includes(new URL(request.url).pathname)) event.respondWith(file(request));
});
{% endautoescape %}
