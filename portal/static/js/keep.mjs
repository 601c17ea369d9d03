// See templates/contribute/_keeping.html.

const QUIET = 1500;
const PATIENCE = 30_000;
const PAUSE = 3000;
const LONGEST_PAUSE = 180_000;
const CLICK_GUARD = 1000;
const BROKEN = 500;
const PROOF_WAIT = 8000;
const PROOF_LIFE = 540_000;
const KEPT = 14 * 86_400_000;

const CLOSING_LENGTH = 20_000;
const ALONE = /^(add|remove|up|down)$/;
const COPY = "copy:";

const form = document.querySelector("form[data-save]");
let forgotten = false;

function attempt(act) {
  try {
    return act();
  } catch {
    return undefined;
  }
}

function forget(beginning, isMeant = () => true) {
  for (const kind of ["localStorage", "sessionStorage"]) {
    attempt(() => {
      for (const [name, stored] of Object.entries(window[kind])) {
        if (`${name}:${stored}`.startsWith(COPY + beginning) && isMeant(stored)) delete window[kind][name];
      }
    });
  }
}

function ask(address, options) {
  return fetch(address, { headers: { Accept: "application/json" }, signal: AbortSignal.timeout?.(PATIENCE), ...options });
}

const toBytes = (hex) => Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
const toHex = (number, digits) => number.toString(16).padStart(digits, "0");

export async function solve(challenge) {
  const { nonce, salt, cost, keyLength, keyPrefix } = challenge.parameters;
  const settings = { name: "PBKDF2", hash: "SHA-256", salt: toBytes(salt), iterations: cost };
  for (let counter = 0; ; counter += 1) {
    const password = toBytes(nonce + toHex(counter, 8));
    const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
    const bits = new Uint8Array(await crypto.subtle.deriveBits(settings, key, keyLength * 8));
    const derivedKey = Array.from(bits, (byte) => toHex(byte, 2)).join("");
    if (derivedKey.startsWith(keyPrefix)) return btoa(JSON.stringify({ challenge, solution: { counter, derivedKey } }));
  }
}

