// Forms: one submission per click, a warning before unsaved input is lost, focus on the error summary.
(() => {
  "use strict";
  let leaving = false;
  const guarded = (form) => form.method === "post" && !("noGuard" in form.dataset) && !form.closest("[data-no-guard]");

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || !guarded(form)) {
      return;
    }
    if (form.dataset.submitted) {
      event.preventDefault();
      return;
    }
    form.dataset.submitted = "yes";
    leaving = true;
    // After this turn: a disabled button's name and value would not be sent.
    window.setTimeout(() => {
      for (const button of document.querySelectorAll("button, input[type=submit]")) {
        if (button.form === form && button.type === "submit") {
          button.disabled = true;
        }
      }
      if (event.submitter) {
        event.submitter.classList.add("is-busy");
      }
    });
  });

  const release = (form) => {
    delete form.dataset.submitted;
    for (const button of document.querySelectorAll("button, input[type=submit]")) {
      if (button.form === form && button.type === "submit") {
        button.disabled = false;
        button.classList.remove("is-busy");
      }
    }
  };

  // A page that comes back from the browser's history, or a form sent by htmx, must be usable again.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) {
      document.querySelectorAll("form[data-submitted]").forEach(release);
      leaving = false;
    }
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest("form");
    if (form) {
      release(form);
    }
  });

  for (const form of document.querySelectorAll("form[data-warn-unsaved]")) {
    form.addEventListener("input", () => {
      form.dataset.changed = "yes";
    });
  }
  window.addEventListener("beforeunload", (event) => {
    if (!leaving && document.querySelector("form[data-changed]")) {
      event.preventDefault();
    }
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-focus]");
    const field = link && document.getElementById(link.dataset.focus);
    if (field) {
      event.preventDefault();
      field.scrollIntoView({ block: "center" });
      field.focus({ preventScroll: true });
    }
  });
  const summary = document.querySelector("[data-error-summary]");
  if (summary) {
    summary.focus();
  }
})();
