// What it does, and why: templates/contribute/_keeping.html.

const KEY = /^[0-9a-f]{12}(:left)?$/;

const form = document.querySelector("form[data-save]");
const offer = document.getElementById("keep-others");
const line = document.getElementById("keep-state");

function listOthers() {
  const beginning = `copy:${form.dataset.copy}:`;
  const own = beginning + form.elements.form_key.value.slice(0, 12);
  const names = Object.keys(localStorage).filter((name) => name.startsWith(beginning) && !name.startsWith(own));
  return names.filter((name) => KEY.test(name.slice(beginning.length)));
}

offer.addEventListener("click", () => {
  for (const name of listOthers()) delete localStorage[name];
  offer.hidden = true;
  line.dataset.state = "deleted";
  line.textContent = line.dataset.deleted;
});

if (listOthers().length) {
  const [risky] = form.dataset.secret.split(" ");
  const risk = [...form.querySelectorAll("[value=yes]:checked")].find(({ name }) => name === risky);
  (document.activeElement.closest("fieldset, .field") ?? risk?.closest("fieldset"))?.after(offer);
  offer.hidden = false;
}
