// Writing into a textarea so that the browser's own undo takes it back.

/** Put `text` in the place of what stands from `start` to `end`, then select from `from` to `to`. */
export function write(area, text, start, end, from = start + text.length, to = from) {
  const wanted = area.value.slice(0, start) + text + area.value.slice(end);
  area.focus();
  if (wanted !== area.value) {
    area.setSelectionRange(start, end);
    document.execCommand(text ? "insertText" : "delete", false, text); // the only way that keeps the undo
    if (area.value !== wanted) {
      area.value = wanted;
      area.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }
  area.setSelectionRange(from, to);
}
