// A filter acts as soon as it is chosen. Without this the form has a button that says so.

const form = document.querySelector("form[data-at-once]");
const KEPT = "filter"; // which control was used, so that the page it leads to goes on there
let typing = null; // a list that is being moved through by keys: it is chosen from when it is left, or by Enter

function choose(control) {
  typing = null;
  sessionStorage.setItem(KEPT, control.id);
  form.requestSubmit();
}

/** Empty questions are not asked: the address says what the list is, and no more. */
form?.addEventListener("formdata", ({ formData }) => {
  for (const [name, value] of [...formData]) if (value === "") formData.delete(name);
});

form?.addEventListener("change", ({ target }) => {
  if (target.matches("select, [type=checkbox]") && target !== typing) choose(target);
});

form?.addEventListener("keydown", (event) => {
  if (!event.target.matches("select")) return;
  if (event.key !== "Enter") typing = event.key === "Tab" ? typing : event.target;
  else if (typing === event.target) {
    event.preventDefault();
    choose(event.target);
  }
});

form?.addEventListener("pointerdown", () => { typing = null; });

form?.addEventListener("focusout", ({ target }) => {
  if (target !== typing) return;
  typing = null;
  if ([...target.options].some((option) => option.selected !== option.defaultSelected)) choose(target);
});

// The view that is open may stand far along its line.
document.querySelector(".views [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });

const used = document.getElementById(sessionStorage.getItem(KEPT) ?? "");
sessionStorage.removeItem(KEPT);
if (form && used && form.contains(used)) {
  // What is folded away would cover what it has found.
  (used.closest("details")?.querySelector("summary") ?? used).focus({ preventScroll: true });
}
