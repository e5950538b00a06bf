// The news of a live room on the page: new statements, counts, the map, and that it has closed.
// Whatever was missed is fetched as a snapshot, and what came meanwhile goes on from there.

import { ballot, early, everLost, keep, known, live, participants, room, version, votes, votesVersion } from "./live.js";
import { find, showNumber, showWords } from "./page.js";
import { apply, begin } from "./state.js";

/** @typedef {import("./state.js").News} News */

// A whole room is told in the same moment: within this time its pages ask one after the other.
const SPREAD = 2000;
const SPREAD_OF_MAPS = 1000;

const newest = find(document, "[data-newest]");
const list = find(newest, "ul");
// News that came while a snapshot was on its way.
/** @type {News[] | null} */
let since = null;
// What the server put on the page is a snapshot too.
let state = begin({
  version,
  votes_version: votesVersion,
  votes,
  participants,
  open: true,
  map_version: 0,
  newest: [...list.children].map((row) => {
    const words = /** @type {HTMLElement} */ (find(row, "bdi"));
    return { id: Number(row.dataset.statement), text: words.textContent, language: words.lang };
  }),
});

/** @param {number} most milliseconds */
function aWhile(most) {
  return new Promise((go) => setTimeout(go, Math.random() * most));
}

/** @param {import("./state.js").Words[]} statements the newest first */
function showNewest(statements) {
  const template = /** @type {HTMLTemplateElement} */ (find(newest, "template"));
  for (const [place, { id, text, language }] of statements.entries()) {
    known.add(id);
    const row = /** @type {HTMLElement} */ (
      list.querySelector(`[data-statement="${id}"]`) || document.importNode(template.content, true).firstElementChild
    );
    row.dataset.statement = String(id);
    /** @type {HTMLAnchorElement} */ (find(row, "a")).href = `?statement=${id}#vote`;
    showWords(find(row, "bdi"), text, language);
    // Moved only where it has to be: a row that is moved loses the focus.
    if (list.children[place] !== row) list.insertBefore(row, list.children[place] || null);
  }
  for (const row of [...list.children].slice(statements.length)) row.remove();
  newest.hidden = list.children.length === 0;
}

/** Put the newest map in words in place, without taking the reader's place away. */
async function refreshMap() {
  const place = find(document, "#map-summary");
  await aWhile(SPREAD_OF_MAPS);
  const answer = await fetch(live.summary, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer || !answer.ok) return;
  const words = await answer.text();
  if (place.contains(document.activeElement)) {
    await new Promise((go) => place.addEventListener("focusout", go, { once: true }));
  }
  const wasOpen = place.querySelector("details[open]") !== null;
  place.innerHTML = words;
  const details = place.querySelector("details");
  if (details) details.open = wasOpen;
}

/** Nothing typed is lost by it; there is only nowhere to send it. */
function close() {
  ballot.end("closed");
  const box = /** @type {HTMLTextAreaElement | null} */ (document.querySelector("[data-write] textarea"));
  if (!box) return;
  find(document, "#write").hidden = !box.value;
  for (const button of document.querySelectorAll("[data-write] button")) button.hidden = true;
}

/** Bring the page from the state that it shows to the next one. @param {import("./state.js").State} next */
function move(next) {
  const before = state;
  state = next;
  if (next.votes_version !== before.votes_version) {
    showNumber(document, "[data-votes]", next.votes);
    showNumber(document, "[data-participants]", next.participants);
  }
  if (next.newest !== before.newest) showNewest(next.newest);
  if (next.map_version > before.map_version) refreshMap();
  if (!next.open) close();
  if (next.behind && !since) catchUp();
}

/** The room's snapshot over plain HTTP; null where there is no line for that either. */
async function fetchSnapshot() {
  // Named, so that no cache answers with an earlier one.
  const address = `${live.path}live.json?version=${Math.max(state.behind, state.version)}`;
  const answer = await fetch(address).catch(() => null);
  return answer && answer.ok ? answer.json().catch(() => null) : null;
}

/** Fetch what was missed, and go on from there. */
async function catchUp() {
  since = [];
  await aWhile(SPREAD);
  const seen = state.version;
  // One question over the line has the reader's own progress in its answer. After an outage a whole
  // room asks at once: by two requests each it takes the server seven times as long.
  const synced = await room.ask("sync", { votes_version: state.votes_version }).catch(() => null);
  const found = synced || (await fetchSnapshot());
  const missed = since;
  since = null;
  if (found && found.version >= seen) {
    move(missed.reduce(apply, begin(found)));
    if (synced) ballot.catchUp(synced);
    else ballot.refresh();
  } else {
    // The next heartbeat tells again.
    state = { ...state, behind: 0, gap: true };
  }
}

/** @param {News} frame */
function hear(frame) {
  if (since) since.push(frame);
  const next = apply(state, frame);
  if (next === state) return;
  const { id } = frame.content;
  const isNew = frame.type === "statement.accepted" && !known.has(id);
  if (isNew) known.add(id);
  move(next);
  if (isNew) ballot.raise();
  if (frame.type === "statement.removed") ballot.remove(id);
}

room.removeEventListener("news", keep);
room.addEventListener("news", (event) => hear(/** @type {CustomEvent} */ (event).detail));
room.addEventListener("open", () => since || catchUp());
early.forEach(hear);
if (everLost && !since) catchUp();
