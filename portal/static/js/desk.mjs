// Keys of the desk, and words nobody has sent yet. Each key presses a control that is on the page and names it in aria-keyshortcuts, so nothing can be
// done by key that cannot be done by pointer. Switched off by data-shortcuts="off" on the body.

const TYPING = "textarea, select, [contenteditable], input:not([type=radio], [type=checkbox], [type=submit], [type=button])";
const COMPOSING = 229; // the key code browsers send while an input method is at work

/** The letter meant: the character on Latin layouts, else the place of the key (ф on a Ukrainian keyboard is a). */
export function readKey(event) {
  const key = event.key.toLowerCase();
  if (/^[a-z0-9/?]$/.test(key)) return key;
  if (/^Key[A-Z]$/.test(event.code)) return event.code.slice(3).toLowerCase();
  if (event.code === "Slash") return event.shiftKey ? "?" : "/";
  return "";
}

/** Whether the press is text on its way into a field, or not a plain press at all. */
function isTyping(event) {
  return event.isComposing || event.keyCode === COMPOSING || event.repeat
    || event.ctrlKey || event.metaKey || event.altKey || Boolean(event.target.closest?.(TYPING));
}

function moveInQueue(step) {
  const titles = [...document.querySelectorAll(".queue-title")];
  if (titles.length === 0) return false;
  const focused = titles.indexOf(document.activeElement);
  const open = titles.findIndex((title) => title.hasAttribute("aria-current"));
  const from = focused >= 0 ? focused : open;
  const next = from < 0 ? 0 : Math.min(Math.max(from + step, 0), titles.length - 1);
  titles[next].focus();
  return true;
}

/** A digit picks the answer of that number in the panel that is open: reasons are chosen without leaving the keyboard. */
function pickReason(digit) {
  const choice = document.querySelectorAll(".act[open] input[type=radio]")[digit - 1];
  if (!choice) return false;
  choice.checked = true;
  choice.focus();
  choice.dispatchEvent(new Event("change", { bubbles: true }));
  return true;
}

function press(key) {
  const control = document.querySelector(`[aria-keyshortcuts="${CSS.escape(key)}"]`);
  if (!control) return false;
  if (control.matches(TYPING)) {
    control.focus();
    return true;
  }
  control.click();
  const panel = control.closest("details[open]");
  panel?.querySelector("form :is(input:not([type=hidden]), textarea, select, button)")?.focus();
  return true;
}

function act(key) {
  if (key === "j") return moveInQueue(1);
  if (key === "k") return moveInQueue(-1);
  if (/^[1-9]$/.test(key)) return pickReason(Number(key));
  return key !== "" && press(key);
}

function sendByKeyboard(event) {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing || event.keyCode === COMPOSING) return;
  const form = event.target.closest?.("form.act, .act form");
  if (!form) return;
  event.preventDefault();
  form.querySelector("button[type=submit]")?.click(); // which may send another form along
}

let sent = null; // the form that is on its way

/** Whether words stand here that go with no form now. */
function holdsWords(control) {
  return control.form?.method === "post" && control.form !== sent && control.value !== control.defaultValue;
}

document.addEventListener("submit", ({ target }) => { sent = target; });

// The browser asks before it leaves them: by another act, by a prepared text, by a link.
addEventListener("beforeunload", (event) => {
  const controls = [...document.querySelectorAll("textarea, input:is([type=text], [type=email], [type=url])")];
  if (controls.some(holdsWords)) event.preventDefault();
  sent = null;
});

document.addEventListener("keydown", (event) => {
  if (document.body.dataset.shortcuts !== "on") return;
  sendByKeyboard(event);
  if (!isTyping(event) && act(readKey(event))) event.preventDefault();
});

/** Whoever has taken a submission and uses its page keeps it: an untouched page lets the claim fade. */
const HOLD_MS = 120_000;
const KEPT = 204;
const held = document.querySelector("form[data-hold]");
if (held) {
  const line = held.nextElementSibling;
  const mine = document.getElementById("mine");
  let used = true;

  /** Keep the claim, or return what is to be said: an old token is refused with one that holds, for every form of the page. */
  async function hold(tries = 2) {
    const answer = await fetch(held.action, { method: "POST", body: new FormData(held), headers: { Accept: "application/json" } });
    if (answer.status === KEPT) return "";
    const { token, said } = await answer.json();
    if (said) {
      mine.hidden = true;
      return said;
    }
    if (!token || tries < 2) return held.dataset.hold;
    for (const field of document.querySelectorAll("[name=csrf_token]")) field.value = token;
    return hold(tries - 1);
  }

  async function keepClaim() {
    const text = await hold().catch(() => held.dataset.hold);
    used ||= Boolean(text);
    if (!text) mine.hidden = false;
    if (line.textContent !== text) line.textContent = text;
  }

  for (const kind of ["input", "keydown", "pointerdown", "scroll"]) addEventListener(kind, () => { used = true; }, { passive: true });
  setInterval(() => {
    if (!used || document.hidden) return;
    used = false;
    keepClaim();
  }, HOLD_MS);
}
