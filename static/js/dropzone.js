// Turns a file input inside [data-dropzone] into a drop zone with the names and sizes of the chosen files.
// The input itself stays: it is what is clicked, what is submitted, and all there is without JavaScript.
(() => {
  "use strict";
  const size = (bytes) => {
    const units = ["B", "kB", "MB", "GB"];
    let value = bytes;
    let unit = 0;
    while (value >= 1000 && unit < units.length - 1) {
      value /= 1000;
      unit += 1;
    }
    return `${value.toFixed(unit && value < 10 ? 1 : 0)} ${units[unit]}`;
  };

  for (const zone of document.querySelectorAll("[data-dropzone]")) {
    const input = zone.querySelector("input[type=file]");
    if (!input) {
      continue;
    }
    zone.classList.add("dropzone");
    const list = document.createElement("ul");
    list.className = "dropzone-files";
    list.setAttribute("aria-live", "polite");
    input.after(list);

    const show = () => {
      list.replaceChildren();
      for (const file of input.files) {
        const item = document.createElement("li");
        const name = document.createElement("span");
        const bytes = document.createElement("small");
        name.textContent = file.name;
        bytes.textContent = size(file.size);
        item.append(name, bytes);
        list.append(item);
      }
      zone.classList.toggle("has-files", input.files.length > 0);
    };
    input.addEventListener("change", show);
    show();

    let depth = 0;
    zone.addEventListener("dragenter", (event) => {
      event.preventDefault();
      depth += 1;
      zone.classList.add("is-over");
    });
    zone.addEventListener("dragover", (event) => event.preventDefault());
    zone.addEventListener("dragleave", () => {
      depth -= 1;
      if (depth <= 0) {
        depth = 0;
        zone.classList.remove("is-over");
      }
    });
    zone.addEventListener("drop", (event) => {
      event.preventDefault();
      depth = 0;
      zone.classList.remove("is-over");
      const dropped = [...event.dataTransfer.files];
      if (!dropped.length || input.disabled) {
        return;
      }
      const chosen = new DataTransfer();
      for (const file of input.multiple ? dropped : dropped.slice(0, 1)) {
        chosen.items.add(file);
      }
      input.files = chosen.files;
      input.dispatchEvent(new Event("input", { bubbles: true }));
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }
})();
