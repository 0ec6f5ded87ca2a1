// Lists by keyboard: / goes to the search, j and k from row to row, Enter opens the row, Escape leaves.
(() => {
  "use strict";
  const rows = () => [...document.querySelectorAll("#list .data-table tbody tr")];
  const chosen = () => document.querySelector("#list tr.is-chosen");
  const isTyping = (target) => target.closest("input, textarea, select, [contenteditable]");

  const choose = (row) => {
    chosen()?.classList.remove("is-chosen");
    if (row) {
      row.classList.add("is-chosen");
      row.scrollIntoView({ block: "nearest" });
    }
  };

  const step = (by) => {
    const all = rows();
    const index = all.indexOf(chosen());
    choose(all[Math.min(Math.max(index + by, 0), all.length - 1)]);
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const search = document.querySelector(".filter [type=search]");
    if (isTyping(event.target)) {
      if (event.key === "Escape" && event.target === search) {
        search.blur();
      }
      return;
    }
    if (event.key === "/" && search) {
      event.preventDefault();
      search.focus();
      search.select();
    } else if (event.key === "j") {
      step(1);
    } else if (event.key === "k") {
      step(-1);
    } else if (event.key === "Escape") {
      choose(null);
    } else if (event.key === "Enter" && event.target === document.body) {
      chosen()?.querySelector("a[href]")?.click();
    }
  });

  // One of the small windows above a list at a time, and none after a click elsewhere.
  document.addEventListener("click", (event) => {
    for (const tool of document.querySelectorAll("details.list-tool[open]")) {
      if (!tool.contains(event.target)) {
        tool.open = false;
      }
    }
  });
})();
