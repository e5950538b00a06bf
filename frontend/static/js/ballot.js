// Voting on one statement after another over the live room.

import { find, language, say, showNumber, showWords } from "./page.js";
import { Refusal, newId } from "./socket.js";

/**
 * @typedef {import("./socket.js").Room} Room
 * @typedef {{id: number, text: string, language: string, original: string | null,
 *   original_language: string, translated_by: string}} Statement
 * @typedef {{voted: number, remaining: number, total: number, sitting?: number}} Progress
 */

/** The voting part of the page. */
export class Ballot {
  /**
   * @param {Room} room
   * @param {import("./outbox.js").Outbox} outbox
   * @param {{statement: Statement | null, mine: string, report: string}} live
   */
  constructor(room, outbox, live) {
    this.room = room;
    this.outbox = outbox;
    this.report = live.report;
    this.root = find(document, "#vote");
    this.said = find(this.root, "[data-said]");
    /** @type {HTMLFormElement | null} */
    this.form = this.root.querySelector("[data-vote]");
    this.change = /** @type {HTMLAnchorElement} */ (find(this.root, "[data-change]"));
    this.paused = find(this.root, "[data-pause]");
    this.statement = live.statement;
    this.shown = live.statement ? live.statement.id : null;
    // The vote cast last: one press away from another choice.
    /** @type {{statement: Statement | null, choice: string}} */
    this.made = { statement: null, choice: "" };
    const [voted, total] = (this.root.dataset.progress || "0 0").split(" ").map(Number);
    /** @type {Progress} */
    this.progress = { voted, total, remaining: total - voted, sitting: find(this.root, "progress").value };
    // The last ballot sent: an answer to an earlier one says nothing about the page as it is.
    this.sent = 0;
    this.busy = false;
    if (!this.form) return;
    this.form.addEventListener("submit", (event) => this.submit(event));
    this.change.addEventListener("click", (event) => this.changeMade(event));
    find(this.paused, "[data-more]").addEventListener("click", (event) => {
      event.preventDefault();
      this.pause(false);
    });
    this.useKeys(this.form);
  }

  /** @param {SubmitEvent} event */
  submit(event) {
    const button = /** @type {HTMLButtonElement | null} */ (event.submitter);
    const takesBack = button !== null && button.value === "take-back";
    // Taken back only by the server: without the line the form goes its ordinary way.
    if (!button || (takesBack && !this.room.isOpen)) return;
    event.preventDefault();
    if (this.busy || this.shown === null) return;
    if (takesBack) this.takeBack(this.shown);
    else this.cast(this.shown, button.value);
  }

  /** @param {number} statement @param {string} choice */
  async cast(statement, choice) {
    const made = { statement: this.statement, choice };
    await this.act(async (turn) => {
      const words = find(this.root, "[data-text]");
      const { path } = this.outbox;
      const ballot = { id: newId(), path, statement, choice, text: words.textContent || "", language: words.lang };
      const answer = await this.outbox.cast(ballot, this.room);
      if (!answer) return this.goOn(choice);
      this.setProgress(answer);
      if (turn !== this.sent) return;
      this.show(answer.next);
      const next = answer.next ? answer.next.text : find(this.root, "[data-finished] p").textContent;
      this.tell(this.root.getAttribute(`data-said-${answer.choice}`) || "", answer.pause ? "" : next || "");
      this.made = made;
      this.change.href = `?statement=${statement}#vote`;
      this.change.hidden = false;
      if (answer.pause) this.pause(true);
    });
  }

  /** @param {number} statement */
  async takeBack(statement) {
    await this.act(async () => {
      this.setProgress(await this.room.ask("vote.take_back", { statement }, true));
      this.show(this.statement);
      this.tell(this.root.dataset.saidBack || "", "");
    });
  }

  /**
   * One act at a time; what is refused is said.
   * @param {(turn: number) => Promise<void>} work
   */
  async act(work) {
    const turn = ++this.sent;
    this.setBusy(true);
    try {
      await work(turn);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.tell(error.message, "");
      if (error.code === "statement_unavailable") await this.refresh();
    } finally {
      if (turn === this.sent) this.setBusy(false);
    }
  }

  /** @param {MouseEvent} event */
  changeMade(event) {
    const { statement, choice } = this.made;
    if (!statement || !this.form) return;
    event.preventDefault();
    this.pause(false);
    this.show(statement, choice);
    this.tell("", "");
    find(this.form, "[aria-pressed]").focus();
  }

  /** Ask whether it is enough for today; the next statement is there behind the question. @param {boolean} wanted */
  pause(wanted) {
    this.paused.hidden = !wanted;
    find(this.root, "[data-voting]").hidden = wanted || !this.statement;
    const report = this.root.querySelector("[data-report]");
    if (report instanceof HTMLElement) report.hidden = wanted;
    const next = wanted ? find(this.paused, "h2") : this.form && this.form.querySelector("button");
    if (next) next.focus();
  }

