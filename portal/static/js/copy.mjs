// Copy buttons of the hand-off sheet: <button type="button" data-copy="#id" data-copied="…" data-failed="…" hidden>.
// The text is on the page anyway; without scripts the buttons stay hidden and people select it by hand.

// There before it speaks: a region that arrives together with its text is often not read out.
const status = document.body.appendChild(document.createElement("p"));
status.className = "copy-status";
status.setAttribute("role", "status");

/** What a person would select: the value of a field, else the text as it is laid out. */
function readText(source) {
  return "value" in source ? source.value : source.innerText;
}

function selectText(source) {
  if ("select" in source) source.select();
  else getSelection().selectAllChildren(source);
}

async function copyFrom(button) {
  const source = document.querySelector(button.dataset.copy);
  if (!source) return;
  try {
    await navigator.clipboard.writeText(readText(source));
    status.textContent = button.dataset.copied;
  } catch {
    selectText(source); // no permission, or no https: one keystroke is left to the person
    status.textContent = button.dataset.failed;
  }
}

document.querySelectorAll("button[data-copy]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", () => copyFrom(button));
});
