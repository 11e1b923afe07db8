"""What the tests of notices share."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from helpdesk_core.testing import Desk, MailSink, run_jobs

Told = Callable[[], list[str]]


@pytest.fixture
def told(app: Flask, desk: Desk, mailbox: MailSink) -> Told:
    """Do all work, and return who got mail since the last time, sorted."""

    def work() -> list[str]:
        del mailbox[:]
        run_jobs(app)
        return sorted(str(mail["X-Recipients"]).partition("@")[0] for mail in mailbox)

    return work
