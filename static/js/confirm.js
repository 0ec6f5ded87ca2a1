// A question before a consequential button: <button data-confirm="Really?" data-confirm-label="Reject">.
// Without JavaScript the button simply acts; the server checks everything again anyway.
(() => {
  "use strict";
  const dialog = document.getElementById("confirm-dialog");
  if (!dialog || typeof dialog.showModal !== "function") {
    return;
  }
  const text = dialog.querySelector("[data-confirm-text]");
  const ok = dialog.querySelector("[data-confirm-ok]");
  const defaultLabel = ok.textContent;
  let asked = null;

  // In the capture phase, before any other listener acts on the click.
  document.addEventListener(
    "click",
    (event) => {
      const button = event.target.closest("[data-confirm]");
      if (!button || "confirmed" in button.dataset) {
        return;
      }
      if (button.form && !button.form.noValidate && !button.formNoValidate && !button.form.reportValidity()) {
        event.preventDefault();
        return;
      }
      event.preventDefault();
      event.stopImmediatePropagation();
      asked = button;
      text.textContent = button.dataset.confirm;
      ok.textContent = button.dataset.confirmLabel || defaultLabel;
      ok.className = "btn " + (button.classList.contains("btn-danger") ? "btn-danger" : "btn-primary");
      dialog.returnValue = "cancel";
      dialog.showModal();
    },
    true,
  );

  dialog.addEventListener("close", () => {
    const button = asked;
    asked = null;
    if (!button) {
      return;
    }
    button.focus();
    if (dialog.returnValue === "ok") {
      button.dataset.confirmed = "yes";
      button.click();
      delete button.dataset.confirmed;
    }
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) {
      dialog.close("cancel");
    }
  });
})();
