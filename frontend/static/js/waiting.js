// What the page says of votes that wait on this phone, and of those that came too late.

import { find, language, say } from "./page.js";

/** The part of the page for it. */
export class Waiting {
  /** @param {import("./outbox.js").Outbox} outbox @param {HTMLElement} root */
  constructor(outbox, root) {
    this.root = root;
    this.plural = new Intl.PluralRules(language);
    const sent = find(root, "[data-sent]");
    outbox.addEventListener("waiting", (event) => this.count(find(root, "[data-waits]"), "waiting", event));
    outbox.addEventListener("heard", (event) => {
      const { counted, refused } = /** @type {CustomEvent} */ (event).detail;
      if (counted) say(sent, this.words("sent", counted));
      for (const one of refused) this.list(one);
    });
  }

  /** @param {HTMLElement} place @param {string} name @param {Event} event */
  count(place, name, event) {
    const { detail } = /** @type {CustomEvent} */ (event);
    say(place, detail ? this.words(name, detail) : "");
  }

  /** @param {string} name @param {number} count */
  words(name, count) {
    const words = this.root.getAttribute(`data-${name}-${this.plural.select(count)}`) || this.root.getAttribute(`data-${name}-other`);
    return (words || "").replace("{n}", count.toLocaleString(language));
  }

  /** @param {import("./outbox.js").Refused} refused */
  list({ ballot, message }) {
    const place = find(this.root, "[data-refused]");
    const row = document.createElement("li");
    const words = document.createElement("bdi");
    words.textContent = ballot.text;
    if (ballot.language) words.lang = ballot.language;
    row.append(words, ` – ${this.root.getAttribute(`data-choice-${ballot.choice}`) || ballot.choice} – ${message}`);
    find(place, "ul").append(row);
    place.hidden = false;
  }
}