  /** The vote waits on the phone: on with a statement that the phone has. */
  goOn(choice) {
    const { voted, total, remaining, sitting = 0 } = this.progress;
    this.setProgress({ voted: voted + 1, total, remaining: Math.max(remaining - 1, 0), sitting: sitting + 1 });
    const next = this.outbox.next(this.shown);
    this.show(next);
    // Only the server knows whether that was all.
    if (!next) find(this.root, "[data-finished]").hidden = true;
    const words = [this.root.getAttribute(`data-kept-${choice}`), next ? "" : this.root.dataset.saidEnded];
    this.tell(words.join(" "), next ? next.text : "");
  }

  /** Fetch another statement. */
  async refresh() {
    const answer = await this.room.ask("statement.next", {}, true);
    this.setProgress(answer);
    this.show(answer.next);
  }

  /** A statement that others may see now; `counted` ones are in the total already. */
  raise() {
    const { voted, total } = this.progress;
    this.setProgress({ voted, total: total + 1, remaining: total + 1 - voted });
    if (this.shown === null && !this.busy) this.refresh();
  }

  /** @param {number} statement */
  async remove(statement) {
    if (statement === this.shown && !this.busy) {
      await this.refresh();
      say(this.said, this.root.dataset.saidRemoved || "");
    }
  }

  /** @param {Statement | null} statement @param {string} mine the reader's choice, if they have voted on it */
  show(statement, mine = "") {
    this.statement = statement;
    this.shown = statement ? statement.id : null;
    find(this.root, "[data-voting]").hidden = !statement;
    find(this.root, "[data-finished]").hidden = Boolean(statement);
    const report = this.root.querySelector("[data-report]");
    if (report instanceof HTMLElement) report.hidden = !statement;
    if (!statement) return;
    showWords(find(this.root, "[data-text]"), statement.text, statement.language);
    const original = find(this.root, "[data-original]");
    original.hidden = statement.original === null;
    showWords(find(original, "p"), statement.original || "", statement.original_language);
    find(original, "[data-translator]").textContent = statement.translated_by;
    if (this.form) this.mark(this.form, statement.id, mine);
    if (report) report.setAttribute("href", this.report.replace(/\/0\//, `/${statement.id}/`));
  }

  /** @param {HTMLFormElement} form @param {number} statement @param {string} mine */
  mark(form, statement, mine) {
    form.elements.namedItem("statement").value = String(statement);
    for (const button of form.querySelectorAll("button")) {
      if (mine && button.value === mine) button.setAttribute("aria-pressed", "true");
      else button.removeAttribute("aria-pressed");
    }
    find(form, "[data-again]").hidden = !mine;
  }

  /** @param {Progress} progress */
  setProgress({ voted, remaining, total, sitting = this.progress.sitting }) {
    this.progress = { voted, remaining, total, sitting };
    showNumber(this.root, "[data-voted]", voted);
    showNumber(this.root, "[data-remaining]", remaining);
    showNumber(this.root, "[data-total]", total);
    const bar = /** @type {HTMLProgressElement} */ (find(this.root, "progress"));
    find(this.root, "[data-progress-row]").hidden = total === 0;
    bar.value = sitting;
    find(this.root, "[data-own]").hidden = !voted;
  }

  /**
   * Said to everyone; what comes next only to those who do not see it.
   * @param {string} words @param {string} next
   */
  tell(words, next) {
    say(this.said, words);
    this.change.hidden = true;
    if (!next) return;
    const unseen = document.createElement("span");
    unseen.className = "visually-hidden";
    unseen.textContent = ` ${next}`;
    this.said.append(unseen);
  }

  /** @param {boolean} busy */
  setBusy(busy) {
    this.busy = busy;
    if (!this.form) return;
    // Not `disabled`, which would throw the keyboard's place away.
    for (const button of this.form.querySelectorAll("button")) button.setAttribute("aria-disabled", String(busy));
  }

  /** @param {HTMLFormElement} form */
  useKeys(form) {
    const label = find(this.root, ".vote__keys");
    const wanted = /** @type {HTMLInputElement} */ (find(label, "input"));
    label.hidden = false;
    wanted.checked = localStorage.getItem("vote-keys") !== "off";
    wanted.addEventListener("change", () => localStorage.setItem("vote-keys", wanted.checked ? "on" : "off"));
    document.addEventListener("keydown", (event) => {
      if (!wanted.checked || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
      if (event.target instanceof Element && event.target.closest("input, textarea, select")) return;
      const button = form.querySelectorAll("button")["123".indexOf(event.key)];
      if (button && !find(this.root, "[data-voting]").hidden) button.click();
    });
  }
}
