/* The knowledge base: an article into the reply box, and the line for a picture that was pasted or dropped.
   [data-kb-answer="<url of the text>"], form[data-kb-editor] around [data-files-list] and a textarea. */
(function () {
  "use strict";

  /* The core puts data-insert-text into the reply box: the text is fetched once, then the click goes on. */
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-kb-answer]");
    if (!button || button.dataset.insertText !== undefined) { return; }
    event.preventDefault();
    button.disabled = true;
    fetch(button.dataset.kbAnswer, { headers: { Accept: "text/plain" } }).then(function (response) {
      if (!response.ok) { throw new Error(String(response.status)); }
      return response.text();
    }).then(function (text) {
      button.disabled = false;
      button.dataset.insertText = text;
      button.click();
    }).catch(function () {
      button.disabled = false;
      window.helpdesk.toast(window.helpdesk.words.failed, "danger");
    });
  });

  var PICTURE = /\.(png|jpe?g|gif|webp)$/i;

  function names(list) {
    return Array.from(list.querySelectorAll(".file-name")).map(function (name) { return name.textContent; });
  }

  function write(area, line) {
    var at = document.activeElement === area ? area.selectionEnd : area.value.length;
    var before = area.value.slice(0, at);
    var lead = !before || before.endsWith("\n\n") ? "" : before.endsWith("\n") ? "\n" : "\n\n";
    area.setRangeText(lead + line + "\n\n", at, at, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }

  document.querySelectorAll("form[data-kb-editor]").forEach(function (form) {
    var list = form.querySelector("[data-files-list]");
    var area = form.querySelector("textarea");
    var known = [];
    new MutationObserver(function () {
      var now = names(list);
      now.filter(function (name) { return known.indexOf(name) < 0 && PICTURE.test(name); }).forEach(function (name) {
        write(area, "![](" + name + ")");
      });
      known = now;
    }).observe(list, { childList: true });
  });
})();
