"""A process that moves what is due: ``python -m tests.core.statuses.process URL FOLDER NUMBER``."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from helpdesk_core.testing import make_app
from helpdesk_core.tickets.timed_steps import close_solved, return_postponed


def main(url: str, folder: str, number: str) -> None:
    """Wait for the sign to begin, move everything, and write down how many that were."""
    place = Path(folder)
    app = make_app(url, place)
    (place / f"ready-{number}").touch()
    while not (place / "go").exists():
        time.sleep(0.005)
    with app.app_context():
        moved = return_postponed() + close_solved()
    (place / f"moved-{number}").write_text(str(moved))


if __name__ == "__main__":
    main(*sys.argv[1:])
