/* Live pages: hears hints over a socket (or asks now and then), tells the reader in words, and has the page read anew.
   A hint holds ids only; words and rows come by ordinary requests with the reader's own rights. */
(function () {
  "use strict";
  var host = document.getElementById("push");
  if (!host) { return; }
  var helpdesk = window.helpdesk;
  var words = host.dataset;
  var place = words.place;
  var wantsBell = words.bell === "yes";
  var plainTitle = document.title;

  var since = Number(words.since) || 0;
  var first = since;
  var seen = new Set();
  var socket = null;
  var state = "asking";
  var attempts = 0;
  var ended = false;
  var unread = 0;

  function fill(text, values) {
    return text.replace(/\{(\w+)\}/g, function (_all, name) { return values[name]; });
  }

  /* The reader's own choices, kept in this browser --------------------------- */
  function chosen(name, otherwise) {
    var kept = helpdesk.store.get("helpdesk.push." + name);
    return kept === null ? otherwise : kept === "on";
  }
  function choose(name, on) { helpdesk.store.set("helpdesk.push." + name, on ? "on" : "off"); }

  /* Sound: browsers allow it after the first gesture ------------------------- */
  var audio = null;
  function wake() {
    if (!audio && window.AudioContext) { audio = new window.AudioContext(); }
    if (audio && audio.state === "suspended") { audio.resume(); }
  }
  ["pointerdown", "keydown"].forEach(function (kind) { document.addEventListener(kind, wake, { capture: true, passive: true }); });

  function beep() {
    if (!audio || audio.state !== "running" || !chosen("sound", words.sound === "on")) { return; }
    [[660, 0], [880, 0.12]].forEach(function (note) {
      var tone = audio.createOscillator(), gain = audio.createGain(), at = audio.currentTime + note[1];
      tone.frequency.value = note[0];
      gain.gain.setValueAtTime(0.0001, at);
      gain.gain.exponentialRampToValueAtTime(0.08, at + 0.015);
      gain.gain.exponentialRampToValueAtTime(0.0001, at + 0.16);
      tone.connect(gain).connect(audio.destination);
      tone.start(at);
      tone.stop(at + 0.18);
    });
    host.dataset.beeps = String(Number(host.dataset.beeps || 0) + 1);
  }

  /* Toasts, the title, notifications of the browser -------------------------- */
  function toast(notice) {
    var region = document.getElementById("toasts");
    if (!region) { return; }
    var box = document.createElement("div");
    box.className = "notice notice-info";
    box.dataset.toast = "";
    box.dataset.notice = notice.kind;
    var text = document.createElement(notice.url ? "a" : "span");
    text.className = "notice-text";
    text.dir = "auto";
    text.textContent = notice.text;
    if (notice.url) { text.href = notice.url; }
    var close = document.createElement("button");
    close.type = "button";
    close.className = "icon-button icon-button-sm";
    close.dataset.toastClose = "";
    close.setAttribute("aria-label", words.sayClose);
    var cross = document.createElement("i");
    cross.className = "bi bi-x-lg";
    cross.setAttribute("aria-hidden", "true");
    close.append(cross);
    box.append(text, close);
    region.append(box);
    var timer = window.setTimeout(function () { box.remove(); }, 9000);
    box.addEventListener("mouseenter", function () { window.clearTimeout(timer); });
    box.addEventListener("focusin", function () { window.clearTimeout(timer); });
    box.addEventListener("mouseleave", function () { timer = window.setTimeout(function () { box.remove(); }, 3000); });
  }

  function away() { return document.hidden || !document.hasFocus(); }

  function count(more) {
    unread = away() ? unread + more : 0;
    document.title = unread ? "(" + unread + ") " + plainTitle : plainTitle;
  }
  ["focus", "visibilitychange"].forEach(function (kind) {
    (kind === "focus" ? window : document).addEventListener(kind, function () { count(0); });
  });

  function desktop(notice) {
    if (!away() || !chosen("desktop", false) || !window.Notification || Notification.permission !== "granted") { return; }
    var shown = new Notification(helpdesk.words.siteName || plainTitle, { body: notice.text, tag: "helpdesk-" + notice.ticket });
    shown.onclick = function () { window.focus(); window.location.assign(notice.url); };
  }

  function announce(notices) {
    if (!notices.length) { return; }
    notices.slice(0, 4).forEach(toast);
    if (notices.length > 4) { toast({ text: fill(words.sayMore, { n: notices.length - 4 }), kind: "more" }); }
    notices.slice(-1).forEach(desktop);
    count(notices.length);
    beep();
  }

  /* Asking ------------------------------------------------------------------ */
  function get(url) {
    return fetch(url, { headers: { Accept: "application/json" }, credentials: "same-origin" });
  }

  function ask() {
    if (ended || !place) { return Promise.resolve(null); }
    var url = words.newsUrl + "?after=" + since + (place === "ticket" ? "&ticket=" + words.ticket : "");
    return get(url).then(function (answer) {
      if (answer.status === 401 || answer.status === 403 || answer.status === 404) { end(); return null; }
      return answer.ok ? answer.json() : null;
    }).then(function (news) {
      if (!news) { return null; }
      var told = news.events.filter(function (id) { return id > first && !seen.has(id); });
      told.forEach(function (id) { seen.add(id); });
      var fresh = new Set(told);
      since = Math.max(since, news.last);
      announce(news.notices.filter(function (notice) { return fresh.has(notice.id); }));
      return { any: told.length > 0 || news.again };
    }).catch(function () { return null; });
  }

  /* The page reads anew: at once, and then not more often than it can be read. */
  var reading = false, wanted = false, stale = false;
  function reread() {
    if (ended || !place) { return; }
    if (document.hidden) { stale = true; return; }
    if (reading) { wanted = true; return; }
    reading = true;
    wanted = stale = false;
    helpdesk.fresh.read().then(function (result) {
      if (result.gone) { end(); return; }
      offer(result.rows);
    }).catch(function () { /* asked again by the next hint */ }).then(function () {
      window.setTimeout(function () {
        reading = false;
        if (wanted) { reread(); }
      }, place === "list" ? 1000 : 150);
    });
  }
  document.addEventListener("visibilitychange", function () {
    if (!document.hidden && stale) { reread(); }
  });

  /* New rows wait until the reader lets them in. */
  function offer(rows) {
    var bar = document.getElementById("push-new");
    if (!rows) { if (bar) { bar.remove(); } return; }
    if (!bar) {
      bar = document.createElement("div");
      bar.id = "push-new";
      bar.className = "push-new";
      bar.setAttribute("role", "status");
      var button = document.createElement("button");
      button.type = "button";
      button.className = "btn btn-sm btn-primary";
      button.addEventListener("click", function () { bar.remove(); helpdesk.fresh.show(); });
      bar.append(button);
      var anchor = document.querySelector("main [data-rows], main .request-list, main .inbox-section, main .empty, main");
      if (anchor.tagName === "MAIN") { anchor.prepend(bar); } else { anchor.before(bar); }
    }
    bar.dataset.rows = rows;
    bar.firstChild.textContent = fill(words.sayNew, { n: rows });
  }

  function catchUp(always) {
    ask().then(function (result) { if (always || (result && result.any)) { reread(); } });
  }

  /* The socket, and asking where there is none --------------------------------- */
  function show(next) {
    state = next;
    host.dataset.state = next;
    var line = host.querySelector("[data-push-state]");
    if (!line) { return; }
    line.dataset.state = next;
    var text = { connected: words.sayConnected, asking: words.sayAsking, away: words.sayAway, ended: words.sayEnded }[next];
    host.querySelector("[data-push-state-text]").textContent = text;
  }

  function end() {
    ended = true;
    show("ended");
    if (socket) { socket.close(); }
  }

  function connect() {
    if (ended || socket || words.live !== "yes" || !window.WebSocket) { return; }
    var url = window.location.protocol.replace("http", "ws") + "//" + window.location.host + words.socketUrl + "?EIO=4&transport=websocket";
    var hello = { place: place, bell: wantsBell };
    if (place === "ticket") { hello.ticket = Number(words.ticket); }
    socket = helpdesk.socket(url, hello, {
      open: function () {
        var again = attempts > 0;
        attempts = 0;
        show("connected");
        if (again) { ring(); }
        catchUp(again);
      },
      message: hear,
      close: function (refused) {
        var was = state;
        socket = null;
        answering([]);
        if (ended) { return; }
        show(was === "connected" ? "away" : "asking");
        attempts = refused ? Math.max(attempts, 5) : attempts + 1;
        // Many pages lose their socket at once when a server is renewed: they do not come back all at once.
        var pause = Math.min(60000, 400 * Math.pow(2.5, attempts - 1));
        window.setTimeout(connect, pause * (0.5 + Math.random()));
      }
    });
  }

  /* The page first: what it shows matters more than the words about it, and both ask the same server. */
  var hinted;
  function hear(name, value) {
    if (name === "hint") {
      reread();
      window.clearTimeout(hinted);
      hinted = window.setTimeout(ask, 60);
    } else if (name === "bell") { ring(true); }
    else if (name === "answering") { answering(value.people); }
    else if (name === "left") {
      // A session or a right has ended. Asking says which, and whether anything is left to hear.
      catchUp(true);
    }
  }

  function pollLater() {
    var pause = state === "connected" || document.hidden ? 60000 : 20000;
    window.setTimeout(function () {
      if (!ended) {
        catchUp(false);
        if (wantsBell && state !== "connected") { ring(); }
        pollLater();
      }
    }, pause);
  }

  /* Who else is answering ------------------------------------------------------- */
  function answering(people) {
    var line = document.querySelector("[data-push-answering]");
    if (!line) { return; }
    line.hidden = people.length === 0;
    var names = people.join(", ");
    line.querySelector("[data-push-answering-text]").textContent = people.length === 1
      ? fill(words.sayAnswering, { name: names }) : people.length ? fill(words.sayAnsweringMany, { names: names }) : "";
  }

  var spoke = 0;
  function writing(on) {
    if (!socket || words.colleague !== "yes" || place !== "ticket") { return; }
    if (on && Date.now() - spoke < 4000) { return; }
    if (!on && !spoke) { return; }
    spoke = on ? Date.now() : 0;
    socket.say("answering", on);
  }
  document.addEventListener("input", function (event) {
    if (event.target.matches("[data-composer-body]")) { writing(event.target.value.trim() !== ""); }
  });
  document.addEventListener("submit", function (event) { if (event.target.matches("[data-composer]")) { writing(false); } });

  /* The bell of dispatchers ------------------------------------------------------ */
  function ring(loud) {
    var list = host.querySelector("[data-push-bell]");
    if (!wantsBell || !list) { return; }
    fetch(words.bellUrl, { headers: { Accept: "text/html" }, credentials: "same-origin" }).then(function (answer) {
      return answer.ok && !answer.redirected ? answer.text() : null;
    }).then(function (html) {
      if (html === null || list.contains(document.activeElement)) { return; }
      var before = tickets(list);
      list.replaceChildren.apply(list, Array.from(new DOMParser().parseFromString(html, "text/html").body.childNodes));
      list.dispatchEvent(new CustomEvent("htmx:afterSettle", { bubbles: true, detail: { elt: list } }));
      var holder = list.querySelector("[data-count]"), badge = host.querySelector("[data-push-badge]");
      badge.textContent = holder ? holder.dataset.count : "";
      badge.hidden = !holder || holder.dataset.count === "0";
      var news = tickets(list).filter(function (id) { return before.indexOf(id) < 0; });
      if (loud && news.length) { count(news.length); beep(); }
    }).catch(function () { /* rung again by the next one */ });
  }
  function tickets(list) {
    return Array.from(list.querySelectorAll("[data-bell-ticket]")).map(function (item) { return item.dataset.bellTicket; });
  }

  /* Switches ---------------------------------------------------------------------- */
  var sound = host.querySelector("[data-push-sound]"), notify = host.querySelector("[data-push-desktop]");
  if (sound) {
    sound.checked = chosen("sound", words.sound === "on");
    sound.addEventListener("change", function () { choose("sound", sound.checked); if (sound.checked) { wake(); beep(); } });
  }
  if (notify) {
    var granted = window.Notification && Notification.permission === "granted";
    notify.checked = Boolean(granted) && chosen("desktop", false);
    notify.addEventListener("change", function () {
      if (!notify.checked) { choose("desktop", false); return; }
      if (!window.Notification) { notify.checked = false; helpdesk.toast(words.sayBlocked, "warning"); return; }
      Notification.requestPermission().then(function (answer) {
        notify.checked = answer === "granted";
        choose("desktop", notify.checked);
        if (!notify.checked) { helpdesk.toast(words.sayBlocked, "warning"); }
      });
    });
  }

  window.addEventListener("online", function () { attempts = 0; connect(); catchUp(true); });
  show("asking");
  connect();
  ring();
  pollLater();
})();
