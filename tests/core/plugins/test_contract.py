"""The contract itself: each hook says what it is, and every change of it is a visible diff."""

import inspect
from collections.abc import Callable

import pytest

from helpdesk_core import toolkit
from helpdesk_core.contract.hooks import ROOMS
from helpdesk_core.contract.markers import HookKind, rule_of

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
