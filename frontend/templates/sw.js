// Keeps the site readable when the line is gone: pages from the line first, else as they were;
// files, whose names change with their content, from the phone. Version: {{ version|safe }}
const OFFLINE = {{ offline|safe }}, SHELL = {{ shell|safe }};
const MOST = 60, PATIENCE = 10000;
const HASHED = /^\/static\/.*\.[0-9a-f]{12}\.\w+$/;

addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(caches.open("shell").then((shell) => shell.addAll(SHELL)));
});
addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

async function keep(name, request, response) {
  const kept = await caches.open(name);
  await kept.put(request, response);
  for (const old of (await kept.keys()).slice(0, -MOST)) await kept.delete(old);
}

async function file(event) {
  const found = await caches.match(event.request, { ignoreVary: true });
  if (found) return found;
  const response = await fetch(event.request);
  if (response.ok) event.waitUntil(keep("files", event.request, response.clone()));
  return response;
}

async function page(event) {
  const { request } = event;
  const fetched = fetch(request).then((response) => {
    // What is somebody's alone, and everything on a shared phone, says that nobody may keep it.
    if (response.ok && !/no-store/.test(response.headers.get("Cache-Control"))) {
      event.waitUntil(keep("pages", request, response.clone()));
    }
    return response;
  });
  fetched.catch(() => undefined);
  // A line that brings nothing is no line, if there is something to show.
  const late = new Promise((_, give) => setTimeout(give, PATIENCE));
  try {
    return await Promise.race([fetched, late]);
  } catch (error) {
    const found = await caches.match(request, { ignoreSearch: true, ignoreVary: true });
    if (found) return found;
    return fetched.catch((failed) => {
      if (request.mode === "navigate") return caches.match(OFFLINE, { ignoreVary: true });
      throw failed;
    });
  }
}

function isPage({ mode, headers }, pathname) {
  return mode === "navigate" || pathname.endsWith("/statements.json") || /^text\/html/.test(headers.get("Accept"));
}

addEventListener("fetch", (event) => {
  const { request } = event, { origin, pathname } = new URL(request.url);
  if (origin !== location.origin) return;
  if (request.method !== "GET") {
    // Whoever signs in or out sees other pages than before.
    if (pathname.startsWith("/accounts/")) event.waitUntil(caches.delete("pages"));
  } else if (HASHED.test(pathname)) event.respondWith(file(event));
  else if (isPage(request, pathname)) event.respondWith(page(event));
});
