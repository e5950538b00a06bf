// Passkeys: adds one, signs in with one, proves with one that it is still the person.
// Each is a form of the page's whose button asks the phone; what the phone says is then posted.
// Without this script their buttons stay shut, and the page says which other way there is.

/** @typedef {{ publicKey: Record<string, any> }} Options */

const can = "PublicKeyCredential" in window && Boolean(navigator.credentials);

/** @param {string} text */
function bytes(text) {
  const padded = text.replaceAll("-", "+").replaceAll("_", "/");
  return Uint8Array.from(atob(padded), (letter) => letter.charCodeAt(0));
}

/** @param {ArrayBuffer} buffer */
function text(buffer) {
  const letters = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/**
 * The server's options with bytes where it could only write text.
 * @param {Options} options
 */
function understood(options) {
  const asked = { ...options.publicKey, challenge: bytes(options.publicKey.challenge) };
  if (asked.user) asked.user = { ...asked.user, id: bytes(asked.user.id) };
  for (const name of ["excludeCredentials", "allowCredentials"]) {
    if (asked[name]) asked[name] = asked[name].map((/** @type {any} */ one) => ({ ...one, id: bytes(one.id) }));
  }
  return asked;
}

/**
 * The phone's answer as text.
 * @param {PublicKeyCredential} credential
 */
function answer(credential) {
  const given = /** @type {any} */ (credential.response);
  /** @type {Record<string, string | string[]>} */
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (given[name]) response[name] = text(given[name]);
  }
  if (given.getTransports) response.transports = given.getTransports();
  return JSON.stringify({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    response,
    clientExtensionResults: credential.getClientExtensionResults(),
    authenticatorAttachment: credential.authenticatorAttachment,
  });
}

/**
 * What the server asks for: on the page, or fetched when it is needed.
 * @param {HTMLFormElement} form
 */
async function optionsOf(form) {
  const place = document.getElementById(form.dataset.options || "");
  if (place) return JSON.parse(place.textContent || "{}");
  const reply = await fetch(form.action, { headers: { Accept: "application/json" } });
  if (!reply.ok) throw new Error(`The server answered ${reply.status}.`);
  return reply.json();
}

/** @param {HTMLFormElement} form */
async function ask(form) {
  const options = await optionsOf(form);
  if (form.dataset.passkey !== "add") {
    return navigator.credentials.get({ publicKey: /** @type {any} */ (understood(options.request_options)) });
  }
  const publicKey = /** @type {any} */ (understood(options.creation_options));
  // One that signs in by itself: it knows whose it is, and the phone asks for the finger or a PIN.
  publicKey.authenticatorSelection = {
    ...publicKey.authenticatorSelection,
    residentKey: "required",
    requireResidentKey: true,
    userVerification: "required",
  };
  return navigator.credentials.create({ publicKey });
}

/** @param {HTMLFormElement} form */
async function use(form) {
  const failed = /** @type {HTMLElement} */ (form.querySelector("[data-passkey-failed]"));
  const button = /** @type {HTMLButtonElement} */ (form.querySelector("button"));
  failed.hidden = true;
  button.disabled = true;
  try {
    const credential = /** @type {PublicKeyCredential} */ (await ask(form));
    const field = /** @type {HTMLInputElement} */ (form.elements.namedItem("credential"));
    field.value = answer(credential);
    form.submit();
  } catch {
    // The person said no, waited too long, or the phone has none: the page says what else there is.
    failed.hidden = false;
    button.disabled = false;
  }
}

for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll("form[data-passkey]"))) {
  const button = /** @type {HTMLButtonElement} */ (form.querySelector("button"));
  button.disabled = !can;
  /** @type {HTMLElement} */ (form.querySelector("[data-no-passkeys]")).hidden = can;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (can) use(form);
  });
}
