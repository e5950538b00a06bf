// Votes on this phone until the server has them: each under an id of its own, so that it may be
// sent as often as the line breaks; and the statements to go on with meanwhile.

/**
 * @typedef {import("./state.js").Statement} Statement
 * @typedef {{id: string, path: string, reader: string, statement: number, choice: string,
 *   text: string, language: string, done?: boolean, order?: number}} Kept
 * @typedef {{ballot: Kept, message: string}} Refused
 */

import { Refusal, newId } from "./socket.js";

// The choice that takes a vote back
export const TAKE_BACK = "take-back";

const MOST_AT_ONCE = 100;
const ANSWER_WITHIN = 15000;
// So long a reader waits for the answer to a vote; then it counts as waiting.
const PATIENCE = 4000;
const LATE = {};
const LONGEST_PAUSE = 30;
const LINE_LOST = "line_lost";
// Refusals of this moment: the ballot is good and goes again by itself.
const PASSING = ["try_later", "too_fast"];
// Answers to a whole batch that no repetition changes: unreadable, and no such conversation.
const FINAL = [400, 404];
// The ballot is good, and its reader has to do something first.
const SIGN_IN = "sign_in_needed";

/** @param {{path: string, reader: string}} one @param {{path: string, reader: string}} other */
function isOfOneBatch(one, other) {
  return one.path === other.path && one.reader === other.reader;
}

/** @param {IDBRequest | IDBTransaction} asked @returns {Promise<any>} */
function done(asked) {
  return new Promise((kept, failed) => {
    const answered = () => kept(asked instanceof IDBRequest ? asked.result : undefined);
    if (asked instanceof IDBRequest) asked.onsuccess = answered;
    else asked.oncomplete = answered;
    asked.onerror = () => failed(asked.error);
    // A phone that is full
    if (asked instanceof IDBTransaction) asked.onabort = asked.onerror;
  });
}

/**
 * Dispatches `waiting` (detail: how many), `heard` (detail: what became of those that waited) and
 * `answered` (detail: the server's answer to a batch of this conversation).
 */
export class Outbox extends EventTarget {
  /** @param {string} path the conversation's @param {string} reader whose ballots; "" without an account */
  constructor(path, reader) {
    super();
    this.path = path;
    this.reader = reader;
    /** @type {Statement[]} */
    this.ahead = [];
    /** @type {Kept[]} */
    this.ballots = [];
    this.token = "";
    // The ballot that was cast just now, and its answer, which goes to whoever cast it.
    this.current = "";
    /** @type {any} */
    this.told = null;
    /** @type {Promise<void> | null} */
    this.sending = null;
    /** @type {IDBDatabase | null} */
    this.store = null;
    /** @type {Promise<void> | null} */
    this.opening = null;
    // Once the session has ended the server would take them for nobody's or somebody else's.
    this.isHalted = false;
    this.failures = 0;
    this.after = 0;
    this.timer = 0;
  }

  /** Find what an earlier visit left, once. Without a store, votes wait as long as the page is open. */
  open() {
    this.opening = this.opening || this.find();
    return this.opening;
  }

  async find() {
    try {
      const opening = indexedDB.open("votes", 1);
      opening.onupgradeneeded = () => opening.result.createObjectStore("ballots", { keyPath: "order", autoIncrement: true });
      this.store = await done(opening);
      // A shared phone deletes it when somebody signs out.
      this.store.onversionchange = () => this.close();
    } catch (error) {
      this.store = null;
    }
    await this.read();
    this.tell();
  }

  close() {
    this.store.close();
    this.store = null;
    this.ballots = [];
    this.halt();
  }

  /** From now on nothing is sent from here. */
  halt() {
    this.isHalted = true;
    clearTimeout(this.timer);
  }

  /** Remove what this reader has here, counted or not. Others' rows, and the browser's own, stay. */
  async erase() {
    if (!this.store) return;
    const rows = this.rows("readwrite");
    const all = await done(rows.getAll());
    for (const { order, reader } of all) if (reader === this.reader) rows.delete(order);
    await done(rows.transaction);
  }

  /** @param {IDBTransactionMode} mode */
  rows(mode) {
    if (!this.store) throw new Error("There is no store.");
    return this.store.transaction("ballots", mode).objectStore("ballots");
  }

  async read() {
    if (!this.store) return;
    const all = await done(this.rows("readonly").getAll());
    // Another account's wait until it is back; what was cast without one is this browser's.
    this.ballots = all.filter(({ reader }) => !reader || reader === this.reader);
  }

  get waiting() {
    return this.ballots.filter((ballot) => !ballot.done);
  }

  tell() {
    this.dispatchEvent(new CustomEvent("waiting", { detail: this.waiting.length }));
  }

  /** @param {Kept} ballot */
  async keep(ballot) {
    await this.open();
    if (this.store) {
      const rows = this.rows("readwrite");
      const added = rows.add(ballot);
      // On disk before anybody is told that it is kept; on a phone that is full, on this page alone.
      const isKept = await done(rows.transaction).then(() => true, () => false);
      if (isKept) ballot.order = added.result;
    }
    this.ballots.push(ballot);
  }

