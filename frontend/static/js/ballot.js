// Voting on one statement after another over the live room.

import { find, language, say, showNumber, showWords } from "./page.js";
import { Refusal } from "./socket.js";

/**
 * @typedef {import("./socket.js").Room} Room
 * @typedef {{id: number, text: string, language: string, original: string | null,
 *   original_language: string}} Statement
 * @typedef {{voted: number, remaining: number, total: number}} Progress
 */

/** The voting part of the page. */
export class Ballot {
  /** @param {Room} room @param {{statement: number | null, report: string}} live */
  constructor(room, live) {
    this.room = room;
    this.report = live.report;
    this.root = find(document, "#vote");
    this.said = find(this.root, "[data-said]");
    /** @type {HTMLFormElement | null} */
    this.form = this.root.querySelector("[data-vote]");
    this.shown = live.statement;
    const [voted, total] = (this.root.dataset.progress || "0 0").split(" ").map(Number);
    /** @type {Progress} */
    this.progress = { voted, total, remaining: total - voted };
    // The last ballot sent: an answer to an earlier one says nothing about the page as it is.
    this.sent = 0;
    this.busy = false;
    if (!this.form) return;
    this.form.addEventListener("submit", (event) => this.submit(event));
    this.useKeys(this.form);
  }

  /** @param {SubmitEvent} event */
  submit(event) {
    const button = /** @type {HTMLButtonElement | null} */ (event.submitter);
    // Without the line the form goes its ordinary way.
    if (!button || !this.room.isOpen) return;
    event.preventDefault();
    if (!this.busy && this.shown !== null) this.cast(this.shown, button.value);
  }

  /** @param {number} statement @param {string} choice */
  async cast(statement, choice) {
    const turn = ++this.sent;
    this.setBusy(true);
    try {
      // The same vote twice is one vote, so it may be sent again.
      const answer = await this.room.ask("vote", { statement, choice }, true);
      this.setProgress(answer);
      if (turn !== this.sent) return;
      this.show(answer.next);
      const next = answer.next ? answer.next.text : find(this.root, "[data-finished] p").textContent;
      this.tell(this.root.getAttribute(`data-said-${answer.choice}`) || "", next || "");
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.tell(error.message, "");
      if (error.code === "statement_unavailable") await this.refresh();
    } finally {
      if (turn === this.sent) this.setBusy(false);
    }
  }

  /** Fetch another statement. */
  async refresh() {
    const answer = await this.room.ask("statement.next", {}, true);
    this.setProgress(answer);
    this.show(answer.next);
  }

  /** The line broke: let people go on by the ordinary form. */
  lost() {
    if (this.busy) say(this.said, this.root.dataset.saidLost || "");
    this.setBusy(false);
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

  /** @param {Statement | null} statement */
  show(statement) {
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
    if (this.form) this.form.elements.namedItem("statement").value = String(statement.id);
    if (report) report.setAttribute("href", this.report.replace(/\/0\//, `/${statement.id}/`));
  }

  /** @param {Progress} progress */
  setProgress({ voted, remaining, total }) {
    this.progress = { voted, remaining, total };
    showNumber(this.root, "[data-voted]", voted);
    showNumber(this.root, "[data-remaining]", remaining);
    showNumber(this.root, "[data-total]", total);
    const bar = /** @type {HTMLProgressElement} */ (find(this.root, "progress"));
    find(this.root, "[data-progress-row]").hidden = total === 0;
    bar.max = Math.max(total, 1);
    bar.value = voted;
  }

  /**
   * Said to everyone; what comes next only to those who do not see it.
   * @param {string} words @param {string} next
   */
  tell(words, next) {
    say(this.said, words);
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
      if (button && this.shown !== null) button.click();
    });
  }
}
