"""The journal holds declared events only."""

from __future__ import annotations

import pytest

from helpdesk_core.contract.actor import SYSTEM
from helpdesk_core.db.session import unit_of_work
from helpdesk_core.events.catalog import CORE_EVENTS
from helpdesk_core.events.journal import record
from helpdesk_core.settings.entries import KINDS


@pytest.mark.usefixtures("desk")
def test_an_event_that_nobody_declared_is_refused_with_what_to_do() -> None:
    with pytest.raises(LookupError, match="helpdesk_register_events"), unit_of_work() as session:
        record(session, "ticket.evaporated", actor=SYSTEM, subject_kind="ticket", subject_id=1)


@pytest.mark.usefixtures("desk")
def test_an_internal_event_is_never_told_to_customers() -> None:
    with pytest.raises(ValueError, match="declared internal"), unit_of_work() as session:
        record(session, "ticket.changed", actor=SYSTEM, subject_kind="ticket", subject_id=1, audience="customer")


def test_events_are_declared_once() -> None:
    names = [event.name for event in CORE_EVENTS]
    assert sorted(names) == sorted(set(names))


def test_the_declared_short_lists_are_those_of_the_settings() -> None:
    declared = {event.subject for event in CORE_EVENTS if event.name.startswith("settings.")} - {"settings"}
    assert declared == set(KINDS)
