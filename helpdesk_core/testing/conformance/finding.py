"""What a check says: where, what is wrong, and what to do instead."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from helpdesk_core.testing.conformance.stage import Stage

#: A check yields one text for every fault; its docstring is the rule.
Check = Callable[["Stage"], Iterator[str]]
