// The box for a statement of one's own: counted while it is typed, kept until it is stored.

import { find, language, say, showWords } from "./page.js";
import { Refusal } from "./socket.js";

/** The writing part of the page; `stored` is told of each statement that is on disk. */
export class Writing {
  /**
   * @param {import("./socket.js").Room} room
   * @param {(answer: {id: number, voted: number, remaining: number, total: number}) => void} stored
   */
  constructor(room, stored) {
    this.room = room;
    this.stored = stored;
    /** @type {HTMLFormElement | null} */
    this.form = document.querySelector("[data-write]");
    if (!this.form) return;
    this.said = find(this.form, "[data-said]");
    this.box = /** @type {HTMLTextAreaElement} */ (find(this.form, "textarea"));
    this.counter = find(this.form, "[data-counter]");
    this.similar = find(this.form, "[data-similar]");
    this.busy = false;
    this.box.addEventListener("input", () => {
      this.count();
      this.showSimilar([]);
    });
    this.form.addEventListener("submit", (event) => this.submit(event));
    if (this.box.value) this.count();
  }

  count() {
    const left = Number(this.box.dataset.limit) - [...this.box.value.trim()].length;
    this.counter.textContent = (this.counter.dataset.counter || "").replace("{n}", left.toLocaleString(language));
    this.counter.classList.toggle("field__error", left < 0);
  }

  /** @param {SubmitEvent} event */
  async submit(event) {
    if (!this.room.isOpen) return;
    event.preventDefault();
    if (this.busy) return;
    const button = /** @type {HTMLButtonElement | null} */ (event.submitter);
    this.setBusy(true);
    try {
      if (!(button && button.name === "anyway") && (await this.findSimilar())) return;
      const answer = await this.room.ask("statement.submit", { text: this.box.value }, false);
      this.box.value = "";
      this.count();
      this.showSimilar([]);
      say(this.said, this.form.getAttribute(`data-said-${answer.state}`) || "");
      this.list(answer);
      this.stored(answer);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.refuse(error);
    } finally {
      this.setBusy(false);
    }
  }

  /** Whether there are statements that say nearly the same; they are shown then. */
  async findSimilar() {
    const { similar } = await this.room.ask("statement.similar", { text: this.box.value }, false);
    this.showSimilar(similar);
    if (similar.length) find(this.similar, "h3").focus();
    return similar.length > 0;
  }

  /** @param {import("./ballot.js").Statement[]} statements */
  showSimilar(statements) {
    const list = find(this.similar, "ul");
    const template = /** @type {HTMLTemplateElement} */ (find(this.similar, "template"));
    list.replaceChildren();
    for (const statement of statements) {
      const row = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
      /** @type {HTMLAnchorElement} */ (find(row, "a")).href = `?statement=${statement.id}#vote`;
      showWords(find(row, "bdi"), statement.text, statement.language);
      list.append(row);
    }
    this.similar.hidden = !statements.length;
    find(this.form, "[data-send]").hidden = statements.length > 0;
    find(this.form, "[data-anyway]").hidden = !statements.length;
  }

  /** @param {Refusal} error */
  refuse(error) {
    say(this.said, error.message || this.form.dataset.saidLost || "");
    if (error.twin !== undefined) {
      const link = document.createElement("a");
      link.href = `?statement=${error.twin}#vote`;
      link.textContent = this.form.dataset.twin || "";
      this.said.append(" ", link);
    }
    this.box.focus();
  }

  /** @param {{text: string, state: string}} answer */
  list(answer) {
    const mine = find(document, "[data-mine]");
    const template = /** @type {HTMLTemplateElement} */ (find(mine, "template"));
    const row = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
    showWords(find(row, "p"), answer.text, "");
    for (const state of ["accepted", "pending"]) find(row, `[data-${state}]`).hidden = answer.state !== state;
    find(mine, "ul").prepend(row);
    mine.hidden = false;
  }

  /** @param {boolean} busy */
  setBusy(busy) {
    this.busy = busy;
    for (const button of this.form.querySelectorAll("button")) button.setAttribute("aria-disabled", String(busy));
  }
}