  /**
   * Have a vote counted, or taken back, by the room's line, or by a plain request.
   * @param {{statement: number, choice: string, text: string, language: string}} vote
   * @param {import("./socket.js").Room} room
   * @returns {Promise<any>} the server's answer; null if the vote waits
   */
  async cast(vote, room) {
    const { path, reader } = this;
    const ballot = { id: newId(), path, reader, ...vote };
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
    if (room.isOpen && this.waiting.filter(({ path }) => path === this.path).length === 1) {
      const { id, statement, choice } = ballot;
      const isBack = choice === TAKE_BACK;
      try {
        const answer = await room.ask(isBack ? "vote.take_back" : "vote", isBack ? { statement } : { statement, choice }, id);
        await this.settle(ballot, true);
        return answer;
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        if (PASSING.includes(error.code)) {
          this.tell();
          this.retry(error.after);
          return null;
        }
        if (error.code !== LINE_LOST) {
          await this.refuse(ballot, error.code);
          throw error;
        }
      }
    }
    await this.send();
    const { told } = this;
    if (told && told.result === "refused") throw new Refusal(told);
    return told;
  }

  /** Whoever has to sign in first loses nothing by it. @param {Kept} ballot @param {string} code */
  async refuse(ballot, code) {
    if (code === SIGN_IN) this.isHalted = true;
    else await this.settle(ballot, false);
  }

  /** @param {Kept} ballot @param {boolean} counted */
  async settle(ballot, counted) {
    this.ballots = this.ballots.filter(({ id }) => id !== ballot.id);
    // What was counted is remembered while the page goes on with statements of before.
    if (counted) this.ballots.push({ ...ballot, done: true });
    if (!this.store || ballot.order === undefined) return;
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

  /** Send everything that waits, in its order. Never two sendings at once. */
  async send() {
    while (this.sending) await this.sending;
    if (this.isHalted) return;
    this.after = 0;
    this.sending = this.sendAll().catch(() => undefined);
    await this.sending;
    this.sending = null;
    this.tell();
    if (this.waiting.length) this.retry(this.after);
  }

  /** Spread out, so that a server that comes back is not met by everyone at once. @param {number} after seconds */
  retry(after) {
    clearTimeout(this.timer);
    const pause = after + Math.random() * Math.min(LONGEST_PAUSE, 2 ** this.failures++);
    this.timer = setTimeout(() => this.send(), pause * 1000);
  }

  async sendAll() {
    // Another window may have added some, or sent them.
    await this.read();
    for (const first of this.waiting.filter((one, place, all) => all.findIndex((other) => isOfOneBatch(one, other)) === place)) {
      const { path } = first;
      const ballots = this.waiting.filter((one) => isOfOneBatch(one, first)).slice(0, MOST_AT_ONCE);
      // What one conversation does not take holds up no other.
      await this.sendBatch(path, ballots).catch(() => undefined);
    }
  }

  /** @param {string} path @param {Kept[]} ballots */
  async sendBatch(path, ballots) {
    const answer = await this.post(path, ballots);
    this.failures = 0;
    if (answer.status) return this.giveUp(answer.status, path, ballots);
    await this.hear(ballots, answer);
    if (path === this.path) this.dispatchEvent(new CustomEvent("answered", { detail: answer }));
  }

  /** Say of what the site will never take what was in it; then it is gone. @param {number} status @param {string} path @param {Kept[]} ballots */
  async giveUp(status, path, ballots) {
    if (status === 400 && ballots.length > 1) {
      // One that cannot be read spoils those that it was sent with.
      for (const ballot of ballots) await this.sendBatch(path, [ballot]);
      return;
    }
    const box = document.querySelector("[data-outbox]");
    const message = (box && box.getAttribute(`data-final-${status}`)) || "";
    const isCurrent = ballots.some(({ id }) => id === this.current);
    if (isCurrent) this.told = { result: "refused", code: "final", message };
    this.report(0, ballots.filter(({ id }) => id !== this.current).map((ballot) => ({ ballot, message })));
    for (const ballot of ballots) await this.settle(ballot, false);
  }

  /** @param {string} path @param {Kept[]} ballots @param {boolean} again */
  async post(path, ballots, again = true) {
    const field = /** @type {HTMLInputElement | null} */ (document.querySelector("[name=csrfmiddlewaretoken]"));
    const control = new AbortController();
    const timer = setTimeout(() => control.abort(), ANSWER_WITHIN);
    const [{ reader }] = ballots;
    const sent = ballots.map(({ id, statement, choice }) => ({ id, statement, choice }));
    try {
      const answer = await fetch(`${path}votes/`, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRFToken": this.token || (field ? field.value : "") },
        body: JSON.stringify({ ballots: sent, reader }),
        signal: control.signal,
      });
      if (answer.status === 403 && again) {
        // The page is older than the session: a fresh token, once.
        await this.look();
        return await this.post(path, ballots, false);
      }
      if (FINAL.includes(answer.status)) return { status: answer.status };
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
      const { result, code, message, retry_after = 0 } = answer.answers[place];
      const isCounted = result === "counted";
      if (PASSING.includes(code)) {
        this.after = Math.max(this.after, retry_after);
        continue;
      }
      // Whoever cast it is told, even if another reason made us send.
      if (ballot.id === this.current) this.told = { ...answer, ...answer.answers[place] };
      else if (isCounted) counted += 1;
      else refused.push({ ballot, message });
      if (isCounted) await this.settle(ballot, true);
      else await this.refuse(ballot, code);
    }
    this.report(counted, refused);
  }

  /** @param {number} counted @param {Refused[]} refused */
  report(counted, refused) {
    this.dispatchEvent(new CustomEvent("heard", { detail: { counted, refused } }));
  }
}
