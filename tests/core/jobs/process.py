"""A process that does jobs: ``python -m tests.core.jobs.process URL FOLDER LEASE_SECONDS QUEUES CONFIG``."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from pathlib import Path

from helpdesk_core.testing import make_app, start_worker
from tests.core.jobs.courier import CourierPlugin


def main(url: str, folder: str, lease: str, queues: str, config: str) -> None:
    """Work until killed, or told to end."""
    app = make_app(url, Path(folder), plugins=[CourierPlugin], config=json.loads(config))
    worker = start_worker(app, lease_seconds=float(lease), queues=queues.split(",") if queues else None)
    ending = threading.Event()
    signal.signal(signal.SIGTERM, lambda _number, _frame: ending.set())
    ending.wait()
    if not worker.stop(seconds=6):
        os._exit(3)


if __name__ == "__main__":
    main(*sys.argv[1:])
