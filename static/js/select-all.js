// A table of tick boxes with `data-select-all="label"`: one more box in its head ticks or clears all of them.
(() => {
  "use strict";
  for (const table of document.querySelectorAll("table[data-select-all]")) {
    const boxes = [...table.querySelectorAll("tbody input[type=checkbox]")];
    const all = document.createElement("input");
    all.type = "checkbox";
    all.className = "form-check-input";
    all.id = `${boxes[0] ? boxes[0].name : "rows"}-all`;
    const label = document.createElement("label");
    label.className = "form-check-label";
    label.htmlFor = all.id;
    label.textContent = table.dataset.selectAll;
    const check = document.createElement("div");
    check.className = "form-check select-all";
    check.append(all, label);
    // Before the table, not in its head: on a phone the head is not shown.
    table.closest(".table-frame").before(check);

    const show = () => {
      const ticked = boxes.filter((box) => box.checked).length;
      all.checked = boxes.length > 0 && ticked === boxes.length;
      all.indeterminate = ticked > 0 && ticked < boxes.length;
    };
    all.addEventListener("change", () => {
      for (const box of boxes) {
        box.checked = all.checked;
      }
      all.indeterminate = false;
    });
    table.addEventListener("change", show);
    show();
  }
})();
