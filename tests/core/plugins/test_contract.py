"""The contract itself: each hook says what it is, and every change of it is a visible diff."""

import dataclasses
import inspect
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Integer
from sqlalchemy.orm import mapped_column

import helpdesk_core.contract.specs as specs
from helpdesk_core import toolkit
from helpdesk_core.contract.hooks import ROOMS
from helpdesk_core.contract.markers import HookKind, rule_of
from helpdesk_core.contract.version import API_VERSION
from helpdesk_core.db.base import Model, PluginModel, metadata

SNAPSHOT = Path(__file__).parent / "contract_snapshot.txt"
HOOKS: dict[str, Callable[..., object]] = {
    name: function
    for room in ROOMS
    for name, function in vars(room).items()
    if name.startswith("helpdesk_") and inspect.isfunction(function)
}


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_has_a_kind_types_and_a_text_for_authors(name: str) -> None:
    function = HOOKS[name]
    rule = rule_of(function)
    assert rule is not None, f"{name}: mark it with one of the five kinds in contract/markers.py"
    text = function.__doc__ or ""
    assert "Called " in text, f"{name}: say who calls it and when"
    assert ".. versionadded:: " in text, f"{name}: say since which version of the API it is there"
    signature = inspect.signature(function)
    annotations = [parameter.annotation for parameter in signature.parameters.values()]
    assert inspect.Parameter.empty not in [*annotations, signature.return_annotation], f"{name}: give every type"
    for parameter in signature.parameters.values():
        assert parameter.default is parameter.empty, f"{name}: no default values"
    returns = signature.return_annotation not in (None, "None")
    assert returns == (rule.item is not None), f"{name}: the mark and the signature differ about what is returned"


@pytest.mark.parametrize("name", [name for name in HOOKS if rule_of(HOOKS[name]).kind is HookKind.TAKE_PART])  # type: ignore[union-attr]
def test_a_take_part_hook_gets_the_session_first(name: str) -> None:
    assert next(iter(inspect.signature(HOOKS[name]).parameters)) == "session"


def test_no_hook_stands_in_two_rooms() -> None:
    rooms = [name for room in ROOMS for name in vars(room) if name.startswith("helpdesk_")]
    assert sorted(rooms) == sorted(set(rooms))


def test_the_toolkit_names_exist_and_are_sorted() -> None:
    for name in toolkit.__all__:
        assert hasattr(toolkit, name), f"toolkit.__all__ names {name}, which is not there"


def contract() -> str:
    """Return the whole contract as text: hooks with signatures, specs with fields, names of the toolkit."""
    lines = [f"api {API_VERSION}", ""]
    for name, function in sorted(HOOKS.items()):
        rule = rule_of(function)
        kind = rule.kind.value if rule else "?"
        lines.append(f"hook {kind} {name}{_signature(function)}")
    lines.append("")
    for name, kind_of_spec in sorted(vars(specs).items()):
        if dataclasses.is_dataclass(kind_of_spec) and isinstance(kind_of_spec, type):
            fields = ", ".join(field.name for field in dataclasses.fields(kind_of_spec))
            lines.append(f"spec {name}({fields})")
    lines.append("")
    lines.extend(f"toolkit {name}" for name in sorted(toolkit.__all__))
    return "\n".join(lines) + "\n"


def _signature(function: Callable[..., object]) -> str:
    return f"({', '.join(inspect.signature(function).parameters)})"


def test_a_change_of_the_contract_is_a_visible_diff() -> None:
    """Run with HELPDESK_TEST_WRITE_SNAPSHOT=1 after a change that is meant, and commit the file with it."""
    if os.environ.get("HELPDESK_TEST_WRITE_SNAPSHOT"):
        SNAPSHOT.write_text(contract(), encoding="utf-8")
    assert contract() == SNAPSHOT.read_text(encoding="utf-8"), (
        "the plugin contract changed: if that is meant, raise API_VERSION where the rules ask for it, "
        "write it into the changelog, and renew the snapshot with HELPDESK_TEST_WRITE_SNAPSHOT=1"
    )


def test_each_plugins_base_has_a_registry_of_its_own_over_the_shared_metadata() -> None:
    """ADR 0009: one plugin's broken mapper breaks neither the core nor another plugin."""

    class One(PluginModel, plugin="one"):
        """Of one plugin."""

    class Other(PluginModel, plugin="other"):
        """Of another."""

    registries = {id(base.registry) for base in (Model, PluginModel, One, Other)}
    assert len(registries) == 4
    assert One.metadata is Other.metadata is Model.metadata


@pytest.mark.parametrize(("plugin", "table"), [("one", "another_row"), ("one", "one"), ("", "one_row")])
def test_a_plugins_table_carries_the_plugins_name(plugin: str, table: str) -> None:
    class Base(PluginModel, plugin=plugin):
        __abstract__ = True

    with pytest.raises(ValueError, match=table):
        type("Row", (Base,), {"__tablename__": table, "id": mapped_column(Integer, primary_key=True)})
    metadata.remove(metadata.tables[table])
    assert table not in metadata.tables
