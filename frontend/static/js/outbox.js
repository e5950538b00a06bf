// Votes on this phone until the server has them: each under an id of its own, so that it may be
// sent as often as the line breaks; and the statements to go on with meanwhile.

/**
 * @typedef {import("./ballot.js").Statement} Statement
 * @typedef {{id: string, path: string, statement: number, choice: string, text: string,
 *   language: string, done?: boolean, order?: number}} Kept
 * @typedef {{ballot: Kept, message: string}} Refused
 */

import { Refusal } from "./socket.js";

const MOST_AT_ONCE = 100;
const ANSWER_WITHIN = 15000;
// So long a reader waits for the answer to a vote; then it counts as waiting.
const PATIENCE = 4000;
const LATE = {};
// Refusals of this moment: the ballot is good and is sent again.
const PASSING = ["line_lost", "try_later", "too_fast", "sign_in_needed"];

/** @param {IDBRequest | IDBTransaction} asked @returns {Promise<any>} */
function done(asked) {
  return new Promise((kept, failed) => {
    const answered = () => kept(asked instanceof IDBRequest ? asked.result : undefined);
    if (asked instanceof IDBRequest) asked.onsuccess = answered;
    else asked.oncomplete = answered;
    asked.onerror = () => failed(asked.error);
  });
}

/** Dispatches `waiting` (detail: how many) and `heard` (detail: what became of those that waited). */
export class Outbox extends EventTarget {
  /** @param {string} path the conversation's */
  constructor(path) {
    super();
    this.path = path;
    /** @type {Statement[]} */
    this.ahead = [];
    /** @type {Kept[]} */
    this.ballots = [];
    this.token = "";
    // The ballot that was cast just now, and its answer, which goes to whoever cast it.
    this.current = "";
    /** @type {any} */
    this.told = null;
    /** @type {Promise<any> | null} */
    this.sending = null;
    /** @type {IDBDatabase | null} */
    this.store = null;
  }

  /** Find what an earlier visit left. Without a store, votes wait as long as the page is open. */
  async open() {
    try {
      const opening = indexedDB.open("votes", 1);
      opening.onupgradeneeded = () => opening.result.createObjectStore("ballots", { keyPath: "order", autoIncrement: true });
      this.store = await done(opening);
    } catch (error) {
      this.store = null;
    }
    await this.read();
    this.tell();
  }

  /** @param {IDBTransactionMode} mode */
  rows(mode) {
    if (!this.store) throw new Error("There is no store.");
    return this.store.transaction("ballots", mode).objectStore("ballots");
  }

  async read() {
    if (this.store) this.ballots = await done(this.rows("readonly").getAll());
  }

  get waiting() {
    return this.ballots.filter((ballot) => !ballot.done);
  }

  tell() {
    this.dispatchEvent(new CustomEvent("waiting", { detail: this.waiting.length }));
  }

  /** @param {Kept} ballot */
  async keep(ballot) {
    if (this.store) {
      const rows = this.rows("readwrite");
      const added = rows.add(ballot);
      // On disk before anybody is told that it is kept.
      await done(rows.transaction);
      ballot.order = added.result;
    }
    this.ballots.push(ballot);
  }

  /**
   * Have a vote counted by the room's line, or by a plain request.
   * @param {Kept} ballot
   * @param {import("./socket.js").Room} room
   * @returns {Promise<any>} the server's answer; null if the vote waits
   */
  async cast(ballot, room) {
    await this.keep(ballot);
    this.current = ballot.id;
    this.told = null;
    const answer = await this.answerTo(ballot, room);
    // From here on it is one of those that wait.
    this.current = "";
    // The worker may have statements that the page has not.
    if (!answer && !this.next(ballot.statement)) await this.look();
    return answer;
  }

  /** @param {Kept} ballot @param {import("./socket.js").Room} room */
  async answerTo(ballot, room) {
    const delivery = this.deliver(ballot, room);
    // With nothing to go on with there is nothing to do but wait.
    if (!this.next(ballot.statement)) return delivery;
    const late = new Promise((go) => setTimeout(go, PATIENCE, LATE));
    const answer = await Promise.race([delivery, late]);
    if (answer !== LATE) return answer;
    // It is safe here: whatever becomes of it is told when it is known.
    this.tell();
    delivery.catch(({ message }) => this.report(0, [{ ballot, message }])).then(() => this.tell());
    return null;
  }

