// Makes a conversation's page live: the same forms over a socket, votes kept while there is no line.
// What most readers need later or never is fetched then: the room's news, the help for writers.

import { Ballot } from "./ballot.js";
import { Outbox } from "./outbox.js";
import { find, say } from "./page.js";
import { Room } from "./socket.js";
import { Waiting } from "./waiting.js";

// Words about the line wait: most breaks are over before anybody needs to know.
const PATIENCE = 2000;
// The reader's first vote goes before what they may need later.
const AHEAD_AFTER = 3000;

export const live = JSON.parse(find(document, "#live-data").textContent || "{}");
export const room = new Room(live.socket);
const box = find(document, "[data-outbox]");
const outbox = new Outbox(live.path, box.dataset.reader || "");
export const ballot = new Ballot(room, outbox, live);
// The room's version and counts as they are on the page.
export const [version, votesVersion, votes, participants] = (ballot.root.dataset.room || "").split(" ").map(Number);
// Statements counted already: news of one of them raises no total.
/** @type {Set<number>} */
export const known = new Set();
// News until the module is there that knows what to do with them.
/** @type {import("./state.js").News[]} */
export const early = [];
export let everLost = false;

const line = find(document, "[data-line]");
const write = document.querySelector("[data-write]");
const modules = new Set();
let lineTimer = 0;

new Waiting(outbox, box);

/** Fetch a module once; its address is the server's, whose names change with what is in them. @param {string} address */
function load(address) {
  if (modules.has(address)) return;
  modules.add(address);
  const script = document.createElement("script");
  script.type = "module";
  script.src = address;
  script.onerror = () => modules.delete(address);
  document.head.append(script);
}

/** A statement of the reader's own is on disk. @param {{id: number, voted: number, remaining: number, total: number}} answer */
export function written(answer) {
  known.add(answer.id);
  ballot.setProgress(answer);
}

function loadNews() {
  load(find(document, "[data-newest]").dataset.newest || "");
}

/** @param {Event} event */
export function keep(event) {
  const { detail } = /** @type {CustomEvent} */ (event);
  if (detail.type === "heartbeat" && detail.content.version <= version) return;
  early.push(detail);
  loadNews();
}

/** @param {string} words which of the page's; where nobody votes any more the line is nobody's matter */
function tellLine(words) {
  say(line, (!ballot.hasEnded && ballot.root.dataset[words]) || "");
}

room.addEventListener("news", keep);

room.addEventListener("open", () => {
  outbox.send();
  clearTimeout(lineTimer);
  lineTimer = 0;
  tellLine("lineOpen");
  if (everLost) loadNews();
});

room.addEventListener("ended", () => {
  outbox.isHalted = true;
  ballot.end("session");
  // What is typed stays; sent now it would be nobody's.
  if (write) for (const button of write.querySelectorAll("button")) button.hidden = true;
});

room.addEventListener("lost", () => {
  everLost = true;
  // Each failed attempt to come back is a loss again; the first one counts.
  if (lineTimer) return;
  lineTimer = setTimeout(() => {
    // From now on changes are read out; that all is well at the start need not be.
    line.setAttribute("role", "status");
    tellLine("lineLost");
  }, PATIENCE);
});

outbox.addEventListener("answered", (event) => {
  ballot.catchUp(/** @type {CustomEvent} */ (event).detail);
  room.hurry();
});

/** Some statements to go on with, once the page itself is there. */
async function lookAhead() {
  await outbox.open();
  await outbox.send();
  if (navigator.onLine) await new Promise((go) => setTimeout(go, AHEAD_AFTER));
  await outbox.look();
  // A page that the worker kept shows what was on it then.
  if (!room.isOpen && outbox.has(ballot.shown)) ballot.show(outbox.next(ballot.shown));
}

if (write) write.addEventListener("focusin", () => load(write.dataset.write));
for (const words of ballot.root.querySelectorAll("[data-repair]")) words.textContent = words.dataset.repair;
addEventListener("online", () => outbox.send());
lookAhead();
room.connect();
