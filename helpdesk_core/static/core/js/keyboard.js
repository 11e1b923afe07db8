/* Keyboard shortcuts: "/" search, n new, j/k rows, Enter open, x select, g i / g t, r reply, i note, ? help.
   Rows are [data-row]; targets carry
   data-shortcut="search|new|reply|note|next|previous". On a card j and k lead to its neighbours. */
(function () {
  "use strict";
  var waiting = false;

  /* Single keys can be switched off: speech input and some hands press them by accident. */
  var off = "helpdesk.shortcuts";
  document.addEventListener("DOMContentLoaded", function () {
    var box = document.querySelector("[data-shortcuts-on]");
    if (box) { box.checked = window.helpdesk.store.get(off) !== "off"; }
  });
  document.addEventListener("change", function (event) {
    if (event.target.matches("[data-shortcuts-on]")) { window.helpdesk.store.set(off, event.target.checked ? null : "off"); }
  });

  function typing(element) {
    return element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName) && !/^(checkbox|radio|button)$/.test(element.type);
  }

  function act(name) {
    var target = document.querySelector('[data-shortcut="' + name + '"]');
    if (!target || target.closest("[hidden]")) { return false; }
    if (/^(INPUT|TEXTAREA)$/.test(target.tagName) && !/^(checkbox|radio)$/.test(target.type)) {
      target.focus();
      target.select();
    } else {
      target.click();
    }
    return true;
  }

  function move(step) {
    var rows = Array.from(document.querySelectorAll("[data-row]"));
    if (!rows.length) { return step > 0 ? act("next") : act("previous"); }
    var at = rows.findIndex(function (row) { return row.classList.contains("is-current"); });
    var next = rows[Math.min(Math.max(at + step, 0), rows.length - 1)];
    rows.forEach(function (row) { row.classList.toggle("is-current", row === next); });
    var link = next.querySelector("[data-row-link]");
    if (link) { link.focus({ preventScroll: true }); }
    next.scrollIntoView({ block: "nearest" });
    return true;
  }

  function go(key) {
    var link = document.querySelector('[data-nav="' + ({ i: "inbox", t: "tickets", c: "companies", s: "settings" }[key] || "") + '"]');
    if (link) { link.click(); }
    return Boolean(link);
  }

  function select() {
    var box = document.querySelector("[data-row].is-current [data-select]");
    if (box) { box.click(); }
    return Boolean(box);
  }

  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) { return; }
    if (event.key === "Escape" && event.target.matches("input[type=search]")) { event.target.blur(); return; }
    if (window.helpdesk.store.get(off) === "off" || typing(event.target) || document.querySelector("dialog[open]")) { return; }
    var done = false;
    if (waiting) {
      waiting = false;
      done = go(event.key);
    } else if (event.key === "/") { done = act("search");
    } else if (event.key === "n") { done = act("new");
    } else if (event.key === "r") { done = act("reply");
    } else if (event.key === "i") { done = act("note");
    } else if (event.key === "j") { done = move(1);
    } else if (event.key === "k") { done = move(-1);
    } else if (event.key === "x") { done = select();
    } else if (event.key === "g") {
      waiting = true;
      window.setTimeout(function () { waiting = false; }, 1200);
    } else if (event.key === "?") {
      var dialog = document.getElementById("shortcuts-dialog");
      if (dialog) { dialog.showModal(); done = true; }
    }
    if (done) { event.preventDefault(); }
  });
})();
