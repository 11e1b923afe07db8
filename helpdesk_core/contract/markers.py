"""Marks for hook specifications and implementations; the kind of a hook stands on its specification.

The failure policy follows from the kind alone (``helpdesk_core.plugins.calls`` applies it).
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeVar

import pluggy

PROJECT_NAME: Final = "helpdesk"
HOOK_PREFIX: Final = "helpdesk_"

hookimpl: Final = pluggy.HookimplMarker(PROJECT_NAME)
_hookspec: Final = pluggy.HookspecMarker(PROJECT_NAME)

F = TypeVar("F", bound=Callable[..., object])


class HookKind(StrEnum):
    """What a hook is for, and therefore what happens when a plugin fails in it."""

    REGISTER = "register"  # S: at start; a failure quarantines the plugin
    TAKE_PART = "take_part"  # T: inside the transaction; a failure rolls back
    CONTRIBUTE = "contribute"  # R: at read time; a failure is logged and skipped
    POLICY = "policy"  # P: access; a failure is a denial
    FIRST_RESULT = "first_result"  # F: the first answer counts; a failure is logged and skipped


@dataclass(frozen=True, slots=True, kw_only=True)
class HookRule:
    """The kind of a hook and what one implementation may return.

    ``item`` is the type of the answer (or of each of its items, when ``many``); ``None`` means that nothing is
    returned. ``gathers_invalid`` lets every plugin speak before one ``Invalid`` with all messages is raised.
    """

    kind: HookKind
    item: type | tuple[type, ...] | None = None
    many: bool = False
    gathers_invalid: bool = False


RULE_ATTRIBUTE: Final = "helpdesk_rule"


def _specification(rule: HookRule) -> Callable[[F], F]:
    def mark(function: F) -> F:
        setattr(function, RULE_ATTRIBUTE, rule)
        return _hookspec(function)

    return mark


def hookspec(rule: HookRule) -> Callable[[F], F]:
    """Mark a specification with a rule made by hand; prefer the five marks below."""
    return _specification(rule)


def register(item: type | tuple[type, ...] | None = None) -> Callable[[F], F]:
    """Mark a start hook: each implementation returns a list of frozen *item* specs (or nothing, without one)."""
    return _specification(HookRule(kind=HookKind.REGISTER, item=item, many=item is not None))


def take_part(
    item: type | tuple[type, ...] | None = None, *, many: bool = False, gathers_invalid: bool = False
) -> Callable[[F], F]:
    """Mark a hook inside the transaction: any error rolls the change back."""
    return _specification(HookRule(kind=HookKind.TAKE_PART, item=item, many=many, gathers_invalid=gathers_invalid))


def contribute(item: type | tuple[type, ...], *, many: bool = True) -> Callable[[F], F]:
    """Mark a read-time hook: implementations are isolated from the core and from each other."""
    return _specification(HookRule(kind=HookKind.CONTRIBUTE, item=item, many=many))


def policy(item: type | tuple[type, ...], *, many: bool = False) -> Callable[[F], F]:
    """Mark an access hook: any error fails closed."""
    return _specification(HookRule(kind=HookKind.POLICY, item=item, many=many))


def first_result(item: type | tuple[type, ...]) -> Callable[[F], F]:
    """Mark a hook whose first valid answer in plugin order counts; ``None`` passes the question on."""
    return _specification(HookRule(kind=HookKind.FIRST_RESULT, item=item))


def rule_of(specification: object) -> HookRule | None:
    """Return the rule a specification carries, or ``None`` for a plain function."""
    found = getattr(specification, RULE_ATTRIBUTE, None)
    return found if isinstance(found, HookRule) else None
