// Names after an @ in notes and comments: those that fit are listed under the field and taken by keys or by a press. The names stand
// in the page (data-names tells the id of their list). Without this script a name is typed as it stands on the desk, which does the same.

const LONGEST = 40; // signs behind the @ that may still become a name
const MOST = 6;
const SIGN = /[@＠]([^@＠\n]*)$/u;
const LETTER = /[\p{L}\p{N}]/u;
const UNPARTED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}]/u; // written without blanks
const COMPOSING = 229;

let list = null; // the names on the screen
let field = null; // whose they are
let dismissed = -1; // where the @ stands whose names somebody has closed

const fold = (text) => text.normalize("NFKC").replace(/[’‘ʼ´`]/g, "'").toLowerCase();

/** The place of an @ before the cursor and what stands behind it; nothing where that is no mention, as in an address. */
function readMention(area) {
  const before = area.value.slice(0, area.selectionStart);
  const found = area.selectionStart === area.selectionEnd && SIGN.exec(before);
  if (!found || found[1].length > LONGEST) return null;
  const previous = before.slice(0, found.index).at(-1) ?? "";
  if (LETTER.test(previous) && !UNPARTED.test(previous) && LETTER.test(found[1][0] ?? "a")) return null;
  return { from: found.index, typed: fold(found[1].trimStart()) };
}

function findNames(area, typed) {
  const names = [...document.getElementById(area.dataset.names)?.options ?? []].filter(({ value }) => value).map((one) => one.dataset.name ?? one.text).filter(Boolean);
  const fits = (name) => name.startsWith(typed) || name.includes(` ${typed}`) || (UNPARTED.test(typed) && name.includes(typed));
  return [...new Set(names)].filter((name) => fits(fold(name)) && fold(name) !== typed.trimEnd()).slice(0, MOST);
}

function close() {
  field?.removeAttribute("aria-controls");
  field?.removeAttribute("aria-activedescendant");
  list?.remove();
  list = field = null;
}

function activate(option) {
  for (const one of list.children) one.setAttribute("aria-selected", String(one === option));
  field.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

function show(area, names) {
  close();
  field = area;
  list = document.createElement("ul");
  list.id = "names-found";
  list.className = "names-found";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", area.labels[0]?.textContent ?? "");
  list.append(...names.map((name, number) => {
    const option = document.createElement("li");
    option.id = `name-found-${number}`;
    option.setAttribute("role", "option");
    option.dir = "auto";
    option.textContent = name;
    return option;
  }));
  area.after(list);
  area.setAttribute("aria-autocomplete", "list");
  area.setAttribute("aria-controls", list.id);
  activate(list.firstElementChild);
}

function look(area) {
  const mention = readMention(area);
  if (!mention) dismissed = -1;
  const names = mention && mention.from !== dismissed ? findNames(area, mention.typed) : [];
  if (names.length) show(area, names);
  else close();
}

/** Write the name; the browser's undo takes it back. */
function take(option) {
  const area = field;
  const { from } = readMention(area);
  const name = `@${option.textContent} `;
  close();
  area.focus();
  const until = area.selectionEnd;
  area.setSelectionRange(from, until);
  if (!document.execCommand("insertText", false, name)) area.setRangeText(name, from, until, "end");
}

function press(event) {
  if (!list || event.target !== field || event.isComposing || event.keyCode === COMPOSING) return;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const active = list.querySelector("[aria-selected=true]");
  const acts = {
    ArrowDown: () => activate(active.nextElementSibling ?? list.firstElementChild),
    ArrowUp: () => activate(active.previousElementSibling ?? list.lastElementChild),
    Enter: () => take(active),
    Tab: () => take(active),
    Escape: () => { dismissed = readMention(field).from; close(); },
  };
  if (!(event.key in acts) || (event.shiftKey && event.key === "Tab")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  acts[event.key]();
}

document.addEventListener("input", ({ target, inputType, isComposing }) => {
  if (!target.dataset?.names || isComposing) return;
  if (inputType === "historyUndo") target.setSelectionRange(target.selectionEnd, target.selectionEnd); // what a name took the place of comes back selected
  look(target);
});
document.addEventListener("compositionend", ({ target }) => { if (target.dataset?.names) look(target); });
document.addEventListener("keydown", press, { capture: true });
document.addEventListener("focusout", ({ target }) => { if (target === field) close(); });
if (document.activeElement?.dataset.names) look(document.activeElement); // typed while this was fetched
document.addEventListener("pointerdown", (event) => {
  const option = list && event.target.closest?.("[role=option]");
  if (!option || !list.contains(option)) return;
  event.preventDefault(); // the field keeps the cursor
  take(option);
});
