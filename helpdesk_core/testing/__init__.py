"""The kit for plugin authors: fixtures, factories, counters, a recorder of hooks, and the conformance suite.

The fixtures (``fixtures.py``) come by themselves; everything else is imported from here.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from helpdesk_core.testing.apps import Browser, Site, make_app, open_site
    from helpdesk_core.testing.brokers import RunningBroker, app_with, open_broker
    from helpdesk_core.testing.clock import Clock, stopped_clock
    from helpdesk_core.testing.conformance import Conformance
    from helpdesk_core.testing.counting import Statements, count_queries
    from helpdesk_core.testing.desk import Desk, DeskOf, build_desk, journal
    from helpdesk_core.testing.factories import Login, MakeContact, MakeEmployee, MakeTicket
    from helpdesk_core.testing.jobs import run_jobs, start_worker
    from helpdesk_core.testing.mail import MailSink, open_mail_sink
    from helpdesk_core.testing.recorder import HookCalls, RecordedCall, record_hook_calls
    from helpdesk_core.testing.signing_in import sign_in

__all__ = [
    "Browser",
    "Clock",
    "Conformance",
    "Desk",
    "DeskOf",
    "HookCalls",
    "Login",
    "MailSink",
    "MakeContact",
    "MakeEmployee",
    "MakeTicket",
    "RecordedCall",
    "RunningBroker",
    "Site",
    "Statements",
    "app_with",
    "build_desk",
    "count_queries",
    "journal",
    "make_app",
    "open_broker",
    "open_mail_sink",
    "open_site",
    "record_hook_calls",
    "run_jobs",
    "sign_in",
    "start_worker",
    "stopped_clock",
]

_ROOMS = {
    "apps": ("Browser", "Site", "make_app", "open_site"),
    "brokers": ("RunningBroker", "app_with", "open_broker"),
    "clock": ("Clock", "stopped_clock"),
    "conformance": ("Conformance",),
    "counting": ("Statements", "count_queries"),
    "desk": ("Desk", "DeskOf", "build_desk", "journal"),
    "factories": ("Login", "MakeContact", "MakeEmployee", "MakeTicket"),
    "jobs": ("run_jobs", "start_worker"),
    "mail": ("MailSink", "open_mail_sink"),
    "recorder": ("HookCalls", "RecordedCall", "record_hook_calls"),
    "signing_in": ("sign_in",),
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}


def __getattr__(name: str) -> Any:
    # Lazily: pytest loads the fixtures of this package in every project of the environment.
    if name in _ROOM_OF:
        return getattr(import_module(f"{__name__}.{_ROOM_OF[name]}"), name)
    raise AttributeError(name)
