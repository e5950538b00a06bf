// What every page does: moments in the reader's own zone, the worker that keeps pages, and signing
// out with care for what waits on the phone.
// Without it the server's words stand.

const root = document.documentElement;

for (const time of document.querySelectorAll("time[datetime]")) {
  const stamp = time.getAttribute("datetime") || "";
  const moment = new Date(stamp);
  // A date alone belongs to no zone.
  if (!stamp.includes("T") || Number.isNaN(moment.getTime())) continue;
  /** @type {Intl.DateTimeFormatOptions} */
  const style = time.hasAttribute("data-day")
    ? { dateStyle: "long" }
    : { dateStyle: "long", timeStyle: "short", hourCycle: "h23" };
  time.textContent = moment.toLocaleString(root.lang, style);
}

/**
 * The first page was loaded before the worker was there: let it pass through once more, out of
 * the browser's own store, so that it opens without a line too.
 */
async function showToWorker() {
  const files = performance.getEntriesByType("resource").map((entry) => entry.name);
  const page = new Request(location.href, { headers: { Accept: "text/html" }, cache: "force-cache" });
  const own = files.filter((name) => /^\/static\/.*\.(css|js)$/.test(new URL(name).pathname));
  await Promise.all([page, ...own].map((one) => fetch(one, { cache: "force-cache" })));
}

async function startWorker() {
  const isFirst = !navigator.serviceWorker.controller;
  if (isFirst) navigator.serviceWorker.addEventListener("controllerchange", showToWorker, { once: true });
  await navigator.serviceWorker.register(root.dataset.worker || "");
}

async function forget() {
  const workers = await navigator.serviceWorker.getRegistrations();
  await Promise.all(workers.map((worker) => worker.unregister()));
  await Promise.all((await caches.keys()).map((name) => caches.delete(name)));
}

/** The form that is to sign its reader out. @type {HTMLFormElement | null} */
export let leaving = null;

addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (!form.dataset.leave) return;
  event.preventDefault();
  if (leaving) return;
  leaving = form;
  const script = document.createElement("script");
  script.type = "module";
  script.src = form.dataset.leave;
  // Votes that wait stay then, for their owner alone.
  script.onerror = () => form.submit();
  document.head.append(script);
});

// Only pages from a secure origin have workers.
if ("serviceWorker" in navigator) {
  const act = root.dataset.worker ? startWorker : forget;
  // What the reader came for goes first.
  addEventListener("load", () => act().catch(() => undefined));
}
