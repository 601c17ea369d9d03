// Who else has the text on the screen, and whether somebody has saved something since. The page gives a sign of life every half minute
// while it is on the screen; what is fetched ahead gives none. Without this script the claim tells of colleagues (portal/web/site/claims.py).

import { findWords } from "./words.mjs";

const EVERY_MS = 30_000;
let shown = null; // the form of the text that is on the screen

function sign(form, state) {
  const data = new FormData(form);
  data.set("sign", state);
  return data;
}

async function ask() {
  const form = document.querySelector("form[data-presence]");
  if (form !== shown) leave();
  shown = form;
  if (!form || document.hidden) return;
  const state = findWords(document).length ? "writing" : "reading";
  const answer = await fetch(form.action, { method: "POST", body: sign(form, state), headers: { Accept: "application/json" } }).catch(() => null);
  if (answer?.status !== 200 || !form.isConnected) return;
  const { said } = await answer.json();
  const line = form.nextElementSibling;
  if (line.textContent !== said) line.textContent = said;
}

/** Say that the text is off the screen: at once, even while the page goes. */
function leave() {
  if (shown) navigator.sendBeacon(shown.action, sign(shown, "left"));
  shown = null;
}

addEventListener("pagehide", leave);
document.addEventListener("visibilitychange", () => { if (document.hidden) leave(); else ask(); });
document.addEventListener("pane", ask); // another text has been put on the screen
setInterval(ask, EVERY_MS);
ask();
