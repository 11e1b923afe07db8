/* A connection to the sockets of this site: the little of Engine.IO 4 and Socket.IO 5 that one page needs.
   helpdesk.socket(url, hello, on): on.open(), on.message(name, value), on.close(refused). */
(function () {
  "use strict";

  function connect(url, hello, on) {
    var socket = new WebSocket(url);
    var patience = 45000;
    var timer;
    var refused = false;
    var joined = false;

    /* The server pings; a connection that is dead without having ended shows itself by its silence. */
    function wait() {
      window.clearTimeout(timer);
      timer = window.setTimeout(function () { socket.close(); }, patience);
    }

    function message(kind, text) {
      if (kind === "0") { joined = true; on.open(); }
      else if (kind === "4") { refused = true; socket.close(); }
      else if (kind === "1") { socket.close(); }
      else if (kind === "2") {
        var said = JSON.parse(text);
        on.message(said[0], said[1]);
      }
    }

    socket.onmessage = function (event) {
      var text = String(event.data);
      wait();
      switch (text.charAt(0)) {
        case "0":
          var about = JSON.parse(text.slice(1));
          patience = about.pingInterval + about.pingTimeout;
          socket.send("40" + JSON.stringify(hello));
          break;
        case "1": socket.close(); break;
        case "2": socket.send("3"); break;
        case "4": message(text.charAt(1), text.slice(2)); break;
      }
    };
    socket.onclose = function () {
      window.clearTimeout(timer);
      on.close(refused);
    };
    wait();

    return {
      say: function (name, value) {
        if (joined && socket.readyState === WebSocket.OPEN) { socket.send("42" + JSON.stringify([name, value])); }
      },
      close: function () { socket.close(); }
    };
  }

  window.helpdesk.socket = connect;
})();
