// The editor of a draft: what is typed is kept unsaved in the background, Ctrl+S saves, and colleagues at the same draft are named.
// form[data-keep] is the text; #keep-state has the words of the states, #colleagues the sentences about others.
// What could not be kept is sent again, at once when the network is back.

const QUIET = 1500; // milliseconds after the last input
const LIFE = 30_000; // between two signs of life
const PATIENCE = 20_000; // for an answer
const COMPOSING = 229;
const SIGNED_OUT = 401;

const form = document.querySelector("form[data-keep]");

function keepDraft() {
  const { csrf_token: token, kept } = form.elements;
  const line = document.getElementById("keep-state");
  const others = document.getElementById("colleagues");
  let timer = 0;
  let flying = false;
  let composing = false;
  let leaving = false;

  const own = (data) => JSON.stringify([...data].filter(([name]) => form.elements[name]?.type !== "hidden"));
  let known = own(new FormData(form)); // as the server has it

  function say(state, time = "") {
    const text = (line.dataset[state] ?? "").replace("{time}", time);
    if (line.textContent !== text) line.textContent = text;
  }

  function name(sentences) {
    const shown = [...others.querySelectorAll("p")].map((one) => one.textContent.trim());
    if (JSON.stringify(shown) === JSON.stringify(sentences)) return;
    others.replaceChildren(...sentences.map((sentence) => {
      const notice = document.createElement("div");
      const paragraph = document.createElement("p");
      notice.className = "notice warn";
      paragraph.textContent = sentence;
      notice.append(paragraph);
      return notice;
    }));
  }

  function plan(pause) {
    clearTimeout(timer);
    timer = setTimeout(keep, pause);
  }

  /** Send what stands here; an old token is refused with one that holds. */
  async function ask(tries = 2) {
    const body = new FormData(form);
    const response = await fetch(form.dataset.keep, { method: "POST", body, headers: { Accept: "application/json" }, signal: AbortSignal.timeout?.(PATIENCE) });
    if (response.status === SIGNED_OUT) throw new Error("out");
    const answer = await response.json();
    if (response.ok) return { answer, sent: own(body) };
    if (answer.state !== "token" || tries < 2) throw new Error(response.status);
    token.value = answer.token;
    return ask(tries - 1);
  }

  async function keep() {
    if (leaving || flying || composing) return plan(QUIET);
    flying = true;
    try {
      const { answer, sent } = await ask();
      if (answer.state !== "elsewhere" && answer.kept !== undefined) kept.value = answer.kept;
      known = sent;
      say(answer.state, answer.at);
      name(answer.colleagues ?? []);
    } catch (error) {
      if (own(new FormData(form)) !== known) say(error.message in line.dataset ? error.message : "failed");
    } finally {
      flying = false;
      plan(own(new FormData(form)) === known ? LIFE : QUIET);
    }
  }

  form.addEventListener("compositionstart", () => { composing = true; });
  form.addEventListener("compositionend", () => { composing = false; plan(QUIET); });
  form.addEventListener("input", () => {
    leaving = false; // a sending that was stopped, or that takes long, keeps no later word from being kept
    plan(QUIET);
  });
  form.addEventListener("submit", (event) => {
    if (navigator.onLine) return;
    event.preventDefault(); // the browser's own page, which says so, would stand where the words are
    event.stopImmediatePropagation();
    say("failed");
  }, { capture: true });
  form.addEventListener("submit", ({ defaultPrevented }) => { leaving ||= !defaultPrevented; });
  addEventListener("online", () => plan(0));
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    leaving = false;
    if (own(new FormData(form)) === known) location.reload();
    else plan(QUIET); // words the server does not have would go with the page
  });

  addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    if (event.code !== "KeyS" && event.key.toLowerCase() !== "s") return;
    event.preventDefault();
    if (event.isComposing || event.keyCode === COMPOSING || event.repeat || composing || leaving) return;
    form.requestSubmit();
  });

  plan(QUIET);
}

if (form) keepDraft();
