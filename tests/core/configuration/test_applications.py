"""What applications bring, in a configuration: named, or left alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from helpdesk_core.access.catalog import role_catalog
from helpdesk_core.configuration.parsing import parse
from helpdesk_core.configuration.presets import FOLDER, load_preset
from helpdesk_core.configuration.reading import read_configuration
from helpdesk_core.configuration.rendering import render
from helpdesk_core.configuration.services import apply_configuration, change_preset, plan_configuration
from helpdesk_core.contract.actor import SYSTEM
from helpdesk_core.contract.errors import Invalid
from helpdesk_core.contract.markers import hookimpl
from helpdesk_core.contract.plugin import Plugin
from helpdesk_core.contract.specs import Permission, StatusCategory, StatusSpec, TransitionSpec
from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.statuses.catalog import status_catalog
from helpdesk_core.testing import Desk, DeskOf

#: What is exported holds the words of the site: where every word is called otherwise, it is longer.
pytestmark = pytest.mark.wording

PRESET = (FOLDER / "service_desk.toml").read_text("utf-8")


class Courier(Plugin):
    """Brings a status, steps to and from it, and a right."""

    name = "courier"

    @hookimpl
    def helpdesk_register_statuses(self) -> list[StatusSpec]:
        return [StatusSpec(key="courier.away", label="Away", category=StatusCategory.WAITING)]

    @hookimpl
    def helpdesk_register_transitions(self) -> list[TransitionSpec]:
        return [
            TransitionSpec(source="service_desk.open", target="courier.away"),
            TransitionSpec(source="courier.away", target="service_desk.open", permission="courier:parcel:fetch"),
        ]

    @hookimpl
    def helpdesk_register_permissions(self) -> list[Permission]:
        return [Permission(name="courier:parcel:fetch", label="Fetch parcels", roles=("core.lead",))]


def _text() -> str:
    with reading() as session:
        return render(read_configuration(session))


def _apply(text: str) -> bool:
    with unit_of_work() as session:
        return apply_configuration(session, parse(text.encode(), "desk.toml"), actor=SYSTEM).changes


@pytest.mark.helpdesk(plugins=[Courier])
def test_an_export_names_the_applications_it_speaks_of(desk: Desk) -> None:
    """With their statuses, steps and rights; it can be applied where they run."""
    text = _text()
    assert 'applications = ["courier"]' in text
    assert '[statuses."courier.away"]' in text
    assert '"service_desk.open" = "courier:parcel:fetch"' in text
    assert '"courier:parcel:fetch" = "all"' in text
    assert not _apply(text)
    assert _apply(text.replace('"courier:parcel:fetch" = "all"\n', ""))
    assert "courier:parcel:fetch" not in role_catalog().by_key["core.lead"].grants


@pytest.mark.helpdesk(plugins=[Courier])
def test_a_file_that_does_not_name_an_application_leaves_it_alone(desk: Desk) -> None:
    """A preset knows no application: its status, its steps and its right stay."""
    before = _text()
    with reading() as session:
        assert plan_configuration(session, load_preset("service_desk"), actor=SYSTEM).plan == ()
    assert _apply(PRESET.replace('"Incident"', '"Fault"'))
    assert _text() == before.replace('"Incident"', '"Fault"')


@pytest.mark.helpdesk(plugins=[Courier])
def test_what_an_application_brings_cannot_go_or_change_its_meaning(desk: Desk) -> None:
    text = _text()
    with pytest.raises(Invalid, match=r"courier\.away is missing: its application brings it"):
        _apply(PRESET.replace('preset = "service_desk"', 'preset = "service_desk"\napplications = ["courier"]'))
    with pytest.raises(Invalid, match=r"courier\.away\] category: cannot be changed"):
        _apply(text.replace('category = "waiting"', 'category = "open"'))
    with pytest.raises(Invalid, match=r"courier\.gone\]: the application does not bring this status"):
        _apply(text + '\n[statuses."courier.gone"]\nlabel = "G"\ncategory = "open"\n'
                      'background = "#ffffff"\nforeground = "#000000"\n')  # fmt: skip
    assert _text() == text


@pytest.mark.helpdesk(plugins=[Courier])
def test_a_change_of_the_preset_leads_an_applications_steps_on(desk: Desk) -> None:
    """Its status is not the preset's business; the right of a step stays with the step."""
    with unit_of_work() as session:
        change_preset(session, "support_center", {}, actor=SYSTEM)
    steps = status_catalog().steps
    assert steps["courier.away"] == {"support_center.opened": "courier:parcel:fetch"}
    assert steps["support_center.opened"]["courier.away"] is None
    assert '[statuses."courier.away"]' in _text()


def test_a_file_with_an_application_is_refused_where_it_does_not_run(desk_of: DeskOf) -> None:
    """Enable it first, or take it out of the file."""
    with desk_of("service_desk", plugins=[Courier]):
        text = _text()
    with desk_of("service_desk"):
        with pytest.raises(Invalid, match="the application courier does not run here"):
            _apply(text)
        assert _text() == PRESET
        with reading() as session:
            one = read_configuration(session)
        assert one == replace(load_preset("service_desk"))
