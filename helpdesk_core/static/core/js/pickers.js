/* Searching lists over plain <select>: data-picker (empty: the options of the page; else the address of a JSON search that
   answers [{value, text, sub}] to ?q=), data-create lets new values be typed, data-placeholder. */
(function () {
  "use strict";

  function option(data, escape) {
    var sub = data.sub ? '<span class="option-sub">' + escape(data.sub) + "</span>" : "";
    return "<div>" + escape(data.text) + sub + "</div>";
  }

  function pick(select) {
    if (select.tomselect || !window.TomSelect) { return; }
    var url = select.dataset.picker;
    var words = window.helpdesk.words;
    var settings = {
      create: select.hasAttribute("data-create"),
      persist: false,
      maxOptions: 300,
      allowEmptyOption: false,
      closeAfterSelect: !select.multiple,
      hidePlaceholder: select.multiple,
      placeholder: select.dataset.placeholder || (url ? words.search : select.multiple ? words.add : ""),
      plugins: select.multiple ? { remove_button: { title: words.remove } } : [],
      render: {
        option: option,
        item: function (data, escape) { return "<div>" + escape(data.text) + "</div>"; },
        no_results: function () { return '<div class="no-results">' + words.noResults + "</div>"; },
        option_create: function (data, escape) { return '<div class="create">' + words.add + " <strong>" + escape(data.input) + "</strong></div>"; }
      }
    };
    if (url) {
      settings.valueField = "value";
      settings.labelField = "text";
      settings.searchField = ["text", "sub"];
      settings.preload = "focus";
      settings.load = function (query, done) {
        fetch(url + (url.indexOf("?") < 0 ? "?" : "&") + "q=" + encodeURIComponent(query), { headers: { Accept: "application/json" }, credentials: "same-origin" })
          .then(function (answer) { return answer.ok ? answer.json() : []; })
          .then(function (items) { done(items); })
          .catch(function () { done(); });
      };
    }
    if (!select.multiple && !select.required) { settings.plugins = { clear_button: { title: words.remove, className: "ts-clear" } }; }
    new window.TomSelect(select, settings);
    select.setAttribute("aria-hidden", "true");
  }

  function all(scope) {
    scope.querySelectorAll("select[data-picker]").forEach(pick);
  }

  document.addEventListener("DOMContentLoaded", function () { all(document); });
  document.addEventListener("htmx:load", function (event) { all(event.detail.elt); });
})();
