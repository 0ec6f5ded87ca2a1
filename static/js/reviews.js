// The review's form: files are attached without leaving the page, so that nothing typed is lost.
(() => {
  "use strict";
  // The answer to a refused file is the same list, with the reason above it.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status === 422) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
  });

  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest("form[data-upload]");
    if (!form || ![200, 422].includes(event.detail.xhr.status)) {
      return;
    }
    const input = form.querySelector("input[type=file]");
    input.value = "";
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
})();
