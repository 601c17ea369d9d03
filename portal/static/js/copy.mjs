// Copy buttons of the hand-off sheet: <button type="button" data-copy="#id" data-copied="…" data-failed="…" hidden>.
// With data-html="#field" its HTML is copied beside the text, and pictures as a part of it: editors then take them in.
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

/** A picture of ours as an address that holds it: another site cannot fetch it from here. */
async function readPicture(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(answer.status);
  const content = await answer.blob();
  return new Promise((done, fail) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => done(reader.result));
    reader.addEventListener("error", fail);
    reader.readAsDataURL(content);
  });
}

async function fillPictures(html) {
  const addresses = new Set([...html.matchAll(/<img src="([^"]+)"/g)].map((found) => found[1]));
  let filled = html;
  for (const address of addresses) filled = filled.replaceAll(`src="${address}"`, `src="${await readPicture(address)}"`);
  return new Blob([filled], { type: "text/html" });
}

async function write(button, source) {
  const html = button.dataset.html && document.querySelector(button.dataset.html);
  if (!html) return navigator.clipboard.writeText(readText(source));
  const text = new Blob([readText(source)], { type: "text/plain" });
  return navigator.clipboard.write([new ClipboardItem({ "text/html": fillPictures(html.value), "text/plain": text })]);
}

async function copyFrom(button) {
  const source = document.querySelector(button.dataset.copy);
  if (!source) return;
  try {
    await write(button, source);
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
