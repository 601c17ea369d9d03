// The tools of a draft's text: buttons[data-tool] write the marks of our dialect, #draft-count counts, and comments know the
// paragraph of the cursor. Without scripts there is no toolbar, and the page tells the marks.

import { write } from "./write.mjs";

const COMPOSING = 229;
const KEYS = { b: "strong", i: "emphasis", k: "link" };
const INSIDE = /[\p{M}\p{Cf}]/gu; // marks that stand inside words and part nothing
const UNSPACED = /(?=[\p{L}\p{Nl}])[\p{scx=Hani}\p{scx=Hira}\p{scx=Kana}\p{scx=Hang}\p{scx=Bopo}\p{scx=Thai}\p{scx=Laoo}\p{scx=Tibt}\p{scx=Mymr}\p{scx=Khmr}]/gu;
const WORD = /[\p{L}\p{N}]+(?:['’ʼ‐‑-][\p{L}\p{N}]+)*/gu;
const PHOTO = /^!\[\]\(photo:[0-9a-f]{8}\)[ \t]*$/gm;
const STRETCH = /(?:[ \t]*[^ \t\n][^\n]*\n?)+/g;
const ADDRESS = /\]\([^()\n]*\)/g;
const MINUTE = { words: 238, slow: 190, characters: 355 };

const area = document.getElementById("draft-body");

/** Put marks around what is selected, or take them away; without a selection the cursor stands between them. */
function wrap(mark) {
  const { value, selectionStart, selectionEnd } = area;
  const chosen = value.slice(selectionStart, selectionEnd);
  const lead = chosen.match(/^\s*/)[0].length;
  const end = Math.max(selectionStart + lead, selectionEnd - chosen.match(/\s*$/)[0].length);
  const start = selectionStart + lead;
  const words = value.slice(start, end);
  const size = mark.length;
  const around = value.slice(start - size, start) === mark && value.slice(end, end + size) === mark
    && (size > 1 || value[start - 2] !== "*" || value[start - 3] === "*");
  if (around) return write(area, words, start - size, end + size, start - size, end - size);
  return write(area, mark + words + mark, start, end, start + size, end + size);
}

/** The whole lines the selection touches. */
function findLines() {
  const { value, selectionStart, selectionEnd } = area;
  const start = value.lastIndexOf("\n", selectionStart - 1) + 1;
  const last = value.indexOf("\n", Math.max(selectionStart, selectionEnd - (value[selectionEnd - 1] === "\n" ? 1 : 0)));
  return [start, last < 0 ? value.length : last];
}

/** Begin each line with a mark, or take it away where all have it. A block of its own stands between empty lines. */
function begin(mark, known) {
  const [start, end] = findLines();
  const lines = area.value.slice(start, end).split("\n");
  const full = lines.filter((line) => line.trim());
  const has = full.length > 0 && full.every((line) => known.test(line));
  let number = 0;
  const made = lines.map((line) => {
    const bare = line.replace(known, "");
    if (has || (!line.trim() && lines.length > 1)) return bare;
    number += 1;
    return mark(number) + bare;
  }).join("\n");
  const before = start > 0 && area.value.slice(0, start).trim() && !area.value.slice(0, start).endsWith("\n\n") && !has ? "\n" : "";
  write(area, before + made, start, end, start + before.length, start + before.length + made.length);
}

/** A heading becomes a smaller one, then none. */
function head() {
  const [start, end] = findLines();
  const line = area.value.slice(start, end);
  const level = line.match(/^(#{1,6}) /)?.[1].length ?? 0;
  const words = line.replace(/^#{1,6} +/, "");
  const made = level === 0 ? `## ${words}` : level === 2 ? `### ${words}` : words;
  write(area, made, start, end);
}

function link() {
  const { value, selectionStart: start, selectionEnd: end } = area;
  const words = value.slice(start, end);
  if (/^https?:\/\/\S+$/.test(words)) return write(area, `[](${words})`, start, end, start + 1);
  const address = start + words.length + 3;
  return write(area, `[${words}](https://)`, start, end, words ? address : start + 1, words ? address + 8 : start + 1);
}

function breakScene() {
  const { value, selectionEnd } = area;
  const next = value.indexOf("\n", selectionEnd);
  const at = next < 0 ? value.length : next;
  const before = value.slice(0, at).trimEnd();
  const after = value.slice(at).replace(/^\n+/, "");
  const text = `${before ? "\n\n" : ""}---\n\n`;
  write(area, text, before.length, value.length - after.length);
}

/** The number of a note where the cursor stands, and a place for its words at the end. */
function note() {
  const { value, selectionEnd: at } = area;
  const numbers = [...value.matchAll(/\[\^(\d+)\]/g)].map((found) => Number(found[1]));
  const number = Math.max(0, ...numbers) + 1;
  const rest = value.slice(at).trimEnd();
  const gap = /^\[\^[^\]]+\]: .*$/.test(rest.split("\n").at(-1)) ? "\n" : "\n\n";
  write(area, `[^${number}]${rest}${gap}[^${number}]: `, at, value.length);
}

const TOOLS = {
  undo: () => { area.focus(); document.execCommand("undo"); },
  redo: () => { area.focus(); document.execCommand("redo"); },
  strong: () => wrap("**"),
  emphasis: () => wrap("*"),
  heading: head,
  link,
  quote: () => begin(() => "> ", /^> ?/),
  list: () => begin(() => "- ", /^[-*+] +/),
  numbers: () => begin((number) => `${number}. `, /^\d{1,9}[.)] +/),
  scene: breakScene,
  note,
};

function watchKeys() {
  area.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.isComposing || event.keyCode === COMPOSING) return;
    const letter = /^[a-z]$/i.test(event.key) ? event.key.toLowerCase() : event.code.replace("Key", "").toLowerCase();
    const name = KEYS[letter];
    if (!name) return;
    event.preventDefault();
    if (!event.repeat) TOOLS[name]();
  });
}

