/* Lists: choose rows (Shift for a range), the bulk bar, the columns dialog.
   The list one came from is remembered by the browser alone, so a card knows its neighbours without asking the server.
   Conventions: [data-rows] around [data-row]; [data-select] and [data-select-all]; [data-bulk] with [data-bulk-count] and
   [data-bulk-clear]; [data-bulk-action] shows the fields in [data-bulk-for="<action>"]; [data-sortable] for columns;
   [data-row][data-ticket] with [data-row-link]; on the card [data-neighbours] around [data-neighbour="-1|1"], [data-back]. */
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
  /* The rows as the reader saw them: order and filter stay his own even while tickets move under him. */
  var KEY = "helpdesk.list";

  function rowsOf(page, address) {
    var rows = Array.from(page.querySelectorAll("[data-row][data-ticket]"));
    var links = {};
    rows.forEach(function (row) {
      var link = row.querySelector("[data-row-link]");
      if (link) { links[row.dataset.ticket] = link.getAttribute("href"); }
    });
    var heading = page.querySelector("main h1");
    return {
      address: address,
      label: heading ? heading.textContent.trim() : "",
      tickets: Array.from(new Set(rows.map(function (row) { return row.dataset.ticket; }))),
      links: links,
      after: neighbourPage(page, "next"),
      before: neighbourPage(page, "prev")
    };
  }

  function neighbourPage(page, rel) {
    var link = page.querySelector('.pager a[rel="' + rel + '"]');
    return link ? link.getAttribute("href") : null;
  }

  function keep(list) {
    try { window.sessionStorage.setItem(KEY, JSON.stringify(list)); } catch (error) { /* storage is off: no neighbours */ }
  }

  function kept() {
    try { return JSON.parse(window.sessionStorage.getItem(KEY)); } catch (error) { return null; }
  }

  function neighbours() {
    var bar = document.querySelector("[data-neighbours]");
    var list = kept();
    if (!bar || !list) { return; }
    var at = list.tickets.indexOf(document.querySelector("article[data-ticket]").dataset.ticket);
    if (at < 0) { return; }
    var back = document.querySelector("[data-back]");
    if (back) {
      back.href = list.address;
      if (list.label) { back.lastChild.textContent = list.label; }
    }
    bar.hidden = false;
    bar.querySelector("[data-neighbours-place]").textContent = (at + 1) + " / " + list.tickets.length + (list.after ? "+" : "");
    bar.querySelectorAll("[data-neighbour]").forEach(function (link) {
      var step = Number(link.dataset.neighbour);
      var page = step > 0 ? list.after : list.before;
      var other = list.tickets[at + step];
      if (other) {
        link.href = list.links[other];
      } else if (page) {
        link.addEventListener("click", function (event) { event.preventDefault(); turn(page, step); });
      } else {
        link.hidden = true;
      }
    });
  }

  /* Past the end of a page: the next one is fetched, its first (or last) ticket opened. */
  function turn(address, step) {
    fetch(address, { credentials: "same-origin" }).then(function (answer) {
      if (!answer.ok) { throw new Error(String(answer.status)); }
      return answer.text();
    }).then(function (text) {
      var list = rowsOf(new DOMParser().parseFromString(text, "text/html"), address);
      var first = list.tickets[step > 0 ? 0 : list.tickets.length - 1];
      keep(list);
      window.location.assign(first ? list.links[first] : address);
    }).catch(function () { window.location.assign(address); });
  }

  document.addEventListener("DOMContentLoaded", function () {
    if (document.querySelector("[data-row][data-ticket]")) {
      keep(rowsOf(document, window.location.pathname + window.location.search));
    }
    neighbours();
  });
  document.addEventListener("htmx:afterSettle", neighbours);

  /* A sticky head and a sideways scroll exclude each other: only tables that do not fit scroll. */
  function fit() {
    document.querySelectorAll(".table-wrap").forEach(function (wrap) {
      var table = wrap.querySelector("table");
      wrap.classList.toggle("is-scrolling", Boolean(table) && table.offsetWidth > wrap.clientWidth + 1);
    });
  }
  document.addEventListener("DOMContentLoaded", fit);
  document.addEventListener("htmx:afterSettle", fit);
  window.addEventListener("resize", fit);

  window.addEventListener("pageshow", function () { if (document.querySelector("[data-rows]")) { paint(); } });
})();
