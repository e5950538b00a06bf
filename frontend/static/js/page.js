// Small things that every part of a live page does with its elements.

/** The reader's language, as the server chose it. */
export const language = document.documentElement.lang;

/** @param {ParentNode} root @param {string} selector @returns {HTMLElement} */
export function find(root, selector) {
  const found = root.querySelector(selector);
  if (!found) throw new Error(`The page has no ${selector}.`);
  return /** @type {HTMLElement} */ (found);
}

/** @param {ParentNode} root @param {string} selector @param {number} number */
export function showNumber(root, selector, number) {
  for (const place of root.querySelectorAll(selector)) place.textContent = number.toLocaleString(language);
}

/**
 * Say something once in a live region; nothing hides it.
 * @param {HTMLElement} place @param {string} words
 */
export function say(place, words) {
  place.textContent = words;
  place.hidden = !words;
}

/**
 * A person's own words, never markup, in their language and direction.
 * @param {Element} place @param {string} text @param {string} language
 */
export function showWords(place, text, language) {
  place.textContent = text;
  if (language) place.setAttribute("lang", language);
  else place.removeAttribute("lang");
}