/** One stop for the Tab key; arrows go from tool to tool. */
function showTools(bar) {
  const tools = [...bar.querySelectorAll("button, a")];
  const stop = (chosen) => tools.forEach((one) => { one.tabIndex = one === chosen ? 0 : -1; });
  bar.hidden = false;
  stop(tools[0]);
  bar.addEventListener("mousedown", (event) => {
    if (event.target.closest("button")) event.preventDefault(); // the selection stays where it is
  });
  bar.addEventListener("click", (event) => TOOLS[event.target.closest("[data-tool]")?.dataset.tool]?.());
  bar.addEventListener("focusin", (event) => stop(event.target));
  bar.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const turn = getComputedStyle(bar).direction === "rtl" ? -step : step;
    tools[(tools.indexOf(document.activeElement) + turn + tools.length) % tools.length].focus();
  });
}

function watchCount(line) {
  const numbers = new Intl.NumberFormat(document.documentElement.lang || undefined);
  const tell = (name, count) => line.dataset[name].replace("{n}", numbers.format(count));
  const update = () => {
    const text = area.value.normalize("NFC").replace(PHOTO, "").replace(ADDRESS, "]").replace(INSIDE, "");
    const found = text.replace(UNSPACED, " ").match(WORD) ?? [];
    const [words, characters] = [found.length, (text.match(UNSPACED) ?? []).length];
    const slow = found.filter((one) => /\p{Script=Cyrillic}/u.test(one)).length;
    const minutes = Math.ceil((words - slow) / MINUTE.words + slow / MINUTE.slow + characters / MINUTE.characters);
    line.textContent = [(words || !characters) && tell("words", words), characters && tell("characters", characters), tell("minutes", minutes)].filter(Boolean).join(" · ");
  };
  area.addEventListener("input", ({ isComposing }) => { if (!isComposing) update(); });
  area.addEventListener("compositionend", update);
  update();
}

const listStretches = (text = area.value) => [...text.replace(PHOTO, (mark) => " ".repeat(mark.length)).matchAll(STRETCH)];

/** What each stretch of the text as it came, by its number from 1, is in the text now; nothing where it is gone. */
function followStretches() {
  const now = listStretches();
  const [before, words] = [listStretches(area.defaultValue), now].map((all) => all.map(([one]) => one.trimEnd()));
  const shorter = Math.min(before.length, words.length);
  let head = 0;
  while (head < shorter && before[head] === words[head]) head += 1;
  let tail = 0;
  while (tail < shorter - head && before.at(-1 - tail) === words.at(-1 - tail)) tail += 1;
  const was = before.slice(head, before.length - tail);
  const is = words.slice(head, words.length - tail);
  const find = (at) => {
    if (at < head) return at;
    if (at >= before.length - tail) return at - before.length + words.length;
    const same = is.indexOf(before[at]);
    if (same >= 0) return head + same;
    return was.length === is.length ? at : -1; // words of it have changed where it stands, or it is gone
  };
  return (number) => now[find(Number(number) - 1)];
}

/** A comment is about the paragraph of the cursor, and its place leads there. */
function watchPlaces() {
  const about = document.getElementById("comment_on");
  document.querySelector(".talk-new")?.addEventListener("toggle", ({ target }) => {
    if (!target.open || about.selectedIndex > 0 || area.selectionStart === 0) return;
    const here = listStretches().find((one) => area.selectionStart <= one.index + one[0].length);
    const follow = followStretches();
    for (let number = 1; here && number < about.options.length; number += 1) {
      if (follow(number)?.index === here.index) about.selectedIndex = number;
    }
  });
  document.querySelectorAll("[data-stretch]").forEach((place) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = place.textContent;
    button.addEventListener("click", () => {
      const found = followStretches()(place.dataset.stretch);
      if (!found) return;
      area.focus();
      area.setSelectionRange(found.index, found.index + found[0].trimEnd().length);
    });
    place.replaceChildren(button);
  });
}

/** On a wide screen each comment stands beside its paragraph, below the one before it. */
function placeTalks() {
  const talks = [...document.querySelectorAll(".comments > .talks > .talk")];
  const wide = matchMedia("(width >= 68rem)");
  if (talks.length === 0 || !CSS.supports("field-sizing", "content")) return;
  const mirror = document.createElement("div"); // the text as the field breaks it, to be measured
  mirror.className = "mirror";
  mirror.setAttribute("aria-hidden", "true");
  area.after(mirror);
  let asked = 0;
  const place = () => {
    asked = 0;
    mirror.style.inlineSize = `${area.clientWidth}px`;
    const follow = followStretches();
    const top = area.getBoundingClientRect().top - talks[0].parentElement.getBoundingClientRect().top;
    let below = 0;
    for (const talk of talks) {
      const stretch = follow(talk.querySelector("[data-stretch]")?.dataset.stretch);
      mirror.textContent = stretch ? area.value.slice(0, stretch.index) : "";
      const wanted = wide.matches && stretch ? top + mirror.offsetHeight : 0;
      talk.style.marginBlockStart = `${Math.max(0, wanted - below)}px`;
      below = Math.max(below, wanted) + talk.offsetHeight + 12;
    }
  };
  const plan = () => { asked ||= requestAnimationFrame(place); };
  area.addEventListener("input", plan);
  document.getElementById("comments").addEventListener("toggle", plan, true);
  new ResizeObserver(plan).observe(area);
  plan();
}

if (area) {
  showTools(document.querySelector(".text-tools"));
  watchKeys();
  watchCount(document.getElementById("draft-count"));
  watchPlaces();
  placeTalks();
}
