"""Run in a process of its own, to see what importing a plugin's modules does.

Reads ``{"path": [...], "modules": [...]}`` from its first argument and prints a list of [module, what it did] as its
last line. What the process loads before it watches is not the plugin's doing.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import threading
from typing import Any

_SAYS = {
    "socket.connect": "connects to another machine",
    "socket.bind": "opens a port",
    "subprocess.Popen": "starts a process",
    "os.system": "starts a process",
    "os.mkdir": "makes a folder",
    "os.remove": "deletes a file",
    "os.rename": "renames a file",
    "sqlite3.connect": "opens a database",
    # Seen as they happen: the process that asks has imported the plugin already and hands its environment on.
    "os.putenv": "changes the environment",
    "os.unsetenv": "changes the environment",
    "os.chdir": "changes the working folder",
}
_CHANGES = ("starts a thread", "takes over a signal")
_LOADED = ("flask_babel", "flask_wtf", "wtforms", "sqlalchemy", "helpdesk_core.toolkit")


class Watch:
    """Notes what happens while a module is imported."""

    def __init__(self) -> None:
        self.module: str | None = None
        self.found: list[list[str]] = []

    def note(self, event: str, arguments: tuple[Any, ...]) -> None:
        """An audit hook."""
        if self.module is None or "__pycache__" in str(arguments):
            return
        what = f"writes {arguments[0]}" if event == "open" and _writes(*arguments) else _SAYS.get(event)
        if what and [self.module, what] not in self.found:
            self.found.append([self.module, what])


def _writes(path: object, mode: object, flags: int) -> bool:
    if not isinstance(path, str):
        return False
    if isinstance(mode, str):
        return bool(set(mode) & set("wax+"))
    return bool(flags & (os.O_WRONLY | os.O_RDWR))


def _state() -> tuple[object, ...]:
    signals = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    return threading.active_count(), signals


def main() -> None:
    """Import each module and say what that did."""
    given = json.loads(sys.argv[1])
    sys.path[:] = given["path"]
    for name in _LOADED:
        importlib.import_module(name)
    watch = Watch()
    sys.addaudithook(watch.note)
    for module in given["modules"]:
        before, watch.module = _state(), module
        importlib.import_module(module)
        watch.module = None
        for one, other, what in zip(before, _state(), _CHANGES, strict=True):
            if one != other:
                watch.found.append([module, what])
    sys.stdout.write(json.dumps(watch.found) + "\n")


if __name__ == "__main__":
    main()
