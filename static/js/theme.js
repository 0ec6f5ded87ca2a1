// Runs before the first paint (a plain script in the head), so that neither theme nor sidebar flashes.
(() => {
  "use strict";
  const root = document.documentElement;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    if (root.dataset.theme === "auto") {
      root.dataset.bsTheme = dark.matches ? "dark" : "light";
    }
  };
  apply();
  dark.addEventListener("change", apply);
  try {
    if (localStorage.getItem("sidebar") === "narrow") {
      root.dataset.sidebar = "narrow";
    }
  } catch {
    // Storage may be switched off: the sidebar then starts wide.
  }
})();
