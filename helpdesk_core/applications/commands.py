"""Changing the set of plugins from a page: the ``helpdesk plugins`` command does it, in a process of its own.

What a plugin does while it is enabled (import, migrate, its own preparation) can hang, end the process or spoil it; a
process that serves people must not be that one, and may not load code while it runs.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from typing import Any, Final

import structlog
from flask import Flask

from helpdesk_core.contract.actor import Actor
from helpdesk_core.contract.errors import EXIT_STATUS, Rejected, TryLater
from helpdesk_core.plugins.active import SAFE_MODE

#: How long a change may take, in seconds; disabling tries once more without the plugin's code.
LONGEST: Final = 110
PATIENT: Final = 20
_PREFIX: Final = "helpdesk: "
_log = structlog.get_logger(__name__)


def enable_apart(app: Flask, name: str, *, actor: Actor) -> list[str]:
    """Enable *name*; raises ``Rejected`` with the reason, or ``TryLater``."""
    return _run(app, ["enable", name], actor, LONGEST)


def disable_apart(app: Flask, name: str, *, actor: Actor) -> list[str]:
    """Disable *name*, without running its code where that takes too long; returns what could not be done."""
    try:
        return _run(app, ["disable", name], actor, PATIENT)
    except _TookTooLong:
        notes = _run(app, ["disable", name, "--without-code"], actor, PATIENT)
        return [f"on_disable was not called: it took more than {PATIENT} s", *notes]


def purge_apart(app: Flask, name: str, *, actor: Actor) -> list[str]:
    """Purge *name*, which somebody typed to confirm; returns what could not be done."""
    return _run(app, ["purge", name, "--yes"], actor, LONGEST)


class _TookTooLong(Rejected):
    pass


def _run(app: Flask, arguments: list[str], actor: Actor, seconds: float) -> list[str]:
    command = [sys.executable, "-c", "from helpdesk_core.cli import main; main()", "plugins", *arguments]
    command += ["--json", "--by", str(actor.id)]
    process = subprocess.Popen(  # noqa: S603 - ourselves
        command,
        env=_environment(app.config),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # so that what the plugin starts can be ended with it
    )
    try:
        out, told = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        _end(process)
        raise _TookTooLong(f"{arguments[1]} took more than {seconds:g} s and was stopped") from None
    said = out.strip().splitlines()
    if process.returncode == 0 and said:  # a plugin that ends the process says nothing
        answer: dict[str, Any] = json.loads(said[-1])
        return [str(note) for note in answer["notes"]]
    _log.warning("plugins command failed", arguments=arguments, status=process.returncode, told=told[-2000:])
    reasons = [line.removeprefix(_PREFIX) for line in told.splitlines() if line.startswith(_PREFIX)]
    reason = reasons[-1] if reasons else f"{arguments[1]} ended the process it ran in (status {process.returncode})"
    if process.returncode == EXIT_STATUS[TryLater.code]:
        raise TryLater(reason)
    raise Rejected(reason)


def _environment(config: Mapping[str, Any]) -> dict[str, str]:
    own = {key: "" if value is None else str(value) for key, value in config.items() if key.startswith("HELPDESK_")}
    plugins = config.get("HELPDESK_PLUGINS")
    own["HELPDESK_PLUGINS"] = plugins if isinstance(plugins, str) else ",".join(plugins or ())
    own[SAFE_MODE] = ""
    # The same packages as here, wherever they were found.
    return {**os.environ, **own, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


def _end(process: subprocess.Popen[str]) -> None:
    if os.name == "nt":
        process.kill()
    else:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
