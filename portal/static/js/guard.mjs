// Sends a form once per click. Where keep.mjs saves a form, that does it.

const CLICK_GUARD = 1000;

for (const form of document.querySelectorAll("form[method=post]:not([data-save])")) {
  let sentAt = -Infinity;
  form.addEventListener("submit", (event) => {
    if (event.timeStamp - sentAt < CLICK_GUARD) event.preventDefault();
    else sentAt = event.timeStamp;
  });
}
