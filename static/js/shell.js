// The frame: narrow sidebar, notices that go away, filters that submit themselves.
(() => {
  "use strict";
  const root = document.documentElement;

  for (const button of document.querySelectorAll("[data-sidebar-toggle]")) {
    const show = () => button.setAttribute("aria-pressed", String(root.dataset.sidebar === "narrow"));
    show();
    button.addEventListener("click", () => {
      if (root.dataset.sidebar === "narrow") {
        delete root.dataset.sidebar;
      } else {
        root.dataset.sidebar = "narrow";
      }
      show();
      try {
        localStorage.setItem("sidebar", root.dataset.sidebar || "wide");
      } catch {
        // Not remembered where storage is off.
      }
    });
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-dismiss]");
    if (button) {
      button.parentElement.remove();
    }
    if (event.target.closest("[data-print]")) {
      window.print();
    }
  });

  for (const notice of document.querySelectorAll("[data-dismiss-after]")) {
    const start = () => window.setTimeout(() => notice.remove(), Number(notice.dataset.dismissAfter) * 1000);
    let timer = start();
    notice.addEventListener("pointerenter", () => window.clearTimeout(timer));
    notice.addEventListener("pointerleave", () => {
      timer = start();
    });
  }

  // A header sticks to the window only where its frame does not scroll by itself.
  const frames = document.querySelectorAll(".table-frame");
  const observer = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const table = target.firstElementChild;
      target.classList.toggle("fits", Boolean(table) && table.offsetWidth <= target.clientWidth);
    }
  });
  frames.forEach((frame) => observer.observe(frame));

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-autosubmit]") && event.target.form) {
      event.target.form.requestSubmit();
    }
  });

  // What waits, kept true while a page stays open: asked once a minute, and when somebody comes back to it.
  const counts = document.body.dataset.counts;
  const refresh = async () => {
    if (document.hidden) {
      return;
    }
    try {
      const answer = await fetch(counts, { headers: { Accept: "application/json" } });
      if (!answer.ok || answer.redirected) {
        return;
      }
      for (const [url, count] of Object.entries(await answer.json())) {
        for (const badge of document.querySelectorAll(`[data-count-of="${url}"]`)) {
          const most = Number(badge.dataset.countMost || Infinity);
          badge.textContent = count > most ? `${most}+` : count;
          badge.hidden = !count;
        }
      }
    } catch {
      // No connection: the counts stay as they were.
    }
  };
  if (counts) {
    window.setInterval(refresh, 60000);
    document.addEventListener("visibilitychange", refresh);
  }
})();
