"""A plugin's settings: typed in code, JSON in storage, secrets by reference."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import pytest
from flask import Flask

from helpdesk_core.contract.errors import Invalid, PluginError
from helpdesk_core.contract.plugin import Plugin
from helpdesk_core.plugins.manager import load_plugins
from helpdesk_core.plugins.settings import (
    Secret,
    describe_settings,
    plugin_settings,
    setting,
    settings_from_rows,
    settings_to_rows,
)


class Mood(StrEnum):
    CALM = "calm"
    LOUD = "loud"


@dataclass(frozen=True, slots=True)
class Settings:
    limit: int = setting(5, help="How many are shown")
    ratio: float = 0.5
    open: bool = True
    title: str = "Base"
    mood: Mood = Mood.CALM
    level: Literal["low", "high"] = "low"
    words: tuple[str, ...] = ()
    note: str | None = None
    token: Secret = setting(Secret())  # noqa: RUF009


def test_defaults_hold_where_nothing_is_stored() -> None:
    assert settings_from_rows(Settings, {}, plugin="base") == Settings()
    assert settings_to_rows(Settings()) == {}


def test_what_is_stored_comes_back() -> None:
    chosen = Settings(limit=9, ratio=1.0, open=False, mood=Mood.LOUD, level="high", words=("a", "b"), note="x",
                      token=Secret("env:BASE_TOKEN"))  # fmt: skip
    rows = settings_to_rows(chosen)
    assert rows["token"] == "env:BASE_TOKEN"
    assert rows["words"] == ["a", "b"]
    assert settings_from_rows(Settings, rows, plugin="base") == chosen


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("limit", "9"),
        ("limit", True),
        ("limit", 1.5),
        ("ratio", "x"),
        ("open", 1),
        ("title", 3),
        ("title", "nul\x00"),
        ("title", "x" * 4001),
        ("mood", "angry"),
        ("level", "middle"),
        ("words", "abc"),
        ("words", [1]),
        ("words", ["x"] * 201),
        ("note", 3),
        ("token", "hunter2"),
        ("token", "env:"),
        ("unknown", 1),
    ],
)
def test_a_wrong_value_is_refused_under_its_key(key: str, value: object) -> None:
    with pytest.raises(Invalid) as refusal:
        settings_from_rows(Settings, {key: value, "limit": 4} if key != "limit" else {key: value}, plugin="base")
    assert list(refusal.value.errors) == [key]
    assert refusal.value.plugin == "base"


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(Invalid) as refusal:
        settings_from_rows(Settings, {"limit": "x", "open": "y", "else": 1}, plugin="base")
    assert sorted(refusal.value.errors) == ["else", "limit", "open"]


def test_a_secret_is_read_from_the_environment_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BASE_TOKEN", "hunter2")
    settings = settings_from_rows(Settings, {"token": "env:BASE_TOKEN"}, plugin="base")
    assert settings.token.reveal() == "hunter2"
    assert "hunter2" not in f"{settings!r} {settings_to_rows(settings)!r}"
    monkeypatch.delenv("BASE_TOKEN")
    assert settings.token.reveal() is None
    assert Settings().token.reveal() is None


def test_a_form_can_be_made_of_the_description() -> None:
    fields = {field.name: field for field in describe_settings(Settings, plugin="base")}
    assert (fields["limit"].type, fields["limit"].default, fields["limit"].help) == (int, 5, "How many are shown")
    assert [name for name, field in fields.items() if field.secret] == ["token"]


@dataclass
class Mutable:
    limit: int = 1


@dataclass(frozen=True)
class WithoutDefault:
    limit: int


@dataclass(frozen=True)
class OfNoType:
    table: object = 1


@dataclass(frozen=True)
class WrongDefault:
    limit: int = "five"  # type: ignore[assignment]


class NoDataclass:
    limit = 1


@pytest.mark.parametrize(
    ("kind", "cause"),
    [
        (Mutable, "must be a frozen dataclass"),
        (NoDataclass, "must be a frozen dataclass"),
        (WithoutDefault, "limit needs a default"),
        (OfNoType, "is not a type settings can have"),
        (WrongDefault, "limit: must be of type int"),
    ],
)
def test_a_settings_class_that_cannot_be_stored_keeps_the_plugin_out(kind: type, cause: str) -> None:
    plugin = type("BasePlugin", (Plugin,), {"name": "base", "settings": kind})
    with pytest.raises(PluginError, match=cause):
        load_plugins(Flask("bare"), plugins=[plugin], strict=True)


class BasePlugin(Plugin):
    """Has settings."""

    name = "base"
    settings = Settings


def test_the_configuration_gives_values_and_the_plugin_reads_them() -> None:
    app = Flask("bare")
    app.config["HELPDESK_PLUGIN_SETTINGS"] = {"base": {"limit": 7}}
    load_plugins(app, plugins=[BasePlugin], strict=True)
    with app.app_context():
        assert plugin_settings(Settings) == Settings(limit=7)
        with pytest.raises(LookupError):
            plugin_settings(Mutable)


def test_wrong_values_in_the_configuration_keep_the_plugin_out() -> None:
    app = Flask("bare")
    app.config["HELPDESK_PLUGIN_SETTINGS"] = {"base": {"limt": 7}}
    with pytest.raises(PluginError, match="limt: unknown setting"):
        load_plugins(app, plugins=[BasePlugin], strict=True)
