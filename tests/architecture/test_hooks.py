"""A hook ships only with a real caller and a test: names of hooks that nobody calls are promises nobody keeps."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable

import pytest

from helpdesk_core.contract.hooks import ROOMS
from helpdesk_core.contract.markers import HookKind, rule_of
from helpdesk_core.ui.slots import SLOTS
from tests.architecture.source_rules import CORE, ROOT, sources

HOOKS: dict[str, Callable[..., object]] = {
    name: function
    for room in ROOMS
    for name, function in vars(room).items()
    if name.startswith("helpdesk_") and inspect.isfunction(function)
}
#: The registry knows every type of spec; whoever only keeps them does not use them.
_KEEPERS = ("helpdesk_core/contract/", "helpdesk_core/plugins/registry.py", "helpdesk_core/testing/")


def core() -> str:
    found = [source for source in sources(CORE, ".py") if not source.path.startswith(_KEEPERS)]
    return "\n".join(source.text for source in found)


@pytest.fixture(scope="module")
def code() -> str:
    return core()


@pytest.fixture(scope="module")
def tests() -> str:
    return "\n".join(source.text for source in sources(ROOT / "tests" / "core" / "plugins", ".py"))


@pytest.mark.parametrize("name", HOOKS)
def test_every_hook_is_used_by_the_core(name: str, code: str) -> None:
    rule = rule_of(HOOKS[name])
    assert rule is not None
    if rule.kind is HookKind.REGISTER and isinstance(rule.item, type):
        asked = rf"\.(all|owned)\({rule.item.__name__}\)"
        assert re.search(asked, code), (
            f"{name}: nothing in the core asks the registry for {rule.item.__name__}. Use what plugins register, or "
            "take the hook out of the contract until something does."
        )
        return
    called = rf"\.{name}\b" if name != "helpdesk_setup" else rf'"{name}"'
    assert re.search(called, code), f"{name}: nothing in the core calls it. Call it, or take it out of the contract."


@pytest.mark.parametrize("name", HOOKS)
def test_every_hook_has_a_test_of_its_own(name: str, tests: str) -> None:
    wanted = f"def test_hook_{name.removeprefix('helpdesk_')}"
    assert wanted in tests, (
        f"{name}: write `{wanted}_...` in tests/core/plugins, through a service or a page of the whole app, with the "
        "plugin that is installed there."
    )


@pytest.mark.parametrize("name", SLOTS)
def test_every_slot_is_drawn(name: str) -> None:
    drawn = [source.path for source in sources(CORE / "templates", ".html") if f'slot("{name}"' in source.text]
    assert drawn, f"no template draws the slot {name}: draw it, or take it out of ui/slots.py"
