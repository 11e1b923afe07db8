/* Notices: the picker of people is narrowed while one types. [data-mention-picker] around [data-mention-search]. */
(function () {
  "use strict";

  function narrow(picker, text) {
    var first = null;
    picker.querySelectorAll("[data-insert-text]").forEach(function (one) {
      one.hidden = one.textContent.toLocaleLowerCase().indexOf(text) < 0;
      if (!one.hidden && !first) { first = one; }
    });
    return first;
  }

  function typed(field) { return field.value.trim().toLocaleLowerCase(); }

  document.addEventListener("input", function (event) {
    if (event.target.matches("[data-mention-search]")) {
      narrow(event.target.closest("[data-mention-picker]"), typed(event.target));
    }
  });

  /* Enter takes the first one found, instead of closing the picker. */
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Enter" || !event.target.matches("[data-mention-search]")) { return; }
    event.preventDefault();
    var first = narrow(event.target.closest("[data-mention-picker]"), typed(event.target));
    if (first) { first.click(); }
  });
}());
