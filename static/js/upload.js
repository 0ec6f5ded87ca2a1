// The upload form: a file above the limit is refused before it is sent, not after.
(() => {
  "use strict";
  for (const input of document.querySelectorAll("input[type=file][data-max-bytes]")) {
    const check = () => {
      const limit = Number(input.dataset.maxBytes);
      const tooLarge = [...input.files].some((file) => file.size > limit);
      input.setCustomValidity(tooLarge ? input.dataset.tooLarge : "");
      if (tooLarge) {
        input.reportValidity();
      }
    };
    input.addEventListener("change", check);
    input.form.addEventListener("submit", (event) => {
      if (!input.checkValidity()) {
        event.preventDefault();
        input.reportValidity();
      }
    });
  }
})();
