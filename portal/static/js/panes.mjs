// Changes the text beside the list without loading the page anew, and fetches the next ones ahead. Links stay links and forms stay forms:
// what this cannot do, the browser does as it would without it. The server sends the text alone to whoever asks with X-Desk-Part
// (portal/web/desk/part.py); what is fetched ahead counts as opened by nobody.

import { endSending, findWords } from "./words.mjs";

const PART = "X-Desk-Part";
const TEXT = "text";
const AHEAD = "ahead";
const FETCHED_AHEAD = 2;
const MOST_FETCHED = 8;
const REFUSED = 400;
const FRESH_MS = 300_000; // as long as a claim: older words are asked for anew
const SUBMISSION = /\/desk\/submission\/[0-9a-f]{32}$/;

const main = document.querySelector("main.panes");
const status = document.getElementById("pane-status");
const fetched = new Map(); // address of what was fetched ahead -> { answer, at }
const aside = new Map(); // path of a text left with words that were not sent -> its pane
let shown = location.pathname + location.search;
let listScroll = 0; // where the list stood when a text was opened over it
let isSending = false;
let turn = 0; // counts what was asked for: a late answer to an earlier press is not shown

const text = () => document.getElementById("text");
const rows = () => [...document.querySelectorAll("#rows .queue-title")];
const listAddress = () => document.getElementById("rows").dataset.address;
const pathOf = (address) => new URL(address, location.href).pathname;

/** Ask for a page, and return the text in it, its title and its address. An answer of another kind has no text. */
function ask(address, { method = "GET", body = null, part = TEXT } = {}) {
  return new Promise((done, fail) => {
    const request = new XMLHttpRequest(); // which reads HTML without a sink for markup (Trusted Types)
    request.open(method, address);
    request.responseType = "document";
    request.setRequestHeader(PART, part);
    request.addEventListener("load", () => {
      const page = request.response;
      const article = page?.getElementById("text");
      // A refused form is answered at the address it was sent to: the text has its own.
      const address = SUBMISSION.test(pathOf(request.responseURL)) ? request.responseURL : article?.dataset.address ?? request.responseURL;
      done({ article, title: page?.title, address, page, isRefused: request.status >= REFUSED });
    });
    request.addEventListener("error", fail);
    request.send(body);
  });
}

function findFetched(address) {
  const known = fetched.get(address);
  return known && Date.now() - known.at < FRESH_MS ? known.answer : null;
}

function fetchAhead(address) {
  if (findFetched(address)) return;
  const answer = ask(address, { part: AHEAD });
  answer.catch(() => fetched.delete(address));
  fetched.delete(address);
  fetched.set(address, { answer, at: Date.now() });
  if (fetched.size > MOST_FETCHED) fetched.delete(fetched.keys().next().value);
}

function markRow() {
  const here = pathOf(shown);
  for (const title of rows()) {
    const isOpen = pathOf(title.href) === here;
    title.closest("li").classList.toggle("current", isOpen);
    if (isOpen) {
      title.setAttribute("aria-current", "true");
      title.scrollIntoView({ block: "nearest" });
    } else title.removeAttribute("aria-current");
    const hasWords = aside.has(pathOf(title.href));
    title.closest("li").classList.toggle("has-words", hasWords);
    if (hasWords) title.setAttribute("aria-description", status.dataset.words);
    else title.removeAttribute("aria-description");
  }
}

function fetchNext() {
  if (matchMedia("(prefers-reduced-data: reduce)").matches) return;
  const all = rows();
  const open = all.findIndex((title) => title.hasAttribute("aria-current"));
  for (const title of all.slice(open + 1, open + 1 + FETCHED_AHEAD)) fetchAhead(title.href);
}

