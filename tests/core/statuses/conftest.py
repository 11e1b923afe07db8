"""Browsers of people of the desk and its customers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from helpdesk_core.contract.actor import Actor
from helpdesk_core.testing.signing_in import sign_in

Enter = Callable[[Actor], FlaskClient]


@pytest.fixture
def enter(app: Flask) -> Enter:
    """A browser of its own for each person."""

    def entered(actor: Actor) -> FlaskClient:
        browser = app.test_client()
        sign_in(app, browser, actor)
        return browser

    return entered
