/* What every page needs: requests, toasts, dialogs, forms sent once, times that stay fresh, the sidebar.
   Conventions: data-confirm, data-open-dialog, data-submit-on-change, data-once, data-theme-choice, data-fold,
   data-copy, data-focus, data-toast, data-href. Other scripts use window.helpdesk. */
(function () {
  "use strict";
  var words = {};
  var store = {
    get: function (key) {
      try { return window.localStorage.getItem(key); } catch (error) { return null; }
    },
    set: function (key, value) {
      try {
        if (value === null) { window.localStorage.removeItem(key); } else { window.localStorage.setItem(key, value); }
      } catch (error) { /* storage is off: the page works, it only forgets */ }
    }
  };

  /* Toasts ------------------------------------------------------------- */
  function toast(text, kind) {
    var region = document.getElementById("toasts");
    if (!region || !text) { return; }
    var notice = document.createElement("div");
    notice.className = "notice notice-" + (kind || "info");
    notice.dataset.toast = "";
    var label = document.createElement("span");
    label.className = "notice-text";
    label.textContent = text;
    var close = document.createElement("button");
    close.type = "button";
    close.className = "icon-button icon-button-sm";
    close.dataset.toastClose = "";
    close.setAttribute("aria-label", words.close || "Close");
    var mark = document.createElement("i");
    mark.className = "bi bi-x-lg";
    mark.setAttribute("aria-hidden", "true");
    close.append(mark);
    notice.append(label, close);
    region.append(notice);
    expire(notice);
  }

  function expire(notice) {
    var wait = notice.classList.contains("notice-danger") ? 15000 : 6000;
    var timer = window.setTimeout(leave, wait);
    function leave() { notice.remove(); }
    notice.addEventListener("mouseenter", function () { window.clearTimeout(timer); });
    notice.addEventListener("mouseleave", function () { timer = window.setTimeout(leave, 2500); });
  }

  /* Confirming --------------------------------------------------------- */
  function ask(options) {
    var dialog = document.getElementById("confirm-dialog");
    if (!dialog || !dialog.showModal) { return Promise.resolve(window.confirm(options.title)); }
    var ok = dialog.querySelector("[data-confirm-ok]");
    var text = dialog.querySelector("[data-confirm-text]");
    dialog.querySelector("[data-confirm-title]").textContent = options.title;
    text.textContent = options.text || "";
    text.hidden = !options.text;
    ok.textContent = options.ok || ok.dataset.default;
    ok.className = "btn " + (options.calm ? "btn-primary" : "btn-danger");
    dialog.returnValue = "";
    dialog.showModal();
    return new Promise(function (resolve) {
      dialog.addEventListener("close", function () { resolve(dialog.returnValue === "ok"); }, { once: true });
    });
  }

  function question(element) {
    return {
      title: element.dataset.confirm || words.confirm,
      text: element.dataset.confirmText,
      ok: element.dataset.confirmOk,
      calm: element.hasAttribute("data-confirm-calm")
    };
  }

  document.addEventListener("click", function (event) {
    var target = event.target.closest("[data-confirm]");
    if (!target || target.tagName === "FORM" || target.hasAttribute("hx-confirm") || target.dataset.confirmed) { return; }
    if (target.closest("form[data-confirm]")) { return; }
    event.preventDefault();
    event.stopImmediatePropagation();
    ask(question(target)).then(function (yes) {
      if (!yes) { return; }
      target.dataset.confirmed = "1";
      target.click();
      delete target.dataset.confirmed;
    });
  }, true);

  /* Forms are sent once; a slow answer shows on the button. -------------- */
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.method === "dialog") { return; }
    if (form.dataset.confirm && !form.dataset.confirmed) {
      event.preventDefault();
      event.stopImmediatePropagation();
      var submitter = event.submitter;
      ask(question(form)).then(function (yes) {
        if (!yes) { return; }
        form.dataset.confirmed = "1";
        form.requestSubmit(submitter);
        delete form.dataset.confirmed;
      });
      return;
    }
    if (form.method === "get") { trim(form); return; }
    if (form.hasAttribute("hx-post") || form.hasAttribute("data-many")) { return; }
    if (event.submitter && event.submitter.hasAttribute("formtarget")) { return; }  // the page stays: a preview beside it
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    if (event.submitter) { event.submitter.classList.add("is-busy"); }
    form.setAttribute("aria-busy", "true");
    window.setTimeout(function () { if (event.defaultPrevented) { release(form); } }, 0);
  }, true);

  /* A filter form leaves out its empty fields, so addresses stay short. */
  function trim(form) {
    form.querySelectorAll("input[name], select[name]").forEach(function (field) {
      if (field.value === "" && !field.disabled && !field.hasAttribute("data-keep-empty")) {
        field.disabled = true;
        window.setTimeout(function () { field.disabled = false; }, 0);
      }
    });
  }

  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[data-sent]").forEach(release);
  });

  function release(form) {
    delete form.dataset.sent;
    form.removeAttribute("aria-busy");
    form.querySelectorAll(".is-busy").forEach(function (button) { button.classList.remove("is-busy"); });
  }

  document.addEventListener("change", function (event) {
    if (event.target.matches("[data-submit-on-change]") && event.target.form) { event.target.form.requestSubmit(); }
  });

  /* htmx --------------------------------------------------------------- */
  document.addEventListener("htmx:configRequest", function (event) {
    var token = document.querySelector('meta[name="csrf-token"]');
    if (token && event.detail.verb !== "get") { event.detail.headers["X-CSRFToken"] = token.content; }
  });
  document.addEventListener("htmx:confirm", function (event) {
    if (!event.detail.question) { return; }
    event.preventDefault();
    var options = question(event.detail.elt);
    options.title = event.detail.question;
    ask(options).then(function (yes) { if (yes) { event.detail.issueRequest(true); } });
  });
  document.addEventListener("toast", function (event) {
    var detail = event.detail || {};
    toast(detail.text || detail.value, detail.kind);
  });
  document.addEventListener("htmx:responseError", function (event) {
    var status = event.detail.xhr.status;
    var text = { 401: words.signedOut, 403: words.forbidden, 404: words.notFound, 413: words.tooLarge, 429: words.tooMany }[status];
    toast(text || words.failed, "danger");
  });
  /* What was refused changed nothing. A wrong value comes back as the card, saying so at its row; anything else (a conflict)
     has a page of its own, so it is posted again plainly. */
  document.addEventListener("htmx:beforeSwap", function (event) {
    var form = event.detail.requestConfig && event.detail.requestConfig.elt;
    if (form && form.matches("[data-native-on-refusal]") && [403, 409, 422].indexOf(event.detail.xhr.status) >= 0) {
      event.detail.isError = false;
      event.detail.shouldSwap = event.detail.xhr.responseText.indexOf('id="ticket-panel"') >= 0;
      if (!event.detail.shouldSwap) { form.submit(); }
    }
  });
  document.addEventListener("htmx:sendError", function () { toast(words.failed, "danger"); });
  document.addEventListener("htmx:afterSettle", function (event) { freshen(event.target); });

  /* Times -------------------------------------------------------------- */
  var steps = [["year", 31536000], ["month", 2592000], ["week", 604800], ["day", 86400], ["hour", 3600], ["minute", 60]];
  /* "Yesterday" says more than a number; "last week" says less, and is long in some languages. */
  function relative(seconds, say) {
    for (var i = 0; i < steps.length; i += 1) {
      var unit = steps[i][0];
      if (Math.abs(seconds) >= steps[i][1]) { return say[unit === "day" ? "name" : "count"].format(Math.round(seconds / steps[i][1]), unit); }
    }
    return say.name.format(0, "second");
  }
  function freshen(scope) {
    if (!window.Intl || !Intl.RelativeTimeFormat) { return; }
    var language = document.documentElement.lang || "en";
    var say = {
      name: new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" }),
      count: new Intl.RelativeTimeFormat(language, { style: "short" }),
    };
    (scope.querySelectorAll ? scope : document).querySelectorAll("time[data-relative]").forEach(function (element) {
      var then = Date.parse(element.dateTime);
      if (!Number.isNaN(then)) { element.textContent = relative((then - Date.now()) / 1000, say); }
    });
  }
  window.setInterval(function () { freshen(document); }, 60000);

  /* Clicks ------------------------------------------------------------- */
  document.addEventListener("click", function (event) {
    var target = event.target;
    var close = target.closest("[data-toast-close]");
    if (close) { close.closest("[data-toast]").remove(); return; }
    var opener = target.closest("[data-open-dialog]");
    if (opener) {
      var dialog = document.getElementById(opener.dataset.openDialog);
      if (dialog) { event.preventDefault(); dialog.showModal(); }
      return;
    }
    if (target.tagName === "DIALOG" && target.open) { target.close("cancel"); return; }
    var theme = target.closest("[data-theme-choice]");
    if (theme) { chooseTheme(theme); return; }
    if (target.closest("[data-fold]")) { fold(); return; }
    var focused = target.closest("[data-focus]");
    if (focused) {
      var field = document.getElementById(focused.dataset.focus);
      if (field) { event.preventDefault(); field.focus(); field.scrollIntoView({ block: "nearest" }); }
      return;
    }
    var copy = target.closest("[data-copy]");
    if (copy && navigator.clipboard) {
      navigator.clipboard.writeText(copy.dataset.copy).then(function () { toast(words.copied, "success"); });
      return;
    }
    document.querySelectorAll("details[data-popover][open]").forEach(function (details) {
      if (!details.contains(target)) { details.open = false; }
    });
    var row = target.closest("[data-href]");
    if (row && !target.closest("a, button, input, label, select, summary, [data-no-open]") && !String(window.getSelection())) {
      if (event.metaKey || event.ctrlKey) { window.open(row.dataset.href); } else { window.location.assign(row.dataset.href); }
    }
  });

  function chooseTheme(button) {
    store.set("helpdesk.theme", button.dataset.themeChoice);
    document.dispatchEvent(new Event("helpdesk:theme"));
    var group = button.closest("[data-theme-url]");
    var token = document.querySelector('meta[name="csrf-token"]');
    if (!group) { return; }
    var body = new URLSearchParams({ theme: button.dataset.themeChoice });
    fetch(group.dataset.themeUrl, { method: "POST", body: body, headers: token ? { "X-CSRFToken": token.content } : {} });
  }

  function fold() {
    var folded = document.documentElement.classList.toggle("sidebar-folded");
    store.set("helpdesk.sidebar", folded ? "folded" : null);
    markFold();
  }
  function markFold() {
    var folded = document.documentElement.classList.contains("sidebar-folded");
    document.querySelectorAll("[data-fold]").forEach(function (button) { button.setAttribute("aria-expanded", String(!folded)); });
  }

  document.addEventListener("DOMContentLoaded", function () {
    var list = document.getElementById("client-words");
    if (list) { Object.assign(words, list.dataset); }
    document.querySelectorAll("[data-toast]").forEach(expire);
    markFold();
    freshen(document);
    var wrong = document.querySelector(".error-summary, [aria-invalid='true']");
    if (wrong) { wrong.focus({ preventScroll: false }); }
  });

  window.helpdesk = { toast: toast, ask: ask, words: words, store: store, release: release };
})();
