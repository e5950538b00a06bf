// Signing out: votes of the reader's that wait on this phone are warned of first, and what is theirs
// goes once they are signed out. Others' votes wait on for those who cast them.

import { Outbox } from "./outbox.js";
import { leaving } from "./site.js";
import { Waiting } from "./waiting.js";

// So long the last attempt to send them may take.
const PATIENCE = 5000;

/** @param {HTMLFormElement} form @param {Outbox} outbox */
function isOwnWaiting({ dataset }, outbox) {
  return outbox.waiting.some(({ reader }) => reader === dataset.reader);
}

/** One more attempt, on the page that warns. @param {Outbox} outbox @returns {Promise<boolean>} whether the reader has bad news to read */
async function sendOnceMore(outbox) {
  let isRefused = false;
  new Waiting(outbox, document.querySelector("[data-outbox]"));
  outbox.addEventListener("heard", ({ detail }) => {
    isRefused = detail.refused.length > 0;
  });
  await Promise.race([outbox.send(), new Promise((go) => setTimeout(go, PATIENCE))]);
  return isRefused;
}

/** @param {HTMLFormElement} form @param {Outbox} outbox @returns {Promise<string>} where to go on; "" for staying */
async function signOut(form, outbox) {
  await outbox.open();
  if (isOwnWaiting(form, outbox)) {
    if (!("warned" in form.dataset)) return form.action;
    if (await sendOnceMore(outbox)) return "";
  }
  outbox.halt();
  const answer = await fetch(form.action, {
    method: "POST",
    body: new FormData(form),
    // Answered with the address of the next page.
    headers: { "X-Requested-With": "XMLHttpRequest" },
  });
  if (!answer.ok) throw new Error(String(answer.status));
  const next = (await answer.json()).location;
  if ("shared" in form.dataset) indexedDB.deleteDatabase("votes");
  else await outbox.erase();
  return next;
}

/** @param {HTMLFormElement} form */
async function leave(form) {
  try {
    const next = await signOut(form, new Outbox(location.pathname, form.dataset.reader || ""));
    if (next) location.assign(next);
  } catch (error) {
    // Without the script nothing is removed, and the browser says what is wrong.
    form.submit();
  }
}

leave(leaving);
// The page may be come back to.
addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (form.dataset.leave) leave(form);
});
