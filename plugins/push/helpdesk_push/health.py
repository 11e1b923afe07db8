"""How live pages feel, for ``helpdesk check``."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Flask

from helpdesk_core.toolkit import Health, HealthFinding


def findings(app: Flask) -> Iterator[HealthFinding]:
    """What keeps pages from hearing of each other's changes."""
    url = str(app.config["HELPDESK_REDIS_URL"])
    workers = int(app.config.get("HELPDESK_WORKERS", 1) or 1)
    if workers > 1 and not url:
        message = (
            f"{workers} workers need Redis for push: set HELPDESK_REDIS_URL; until then a page hears at once only "
            "of what its own worker did, of the rest within a minute"
        )
        yield HealthFinding(key="push.bus", status=Health.WARNING, message=message)
    elif url.startswith("redis+sentinel"):
        message = "live pages cannot use Redis Sentinel: name one Redis in HELPDESK_REDIS_URL"
        yield HealthFinding(key="push.bus", status=Health.WARNING, message=message)
    else:
        yield HealthFinding(key="push.bus", status=Health.OK, message="Redis" if url else "one process")
    if not app.config["HELPDESK_SOCKETS"]:
        message = "HELPDESK_SOCKETS is 0: pages ask every half minute"
        yield HealthFinding(key="push.sockets", status=Health.WARNING, message=message)
