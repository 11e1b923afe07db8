"""What plugins add to the demonstration."""

from __future__ import annotations

from typing import ClassVar

import pytest
from sqlalchemy import select

from helpdesk_core.contract.errors import PluginFailed
from helpdesk_core.contract.plugin import Plugin, PluginContext
from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.db.types import utcnow
from helpdesk_core.demo.services import is_loaded, load_demo
from helpdesk_core.events.journal import record
from helpdesk_core.events.models import EventRow
from helpdesk_core.imports.models import ImportSource
from helpdesk_core.testing import Desk


class Visits(Plugin):
    """Adds one row to the demonstration."""

    name = "visits"
    breaks: ClassVar[bool] = False

    def on_demo(self, ctx: PluginContext) -> None:
        record(ctx.session, "group.created", actor=ctx.actor, subject_kind="group", subject_id=1)
        if self.breaks:
            raise ValueError("no visits today")


@pytest.fixture
def core_loaded(desk: Desk) -> None:
    """The core's own part stands already: it takes long."""
    with unit_of_work() as session:
        session.add(ImportSource(name="demo-tickets", started_at=utcnow(), finished_at=utcnow()))


def written() -> list[str]:
    with reading() as session:
        return list(session.scalars(select(EventRow.actor_label).where(EventRow.name == "group.created")))


@pytest.mark.helpdesk(plugins=[Visits])
def test_each_plugin_adds_its_part_once_as_the_administrator(core_loaded: None, desk: Desk) -> None:
    assert not is_loaded()
    for _ in range(2):
        load_demo(lambda name, done, total: None)
    assert is_loaded()
    assert written() == [desk.admin.label]


@pytest.mark.helpdesk(plugins=[Visits])
def test_a_part_that_fails_leaves_nothing_and_is_named(core_loaded: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Visits, "breaks", True)
    with pytest.raises(PluginFailed) as failure:
        load_demo(lambda name, done, total: None)
    assert (failure.value.plugin, failure.value.hook) == ("visits", "on_demo")
    assert written() == []
    assert not is_loaded()
