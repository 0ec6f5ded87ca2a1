// The review's form: files are attached without leaving the page, so that nothing typed is lost.
(() => {
  "use strict";
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest("form[data-upload]");
    if (!form || !event.detail.successful) {
      return;
    }
    const input = form.querySelector("input[type=file]");
    input.value = "";
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
})();
