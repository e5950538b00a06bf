// Picks on the opinion map, its table and its past happen in place; each is a plain link too.

import { find, language, say } from "./page.js";

const news = find(document, "#news");
let wanted = 0;
let shown = location.search;

/**
 * @param {string | URL} address
 * @param {"text/html" | "image/svg+xml"} type
 */
async function fetched(address, type) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(String(answer.status));
  return new DOMParser().parseFromString(await answer.text(), type);
}

/** The picture as a part of the page, so that what is on it can be picked. */
async function draw() {
  const frame = /** @type {HTMLDetailsElement} */ (find(document, ".picture"));
  const image = frame.querySelector("img");
  if (!frame.open || !image) return;
  const source = `${image.dataset.src}&links`;
  const drawn = await fetched(source, "image/svg+xml").catch(() => null);
  if (!image.isConnected) return;
  if (!drawn) {
    image.src = image.dataset.src || "";
    return;
  }
  const picture = /** @type {Element} */ (document.adoptNode(drawn.documentElement));
  picture.setAttribute("class", "map-picture");
  image.replaceWith(picture);
}

/** Until the picture is wanted, nothing of it is fetched; the light site has only a link to it. */
function prepare() {
  const frame = /** @type {HTMLDetailsElement | null} */ (document.querySelector(".picture"));
  if (!frame) return null;
  const image = find(frame, "img");
  image.dataset.src = image.getAttribute("src") || "";
  if (!frame.open) image.removeAttribute("src");
  frame.addEventListener("toggle", draw);
  return draw();
}

/** @param {Element} part */
function tellTimes(part) {
  for (const time of part.querySelectorAll("time")) {
    const moment = new Date(time.dateTime);
    time.textContent = moment.toLocaleString(language, { dateStyle: "long", timeStyle: "short", hourCycle: "h23" });
  }
}

/**
 * Put the part of the page that `address` shows in place of the part that is there.
 * @param {URL} address @param {Element | null} by what the reader used
 */
async function show(address, by) {
  const part = address.hash.slice(1) || "map";
  const ask = new URL(address);
  ask.searchParams.set("part", part);
  const mine = ++wanted;
  const page = await fetched(ask, "text/html").catch(() => null);
  if (mine !== wanted) return;
  const fresh = page && page.getElementById(part);
  const old = document.getElementById(part);
  if (!fresh || !old) {
    location.assign(address);
    return;
  }
  const opened = [...old.querySelectorAll("details")].map((one) => one.open);
  const onPicture = by !== null && by.closest("svg") !== null;
  old.replaceWith(document.adoptNode(fresh));
  tellTimes(fresh);
  fresh.querySelectorAll("details").forEach((one, turn) => {
    if (one.className === "picture" || part !== "choice") one.open = opened[turn] || false;
  });
  const drawn = part === "numbers" ? null : prepare();
  shown = address.search;
  if (by) {
    history.pushState(null, "", address);
    say(news, fresh.dataset.news || "");
    if (onPicture) await drawn;
    land(by, part, onPicture);
  }
}

/**
 * The focus stays where the reader was, or goes to what they picked.
 * @param {Element} by @param {string} part @param {boolean} onPicture
 */
function land(by, part, onPicture) {
  const href = by.getAttribute("href");
  const same = by.id
    ? document.getElementById(by.id)
    : onPicture && document.querySelector(`svg a[href="${href}"]`);
  const target = /** @type {HTMLElement | null} */ (
    same || document.getElementById(part === "choice" ? "chosen" : part)
  );
  if (!target) return;
  if (!target.hasAttribute("href") && !target.hasAttribute("type")) target.tabIndex = -1;
  target.focus({ preventScroll: onPicture });
}

document.addEventListener("click", (event) => {
  const link = /** @type {Element} */ (event.target).closest("#map a[href^='?']");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  show(new URL(link.getAttribute("href") || "", location.href), link);
});

/** The link that the slider's place stands for. */
function step() {
  const slider = /** @type {HTMLInputElement} */ (find(document, "#step"));
  const link = document.querySelectorAll("#steps a")[Number(slider.value) - 1];
  return { slider, link };
}

document.addEventListener("input", (event) => {
  if (/** @type {Element} */ (event.target).id !== "step") return;
  const { slider, link } = step();
  const words = link.textContent || "";
  slider.setAttribute("aria-valuetext", words);
  find(document, "#step-date").textContent = words;
});

document.addEventListener("change", (event) => {
  if (/** @type {Element} */ (event.target).id !== "step") return;
  const { slider, link } = step();
  show(new URL(link.getAttribute("href") || "", location.href), slider);
});

addEventListener("popstate", () => {
  const address = new URL(location.href);
  // A jump within the page is none of ours.
  if (address.search === shown) return;
  address.hash = "#map";
  show(address, null);
});

prepare();
// On a good line the picture comes by itself.
const line = /** @type {any} */ (navigator).connection || {};
const frame = /** @type {HTMLDetailsElement | null} */ (document.querySelector(".picture"));
if (frame && !line.saveData && (line.effectiveType || "4g") === "4g") frame.open = true;
