{% autoescape off %}/* Keeps the pages for "no connection" and the files they need, and shows push messages. Never keeps a signed-in page: computers are shared. */
const NAME = "memo-{{ version }}";
const OFFLINE = "{% url "offline" %}?language=";
const LANGUAGES = [{% for code, name in languages %}"{{ code }}"{% if not forloop.last %}, {% endif %}{% endfor %}];
const KEPT = [{% for path in kept %}"{{ path }}"{% if not forloop.last %}, {% endif %}{% endfor %}];
const LANGUAGE = "/offline/language";
let language = "";

async function install(event) {
  // Everything but whole pages and the kept files goes past us, where the browser can do that.
  const passing = { or: [{ requestMode: "navigate" }, ...KEPT.map((path) => ({ urlPattern: { pathname: path } }))] };
  await event.addRoutes?.({ condition: { not: passing }, source: "network" }).catch(() => {});
  const cache = await caches.open(NAME);
  await cache.addAll([...LANGUAGES.map((code) => OFFLINE + code), ...KEPT]);
  await self.skipWaiting();
}

async function activate() {
  // The page is asked for while we wake up, so that nobody waits for us.
  await self.registration.navigationPreload?.enable();
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== NAME).map((name) => caches.delete(name)));
  await self.clients.claim();
}

/* The language of the last page is the one in which we say that there is no connection. */
async function remember(code) {
  if (!LANGUAGES.includes(code) || code === language) return;
  language = code;
  await (await caches.open(NAME)).put(LANGUAGE, new Response(code));
}

async function offline() {
  const cache = await caches.open(NAME);
  const code = language || (await (await cache.match(LANGUAGE))?.text()) || LANGUAGES[0];
  return (await cache.match(OFFLINE + code, { ignoreVary: true })) ?? Response.error();
}

async function page(event) {
  try {
    const response = (await event.preloadResponse) ?? (await fetch(event.request));
    event.waitUntil(remember(response.headers.get("Content-Language") ?? ""));
    return response;
  } catch {
    return offline();
  }
}

async function file(request) {
  try {
    return await fetch(request);
  } catch {
    return (await caches.match(request, { ignoreVary: true })) ?? Response.error();
  }
}

async function pushed(data) {
  const { title = "Memo", body = "", url = "/", tag = "memo", lang = "" } = data;
  const icon = "{{ icon }}";
  await self.registration.showNotification(title, { body, tag, lang, icon, badge: icon, renotify: true, data: { url } });
  await self.navigator.setAppBadge?.().catch(() => {});
}

/* An open page goes there, else a new one opens. */
async function opened(url) {
  const address = new URL(url, self.location.origin);
  if (address.origin !== self.location.origin) return;
  const [page] = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  if (!page) return self.clients.openWindow(address.href);
  await page.focus().catch(() => {});
  return page.navigate(address.href).catch(() => self.clients.openWindow(address.href));
}

function read(data) {
  try {
    return data?.json() ?? {};
  } catch {
    return {};
  }
}

self.addEventListener("install", (event) => event.waitUntil(install(event)));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("push", (event) => event.waitUntil(pushed(read(event.data))));
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(opened(event.notification.data?.url ?? "/"));
});
self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  if (request.mode === "navigate") event.respondWith(page(event));
  else if (KEPT.includes(new URL(request.url).pathname)) event.respondWith(file(request));
});
{% endautoescape %}
