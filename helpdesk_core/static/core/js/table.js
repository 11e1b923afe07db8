/* Lists: choose rows (Shift for a range), the bulk bar, the columns dialog.
   Conventions: [data-rows] around [data-row]; [data-select] and [data-select-all]; [data-bulk] with [data-bulk-count] and
   [data-bulk-clear]; [data-bulk-action] shows the fields in [data-bulk-for="<action>"]; [data-sortable] for columns. */
(function () {
  "use strict";
  var last = null;

  function boxes() { return Array.from(document.querySelectorAll("[data-rows] [data-select]")); }

  function paint() {
    var all = boxes();
    var chosen = all.filter(function (box) { return box.checked; });
    all.forEach(function (box) { box.closest("[data-row]").classList.toggle("is-selected", box.checked); });
    var bar = document.querySelector("[data-bulk]");
    if (bar) {
      bar.classList.toggle("is-open", chosen.length > 0);
      bar.querySelector("[data-bulk-count]").textContent = window.helpdesk.words.selected.replace("{n}", chosen.length);
    }
    document.querySelectorAll("[data-select-all]").forEach(function (box) {
      box.checked = chosen.length > 0 && chosen.length === all.length;
      box.indeterminate = chosen.length > 0 && chosen.length < all.length;
    });
  }

  document.addEventListener("click", function (event) {
    var box = event.target.closest("[data-select]");
    if (box) {
      if (event.shiftKey && last && last !== box) { range(last, box); }
      last = box;
      paint();
    }
    if (event.target.closest("[data-bulk-clear]")) {
      boxes().forEach(function (one) { one.checked = false; });
      paint();
    }
  });

  function range(from, to) {
    var all = boxes();
    var ends = [all.indexOf(from), all.indexOf(to)].sort(function (a, b) { return a - b; });
    all.slice(ends[0], ends[1] + 1).forEach(function (box) { box.checked = to.checked; });
  }

  document.addEventListener("change", function (event) {
    if (event.target.matches("[data-select-all]")) {
      boxes().forEach(function (box) { box.checked = event.target.checked; });
      paint();
    } else if (event.target.matches("[data-bulk-action]")) {
      fields(event.target);
    }
  });

  function fields(select) {
    document.querySelectorAll("[data-bulk-for]").forEach(function (element) {
      var on = element.dataset.bulkFor === select.value;
      element.hidden = !on;
      element.querySelectorAll("select, input").forEach(function (field) { field.disabled = !on; });
    });
  }

  document.addEventListener("DOMContentLoaded", function () {
    if (document.querySelector("[data-rows]")) { paint(); }
    document.querySelectorAll("[data-bulk-action]").forEach(fields);
    if (window.Sortable) {
      document.querySelectorAll("[data-sortable]").forEach(function (list) {
        window.Sortable.create(list, { handle: ".grip", animation: 120 });
      });
    }
  });
  window.addEventListener("pageshow", function () { if (document.querySelector("[data-rows]")) { paint(); } });
})();
