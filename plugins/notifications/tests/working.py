"""A process that sends notices: ``working.py DATABASE_URL FOLDER CONFIG``; failures are tried again at once."""

from __future__ import annotations

import json
import sys
import threading
from datetime import timedelta
from pathlib import Path

from helpdesk_core.testing import make_app, start_worker
from helpdesk_notifications import deliveries


def main(url: str, folder: str, config: str) -> None:
    """Work until killed."""
    deliveries.DELAYS = (timedelta(seconds=0.2),) * 100  # type: ignore[misc]  # days of patience in a second
    app = make_app(url, Path(folder), plugins=["notifications"], config=json.loads(config))
    start_worker(app, lease_seconds=5)
    threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
