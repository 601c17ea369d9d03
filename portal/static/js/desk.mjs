// Keys of the desk. Each key presses a control that is on the page and names it in aria-keyshortcuts, so nothing can be
// done by key that cannot be done by pointer. Switched off by data-shortcuts="off" on the body.

import "./words.mjs";

const TYPING = "textarea, select, [contenteditable], input:not([type=radio], [type=checkbox], [type=submit], [type=button])";
const COMPOSING = 229; // the key code browsers send while an input method is at work

/** The letter meant: the character on Latin layouts, else the place of the key (ф on a Ukrainian keyboard is a, ㄅ on one for zhuyin is 1). */
function readKey(event) {
  const key = event.key.toLowerCase();
  if (/^[a-z0-9/?]$/.test(key)) return key;
  const place = /^(?:Key([A-Z])|(?:Digit|Numpad)([0-9]))$/.exec(event.code);
  if (place) return (place[1] ?? place[2]).toLowerCase();
  if (event.code === "Slash") return event.shiftKey ? "?" : "/";
  return "";
}

/** Whether the press is text on its way into a field, or not a plain press at all. */
function isTyping(event) {
  return event.isComposing || event.keyCode === COMPOSING || event.repeat
    || event.ctrlKey || event.metaKey || event.altKey || Boolean(event.target.closest?.(TYPING));
}

/** Go up or down a list. Beside a text the row is opened as well. */
function moveInQueue(step) {
  const titles = [...document.querySelectorAll(".queue-title")];
  if (titles.length === 0) return false;
  const focused = titles.indexOf(document.activeElement);
  const open = titles.findIndex((title) => title.hasAttribute("aria-current"));
  const from = focused >= 0 ? focused : open;
  const to = from < 0 ? 0 : from + step;
  const next = titles[to] ?? (to < 0 ? null : document.querySelector("#rows a[rel=next]")); // past the last row stands the next page
  if (!next) return true;
  if (!next.closest(".panes")) next.focus();
  else if (!next.hasAttribute("aria-current")) next.click();
  return true;
}

/** Tick the row one is on, or untick it; with Shift all rows from the last one that was ticked. */
function tickRow(shiftKey) {
  const row = document.activeElement.closest(".queue-row") ?? document.querySelector(".queue-row.current");
  const box = row?.querySelector(".row-tick");
  box?.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, shiftKey }));
  return Boolean(box);
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

/** A reason brings its prepared words at once, unless somebody has written words of their own. */
function offerWords({ target }) {
  const start = target.form?.querySelector(`[data-words][data-key="${CSS.escape(target.value ?? "")}"]`);
  const body = start && target.form.elements.body;
  if (!body || (body.value && body.value !== (body.dataset.prepared ?? body.defaultValue))) return;
  body.dataset.prepared = start.dataset.words;
  body.value = start.dataset.words;
}

function press(key) {
  const control = document.querySelector(`[aria-keyshortcuts="${CSS.escape(key)}"]`);
  if (!control) return false;
  if (control.matches(TYPING)) {
    control.focus();
    return true;
  }
  for (let fold = control.closest("details:not([open])"); fold; fold = fold.parentElement.closest("details:not([open])")) {
    if (fold !== control.parentElement) fold.open = true;
  }
  control.click();
  const panel = control.closest("details[open]");
  panel?.querySelector("form :is(input:not([type=hidden]), textarea, select, button)")?.focus();
  return true;
}

function act(key, shiftKey) {
  if (key === "j") return moveInQueue(1);
  if (key === "k") return moveInQueue(-1);
  if (key === "t" && tickRow(shiftKey)) return true;
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

document.addEventListener("keydown", (event) => {
  if (document.body.dataset.shortcuts !== "on") return;
  sendByKeyboard(event);
  if (!isTyping(event) && act(readKey(event), event.shiftKey)) event.preventDefault();
});

document.addEventListener("change", offerWords);

// Names are offered where somebody begins to write: most pages of the desk are only read.
document.addEventListener("focusin", ({ target }) => { if (target.dataset?.names) import("./mentions.mjs").catch(() => {}); });

/** Whoever has taken a submission and uses its page keeps it: an untouched page lets the claim fade. */
const HOLD_MS = 120_000;
const KEPT = 204;
let used = true;

/** Keep the claim, or return what is to be said: an old token is refused with one that holds, for every form of the page. */
async function hold(held, tries = 2) {
  const answer = await fetch(held.action, { method: "POST", body: new FormData(held), headers: { Accept: "application/json" } });
  if (answer.status === KEPT) return "";
  const { token, said } = await answer.json();
  if (said) {
    document.getElementById("mine").hidden = true;
    return said;
  }
  if (!token || tries < 2) return held.dataset.hold;
  for (const field of document.querySelectorAll("[name=csrf_token]")) field.value = token;
  return hold(held, tries - 1);
}

async function keepClaim() {
  const held = document.querySelector("form[data-hold]");
  if (!held) return;
  const line = held.nextElementSibling;
  const text = await hold(held).catch(() => held.dataset.hold);
  if (!held.isConnected) return;
  used ||= Boolean(text);
  if (!text) document.getElementById("mine").hidden = false;
  if (line.textContent !== text) line.textContent = text;
}

for (const kind of ["input", "keydown", "pointerdown", "scroll"]) addEventListener(kind, () => { used = true; }, { passive: true, capture: true });
document.addEventListener("pane", keepClaim); // another text has been put on the screen, without a page of its own
setInterval(() => {
  if (!used || document.hidden) return;
  used = false;
  keepClaim();
}, HOLD_MS);
