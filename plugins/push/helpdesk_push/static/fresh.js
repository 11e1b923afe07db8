/* Reads the page anew and puts what differs into the one that is open: rows of lists, a ticket's head, conversation and
   properties. What the reader is busy with (focus, open menus, typed text, chosen rows, scroll) stays as it is; it is put
   in later. helpdesk.fresh.read(): promise of {gone, rows: how many new ones wait}; helpdesk.fresh.show(): lets them in. */
(function () {
  "use strict";
  var KEPT = ["is-selected", "is-current", "push-gone"];
  var ENTRIES = "#ticket-timeline, ol.timeline";
  var HEAD = "#ticket-head, header.ticket-head";
  var last = null;      // the document as it was last read
  var known = {};       // what the server said of each part, before scripts touched it
  var retry;

  /* Comparing ----------------------------------------------------------- */
  function plain(element) {
    return element.outerHTML
      .replace(/(name="csrf_token"[^>]*value=")[^"]*/g, "$1")
      .replace(/(name="version"[^>]*value=")[^"]*/g, "$1");
  }

  function title(card) {
    var label = card.querySelector("summary, .panel-title");
    return label ? label.firstChild.textContent.trim() : "";
  }

  /* Every part of a card that is replaced alone: key -> element. */
  function parts(scope) {
    var found = {};
    var head = scope.querySelector(HEAD);
    if (head) { found.head = head; }
    var list = scope.querySelector(ENTRIES);
    if (list) { Array.from(list.children).forEach(function (entry) { if (entry.id) { found["entry " + entry.id] = entry; } }); }
    var panel = scope.querySelector("#ticket-panel");
    if (panel) {
      Array.from(panel.children).forEach(function (card, index) {
        if (index === 0) {
          card.querySelectorAll("[data-property]").forEach(function (row) { found["property " + row.dataset.property] = row; });
        } else { found["card " + title(card)] = card; }
      });
    }
    return found;
  }

  function remember(scope) {
    var all = parts(scope);
    known = {};
    Object.keys(all).forEach(function (key) { known[key] = plain(all[key]); });
  }

  function busy(element) {
    var active = document.activeElement;
    return (active && active !== document.body && element.contains(active)) ||
      element.querySelector("details[data-popover][open], .dropdown-menu.show, .ts-wrapper.dropdown-active, dialog[open]") !== null;
  }

  function replace(old, fresh) {
    old.querySelectorAll("select").forEach(function (select) { if (select.tomselect) { select.tomselect.destroy(); } });
    if (old.tagName === "DETAILS" && !old.dataset.popover) { fresh.open = old.open; }
    old.replaceWith(fresh);
    enliven(fresh);
  }

  function enliven(element) {
    if (window.htmx) { window.htmx.process(element); }
    element.dispatchEvent(new CustomEvent("htmx:load", { bubbles: true, detail: { elt: element } }));
    element.dispatchEvent(new CustomEvent("htmx:afterSettle", { bubbles: true, detail: { elt: element } }));
  }

  function mark(element) {
    element.classList.add("push-changed");
    window.setTimeout(function () { element.classList.remove("push-changed"); }, 4000);
  }

  /* A card -------------------------------------------------------------- */
  function card(doc) {
    var mine = parts(document), fresh = parts(doc), left = false;
    Object.keys(fresh).forEach(function (key) {
      var html = plain(fresh[key]);
      if (!mine[key]) { insert(key, fresh); known[key] = html; return; }
      if (known[key] === html) { return; }
      if (busy(mine[key])) {
        left = true;
        if (key === "head") { pill(mine.head, fresh.head); }
        return;
      }
      var copy = document.importNode(fresh[key], true);
      replace(mine[key], copy);
      if (key !== "head") { mark(copy); }
      known[key] = html;
    });
    Object.keys(mine).forEach(function (key) {
      if (fresh[key] || busy(mine[key])) { return; }
      if (key.indexOf("entry ") === 0 || key.indexOf("card ") === 0) { mine[key].remove(); delete known[key]; }
    });
    tokens(doc);
    return left;
  }

  /* A menu of the head is open: the status at least is shown. */
  function pill(mine, fresh) {
    var old = mine.querySelector(".ticket-meta [data-status]"), now = fresh.querySelector(".ticket-meta [data-status]");
    if (old && now && old.outerHTML !== now.outerHTML) { old.replaceWith(document.importNode(now, true)); }
  }

  /* What is new goes behind what stands before it in the fresh page. */
  function insert(key, fresh) {
    var copy = document.importNode(fresh[key], true);
    var before = fresh[key].previousElementSibling;
    var mine = parts(document), place = null;
    while (before && !place) {
      place = Object.keys(fresh).filter(function (other) { return fresh[other] === before; }).map(function (other) { return mine[other]; })[0];
      before = before.previousElementSibling;
    }
    if (place) { place.after(copy); }
    else {
      var home = key.indexOf("entry ") === 0 ? document.querySelector(ENTRIES) : document.querySelector("#ticket-panel");
      if (!home) { return; }
      if (key.indexOf("entry ") === 0) {
        Array.from(home.children).forEach(function (item) { if (!item.id && !item.classList.contains("timeline-more")) { item.remove(); } });
        home.append(copy);
      } else { home.append(copy); }
    }
    enliven(copy);
    mark(copy);
  }

  /* Forms that stay are sent with the version and the token of now: their reader sees what is new. */
  function tokens(doc) {
    var version = doc.querySelector("#composer input[name=version]"), token = doc.querySelector('meta[name="csrf-token"]');
    if (version) {
      document.querySelectorAll("#composer input[name=version], #ticket-panel input[name=version]").forEach(function (field) {
        field.value = version.value;
      });
    }
    if (token) {
      document.querySelector('meta[name="csrf-token"]').content = token.content;
    }
  }

  /* Lists --------------------------------------------------------------- */
  function rowKey(row) {
    var section = row.closest("[data-section]");
    return (section ? section.dataset.section : "") + ":" + row.dataset.ticket;
  }

  function rows(scope) {
    var found = {};
    scope.querySelectorAll("main [data-row][data-ticket]").forEach(function (row) { found[rowKey(row)] = row; });
    return found;
  }

  function list(doc) {
    var mine = rows(document), fresh = rows(doc), waiting = 0;
    Object.keys(fresh).forEach(function (key) {
      if (mine[key]) { row(mine[key], fresh[key]); } else { waiting += 1; }
    });
    Object.keys(mine).forEach(function (key) {
      var gone = !fresh[key];
      mine[key].classList.toggle("push-gone", gone);
      if (gone) { mine[key].title = document.getElementById("push").dataset.sayGone; } else { mine[key].removeAttribute("title"); }
    });
    return waiting;
  }

  function row(mine, fresh) {
    var html = plain(fresh);
    if (mine.pushHtml === html) { return; }
    var first = mine.pushHtml === undefined;
    mine.pushHtml = html;
    var cells = mine.tagName === "TR" && mine.children.length === fresh.children.length;
    var pairs = cells ? Array.from(mine.children).map(function (cell, index) { return [cell, fresh.children[index]]; }) : [[mine, fresh]];
    var differs = false;
    pairs.forEach(function (pair) {
      if (pair[0] !== mine && pair[0].matches(".col-select")) { return; }
      if (pair[0].contains(document.activeElement) && pair[0] !== document.activeElement) { mine.pushHtml = null; return; }
      if (pair[0].textContent.replace(/\s+/g, " ") !== pair[1].textContent.replace(/\s+/g, " ")) { differs = true; }
      pair[0].replaceChildren.apply(pair[0], Array.from(document.importNode(pair[1], true).childNodes));
    });
    mine.className = [fresh.className].concat(KEPT.filter(function (name) { return mine.classList.contains(name); })).join(" ").trim();
    mine.dispatchEvent(new CustomEvent("htmx:afterSettle", { bubbles: true, detail: { elt: mine } }));
    if (differs && !first) { mark(mine); }
  }

  function unit(element) {
    return element.tagName !== "LI" && element.parentElement.tagName === "LI" ? element.parentElement : element;
  }

  /* The fresh order, with the rows that are here already where they have a place in it. */
  function show() {
    if (!last) { return; }
    var mine = rows(document), fresh = rows(last), groups = new Map();
    Object.keys(fresh).forEach(function (key) {
      var home = unit(fresh[key]).parentElement;
      if (!groups.has(home)) { groups.set(home, []); }
      groups.get(home).push(key);
    });
    var ready = Array.from(groups.values()).every(function (keys) { return keys.some(function (key) { return mine[key]; }); });
    if (!ready) { window.location.reload(); return; }
    groups.forEach(function (keys) {
      var home = unit(mine[keys.filter(function (key) { return mine[key]; })[0]]).parentElement;
      var units = keys.map(function (key) {
        if (mine[key]) { return unit(mine[key]); }
        var copy = document.importNode(unit(fresh[key]), true);
        mark(copy.matches("[data-row]") ? copy : copy.querySelector("[data-row]"));
        return copy;
      });
      home.replaceChildren.apply(home, units);
      enliven(home);
    });
  }

  /* The numbers of the menu. */
  function counts(doc) {
    document.querySelectorAll(".sidebar [data-nav]").forEach(function (item) {
      var fresh = doc.querySelector('.sidebar [data-nav="' + item.dataset.nav + '"] .nav-count'), mine = item.querySelector(".nav-count");
      if (fresh && mine) { mine.replaceWith(document.importNode(fresh, true)); }
      else if (fresh) { item.append(document.importNode(fresh, true)); }
      else if (mine) { mine.remove(); }
    });
  }

  /* Reading ------------------------------------------------------------- */
  function apply(doc) {
    var area = document.activeElement && document.activeElement.matches("textarea, input") ? document.activeElement : null;
    var top = area ? area.getBoundingClientRect().top : 0;
    var left = document.querySelector(ENTRIES) ? card(doc) : false;
    var waiting = list(doc);
    counts(doc);
    // Who is writing keeps the line under his eyes.
    if (area && area.isConnected) { window.scrollBy(0, area.getBoundingClientRect().top - top); }
    if (left) { later(); }
    return waiting;
  }

  function later() {
    window.clearTimeout(retry);
    retry = window.setTimeout(function () { if (last) { apply(last); } }, 1500);
  }

  function read() {
    return fetch(window.location.href, { headers: { Accept: "text/html" }, credentials: "same-origin" }).then(function (answer) {
      if (answer.status === 403 || answer.status === 404 || (answer.redirected && new URL(answer.url).pathname !== window.location.pathname)) {
        return { gone: true, rows: 0 };
      }
      if (!answer.ok) { return { gone: false, rows: 0 }; }
      return answer.text().then(function (html) {
        last = new DOMParser().parseFromString(html, "text/html");
        return { gone: false, rows: apply(last) };
      });
    });
  }

  /* Deferred scripts run before the pickers begin: this is what the server sent. */
  remember(document);
  document.addEventListener("htmx:beforeSwap", function (event) {
    if (event.detail.target && event.detail.target.id === "ticket-panel" && event.detail.shouldSwap) {
      remember(new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html"));
      last = null;
    }
  });

  window.helpdesk.fresh = { read: read, show: show };
})();
