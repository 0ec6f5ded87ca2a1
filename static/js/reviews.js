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
})();
