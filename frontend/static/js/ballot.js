// Voting on one statement after another over the live room.

import { TAKE_BACK } from "./outbox.js";
import { find, say, showNumber, showWords } from "./page.js";
import { Refusal } from "./socket.js";

/**
 * @typedef {import("./socket.js").Room} Room
 * @typedef {import("./state.js").Statement} Statement
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
    this.hasEnded = false;
    // Who has to sign in first sends the form itself: the server keeps the vote meanwhile.
    if (!this.form || "plain" in this.form.dataset) return;
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
    if (!button) return;
    event.preventDefault();
    if (this.busy || this.shown === null) return;
    this.cast(this.shown, button.value);
  }

  /** @param {number} statement @param {string} choice or TAKE_BACK */
  async cast(statement, choice) {
    const made = { statement: this.statement, choice };
    const words = find(this.root, "[data-text]");
    await this.act(async (turn) => {
      const vote = { statement, choice, text: words.textContent || "", language: words.lang };
      const answer = await this.outbox.cast(vote, this.room);
      if (answer) this.setProgress(answer);
      if (choice === TAKE_BACK) return this.takenBack(answer);
      if (!answer) return this.goOn(choice);
      if (turn !== this.sent) return;
      this.show(answer.next);
      const next = answer.next ? answer.next.text : find(this.root, "[data-finished] p").textContent;
      this.tell(this.root.getAttribute(`data-said-${choice}`) || "", answer.pause ? "" : next || "");
      this.made = made;
      this.change.href = `?statement=${statement}#vote`;
      this.change.hidden = false;
      if (answer.pause) this.pause(true);
    });
  }

  /** The same statement again, without a vote. @param {Progress | null} answer */
  takenBack(answer) {
    const { voted, total } = this.progress;
    if (!answer) this.setProgress({ voted: voted - 1, total, remaining: total - voted + 1 });
    this.show(this.statement);
    this.tell(this.root.getAttribute(answer ? "data-said-back" : "data-kept-back") || "", "");
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
      if (error.code === "closed") this.end(error.code);
      if (error.code === "sign_in_needed") this.end("session");
      if (error.code === "statement_unavailable") await this.refresh(true);
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
    if (this.hasEnded) return;
    this.reveal("[data-pause]", wanted);
    this.reveal("[data-voting], [data-report]", !wanted && this.statement !== null);
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
    if (!next) this.reveal("[data-finished]", false);
    const words = [this.root.getAttribute(`data-kept-${choice}`), next ? "" : this.root.dataset.saidEnded];
    this.tell(words.join(" "), next ? next.text : "");
  }

  /** Ask how far the reader is, and maybe for `another` statement. @param {boolean} [another] */
  async refresh(another) {
    const answer = await this.room.ask("statement.next", {}).catch(() => null);
    if (answer) this.catchUp(answer, another);
  }

  /**
   * What the reader is reading stays, unless `another` is wanted.
   * @param {Progress & {next: Statement | null}} answer @param {boolean} another
   */
  catchUp(answer, another = this.shown === null && !this.busy) {
    this.setProgress(answer);
    if (another) this.show(answer.next);
  }

  /** A statement that others may see now; `counted` ones are in the total already. */
  raise() {
    const { voted, total } = this.progress;
    this.setProgress({ voted, total: total + 1, remaining: total + 1 - voted });
    if (this.shown === null) this.refresh();
  }

  /** There is no voting here any more: the conversation is `closed`, or the `session` has ended. @param {string} why */
  end(why) {
    if (this.hasEnded) return;
    this.hasEnded = true;
    const panel = find(this.root, `[data-end=${why}]`);
    const wasHere = this.root.contains(document.activeElement);
    this.reveal("[data-voting], [data-pause], [data-finished], [data-report], [data-line], .vote__keys", false);
    panel.hidden = false;
    if (wasHere) find(panel, "h2").focus();
  }

  /** @param {number} statement */
  async remove(statement) {
    if (statement === this.shown && !this.busy) {
      await this.refresh(true);
      say(this.said, this.root.dataset.saidRemoved || "");
    }
  }

  /** @param {Statement | null} statement @param {string} mine the reader's choice, if they have voted on it */
  show(statement, mine = "") {
    if (this.hasEnded) return;
    this.statement = statement;
    this.shown = statement ? statement.id : null;
    this.reveal("[data-voting], [data-report]", statement !== null && this.paused.hidden);
    this.reveal("[data-finished]", !statement);
    if (!statement) return;
    showWords(find(this.root, "[data-text]"), statement.text, statement.language);
    const original = find(this.root, "[data-original]");
    original.hidden = statement.original === null;
    showWords(find(original, "p"), statement.original || "", statement.original_language);
    find(original, "[data-translator]").textContent = statement.translated_by;
    if (this.form) this.mark(this.form, statement.id, mine);
    for (const link of this.root.querySelectorAll("[data-report]")) link.href = this.report.replace(/\/0\//, `/${statement.id}/`);
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

  /** @param {string} parts @param {boolean} wanted */
  reveal(parts, wanted) {
    for (const part of this.root.querySelectorAll(parts)) part.hidden = !wanted;
  }

  /** @param {Progress} progress */
  setProgress({ voted, remaining, total, sitting = this.progress.sitting }) {
    this.progress = { voted, remaining, total, sitting };
    showNumber(this.root, "[data-voted]", voted);
    showNumber(this.root, "[data-remaining]", remaining);
    showNumber(this.root, "[data-total]", total);
    const bar = /** @type {HTMLProgressElement} */ (find(this.root, "progress"));
    bar.value = sitting;
    this.reveal("[data-progress-row]", total > 0);
    this.reveal("[data-own]", voted > 0);
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
