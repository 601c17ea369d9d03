// What it does: templates/contribute/_keeping.html, under `left` and `found`. Loaded where there is something to offer.

const OWN_PARTS = 5;

/** Offer words on this device that did not reach us: other ones than the form shows, or those of another visit. */
export function offerWords({ form, offer, base, names, name, copy, copied, mayFind, readCopy, textOf, fill, goOn }) {
  const key = `${name}:left`;
  const found = mayFind && names
    .filter((one) => one.startsWith(base) && one.split(":").length < OWN_PARTS)
    .sort((one, other) => readCopy(other)?.at - readCopy(one)?.at)[0];
  const left = readCopy(key) ?? (copy?.kept === false && copy);
  const apart = copied.filter(({ name: field, value }) => value && (left.texts?.[field] ?? value).trim() !== value.trim());
  if (!found && !apart.length) return;

  function keep() {
    try {
      localStorage[key] = JSON.stringify(left);
    } catch {} // a full device: the words stay in the form
  }

  function openFound() {
    localStorage[name] = localStorage[found];
    delete localStorage[found];
    goOn();
  }

  function swap() {
    for (const control of apart) {
      const here = textOf(control);
      fill(control, left.texts[control.name]);
      left.texts = { ...left.texts, [control.name]: here };
    }
    keep();
  }

  if (found) form.addEventListener("input", () => { offer.hidden = true; });
  else keep();
  offer.querySelector("button").addEventListener("click", found ? openFound : swap);
  form.prepend(offer);
  offer.hidden = false;
}
