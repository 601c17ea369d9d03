// Words typed at the desk that nobody has sent: the browser asks before it leaves them by another act, a prepared text or a link.

const WORDS = "textarea, input:is([type=text], [type=email], [type=url])";

let sent = null; // the form that is on its way

/** Whether words stand here that go with no form now. Prepared words are nobody's own. */
function holdsWords(control) {
  return control.form?.method === "post" && control.form !== sent && control.value !== control.defaultValue
    && control.value !== control.dataset.prepared;
}

/** The controls of a part of the page with words that nobody has sent. */
export function findWords(part) {
  return [...part.querySelectorAll(WORDS)].filter(holdsWords);
}

/** Note that a form has reached us, or came back. */
export function endSending() {
  sent = null;
}

document.addEventListener("submit", ({ target }) => { sent = target; });

addEventListener("beforeunload", (event) => {
  if (findWords(document).length) event.preventDefault();
  endSending();
});
