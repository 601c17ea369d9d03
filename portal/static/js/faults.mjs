// Faults of a form: a link of the summary leads to the whole field and puts the cursor into it, and what a script has
// sent in vain is marked in the page as the server would have marked it (templates/macros/forms.html).

const CONTROL = "input:not([type=hidden]), textarea, select";

/** Show label, error and control: browsers would scroll to the control alone. */
function follow(event) {
  const link = event.target.closest(".error-summary a[href^='#']");
  const place = link && document.getElementById(link.hash.slice(1));
  const control = place?.querySelector(CONTROL);
  if (!control) return;
  event.preventDefault();
  control.focus({ preventScroll: true });
  place.scrollIntoView();
}

function make(name, className, ...inside) {
  const element = document.createElement(name);
  if (className) element.className = className;
  element.append(...inside);
  return element;
}

function clear(form) {
  form.querySelector("[data-code]")?.remove();
  document.querySelector(".error-summary")?.remove();
  for (const field of form.querySelectorAll(".has-error")) field.classList.remove("has-error");
  for (const error of form.querySelectorAll(".field-error")) {
    for (const described of form.querySelectorAll(`[aria-describedby~="${error.id}"]`)) {
      const others = described.getAttribute("aria-describedby").split(" ").filter((id) => id !== error.id);
      described.setAttribute("aria-describedby", others.join(" "));
      if (!others.length) described.removeAttribute("aria-describedby");
      described.removeAttribute("aria-invalid");
    }
    error.remove();
  }
}

function markField(id, sentences, mark) {
  const control = document.getElementById(id) ?? document.getElementById(`${id}-0`); // or the first of a group
  const place = control?.closest(".field");
  if (!place) return;
  const before = place.querySelector(".control, .options, .option");
  place.classList.add("has-error");
  place.id = `${id}-field`;
  const error = make("div", "field-error");
  error.id = `${id}-error`;
  for (const sentence of sentences) error.append(make("p", "", make("span", "unseen", mark), sentence));
  before.before(error);
  const described = place.querySelector(`fieldset, ${CONTROL}`);
  const others = described.getAttribute("aria-describedby");
  described.setAttribute("aria-describedby", others ? `${others} ${error.id}` : error.id);
  if (described.matches(CONTROL)) described.setAttribute("aria-invalid", "true");
}

/** Ask in the form itself for the code that opens the page it is sent to (templates/contribute/reenter_code.html). */
function askForCode(form, { label, hint, button, action, to }) {
  const [name, control, rest, text, press] = ["label", "input", "input", "div", "button"].map((kind) => make(kind, ""));
  Object.assign(name, { className: "label", htmlFor: "again-code", textContent: label });
  Object.assign(text, { className: "hint", id: "again-code-hint", textContent: hint });
  Object.assign(control, { className: "control", id: "again-code", name: "code", inputMode: "numeric", autocomplete: "off" });
  Object.assign(control, { spellcheck: false, dir: "auto" });
  control.setAttribute("aria-describedby", text.id);
  Object.assign(rest, { type: "hidden", name: "to", value: to });
  Object.assign(press, { className: "button", type: "submit", formAction: action, textContent: button });
  const place = make("div", "field", name, text, control, rest);
  const whole = make("div", "", place, make("p", "field", press));
  whole.dataset.code = "";
  place.id = "again-code-field";
  form.prepend(whole);
}

/** Mark what is wrong, as portal/web/site/form_faults.py tells it, and go to the summary. */
export function showFaults(form, faults, { heading, promise, mark, code }) {
  clear(form);
  if (code) askForCode(form, code);
  const title = make("h2", "", heading);
  title.id = "error-summary-title";
  const list = make("ul", "");
  for (const { field, sentences } of faults) {
    markField(field, sentences, mark);
    const isThere = document.getElementById(`${field}-field`);
    const link = make(isThere ? "a" : "span", "", sentences[0]);
    if (isThere) link.href = `#${field}-field`;
    list.append(make("li", "", link));
  }
  const summary = make("div", "error-summary", title, ...(promise ? [make("p", "", promise)] : []), list);
  summary.tabIndex = -1;
  summary.setAttribute("role", "alert");
  summary.setAttribute("aria-labelledby", title.id);
  document.getElementById("main").prepend(summary);
  if (!document.title.startsWith(mark)) document.title = `${mark}${document.title}`;
  summary.focus();
  summary.scrollIntoView();
}

document.addEventListener("click", follow);
