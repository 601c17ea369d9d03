// See templates/contribute/form.html.

const COUNT_FROM = 0.75;
const SPOKEN_AFTER = 1000;
const HAN_SHARE = 0.3;
const RIGHT_TO_LEFT = /^(arc?|ckb|dv|fa|he|ps|sd|ug|ur|yi)\b/;
const LETTER = /\p{L}/gu;
const WORD = /[\p{L}\p{N}]\S*/gu;
const EAST_ASIAN = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}]/gu;

function countCharacters(text) {
  return [...text.normalize("NFC").replace(/\r\n?/g, "\n").trim()].length;
}

function countOf(text, kind) {
  return (text.match(kind) ?? []).length;
}

function chooseLimit(text, alphabetic, han) {
  const letters = countOf(text, LETTER);
  return letters > 0 && countOf(text, EAST_ASIAN) / letters >= HAN_SHARE ? han : alphabetic;
}

const numbers = new Intl.NumberFormat(document.documentElement.lang || undefined);

function watch(line, show) {
  const control = document.getElementById(line.id.replace(/-\w+$/, ""));
  const update = () => show(control.value);
  control?.addEventListener("input", ({ isComposing }) => { if (!isComposing) update(); });
  control?.addEventListener("compositionend", update);
  if (control) show(control.value, true);
}

function watchLength(line) {
  const [bar, label] = line.children;
  const { inWords, inHan, most, mostHan } = line.dataset;
  watch(line, (text) => {
    const [told, full, share] = chooseLimit(text, [inWords, most, 1], [inHan, mostHan, 1.5]);
    const words = countOf(text.replace(EAST_ASIAN, " "), WORD);
    const count = Math.round((words + countOf(text, EAST_ASIAN) / 1.5) * share);
    bar.max = full;
    bar.value = count;
    if (count) label.textContent = told.replace("{n}", numbers.format(count));
  });
}

function watchCount(line) {
  const limits = line.dataset.limit.split(" ").map(Number);
  const spoken = document.createElement("span");
  spoken.className = "unseen";
  spoken.setAttribute("role", "status");
  line.after(spoken);
  let timer;
  watch(line, (text, isFirst) => {
    const used = countCharacters(text);
    const limit = chooseLimit(text, ...limits);
    const over = used > limit;
    const words = over ? line.dataset.over : line.dataset.left;
    const near = used >= limit * COUNT_FROM;
    if (near) line.textContent = words.replace("{n}", numbers.format(Math.abs(limit - used)));
    line.classList.toggle("near", near);
    line.classList.toggle("over", over);
    clearTimeout(timer);
    if (!isFirst) timer = setTimeout(() => { spoken.textContent = near ? line.textContent : ""; }, SPOKEN_AFTER);
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
document.querySelectorAll(".meter").forEach(watchLength);
document.querySelectorAll("#writing select").forEach(followLanguage);
