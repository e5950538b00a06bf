// The box for a statement of one's own: counted while it is typed, kept until it is stored.

import { room, written } from "./live.js";
import { find, language, say, showWords } from "./page.js";
import { Refusal } from "./socket.js";

// What the server takes out of a text: controls that nobody sees (joiners shape words, and stay).
const UNSEEN = /[\u0000-\u0008\u000e-\u001b\u007f-\u0084\u0086-\u009f\u00ad\u0600-\u0605\u061c\u06dd\u070f\u08e2\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ue000-\uf8ff\ufeff\ufff9-\ufffb]/g;

/** How long a text is for the server: in characters as it would be stored. @param {string} text */
export function lengthOf(text) {
  return [...text.replace(UNSEEN, "").normalize().replace(/[\s\u001c-\u001f\u0085]+/g, " ").trim()].length;
}

/** The writing part of the page. */
class Writing {
  constructor() {
    this.form = /** @type {HTMLFormElement} */ (find(document, "[data-write]"));
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
    this.count();
    this.form.dataset.live = "";
  }

  count() {
    const left = Number(this.box.dataset.limit) - lengthOf(this.box.value);
    this.counter.textContent = (this.counter.dataset.counter || "").replace("{n}", left.toLocaleString(language));
    this.counter.classList.toggle("field__error", left < 0);
  }

  /** @param {SubmitEvent} event */
  async submit(event) {
    if (!room.isOpen) return;
    event.preventDefault();
    if (this.busy) return;
    const button = /** @type {HTMLButtonElement | null} */ (event.submitter);
    this.setBusy(true);
    try {
      if (!(button && button.name === "anyway") && (await this.findSimilar())) return;
      const answer = await room.ask("statement.submit", { text: this.box.value });
      this.box.value = "";
      this.count();
      this.showSimilar([]);
      say(this.said, this.form.getAttribute(`data-said-${answer.state}`) || "");
      this.list(answer);
      written(answer);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.refuse(error);
    } finally {
      this.setBusy(false);
    }
  }

  /** Whether there are statements that say nearly the same; they are shown then. */
  async findSimilar() {
    const { similar } = await room.ask("statement.similar", { text: this.box.value });
    this.showSimilar(similar);
    if (similar.length) find(this.similar, "h3").focus();
    return similar.length > 0;
  }

  /** @param {import("./ballot.js").Statement[]} statements */
  showSimilar(statements) {
    const list = find(this.similar, "ul");
    const template = /** @type {HTMLTemplateElement} */ (find(this.similar, "template"));
    list.textContent = "";
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

new Writing();
