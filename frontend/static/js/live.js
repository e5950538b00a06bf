// Makes a conversation's page live: the same forms over a socket, and the news of the room.

import { Ballot } from "./ballot.js";
import { Outbox } from "./outbox.js";
import { find, say, showNumber, showWords } from "./page.js";
import { Room } from "./socket.js";
import { Waiting } from "./waiting.js";
import { Writing } from "./writing.js";

/** @typedef {import("./ballot.js").Statement} Statement */

const NEWEST_SHOWN = 5;
// Words about the line wait: most breaks are over before anybody needs to know.
const PATIENCE = 2000;
// A page connected sooner than this has missed nothing.
const SOON = 5000;
// The reader's first vote goes before what they may need later.
const AHEAD_AFTER = 3000;

const live = JSON.parse(find(document, "#live-data").textContent || "{}");
const room = new Room(live.socket);
const outbox = new Outbox(live.path);
const ballot = new Ballot(room, outbox, live);
const newest = find(document, "[data-newest]");
const line = find(document, "[data-line]");
// Statements counted already: news of one of them raises no total.
/** @type {Set<number>} */
const known = new Set();
let lineTimer = 0;
let everLost = false;

new Waiting(outbox, find(document, "[data-outbox]"));
new Writing(room, (answer) => {
  known.add(answer.id);
  ballot.setProgress(answer);
});

/** @param {{votes: number, participants: number}} tally */
function showTally({ votes, participants }) {
  showNumber(document, "[data-votes]", votes);
  showNumber(document, "[data-participants]", participants);
}

/** @param {Statement[]} statements the newest first */
function showNewest(statements) {
  const list = find(newest, "ul");
  const template = /** @type {HTMLTemplateElement} */ (find(newest, "template"));
  for (const statement of [...statements].reverse()) {
    known.add(statement.id);
    if (list.querySelector(`[data-statement="${statement.id}"]`)) continue;
    const row = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
    find(row, "li").dataset.statement = String(statement.id);
    /** @type {HTMLAnchorElement} */ (find(row, "a")).href = `?statement=${statement.id}#vote`;
    showWords(find(row, "bdi"), statement.text, statement.language);
    list.prepend(row);
  }
  for (const row of [...list.children].slice(NEWEST_SHOWN)) row.remove();
  newest.hidden = list.children.length === 0;
}

/** Put the newest map in words in place, without taking the reader's place away. */
async function refreshMap() {
  const place = find(document, "#map-summary");
  // Spread out: a whole room is told of a new map in the same moment.
  await new Promise((go) => setTimeout(go, Math.random() * 1000));
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

/** Bring the page up to date after an outage, or after a long way here. */
async function synchronise() {
  const state = await room.ask("sync", { votes_version: live.votes_version }, false);
  live.votes_version = state.votes_version;
  showTally(state);
  showNewest(state.newest);
  ballot.setProgress(state);
  if (ballot.shown === null && state.next) ballot.show(state.next);
}

/** @type {Record<string, (content: any) => void>} */
const news = {
  "statement.accepted": (statement) => {
    if (known.has(statement.id)) return;
    showNewest([statement]);
    ballot.raise();
  },
  "statement.removed": ({ id }) => {
    for (const row of newest.querySelectorAll(`[data-statement="${id}"]`)) row.remove();
    ballot.remove(id);
  },
  tally: showTally,
  "map.updated": refreshMap,
};

room.addEventListener("news", (event) => {
  const frame = /** @type {CustomEvent} */ (event).detail;
  if (frame.type in news) news[frame.type](frame.content);
});

room.addEventListener("open", () => {
  sendWaiting();
  clearTimeout(lineTimer);
  lineTimer = 0;
  say(line, ballot.root.dataset.lineOpen || "");
  if (everLost) refreshMap();
  if (everLost || performance.now() > SOON) synchronise().catch(() => undefined);
});

room.addEventListener("lost", () => {
  everLost = true;
  // Where sockets do not pass, plain requests may.
  if (outbox.waiting.length) outbox.send();
  // Each failed attempt to come back is a loss again; the first one counts.
  if (lineTimer) return;
  lineTimer = setTimeout(() => {
    // From now on changes are read out; that all is well at the start need not be.
    line.setAttribute("role", "status");
    say(line, ballot.root.dataset.lineLost || "");
  }, PATIENCE);
});

/** Whatever waited is sent; then the page is as the server has it. */
async function sendWaiting() {
  if (!outbox.waiting.length) return;
  const answer = await outbox.send();
  if (answer) ballot.setProgress(answer);
}

/** Some statements to go on with, once the page itself is there. */
async function lookAhead() {
  await outbox.open();
  await sendWaiting();
  if (navigator.onLine) await new Promise((go) => setTimeout(go, AHEAD_AFTER));
  await outbox.look();
  // A page that the worker kept shows what was on it then.
  if (!room.isOpen && outbox.has(ballot.shown)) ballot.show(outbox.next(ballot.shown));
}

addEventListener("online", sendWaiting);
lookAhead();
room.connect();
