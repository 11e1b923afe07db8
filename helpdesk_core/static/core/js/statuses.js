/* Settings of statuses: a picture of the colours while they are chosen, arrow keys in a matrix, the default at once.

   Conventions: [data-colours] around inputs "background", "foreground" and perhaps "label", with [data-colours-preview] pills,
   [data-colours-contrast] (its data-good and data-bad hold {ratio}) and [data-colours-fix]; [data-matrix] tables of check boxes;
   [data-default-form] is sent as soon as a [data-default-choice] is made. */
(function () {
  "use strict";

  function linear(share) {
    return share <= 0.04045 ? share / 12.92 : Math.pow((share + 0.055) / 1.055, 2.4);
  }

  function parts(colour) {
    return [1, 3, 5].map(function (at) { return parseInt(colour.slice(at, at + 2), 16); });
  }

  function luminance(colour) {
    var rgb = parts(colour).map(function (value) { return linear(value / 255); });
    return 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2];
  }

  function contrast(one, other) {
    var two = [luminance(one), luminance(other)].sort(function (a, b) { return b - a; });
    return (two[0] + 0.05) / (two[1] + 0.05);
  }

  /* As the server suggests it: the same steps towards black or white. */
  function readable(background, foreground) {
    var end = contrast(background, "#000000") >= contrast(background, "#ffffff") ? "#000000" : "#ffffff";
    var from = parts(foreground), to = parts(end);
    for (var step = 0; step <= 100; step += 1) {
      var candidate = "#" + from.map(function (value, index) {
        return Math.round(value + (to[index] - value) * step / 100).toString(16).padStart(2, "0");
      }).join("");
      if (contrast(background, candidate) >= 4.5) { return candidate; }
    }
    return end;
  }

  function draw(form) {
    var background = form.elements.background.value, foreground = form.elements.foreground.value;
    var ratio = contrast(background, foreground), good = ratio >= 4.5;
    form.querySelectorAll("[data-colours-preview] .pill").forEach(function (pill) {
      pill.style.setProperty("--pill-bg", background);
      pill.style.setProperty("--pill-fg", foreground);
      if (form.elements.category) { pill.dataset.category = form.elements.category.value; }
    });
    if (form.elements.label && form.elements.label.value.trim()) {
      form.querySelectorAll("[data-colours-name]").forEach(function (name) { name.textContent = form.elements.label.value; });
    }
    var told = form.querySelector("[data-colours-contrast]");
    told.textContent = (good ? told.dataset.good : told.dataset.bad).replace("{ratio}", (Math.floor(ratio * 10) / 10).toFixed(1));
    told.classList.toggle("is-bad", !good);
    form.querySelector("[data-colours-fix]").hidden = good;
  }

  document.querySelectorAll("[data-colours]").forEach(function (form) {
    draw(form);
    form.addEventListener("input", function () { draw(form); });
    form.querySelector("[data-colours-fix]").addEventListener("click", function () {
      form.elements.foreground.value = readable(form.elements.background.value, form.elements.foreground.value);
      draw(form);
      form.elements.foreground.focus();
    });
  });

  var STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

  function neighbour(table, cell, down, along) {
    if (getComputedStyle(table).direction === "rtl") { along = -along; }
    var row = cell.parentElement, rows = Array.from(row.parentElement.children);
    var line = rows.indexOf(row) + down, place = cell.cellIndex + along;
    while (rows[line] && place > 0 && place < rows[line].cells.length) {
      var box = rows[line].cells[place].querySelector("input[type=checkbox]");
      if (box) { return box; }
      line += down;
      place += along;
    }
    return null;
  }

  document.addEventListener("keydown", function (event) {
    var step = STEPS[event.key], cell = event.target.closest("[data-matrix] td");
    if (!step || !cell || event.target.type !== "checkbox") { return; }
    var box = neighbour(cell.closest("table"), cell, step[0], step[1]);
    event.preventDefault();
    if (box) { box.focus(); }
  });

  /* The column of the box at hand; its row shows itself. */
  function mark(event) {
    var table = event.target.closest ? event.target.closest("[data-matrix]") : null;
    document.querySelectorAll("[data-matrix] .is-column").forEach(function (cell) { cell.classList.remove("is-column"); });
    var cell = table && event.target.closest("td");
    if (!cell) { return; }
    Array.from(table.rows).forEach(function (row) {
      if (row.cells[cell.cellIndex]) { row.cells[cell.cellIndex].classList.add("is-column"); }
    });
  }
  document.addEventListener("mouseover", mark);
  document.addEventListener("focusin", mark);

  document.addEventListener("change", function (event) {
    if (event.target.matches("[data-default-choice]")) { event.target.form.requestSubmit(); }
  });
})();
