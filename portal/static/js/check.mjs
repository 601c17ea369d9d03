// Counts the answers to an edited text: bars, closing card, and what the one button will do (templates/private/approval.html).

const tally = document.querySelectorAll("#tally li span");
const sum = document.getElementById("tally-sum");
const send = document.getElementById("answer");
const remark = document.querySelector("[name=objections]");
const bars = document.querySelectorAll(".dots a");
const cards = [...document.querySelectorAll(".change")];

function count() {
  const chosen = cards.map((card) => card.querySelector(".choices :checked"));
  const done = chosen.filter(Boolean);
  const accepted = done.filter(({ value }) => value === "accept");
  chosen.forEach((one, at) => {
    tally[at].textContent = one?.parentElement.textContent ?? tally[at].dataset.none;
    const bar = bars[at];
    if (!bar) return;
    bar.className = one ? (one.value === "accept" ? "yes" : "no") : "";
    if (location.hash === `#${cards[at].id}`) bar.setAttribute("aria-current", "step");
    else bar.removeAttribute("aria-current");
  });
  if (sum) {
    const numbers = { done: done.length, count: cards.length, accepted: accepted.length };
    sum.textContent = sum.dataset.words.replace(/\{(\w+)\}/g, (_, name) => numbers[name]);
  }
  const agrees = accepted.length === cards.length && !remark.value.trim();
  send.textContent = agrees ? send.dataset.agree : send.dataset.object;
}

document.addEventListener("input", count);
document.addEventListener("change", ({ target }) => {
  if (/object|comment/.test(target.value)) target.closest(".change")?.querySelector(".remark").scrollIntoView({ block: "nearest" });
});
for (const event of ["hashchange", "pageshow"]) addEventListener(event, count);
count();
