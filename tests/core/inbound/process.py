"""Receives mails in processes of their own, which may be killed: ``python -m tests.core.inbound.process URL FOLDER``.

For each line of files on standard input, with tabs between them, as many children are forked that receive the mails at
once; their pids are printed in a line, and in another how they ended: 0, 75 or ``killed``.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from flask import Flask

from helpdesk_core.db.session import db
from helpdesk_core.inbound.receiving import receive_mail
from helpdesk_core.testing import make_app


def receive(app: Flask, path: str) -> None:
    """Receive one mail as the command does."""
    with app.app_context():
        db.engine.dispose(close=False)  # the parent's connections are not ours
        with Path(path).open("rb") as file:
            receive_mail(file)


def main(url: str, folder: str) -> None:
    """Fork for every line until there are no more."""
    app = make_app(url, Path(folder))
    for line in sys.stdin:
        children = [fork(app, path) for path in line.strip().split("\t")]
        print(*children, flush=True)
        ends = [os.waitpid(child, 0)[1] for child in children]
        print(*("killed" if os.WIFSIGNALED(end) else os.WEXITSTATUS(end) for end in ends), flush=True)


def fork(app: Flask, path: str) -> int:
    """Begin a child that receives the mail; its pid."""
    child = os.fork()
    if child == 0:
        try:
            receive(app, path)
        except BaseException as error:
            sys.stderr.write(f"{error!r}\n")
            os._exit(75)
        os._exit(0)
    return child


if __name__ == "__main__":
    main(*sys.argv[1:])
