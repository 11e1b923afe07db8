/* Runs in the head, before the first paint: theme, folded sidebar and the "js" class, so nothing flashes. */
(function () {
  "use strict";
  var root = document.documentElement;
  var query = window.matchMedia("(prefers-color-scheme: dark)");

  function stored(key) {
    try {
      return window.localStorage.getItem(key);
    } catch (error) {
      return null;
    }
  }

  function choice() {
    var saved = stored("helpdesk.theme");
    return saved === "light" || saved === "dark" || saved === "auto" ? saved : root.dataset.theme || "auto";
  }

  function apply() {
    var chosen = choice();
    var dark = chosen === "dark" || (chosen === "auto" && query.matches);
    root.dataset.bsTheme = dark ? "dark" : "light";
    var colour = document.querySelector('meta[name="theme-color"]');
    if (colour) {
      colour.content = dark ? "#0e1015" : "#f4f5f8";
    }
    document.querySelectorAll("[data-theme-choice]").forEach(function (button) {
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === chosen));
    });
  }

  root.classList.add("js");
  root.classList.toggle("sidebar-folded", stored("helpdesk.sidebar") === "folded");
  apply();
  query.addEventListener("change", apply);
  window.addEventListener("storage", apply);
  document.addEventListener("DOMContentLoaded", apply);
  document.addEventListener("helpdesk:theme", apply);
})();
