// Photos and documents: several can be chosen, each is sent on its own and says where it is. Photos are made smaller on
// the device first, which saves data and leaves place and time behind. Without scripts the form sends one file.

const LONG_EDGE = 1600;
const QUALITY = 0.82;
const MOST_PIXELS = 16777216; // more, and some phones draw nothing without saying so
const OFFLINE = 0;
const [ADDED, TOLD, FAILED] = ["added", "told", "failed"]; // how a file ended: told has something to read
const ALONE = /^(remove|refuse|up|down)$/; // buttons about a photo that is there

const list = document.getElementById("uploads");
const form = document.querySelector("form[data-upload]");

/** A smaller JPEG of a photo, or the file itself where the browser cannot make one. */
async function shrink(file) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
    if (bitmap.width * bitmap.height > MOST_PIXELS) return file;
    const scale = Math.min(1, LONG_EDGE / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(bitmap.width * scale));
    canvas.height = Math.max(1, Math.round(bitmap.height * scale));
    const context = canvas.getContext("2d");
    context.fillStyle = "white"; // what is see-through would become black
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    const drawn = await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
    return drawn ?? file;
  } catch {
    return file; // HEIC outside of Safari: the server reads it
  } finally {
    bitmap?.close();
  }
}

/** The server's answer as {status, state, sentence}; state "token" brings a fresh token. `chosen`: what is sent in place of a
    file that the server holds in its answer, with the way in which it is to be read. */
async function send(input, body, name, chosen) {
  const data = new FormData(form);
  if (chosen) data.delete(input.name);
  else data.set(input.name, body, name);
  for (const [field, value] of Object.entries(chosen ?? {})) data.set(field, value);
  try {
    const answer = await fetch(form.action, { method: "POST", body: data, headers: { Accept: "application/json" } });
    const isOurs = answer.headers.get("Content-Type")?.startsWith("application/json");
    return { status: answer.status, ...(isOurs ? await answer.json() : {}) };
  } catch {
    return { status: OFFLINE };
  }
}

function addRow(file) {
  const row = document.getElementById("upload-rows").appendChild(document.createElement("li"));
  const name = row.appendChild(document.createElement("bdi"));
  name.textContent = file.name;
  row.append(" – ");
  const state = row.appendChild(document.createElement("span"));
  state.textContent = list.dataset.waiting;
  return { row, state };
}

async function upload(input, file, { row, state }, chosen) {
  const say = (words) => { state.textContent = words; };
  say(list.dataset.shrinking);
  const body = form.dataset.upload === "picture" ? await shrink(file) : file;
  say(list.dataset.sending);
  let answer = await send(input, body, file.name, chosen);
  if (answer.state === "token") {
    form.elements.csrf_token.value = answer.token;
    answer = await send(input, body, file.name, chosen);
  }
  if (answer.state === "added") {
    say([list.dataset.added, answer.sentence].filter(Boolean).join(". "));
    return answer.sentence ? TOLD : ADDED;
  }
  say(answer.sentence || (answer.status === OFFLINE ? list.dataset.broken : list.dataset.failed));
  if (answer.status === OFFLINE || answer.status >= 500) offerRetry(input, file, { row, state }, chosen);
  if (answer.state === "asked") offerReadings(input, file, { row, state }, answer.readings);
  return FAILED;
}

function addButton(place, words, act) {
  const button = place.appendChild(document.createElement("button"));
  button.type = "button";
  button.className = "button quiet";
  button.textContent = words;
  button.addEventListener("click", act);
  return button;
}

function offerRetry(input, file, place, chosen) {
  const button = addButton(place.row, list.dataset.retry, async () => {
    button.remove();
    if ((await upload(input, file, place, chosen)) !== FAILED) offerPage();
  });
}

/** Show the first lines of a text in each way in which it can be read; the author chooses the one that is meant. */
function offerReadings(input, file, place, readings) {
  const choices = place.row.appendChild(document.createElement("div"));
  for (const { begins, label, chosen } of readings) {
    const lines = choices.appendChild(document.createElement("blockquote"));
    Object.assign(lines, { lang: "und", dir: "auto", innerText: begins });
    addButton(choices, label, async () => {
      choices.remove();
      if ((await upload(input, file, place, chosen)) !== FAILED) offerPage();
    });
  }
}

function offerPage() {
  if (list.querySelector("a")) return;
  const link = list.appendChild(document.createElement("a"));
  link.href = location.pathname;
  link.textContent = list.dataset.show;
}

async function uploadAll(input) {
  const files = [...input.files];
  list.hidden = false;
  const places = files.map(addRow);
  const ends = [];
  for (const [index, file] of files.entries()) { // one after another: a slow line carries one at a time
    ends.push(await upload(input, file, places[index]));
  }
  input.value = "";
  if (ends.every((end) => end === ADDED)) location.assign(location.pathname);
  else if (ends.some((end) => end !== FAILED)) offerPage(); // what is told stays to be read
}

if (form && list) {
  const input = form.querySelector("input[type=file]");
  const button = form.querySelector("button[data-add]");
  input.multiple = true;
  form.addEventListener("submit", async (event) => {
    if (ALONE.test(event.submitter?.name) || !input.files.length) return; // the page says what is missing
    event.preventDefault();
    button.disabled = true;
    await uploadAll(input);
    button.disabled = false;
  });
}
