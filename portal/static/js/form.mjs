// What it does: templates/contribute/form.html.

const COUNT_FROM = 0.75;
const CLICK_GUARD = 1000;
const SPOKEN_AFTER = 1000;
const HAN_SHARE = 0.3;
const RIGHT_TO_LEFT = /^(arc?|ckb|dv|fa|he|ps|sd|ug|ur|yi)\b/;
const LETTER = /\p{L}/gu;
const EAST_ASIAN = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}]/gu;

export function countCharacters(text) {
  return [...text.normalize("NFC").replace(/\r\n?/g, "\n").trim()].length;
}

export function chooseLimit(text, alphabetic, han) {
  const letters = (text.match(LETTER) ?? []).length;
  const eastAsian = (text.match(EAST_ASIAN) ?? []).length;
  return letters > 0 && eastAsian / letters >= HAN_SHARE ? han : alphabetic;
}

function watchCount(line) {
  const control = document.getElementById(line.id.replace(/-count$/, ""));
  if (!control) return;
  const still = line.textContent;
  const limits = line.dataset.limit.split(" ").map(Number);
  const spoken = document.createElement("span");
  spoken.className = "unseen";
  spoken.setAttribute("role", "status");
  line.after(spoken);
  const numbers = new Intl.NumberFormat(document.documentElement.lang || undefined);
  let timer = 0;
  const show = () => {
    const used = countCharacters(control.value);
    const limit = chooseLimit(control.value, ...limits);
    const over = used > limit;
    const words = over ? line.dataset.over : line.dataset.left;
    const near = used >= limit * COUNT_FROM;
    line.textContent = near ? words.replace("{n}", numbers.format(Math.abs(limit - used))) : still;
    line.classList.toggle("over", over);
    clearTimeout(timer);
    timer = setTimeout(() => { spoken.textContent = near ? line.textContent : ""; }, SPOKEN_AFTER);
  };
  control.addEventListener("input", (event) => { if (!event.isComposing) show(); });
  control.addEventListener("compositionend", show);
  show();
  clearTimeout(timer);
}

function guardSending(form) {
  let sentAt = -Infinity;
  form.addEventListener("submit", (event) => {
    if (event.timeStamp - sentAt < CLICK_GUARD) event.preventDefault();
    else sentAt = event.timeStamp;
  });
}

function followLanguage(chooser) {
  chooser.addEventListener("change", () => {
    const tag = chooser.value;
    const rightToLeft = RIGHT_TO_LEFT.test(tag);
    for (const control of chooser.form.querySelectorAll("textarea, input[dir=auto], input[dir=rtl]")) {
      control.lang = tag;
      control.dir = rightToLeft && !control.value ? "rtl" : "auto";
    }
  });
}

document.querySelectorAll(".count").forEach(watchCount);
document.querySelectorAll("form[method=post]:not([data-save])").forEach(guardSending);
document.querySelectorAll("#writing select").forEach(followLanguage);
