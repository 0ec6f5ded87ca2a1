// The aging report: the items below a line are fetched once; after that the button shows and hides them.
(() => {
  "use strict";
  document.addEventListener("click", (event) => {
    const button = event.target.closest(".aging-expand");
    if (!button) {
      return;
    }
    const next = button.closest("tr").nextElementSibling;
    const isOpen = button.getAttribute("aria-expanded") === "true";
    button.setAttribute("aria-expanded", String(!isOpen));
    if (next && next.classList.contains("aging-more")) {
      next.hidden = isOpen;
    }
  });
})();
