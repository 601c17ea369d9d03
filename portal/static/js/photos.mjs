// Photos go into the text of a draft where the cursor stands: button[data-put] and [data-take] have the line that stands for
// a photo, [data-state] says whether it is there. Without scripts these buttons send the form, with the place chosen beside them.

import { write } from "./write.mjs";

const body = document.getElementById("draft-body");
const line = (mark) => new RegExp(`^${mark.replace(/[[\]()!]/g, "\\$&")}[ \\t]*$`, "m");

/** Joins parts of a text by one empty line. */
const join = (...parts) => parts.filter(Boolean).join("\n\n");
const cutEnd = (text) => text.replace(/\n+$/, "");
const cutStart = (text) => text.replace(/^\n+/, "");

function take(mark) {
  const found = line(mark).exec(body.value);
  if (!found) return;
  const before = cutEnd(body.value.slice(0, found.index));
  const cursor = body.selectionEnd > found.index ? Math.max(before.length, body.selectionEnd - found[0].length) : body.selectionEnd;
  change(join(before, cutStart(body.value.slice(found.index + found[0].length))), cursor);
}

function put(mark) {
  take(mark);
  const text = body.value;
  const end = text.indexOf("\n", body.selectionEnd);
  const at = end < 0 ? text.length : end;
  const before = join(cutEnd(text.slice(0, at)), mark);
  change(join(before, cutStart(text.slice(at))), before.length);
}

/** Write no more than what is another now, so that the undo has little to take back. */
function change(text, cursor) {
  const { value } = body;
  const most = Math.min(value.length, text.length);
  let start = 0;
  let end = 0;
  while (start < most && value[start] === text[start]) start += 1;
  while (end < most - start && value.at(-1 - end) === text.at(-1 - end)) end += 1;
  write(body, text.slice(start, text.length - end), start, value.length - end, cursor, cursor);
}

function show() {
  document.querySelectorAll("[data-state]").forEach((state) => {
    const isIn = line(state.dataset.state).test(body.value);
    state.textContent = isIn ? state.dataset.in : state.dataset.out;
  });
  document.querySelectorAll("button[data-take]").forEach((button) => {
    button.hidden = !line(button.dataset.take).test(body.value);
  });
}

if (body) {
  document.querySelectorAll("[data-without-scripts]").forEach((one) => { one.hidden = true; });
  document.querySelectorAll("button[data-put], button[data-take]").forEach((button) => {
    button.type = "button"; // it changes the page now, and sends nothing
    button.addEventListener("click", () => {
      if (button.dataset.put) put(button.dataset.put);
      else take(button.dataset.take);
      body.focus();
    });
  });
  body.addEventListener("input", show);
}