function keepWriting() {
  const { csrf_token: token, form_key: key, after, writing, sequence, proof } = form.elements;
  const formKey = key ?? after ?? {};
  const find = (id) => document.getElementById(`keep-${id}`);
  const line = find("state");
  const code = find("code");
  const box = find("copy");
  const notice = find("restored");
  const offer = find("left");
  const human = find("human");
  const base = COPY + form.dataset.copy;
  const isApart = "apart" in form.dataset;
  const name = () => (isApart ? `${base}:${formKey.value.slice(0, 12)}` : base);
  const issuedKey = formKey.value;
  const [risk, ...secret] = (form.dataset.secret ?? "").split(" ");
  const texts = [...form.querySelectorAll("textarea, .control[type=text], .control[type=email], [name=story_from_file]")]
    .filter((control) => !human?.contains(control));
  const copied = texts.filter((control) => !secret.includes(control.name));

  let touched = false;
  let composing = null;
  let known = "";
  let had = "";
  let flying = "";
  let held = [];
  let saving = null;
  let good = "saved";
  let failures = 0;
  let sending = false;
  let waiting = false;
  let leaving = false;
  let passing = false;
  let pressedAt = -Infinity;
  let timer = 0;
  let provedAt = -Infinity;
  let proving;
  let copy;
  let restored;

  function readForm() {
    const data = new FormData(form);
    for (const [field, value] of [...data]) if (typeof value !== "string") data.delete(field);
    if (composing) data.set(composing.control.name, composing.text);
    return data;
  }

  const print = (data) => JSON.stringify([...data].filter(([field]) => form.elements[field].type !== "hidden"));
  const textOf = (control) => (composing?.control === control ? composing.text : control.value);
  const holdsText = () => texts.some((control) => textOf(control).trim());
  const isTicked = () => form.querySelector(".choices :checked,[data-choices] :checked");
  const isDirty = () => touched && (holdsText() || isTicked() || sequence.value > 0) && print(readForm()) !== known;

  function show(state) {
    if (line.dataset.state === state) return;
    line.dataset.state = state;
    line.textContent = line.dataset[state] ?? "";
  }

  function plan(pause = Math.min(PAUSE * 2 ** failures++, LONGEST_PAUSE)) {
    clearTimeout(timer);
    timer = setTimeout(tick, pause);
  }

  function tick() {
    keepCopy();
    if (!waiting) save();
    else if (composing) plan(QUIET);
    else send();
  }

  function retry() {
    if (waiting || failures) tick();
  }

  function keepCopy() {
    const typed = copied.filter((control) => textOf(control).trim()).map((control) => [control.name, textOf(control)]);
    return touched && box.checked && !forgotten && attempt(() => {
      if (!typed.length) return localStorage.removeItem(name());
      localStorage[name()] = JSON.stringify({
        texts: Object.fromEntries(typed),
        at: Date.now(),
        waiting: waiting || sending,
        kept: print(readForm()) === had,
        after: after?.value,
      });
      sessionStorage[base] = formKey.value ?? "";
      return true;
    });
  }

  function wipe() {
    forget(name().slice(COPY.length));
    notice.hidden = offer.hidden = true;
  }

  function refuseCopy() {
    box.checked = false;
    wipe();
    attempt(() => { sessionStorage[base] = "off"; });
    if (isApart) import("./others.mjs").catch(() => {});
  }

  function fill(control, text) {
    touched = true;
    control.value = text;
    control.dispatchEvent(new Event("input", { bubbles: true }));
  }

  const readCopy = (of = name()) => attempt(() => JSON.parse(localStorage[of]));

  function restore() {
    const ofTab = attempt(() => sessionStorage[base]);
    if (ofTab === "off" || !box.checked || form.elements[risk]?.value === "yes") refuseCopy();
    if (ofTab && !holdsText()) formKey.value = ofTab;
    copy = readCopy();
    if (!copy) formKey.value = issuedKey;
    copy ??= readCopy();
    restored = copied.filter((control) => !control.value && copy?.texts[control.name]);
    if (!restored.length) return;
    if (after) after.value = copy.after;
    for (const control of restored) fill(control, copy.texts[control.name]);
    form.prepend(notice);
    notice.hidden = false;
    show(copy.waiting ? "unsent" : "restored");
  }

  function goOn() {
    restore();
    known = print(readForm());
  }

  async function offerLeft() {
    const names = attempt(() => Object.keys(localStorage)) ?? [];
    if (copy?.kept !== false && !names.some((one) => one.startsWith(base) && one !== name())) return;
    const { offerWords } = await import("./left.mjs");
    const mayFind = isApart && box.checked && !holdsText();
    offerWords({ form, offer, base, names, name: name(), copy, copied, mayFind, readCopy, textOf, fill, goOn });
  }

  function discard() {
    for (const control of restored) if (control.value === copy.texts[control.name]) fill(control, "");
    wipe();
    if (!(sequence.value > 0)) formKey.value = issuedKey;
    show("deleted");
    copied[0].focus();
  }

  async function renewToken() {
    token.value = (await (await ask(form.dataset.token)).json()).token;
  }

  async function save() {
    while (saving) await saving;
    return leaving || !isDirty() ? "" : push();
  }

  function push(keepalive) {
    saving = post(keepalive).finally(() => { if (saving === mine) saving = null; });
    const mine = saving;
    return mine;
  }

  async function post(keepalive) {
    try {
      let isWhole = !key || !sequence.value;
      for (let tries = 3; tries; tries -= 1) {
        const body = readForm();
        const saved = flying = print(body);
        const now = texts.map((control) => [control.name, body.get(control.name)]);
        body.delete("document_held");
        if (!isWhole) leaveOut(body);
        const response = await ask(form.dataset.save, { method: "POST", body, keepalive });
        const answer = await response.json().catch(() => ({}));
        if (answer.token) token.value = answer.token;
        else if (answer.state === "whole") isWhole = true;
        else if (response.ok && answer.state) return takeOver(answer, saved, now);
        else break;
      }
      return fail("unsaved");
    } catch {
      return fail("offline");
    }
  }

  function leaveOut(body) {
    const same = held.filter(([field, text]) => text && body.get(field) === text).map(([field]) => field);
    for (const field of same) body.delete(field);
    body.set("unchanged", same.join(" "));
  }

  function takeOver(answer, saved, now) {
    held = now;
    writing.value = answer.writing;
    sequence.value = answer.sequence;
    known = had = saved;
    failures = 0;
    if (readCopy()) keepCopy();
    if (answer.state === "other_version") good = "other";
    if (!waiting && !sending) show({ empty: "", known: "known" }[answer.state] ?? good);
    if (code && answer.code) {
      code.hidden = false;
      code.firstElementChild.textContent = answer.code;
    }
    if (isDirty()) plan(QUIET);
    return "";
  }

  function fail(state) {
    if (!waiting && !sending) show(keepCopy() ? "device" : state);
    plan();
    return state;
  }

  function hide() {
    if (leaving) return;
    keepCopy();
    const now = print(readForm());
    if (!sending && !waiting && isDirty() && (!saving || now !== flying)) push(now.length < CLOSING_LENGTH);
  }

  function prove() {
    if (!proof || !globalThis.crypto?.subtle || Date.now() - provedAt < PROOF_LIFE) return proving;
    provedAt = Date.now();
    proving = ask(form.dataset.proof)
      .then((response) => response.json())
      .then(solve)
      .catch(() => { provedAt = -Infinity; })
      .then((found = "") => { human.hidden = proof.value = found; });
    return proving;
  }

  async function send(button) {
    if (sending) return;
    sending = true;
    clearTimeout(timer);
    if (!waiting) show("sending");
    keepCopy();
    try {
      while (saving) await saving;
      const proved = Promise.race([prove(), new Promise((resolve) => { setTimeout(resolve, PROOF_WAIT); })]);
      await Promise.all([renewToken(), proved]);
      const response = await ask(form.action, { method: "POST", body: readForm(), redirect: "manual" });
      waiting = false;
      if (response.type === "opaqueredirect") arrive();
      else if (!await tell(response)) {
        if (response.status >= BROKEN) throw new Error(response.status);
        passOn(button);
      }
    } catch {
      waiting = true;
      show(keepCopy() ? "waiting" : "waitingHere");
      plan();
    } finally {
      sending = false;
    }
  }

  async function tell(response) {
    try {
      pressedAt = -Infinity;
      const { faults, hidden, ...words } = await response.json();
      if (!faults) return false;
      const { showFaults } = await import("./faults.mjs");
      for (const [field, value] of Object.entries(hidden)) form.elements[field].value = value;
      showFaults(form, faults, words);
      show(isDirty() ? "" : good);
      return !plan(QUIET);
    } catch {
      return false;
    }
  }

  function arrive() {
    leaving = true;
    known = print(readForm());
    writing.value = "";
    sequence.value = 0;
    location.assign(form.dataset.receipt);
  }

  function passOn(button = form.querySelector("button.primary")) {
    leaving = true;
    clearTimeout(timer);
    setTimeout(() => {
      passing = true;
      button.click();
      passing = false;
    });
  }

  form.addEventListener("submit", async (event) => {
    const { submitter, timeStamp } = event;
    if (passing || event.defaultPrevented) return;
    touched = true;
    event.preventDefault();
    composing?.control.blur();
    if (timeStamp - pressedAt < CLICK_GUARD) return;
    pressedAt = timeStamp;
    if (form.elements.file?.files.length || ALONE.test(submitter?.name)) passOn(submitter ?? undefined);
    else if (!submitter?.hasAttribute("formaction")) send(submitter ?? undefined);
    else if (await save() !== "offline") passOn(submitter);
  });

  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("input:not([type=file])")) event.preventDefault();
  });
  form.addEventListener("compositionstart", ({ target }) => {
    composing = { control: target, text: target.value };
  });
  for (const settled of ["compositionend", "focusout"]) {
    form.addEventListener(settled, () => {
      if (composing) plan(QUIET);
      composing = null;
    });
  }

  const [visit] = performance.getEntriesByType("navigation");
  const isEarly = visit?.type === "navigate" && texts.some(({ value, defaultValue }) => value !== defaultValue);
  const isFresh = !isEarly && !document.querySelector(".error-summary");
  touched = isEarly;
  if (isFresh) had = print(readForm());
  restore();
  offerLeft().catch(() => {});
  if (isFresh) known = print(readForm());
  for (const field of [token, formKey, writing, sequence, proof, box]) if (field) field.autocomplete = "off";
  find("scripted").hidden = find("line").hidden = false;
  find("unscripted").hidden = true;
  if (human) human.hidden = globalThis.crypto?.subtle;
  if (isEarly) plan(QUIET);

  for (const act of ["input", "change"]) {
    form.addEventListener(act, ({ isTrusted }) => { touched ||= isTrusted; }, { capture: true });
  }
  form.addEventListener("input", () => {
    leaving = false;
    prove();
    if (waiting) keepCopy();
    else plan(QUIET);
  });
  form.addEventListener("change", ({ target }) => {
    if (target.name === risk && target.value === "yes") refuseCopy();
  });
  box.addEventListener("change", () => (box.checked ? keepCopy() : refuseCopy()));
  find("delete").addEventListener("click", () => {
    refuseCopy();
    show("deleted");
  });
  find("discard").addEventListener("click", discard);
  code?.lastElementChild.addEventListener("click", async ({ target }) => {
    await navigator.clipboard.writeText(code.firstElementChild.textContent);
    target.textContent = target.dataset.done;
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") hide();
    else retry();
  });
  addEventListener("pagehide", hide);
  addEventListener("online", retry);
  addEventListener("focus", retry);
  addEventListener("pageshow", ({ persisted }) => {
    if (!persisted) return;
    leaving = false;
    pressedAt = -Infinity;
    renewToken().then(retry, retry);
  });
}

forget("", (stored) => Date.now() - attempt(() => JSON.parse(stored).at) > KEPT);
for (const element of document.querySelectorAll("[data-forget]")) {
  const wipe = () => element.dataset.forget.split(" ").forEach((beginning) => forget(beginning));
  if (element.localName !== "form") wipe();
  else element.addEventListener("submit", () => {
    forgotten = true;
    wipe();
  });
}
if (form) keepWriting();
