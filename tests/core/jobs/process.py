"""A process that does jobs: ``python -m tests.core.jobs.process URL FOLDER LEASE_SECONDS``."""

from __future__ import annotations

import sys
import threading
from datetime import timedelta
from pathlib import Path

from helpdesk_core.jobs.runner import Runner
from helpdesk_core.testing import make_app
from tests.core.jobs.courier import CourierPlugin


def main(url: str, folder: str, lease: str) -> None:
    """Work until killed."""
    app = make_app(url, Path(folder), plugins=[CourierPlugin])
    Runner(app, threads=4, poll=0.05, lease=timedelta(seconds=float(lease))).start()
    threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
