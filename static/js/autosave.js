// A draft is saved a few seconds after somebody stops typing. What the server does not have yet is kept in this tab, so
// that neither a lost connection nor a log-out loses it.
(() => {
  "use strict";
  const WAIT = 3000;
  const RETRY = 10000;

  for (const form of document.querySelectorAll("form[data-autosave]")) {
    const key = `draft:${form.dataset.autosave}`;
    const told = form.querySelector("[data-autosave-told]") || document.querySelector("[data-autosave-told]");
    const NOT_TYPED = new Set(["csrfmiddlewaretoken", "seen_form_version", "action"]);
    let timer = 0;
    let isStopped = false;

    const typed = () => [...new FormData(form)].filter(([name, value]) => !NOT_TYPED.has(name) && typeof value === "string");
    const tell = (text, isBad) => {
      told.textContent = text;
      told.classList.toggle("text-danger", Boolean(isBad));
    };
    const keep = () => {
      try {
        sessionStorage.setItem(key, JSON.stringify(typed()));
      } catch {
        // A tab without storage saves on the server alone.
      }
    };
    const forget = () => {
      try {
        sessionStorage.removeItem(key);
      } catch {
        // As above.
      }
    };
    const later = (milliseconds) => {
      window.clearTimeout(timer);
      timer = window.setTimeout(save, milliseconds);
    };

    const save = async () => {
      if (isStopped || form.dataset.submitted) {
        return;
      }
      const sent = JSON.stringify(typed());
      let response;
      try {
        response = await fetch(form.dataset.autosave, { method: "POST", body: new FormData(form), redirect: "manual" });
      } catch {
        tell(form.dataset.offline, true);
        later(RETRY);
        return;
      }
      if (response.type === "opaqueredirect") {
        tell(form.dataset.loggedOut, true);
        later(RETRY);
        return;
      }
      const isJson = (response.headers.get("Content-Type") || "").startsWith("application/json");
      if (!isJson) {
        tell(form.dataset.offline, true);
        later(RETRY);
        return;
      }
      const answer = await response.json();
      if (!response.ok) {
        isStopped = response.status !== 400;
        tell(answer.message, true);
        return;
      }
      // Also of the page's other forms; an attached file may have put new fields into the page.
      for (const version of document.querySelectorAll("[name=seen_form_version]")) {
        version.value = answer.form_version;
      }
      const invalid = Object.values(answer.invalid);
      tell(`${form.dataset.saved} ${answer.saved_at}${invalid.length ? ` · ${form.dataset.invalid} ${invalid[0]}` : ""}`, invalid.length);
      if (sent === JSON.stringify(typed())) {
        if (!invalid.length) {
          forget();
          delete form.dataset.changed;
        }
      } else {
        later(WAIT);
      }
    };

    const restore = () => {
      let kept;
      try {
        kept = sessionStorage.getItem(key);
      } catch {
        return;
      }
      if (!kept || kept === JSON.stringify(typed())) {
        return;
      }
      const values = new Map();
      for (const [name, value] of JSON.parse(kept)) {
        values.set(name, [...(values.get(name) || []), value]);
      }
      for (const field of form.elements) {
        if (!field.name || NOT_TYPED.has(field.name) || field.type === "file" || field.type === "submit") {
          continue;
        }
        const wanted = values.get(field.name) || [];
        if (field.type === "checkbox" || field.type === "radio") {
          field.checked = wanted.includes(field.value);
        } else if (wanted.length) {
          field.value = wanted[0];
        }
      }
      form.dataset.changed = "yes";
      tell(form.dataset.restored, false);
      later(WAIT);
    };

    form.addEventListener("input", () => {
      keep();
      later(WAIT);
    });
    form.addEventListener("submit", () => {
      window.clearTimeout(timer);
      forget();
    });
    restore();
  }
})();
