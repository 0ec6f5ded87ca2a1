// The work list by keyboard: 1 to 5 give the result of the call for the chosen row (J and K choose: static/js/lists.js).
// After a result the next row is chosen, so that a morning's calls need no mouse.
(() => {
  "use strict";
  const PLACE = "worklist-place";
  const rows = () => [...document.querySelectorAll("[data-work-list] tbody tr")];
  const chosen = () => document.querySelector("[data-work-list] tr.is-chosen");

  const remember = (row) => {
    try {
      sessionStorage.setItem(PLACE, String(rows().indexOf(row)));
    } catch {
      // Not remembered where storage is off.
    }
  };

  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest("input, textarea, select, dialog");
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping || !/^[1-5]$/.test(event.key)) {
      return;
    }
    const row = event.target.closest("[data-work-list] tbody tr") || chosen();
    const button = row && row.querySelector(`[data-result-key="${event.key}"]`);
    if (button) {
      event.preventDefault();
      button.click();
    }
  });

  // Enter in the note must not send the first button: a result is always chosen by hand.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("[data-work-list] input[name=note]")) {
      event.preventDefault();
      const row = event.target.closest("tr");
      event.target.blur();
      chosen()?.classList.remove("is-chosen");
      row.classList.add("is-chosen");
    }
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-result-key]");
    if (button) {
      remember(button.closest("tr"));
    }
  });

  let place = null;
  try {
    place = sessionStorage.getItem(PLACE);
    sessionStorage.removeItem(PLACE);
  } catch {
    // Not remembered where storage is off.
  }
  if (place !== null) {
    const row = rows()[Math.min(Number(place), rows().length - 1)];
    if (row) {
      row.classList.add("is-chosen");
      row.scrollIntoView({ block: "nearest" });
    }
  }
})();