/** Bring words of other forms of a page over to its new state; one that has no place there is shown on top. */
function carryOver(old, fresh) {
  for (const control of findWords(old)) {
    const action = control.form.getAttribute("action");
    const place = [...fresh.querySelectorAll("form")].find((form) => form.getAttribute("action") === action)?.elements[control.name];
    if (!place) {
      fresh.querySelector(".text-scroll")?.prepend(control);
      continue;
    }
    place.value = control.value;
    for (let fold = place.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  }
}

/** Keep a text that is left with words in it as it stands, until somebody comes back to it. */
function setAside(old) {
  if (findWords(old).length || "refused" in old.dataset) aside.set(pathOf(shown), { article: old, title: document.title, address: shown });
}

function put({ article, title, address, page, isRefused }, { isNew }) {
  const old = text();
  const wasReading = main.classList.contains("reading");
  if (pathOf(address) === pathOf(shown)) carryOver(old, article);
  else setAside(old);
  aside.delete(pathOf(address));
  if (isRefused) article.dataset.refused = "";
  old.replaceWith(article);
  const list = page?.querySelector(".queue-pane"); // there when the answer is the page of the list
  if (list) replaceList(list, page.querySelector(".views"));
  else for (const notice of document.querySelectorAll(".queue-pane > .notice")) notice.remove();
  document.title = title;
  const isReading = "id" in article.dataset;
  main.classList.toggle("reading", isReading);
  if (!wasReading) listScroll = scrollY;
  scrollTo(0, isReading ? 0 : listScroll);
  const { pathname, search } = new URL(address, location.href);
  shown = pathname + search;
  if (isNew) history.pushState(null, "", shown);
  markRow();
  article.querySelector(".error-summary, .text-scroll")?.focus({ preventScroll: true });
  document.dispatchEvent(new CustomEvent("pane"));
  fetchNext();
}

/** Whether the text that is open stands in the list on the screen. It may stand on the next page, which is then asked for with it. */
function isListed() {
  return !("id" in text().dataset) || rows().some((title) => title.hasAttribute("aria-current"));
}

function replaceList(list, views) {
  document.querySelector(".queue-pane").replaceWith(list);
  if (views) document.querySelector(".views").replaceWith(views);
}

/** Show the text of an address; where the answer has none, as when a session has ended, the browser goes there itself. */
async function open(address, { isNew = true } = {}) {
  if (isSending) return; // what the answer says must be read first
  const mine = turn += 1;
  const left = aside.get(pathOf(address));
  const known = left ? Promise.resolve({ ...left, address }) : findFetched(address) ?? ask(address);
  status.textContent = "";
  let answer;
  try {
    answer = await known;
  } catch {
    if (mine === turn) status.textContent = status.dataset.lost;
    return;
  }
  if (mine !== turn) return;
  fetched.delete(address); // its nodes stand on the page from now on
  if (!answer.article) {
    location.assign(address);
    return;
  }
  put(answer, { isNew });
  if (!isListed()) refreshList(shown);
}

/** Ask for the list anew after an act: rows leave it, counts change. */
async function refreshList(address) {
  const { page } = await ask(address, { part: "" }).catch(() => ({}));
  const list = document.getElementById("rows");
  const [freshRows, freshViews] = [page?.getElementById("rows"), page?.querySelector(".views")];
  if (!freshRows || !freshViews) return;
  const ticked = [...list.querySelectorAll("input:checked")].map(({ value }) => value);
  list.replaceWith(freshRows);
  document.querySelector(".views").replaceWith(freshViews);
  for (const box of freshRows.querySelectorAll("input")) box.checked = ticked.includes(box.value);
  document.dispatchEvent(new CustomEvent("rows"));
  markRow();
  fetchNext();
}

/** Have the browser send it: nothing was done yet, and whoever answers so gives a page of its own, with the words in it. */
function sendPlainly(form, submitter) {
  if (submitter?.hasAttribute("formaction")) form.action = submitter.formAction;
  if (submitter?.name) form.append(Object.assign(document.createElement("input"), { type: "hidden", name: submitter.name, value: submitter.value }));
  form.submit();
}

async function send(form, submitter) {
  if (isSending) return;
  isSending = true;
  turn += 1;
  const action = submitter?.hasAttribute("formaction") ? submitter.formAction : form.action;
  status.textContent = "";
  let isOnItsWay = false;
  try {
    const answer = await ask(action, { method: "POST", body: new FormData(form, submitter) });
    if (!answer.article) {
      isOnItsWay = true; // its words go with the browser, which need not ask about them
      sendPlainly(form, submitter);
      return;
    }
    fetched.clear();
    form.reset(); // its words are on their way, or come back in the answer
    put(answer, { isNew: pathOf(answer.address) !== pathOf(shown) });
    if (!answer.page.querySelector(".queue-pane")) refreshList(isListed() ? listAddress() : shown);
  } catch {
    status.textContent = status.dataset.lost;
  } finally {
    isSending = false;
    if (!isOnItsWay) endSending();
  }
}

function isPlain(event) {
  return event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey && !event.defaultPrevented;
}

/** Whether a link leads to a text, or from a text back to the list on the screen. */
function leadsHere(link) {
  if (link.origin !== location.origin || link.target || link.hasAttribute("download")) return false;
  if (link.hash && link.pathname === location.pathname) return false;
  return SUBMISSION.test(link.pathname) || link.matches(".text-back");
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("main a[href]");
  if (!link || !isPlain(event) || !leadsHere(link)) return;
  event.preventDefault();
  open(link.href);
});

document.addEventListener("submit", (event) => {
  const { target: form, submitter } = event;
  if (event.defaultPrevented || form.method !== "post" || !form.closest("#text") || form.closest("[data-whole]")) return;
  event.preventDefault();
  send(form, submitter);
});

addEventListener("popstate", () => {
  if (location.pathname + location.search !== shown) open(location.href, { isNew: false });
});

addEventListener("beforeunload", (event) => {
  if (aside.size) event.preventDefault();
});

document.documentElement.dataset.panes = "on";
markRow();
fetchNext();
