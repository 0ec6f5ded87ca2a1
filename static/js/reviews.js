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

  // Scores: the total while they are chosen, and a reason asked for only where an answer departs from the proposal.
  document.querySelectorAll("form[data-scores]").forEach((form) => {
    const show = () => {
      let total = 0;
      let isWhole = true;
      form.querySelectorAll("[data-criterion]").forEach((criterion) => {
        const chosen = criterion.querySelector("input[type=radio]:checked");
        const reason = criterion.querySelector("[data-reason]");
        if (reason) {
          reason.hidden = !chosen || chosen.value === criterion.dataset.proposed;
        }
        if (chosen) {
          total += JSON.parse(criterion.dataset.points)[chosen.value];
        } else {
          isWhole = false;
        }
      });
      form.querySelector("[data-total]").textContent = isWhole ? total : "–";
    };
    form.addEventListener("change", show);
    show();
  });

  // Phrases: a click puts one into the opinion.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-phrase]");
    if (button) {
      const field = document.getElementById(button.dataset.phraseInto);
      field.value = [field.value.trim(), button.dataset.phrase].filter(Boolean).join(" ");
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.focus();
    }
  });

  // Deciding by keyboard, always with a question first. What needs a reason leads to its field while that is empty.
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest("input:not([type=checkbox]), textarea, select, dialog");
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping) {
      return;
    }
    const button = /^[arx]$/.test(event.key) && document.querySelector(`[data-key="${event.key}"]`);
    if (!button) {
      return;
    }
    event.preventDefault();
    const reason = button.dataset.keyNeeds && document.getElementById(button.dataset.keyNeeds);
    if (reason && reason.value.trim() === "") {
      reason.focus();
      return;
    }
    button.dataset.confirm = button.dataset.confirm || button.dataset.keyConfirm;
    button.click();
  });

  // The inbox: on a wide screen a review is read beside the list.
  const beside = document.querySelector("[data-beside]");
  if (beside) {
    const panel = document.getElementById("panel");
    const isWide = window.matchMedia("(min-width: 1200px)");
    const close = () => {
      panel.hidden = true;
      panel.replaceChildren();
      beside.classList.remove("is-open");
    };
    beside.addEventListener("click", (event) => {
      if (event.target.closest("[data-panel-close]")) {
        close();
      }
      const link = event.target.closest("[data-panel]");
      if (!link || !isWide.matches || event.ctrlKey || event.metaKey || event.shiftKey) {
        return;
      }
      event.preventDefault();
      for (const row of beside.querySelectorAll("tr.is-chosen")) {
        row.classList.remove("is-chosen");
      }
      link.closest("tr").classList.add("is-chosen");
      window.htmx.ajax("GET", link.dataset.panel, { target: panel }).then(() => {
        panel.hidden = false;
        beside.classList.add("is-open");
        panel.scrollTop = 0;
      });
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.target.closest("dialog")) {
        event.target.blur();
        close();
      }
    });
  }
})();
