// Brings a proof of work while somebody types the password: without one, a flood of others can be in the way.

import { solve } from "./keep.mjs";

const PATIENCE = 12_000;
const form = document.querySelector("form[data-proof]");
const field = form?.elements.proof;

async function prove() {
  const response = await fetch(form.dataset.proof, { headers: { Accept: "application/json" } });
  field.value = await solve(await response.json());
}

if (field && globalThis.crypto?.subtle) {
  let proving = prove().catch(() => {}).finally(() => { proving = null; });
  form.addEventListener("submit", async (event) => {
    if (!proving) return;
    event.preventDefault();
    event.stopImmediatePropagation(); // guard.mjs would take what is sent in a moment for a second press
    await Promise.race([proving, new Promise((resolve) => { setTimeout(resolve, PATIENCE); })]);
    proving = null;
    form.requestSubmit(event.submitter);
  }, { capture: true });
}
