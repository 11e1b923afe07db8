"""Hooks that one plugin offers to others."""

from __future__ import annotations

from types import ModuleType

import pytest
from flask import Flask

from helpdesk_core.contract.errors import PluginError
from helpdesk_core.plugins.checks import check_hookspecs
from helpdesk_core.toolkit import Manifest, Plugin, contribute, hookimpl, hooks


def module(**functions: object) -> ModuleType:
    found = ModuleType("offered")
    vars(found).update(functions)
    return found


@contribute(str)
def helpdesk_choir_songs(evening: str) -> list[str]:
    """Songs for an evening."""
    raise NotImplementedError


class Choir(Plugin):
    name = "choir"
    manifest = Manifest(name="choir", summary="sings", api=">=1.0,<2")
    hookspecs = module(helpdesk_choir_songs=helpdesk_choir_songs)


class Poet(Plugin):
    name = "poet"
    manifest = Manifest(name="poet", summary="writes", api=">=1.0,<2", uses=("choir",))

    @hookimpl(optionalhook=True)
    def helpdesk_choir_songs(self, evening: str) -> list[str]:
        return [f"song of {evening}"]


@pytest.mark.helpdesk(plugins=[Poet, Choir])
def test_a_plugin_answers_the_hook_of_another(app: Flask) -> None:
    with app.app_context():
        songs = hooks().helpdesk_choir_songs(evening="spring")
    assert [(song.plugin, song.value) for song in songs] == [("poet", "song of spring")]


@pytest.mark.helpdesk(plugins=[Poet])
def test_without_the_other_the_answer_is_not_asked_for(app: Flask) -> None:
    with app.app_context(), pytest.raises(AttributeError):
        hooks().helpdesk_choir_songs(evening="spring")


@pytest.mark.parametrize(
    ("functions", "message"),
    [({}, "marks none"), ({"helpdesk_tenor_songs": helpdesk_choir_songs}, "begin with helpdesk_choir_")],
)
def test_a_hook_carries_the_name_of_its_plugin(functions: dict[str, object], message: str) -> None:
    class Offers(Choir):
        hookspecs = module(**functions)

    with pytest.raises(PluginError, match=message):
        check_hookspecs(Offers())
