// Ticks of the list: a range by Shift, all of the page by one box. Without this the box is read by the server.

const TICK = ".row-tick";
let last = null; // the row that was ticked before

const boxes = () => [...document.querySelectorAll(TICK)];

document.addEventListener("click", (event) => {
  const { target, shiftKey } = event;
  if (!target.matches?.(TICK)) return;
  const all = boxes();
  const from = all.findIndex(({ value }) => value === last);
  const to = all.indexOf(target);
  if (shiftKey && from >= 0) {
    for (const box of all.slice(Math.min(from, to), Math.max(from, to) + 1)) box.checked = target.checked;
  }
  last = target.value;
});

/** Say how many are ticked. */
function count() {
  const line = document.getElementById("bulk-count");
  const ticked = boxes().filter(({ checked }) => checked).length;
  if (!line) return;
  line.dataset.short = ticked || "";
  line.textContent = ticked ? `${line.dataset.words}${ticked}` : "";
}

document.addEventListener("change", ({ target }) => {
  const whole = document.getElementById("bulk-all");
  if (target === whole) for (const box of boxes()) box.checked = whole.checked;
  else if (target.matches?.(TICK) && !target.checked) whole.checked = false;
  count();
});
document.addEventListener("rows", count); // the list has been asked for anew
addEventListener("pageshow", count); // a browser that goes back ticks what was ticked
