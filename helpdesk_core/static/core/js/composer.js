/* Writing: public or internal, files by paste and drop, Ctrl+Enter, canned answers, Markdown buttons, preview, drafts.
   Conventions: form[data-composer], [data-composer-body], [data-files] around [data-files-input] and [data-files-list],
   [data-markdown-for="<textarea id>"] with [data-markdown] and [data-preview-url], [data-preview],
   dialog[data-canned-for], [data-canned-text], data-draft="<key>",
   [data-insert-text] with [data-insert-into="<textarea id>"]. */
(function () {
  "use strict";
  var helpdesk = window.helpdesk;

  /* Public or internal -------------------------------------------------- */
  function colour(form) {
    var chosen = form.querySelector('input[name="visibility"]:checked');
    if (!chosen) { return; }
    form.classList.toggle("is-internal", chosen.value === "internal");
    form.querySelectorAll("[data-for-visibility]").forEach(function (element) {
      element.hidden = element.dataset.forVisibility !== chosen.value;
    });
  }

  document.addEventListener("change", function (event) {
    var form = event.target.closest("[data-composer]");
    if (form && event.target.name === "visibility") {
      colour(form);
      form.querySelector("[data-composer-body]").focus();
    }
  });
  document.addEventListener("click", function (event) {
    var radio = event.target.closest('[data-composer] input[name="visibility"]');
    if (radio) { radio.form.querySelector("[data-composer-body]").focus(); }
  });

  /* Ctrl+Enter ---------------------------------------------------------- */
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) { return; }
    var form = event.target.closest("[data-composer], [data-ctrl-enter]");
    if (form) {
      event.preventDefault();
      form.requestSubmit(form.querySelector('[data-send="send"]') || undefined);
    }
  });

  /* Files: the real input always holds what will be sent ------------------ */
  function size(bytes) {
    var unit = bytes >= 1048576 ? "megabyte" : "kilobyte";
    var number = bytes / (unit === "megabyte" ? 1048576 : 1024);
    return new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit: unit, maximumFractionDigits: 1 }).format(number);
  }

  function put(input, files) {
    var box = new DataTransfer();
    files.forEach(function (file) { box.items.add(file); });
    input.files = box.files;
    draw(input);
  }

  function add(host, files) {
    var input = host.querySelector("[data-files-input]");
    var limit = Number(host.dataset.maxBytes) || Infinity;
    var fit = Array.from(files).filter(function (file) {
      if (file.size <= limit) { return true; }
      helpdesk.toast(helpdesk.words.fileTooLarge.replace("{name}", file.name).replace("{limit}", size(limit)), "danger");
      return false;
    });
    put(input, (input.kept || []).concat(fit));
  }

  function draw(input) {
    var host = input.closest("[data-files]");
    var list = host.querySelector("[data-files-list]");
    input.kept = Array.from(input.files);
    list.replaceChildren.apply(list, input.kept.map(function (file, index) { return chip(input, file, index); }));
  }

  function chip(input, file, index) {
    var item = document.createElement("li");
    item.className = "file";
    var picture = document.createElement("span");
    picture.className = "file-icon";
    var mark = document.createElement("i");
    mark.className = "bi bi-file-earmark";
    mark.setAttribute("aria-hidden", "true");
    picture.append(mark);
    if (/^image\/(png|jpe?g|gif|webp)$/.test(file.type)) { thumbnail(file, picture); }
    var text = document.createElement("span");
    text.className = "file-text";
    var name = document.createElement("span");
    name.className = "file-name";
    name.textContent = file.name;
    var weight = document.createElement("span");
    weight.className = "file-size";
    weight.textContent = size(file.size);
    text.append(name, weight);
    var remove = document.createElement("button");
    remove.type = "button";
    remove.className = "icon-button icon-button-sm";
    remove.setAttribute("aria-label", helpdesk.words.remove + " " + file.name);
    remove.innerHTML = '<i class="bi bi-x-lg" aria-hidden="true"></i>';
    remove.addEventListener("click", function () {
      put(input, input.kept.filter(function (other, at) { return at !== index; }));
      input.focus();
    });
    item.append(picture, text, remove);
    return item;
  }

  /* Drawn on a canvas: the policy allows no blob: images. */
  function thumbnail(file, holder) {
    if (!window.createImageBitmap) { return; }
    createImageBitmap(file).then(function (bitmap) {
      var canvas = document.createElement("canvas");
      canvas.width = 52;
      canvas.height = 52;
      var side = Math.min(bitmap.width, bitmap.height);
      canvas.getContext("2d").drawImage(bitmap, (bitmap.width - side) / 2, (bitmap.height - side) / 2, side, side, 0, 0, 52, 52);
      holder.replaceChildren(canvas);
    }).catch(function () { /* not a picture after all */ });
  }

  document.addEventListener("change", function (event) {
    if (!event.target.matches("[data-files-input]")) { return; }
    var input = event.target;
    var fresh = Array.from(input.files);
    add(input.closest("[data-files]"), fresh);
  });

  function hostOf(element) {
    var host = element.closest && element.closest("[data-files]");
    if (host) { return host; }
    var form = element.closest && element.closest("form");
    return form ? form.querySelector("[data-files]") : null;
  }

  document.addEventListener("paste", function (event) {
    var files = event.clipboardData ? event.clipboardData.files : [];
    var host = files.length ? hostOf(event.target) : null;
    if (!host) { return; }
    event.preventDefault();
    add(host, Array.from(files).map(function (file, index) {
      if (file.name && file.name !== "image.png") { return file; }
      var stamp = new Date().toISOString().slice(0, 19).replace(/[T:]/g, "-");
      return new File([file], "screenshot-" + stamp + (index ? "-" + index : "") + ".png", { type: file.type });
    }));
  });

  ["dragover", "dragleave", "drop"].forEach(function (kind) {
    document.addEventListener(kind, function (event) {
      var carries = event.dataTransfer && Array.from(event.dataTransfer.types).indexOf("Files") >= 0;
      var host = carries ? hostOf(event.target) || document.querySelector("[data-composer][data-files], form [data-files]") : null;
      if (!host) { return; }
      event.preventDefault();
      host.classList.toggle("is-dropping", kind === "dragover");
      if (kind === "drop") { add(host, event.dataTransfer.files); }
    });
  });

  /* Text at the caret; execCommand keeps the browser's own undo ------------ */
  function insert(area, text) {
    area.focus();
    if (!document.execCommand || !document.execCommand("insertText", false, text)) {
      area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
    }
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }

  var marks = {
    bold: function (text) { return "**" + text + "**"; },
    italic: function (text) { return "*" + text + "*"; },
    link: function (text) { return "[" + (text || "…") + "](https://)"; },
    code: function (text) { return text.indexOf("\n") >= 0 ? "```\n" + text + "\n```" : "`" + text + "`"; },
    list: function (text) { return text.split("\n").map(function (line) { return "- " + line; }).join("\n"); },
    quote: function (text) { return text.split("\n").map(function (line) { return "> " + line; }).join("\n"); }
  };

  function markdown(area, kind) {
    var text = area.value.slice(area.selectionStart, area.selectionEnd);
    var result = marks[kind](text);
    var lineStart = (kind === "list" || kind === "quote") && area.selectionStart > 0 && area.value[area.selectionStart - 1] !== "\n";
    insert(area, (lineStart ? "\n" : "") + result);
    if (!text && /^(bold|italic|code)$/.test(kind)) {
      var back = kind === "bold" ? 2 : 1;
      area.setSelectionRange(area.selectionEnd - back, area.selectionEnd - back);
    }
  }

  function preview(button, area) {
    var pane = area.parentElement.querySelector("[data-preview]");
    var open = button.getAttribute("aria-pressed") === "true";
    button.setAttribute("aria-pressed", String(!open));
    pane.hidden = open;
    area.hidden = !open;
    if (open) { area.focus(); return; }
    window.htmx.ajax("POST", button.dataset.previewUrl, { target: pane, swap: "innerHTML", values: { body: area.value } });
  }

  document.addEventListener("click", function (event) {
    var tool = event.target.closest("[data-markdown], [data-preview-url]");
    if (!tool) { return; }
    var area = document.getElementById(tool.closest("[data-markdown-for]").dataset.markdownFor);
    if (tool.dataset.markdown) { markdown(area, tool.dataset.markdown); } else { preview(tool, area); }
  });

  document.addEventListener("keydown", function (event) {
    if (!(event.ctrlKey || event.metaKey) || !event.target.matches("[data-composer-body], [data-editor] textarea")) { return; }
    var kind = { b: "bold", i: "italic", k: "link" }[event.key];
    if (kind) { event.preventDefault(); markdown(event.target, kind); }
  });

  /* Canned answers ------------------------------------------------------- */
  document.addEventListener("click", function (event) {
    var group = event.target.closest("[data-canned-group]");
    var answer = event.target.closest("[data-canned-text]");
    var dialog = event.target.closest("[data-canned-for]");
    if (group) {
      dialog.querySelector("[data-canned-search]").value = "";
      show(dialog, function (one) { return one.dataset.cannedIn === group.dataset.cannedGroup; });
      dialog.querySelectorAll("[data-canned-group]").forEach(function (one) { one.setAttribute("aria-pressed", String(one === group)); });
    } else if (answer) {
      dialog.close("cancel");
      insert(document.getElementById(dialog.dataset.cannedFor), answer.dataset.cannedText);
    }
  });
  function show(dialog, wanted) {
    dialog.querySelectorAll("[data-canned-text]").forEach(function (one) { one.hidden = !wanted(one); });
  }
  document.addEventListener("input", function (event) {
    if (!event.target.matches("[data-canned-search]")) { return; }
    var dialog = event.target.closest("[data-canned-for]");
    var text = event.target.value.trim().toLocaleLowerCase();
    if (!text) { var first = dialog.querySelector("[data-canned-group]"); if (first) { first.click(); } return; }
    show(dialog, function (one) { return one.textContent.toLocaleLowerCase().indexOf(text) >= 0; });
  });

  /* Plugins: a button with data-insert-text puts its text where the caret stands; data-insert-into names another field. */
  document.addEventListener("click", function (event) {
    var source = event.target.closest("[data-insert-text]");
    var area = source && document.getElementById(source.dataset.insertInto || "composer-body");
    if (!area) { return; }
    var dialog = source.closest("dialog");
    if (dialog) { dialog.close(); }
    insert(area, source.dataset.insertText);
  });

  /* Drafts: kept here until the server has the text ------------------------ */
  function key(form) { return "helpdesk.draft." + form.dataset.draft; }

  function keep(form) {
    var area = form.querySelector("[data-composer-body]");
    var chosen = form.querySelector('input[name="visibility"]:checked');
    var text = area.value.trim() ? JSON.stringify({ body: area.value, visibility: chosen ? chosen.value : "" }) : null;
    helpdesk.store.set(key(form), text);
  }

  document.addEventListener("input", function (event) {
    var form = event.target.closest("[data-draft]");
    if (!form || !event.target.matches("[data-composer-body]")) { return; }
    window.clearTimeout(form.draftTimer);
    form.draftTimer = window.setTimeout(keep, 400, form);
  });

  function lastEntry() {
    var all = document.querySelectorAll('[data-entry="comment"], [data-entry="note"]');
    return all.length ? all[all.length - 1].id : "";
  }

  /* The server has the text when it says so (a success notice), leads to the new comment, or shows a new last one. */
  function arrived(sent) {
    return /^#comment-/.test(window.location.hash) || document.querySelector("#toasts .notice-success") !== null || lastEntry() !== sent;
  }

  function restore(form) {
    var area = form.querySelector("[data-composer-body]");
    var sent = helpdesk.store.get(key(form) + ".sent");
    if (sent !== null) {
      helpdesk.store.set(key(form) + ".sent", null);
      if (!area.hasAttribute("aria-invalid") && !area.value && arrived(sent)) { helpdesk.store.set(key(form), null); return; }
    }
    var saved = helpdesk.store.get(key(form));
    if (!saved || area.value) { return; }
    try { saved = JSON.parse(saved); } catch (error) { return; }
    area.value = saved.body;
    var radio = form.querySelector('input[name="visibility"][value="' + (saved.visibility === "internal" ? "internal" : "public") + '"]');
    if (radio) { radio.checked = true; }
    colour(form);
    var note = form.querySelector("[data-draft-note]");
    if (!note) { return; }
    var discard = document.createElement("button");
    discard.type = "button";
    discard.className = "btn btn-link btn-sm";
    discard.textContent = helpdesk.words.draftDiscard;
    discard.addEventListener("click", function () {
      area.value = "";
      helpdesk.store.set(key(form), null);
      note.hidden = true;
      area.focus();
    });
    note.replaceChildren(helpdesk.words.draft + " ", discard);
    note.hidden = false;
  }

  /* "Sent" is only a promise: the draft goes when a later page of the ticket shows that it arrived. */
  document.addEventListener("submit", function (event) {
    var form = event.target.closest("[data-draft]");
    if (!form || event.defaultPrevented) { return; }
    window.clearTimeout(form.draftTimer);
    keep(form);
    helpdesk.store.set(key(form) + ".sent", lastEntry());
  });

  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("[data-composer]").forEach(function (form) {
      if (form.dataset.draft) { restore(form); }
      colour(form);
    });
  });
})();
