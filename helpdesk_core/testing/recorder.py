"""Recording which hooks the core calls, and with what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from helpdesk_core.plugins.calls import HookCall


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """One call of a hook: its name and the arguments it was called with."""

    hook: str
    arguments: Mapping[str, Any]


class HookCalls(list[RecordedCall]):
    """The calls in order; they really happened, with every plugin's answer."""

    def of(self, hook: str) -> list[Mapping[str, Any]]:
        """Return the arguments of each call of *hook*."""
        return [call.arguments for call in self if call.hook == hook]

    def names(self) -> list[str]:
        """Return the names of the called hooks in order, each as often as it was called."""
        return [call.hook for call in self]


@contextmanager
def record_hook_calls() -> Iterator[HookCalls]:
    """Yield the calls of hooks inside the block, in every app of this process; nothing about them changes."""
    calls = HookCalls()
    original = HookCall.__call__

    def noting(self: HookCall, **arguments: object) -> Any:
        calls.append(RecordedCall(self.name, dict(arguments)))
        return original(self, **arguments)

    HookCall.__call__ = noting  # type: ignore[method-assign]
    try:
        yield calls
    finally:
        HookCall.__call__ = original  # type: ignore[method-assign]