  /** @param {Kept} ballot @param {import("./socket.js").Room} room */
  async deliver(ballot, room) {
    // Never past another one that waits: it may be an earlier choice on the same statement.
    if (room.isOpen && this.waiting.length === 1) {
      try {
        const { id, statement, choice } = ballot;
        const answer = await room.ask("vote", { statement, choice }, false, id);
        await this.settle(ballot, true);
        return answer;
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        if (!PASSING.includes(error.code)) {
          await this.settle(ballot, false);
          throw error;
        }
      }
    }
    await this.send();
    const { told } = this;
    if (told && told.result === "refused") throw new Refusal(told);
    return told;
  }

  /** @param {Kept} ballot @param {boolean} counted */
  async settle(ballot, counted) {
    this.ballots = this.ballots.filter(({ id }) => id !== ballot.id);
    // What was counted is remembered while the page goes on with statements of before.
    if (counted) this.ballots.push({ ...ballot, done: true });
    if (!this.store) return;
    const rows = this.rows("readwrite");
    if (counted) rows.put({ ...ballot, done: true });
    else rows.delete(/** @type {number} */ (ballot.order));
    await done(rows.transaction);
  }

  /** What was counted is remembered only while it stands among the statements to go on with. */
  async forget() {
    const ahead = new Set(this.ahead.map(({ id }) => id));
    const old = this.ballots.filter((one) => one.done && one.path === this.path && !ahead.has(one.statement));
    for (const ballot of old) await this.settle(ballot, false);
  }

  /** Fetch the statements to go on with when the line is gone; the worker has the last ones. */
  async look() {
    const answer = await fetch(`${this.path}statements.json`).catch(() => null);
    if (!answer || !answer.ok) return;
    const { statements, token } = await answer.json();
    this.token = token;
    this.ahead = statements;
    await this.forget();
  }

  /** @param {number | null} statement whether it was voted on lately */
  has(statement) {
    return this.ballots.some((ballot) => ballot.path === this.path && ballot.statement === statement);
  }

  /** @param {number | null} shown @returns {Statement | null} */
  next(shown) {
    return this.ahead.find(({ id }) => id !== shown && !this.has(id)) || null;
  }

  /**
   * Send everything that waits, in its order. Never two sendings at once.
   * @returns {Promise<any>} the last answer of this conversation, or null without a line
   */
  async send() {
    while (this.sending) await this.sending;
    this.sending = this.sendAll().catch(() => null);
    const answer = await this.sending;
    this.sending = null;
    this.tell();
    return answer;
  }

  async sendAll() {
    // Another window may have added some, or sent them.
    await this.read();
    let last = null;
    for (const path of new Set(this.waiting.map((ballot) => ballot.path))) {
      const ballots = this.waiting.filter((ballot) => ballot.path === path).slice(0, MOST_AT_ONCE);
      const answer = await this.post(path, ballots);
      await this.hear(ballots, answer);
      if (path === this.path) last = answer;
    }
    return last;
  }

  /** @param {string} path @param {Kept[]} ballots @param {boolean} again */
  async post(path, ballots, again = true) {
    const field = /** @type {HTMLInputElement | null} */ (document.querySelector("[name=csrfmiddlewaretoken]"));
    const control = new AbortController();
    const timer = setTimeout(() => control.abort(), ANSWER_WITHIN);
    const sent = ballots.map(({ id, statement, choice }) => ({ id, statement, choice }));
    try {
      const answer = await fetch(`${path}votes/`, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRFToken": this.token || (field ? field.value : "") },
        body: JSON.stringify({ ballots: sent }),
        signal: control.signal,
      });
      if (answer.status === 403 && again) {
        // The page is older than the session: a fresh token, once.
        await this.look();
        return await this.post(path, ballots, false);
      }
      if (!answer.ok) throw new Error(String(answer.status));
      return await answer.json();
    } finally {
      clearTimeout(timer);
    }
  }

  /** @param {Kept[]} ballots @param {{answers: any[]}} answer */
  async hear(ballots, answer) {
    /** @type {Refused[]} */
    const refused = [];
    let counted = 0;
    for (const [place, ballot] of ballots.entries()) {
      const { result, code, message } = answer.answers[place];
      // Whoever cast it is told, even if another reason made us send.
      if (ballot.id === this.current) this.told = { ...answer, ...answer.answers[place] };
      else if (result === "counted") counted += 1;
      else refused.push({ ballot, message });
      // Whoever has to sign in first loses nothing by it.
      if (code !== "sign_in_needed") await this.settle(ballot, result === "counted");
    }
    this.report(counted, refused);
  }

  /** @param {number} counted @param {Refused[]} refused */
  report(counted, refused) {
    this.dispatchEvent(new CustomEvent("heard", { detail: { counted, refused } }));
  }
}
