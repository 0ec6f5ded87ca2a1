// The demo's log-in page: a click on a person fills in name and password and logs in.
(() => {
  "use strict";
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-demo-username]");
    const form = button && document.querySelector("form[data-login]");
    if (!form) {
      return;
    }
    form.elements.login.value = button.dataset.demoUsername;
    form.elements.password.value = button.dataset.demoPassword;
    form.requestSubmit();
  });
})();
