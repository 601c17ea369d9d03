// Passkeys: a submit button with data-passkey (the field that takes the answer), data-options (for the browser, as JSON), data-known and
// data-failed (what is said when nothing came). Without scripts it stays hidden, and the sentence before it says what to do.

const ANSWERS = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];

function toBytes(text) {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
}

function toText(bytes) {
  return btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** What the browser asks with: texts of the page become bytes. */
function readOptions(text) {
  const options = JSON.parse(text);
  options.challenge = toBytes(options.challenge);
  if (options.user) options.user.id = toBytes(options.user.id);
  for (const one of [...options.allowCredentials ?? [], ...options.excludeCredentials ?? []]) one.id = toBytes(one.id);
  return options;
}

function writeAnswer({ id, rawId, type, response }) {
  const given = ANSWERS.filter((name) => response[name]).map((name) => [name, toText(response[name])]);
  const transports = response.getTransports?.();
  return JSON.stringify({ id, rawId: toText(rawId), type, response: { ...Object.fromEntries(given), transports } });
}

async function ask(button, field, status) {
  const publicKey = readOptions(button.dataset.options);
  status.textContent = "";
  try {
    const answer = publicKey.user ? await navigator.credentials.create({ publicKey }) : await navigator.credentials.get({ publicKey });
    field.value = writeAnswer(answer);
    button.form.requestSubmit(button);
  } catch (error) {
    status.textContent = error.name === "InvalidStateError" ? button.dataset.known : button.dataset.failed;
  }
}

function offer(button) {
  const field = button.form.elements[button.dataset.passkey];
  const name = button.form.querySelector("input[name=passkey_name]");
  const [sentence, status] = button.parentElement.querySelectorAll("p");
  addEventListener("pageshow", () => { field.value = ""; }); // what a page that is gone back to still holds was sent already
  sentence.hidden = true;
  button.hidden = false;
  button.form.addEventListener("submit", (event) => {
    const lacksName = name?.value.trim() === ""; // which the page says, before a device makes anything
    if (event.submitter !== button || field.value || lacksName) return;
    event.preventDefault();
    event.stopImmediatePropagation(); // guard.mjs would take what is sent in a moment for a second press
    ask(button, field, status);
  }, { capture: true });
}

if (globalThis.PublicKeyCredential) document.querySelectorAll("button[data-passkey]").forEach(offer);
