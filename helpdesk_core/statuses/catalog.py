"""Statuses and the transition matrix as every process keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.contract.presets import PRESETS
from helpdesk_core.contract.specs import StatusCategory
from helpdesk_core.db.reference import cached
from helpdesk_core.plugins.calls import current_runtime
from helpdesk_core.statuses.models import DeniedStep, Status, StatusTransition

#: Whose statuses are always there: a preset's, and those of the site's administrators.
_OWN = frozenset({"site", *PRESETS})
#: Categories in which the work is done.
FINISHED = frozenset({StatusCategory.SOLVED, StatusCategory.CLOSED})


@dataclass(frozen=True, slots=True)
class StatusInfo:
    """A status; logic asks ``category`` and the flags, pages show ``label`` through ``term``.

    ``available`` is false for the status of a plugin that does not run: tickets keep it, none goes there.
    """

    id: int
    key: str
    label: str
    category: StatusCategory
    available: bool
    is_system: bool
    is_default: bool
    final: bool
    pauses_sla: bool
    counts_to_load: bool
    requires_until: bool
    finish_target: str | None
    background: str
    foreground: str
    position: int

    @property
    def finished(self) -> bool:
        """Whether the work is done in this status."""
        return self.category in FINISHED


@dataclass(frozen=True, slots=True)
class StatusCatalog:
    """All statuses by key in their order, and the keys each may go to with the right that step needs.

    ``denied`` holds the ids of the roles that may not take a step of the matrix.
    """

    by_key: Mapping[str, StatusInfo]
    steps: Mapping[str, Mapping[str, str | None]]
    denied: Mapping[tuple[str, str], frozenset[int]]

    @property
    def ordered(self) -> tuple[StatusInfo, ...]:
        """All statuses in their order."""
        return tuple(self.by_key.values())

    @property
    def default(self) -> StatusInfo:
        """The status of every new ticket (OK-037)."""
        return next(status for status in self.by_key.values() if status.is_default)

    def targets(self, key: str) -> tuple[StatusInfo, ...]:
        """The statuses that *key* may go to; none from a final one (OK-036), none of a plugin that does not run."""
        if self.by_key[key].final:
            return ()
        steps = self.steps.get(key, {})
        return tuple(status for status in self.by_key.values() if status.key in steps and status.available)

    def keys_in(self, *categories: StatusCategory) -> tuple[str, ...]:
        """The keys of the statuses in these categories."""
        return tuple(status.key for status in self.by_key.values() if status.category in categories)


def _status(id_: int, key: str, label: str, category: str, *flags: Any) -> StatusInfo:
    owner = key.partition(".")[0]
    available = owner in _OWN or owner in current_runtime().plugins
    return StatusInfo(id_, key, label, StatusCategory(category), available, *flags)


def _load(session: Session) -> StatusCatalog:
    rows = session.execute(
        select(
            Status.id,
            Status.key,
            Status.label,
            Status.category,
            Status.is_system,
            Status.is_default,
            Status.final,
            Status.pauses_sla,
            Status.counts_to_load,
            Status.requires_until,
            Status.finish_target,
            Status.background,
            Status.foreground,
            Status.position,
        ).order_by(Status.position, Status.id)
    )
    statuses = {row.key: _status(*row) for row in rows}
    steps: dict[str, dict[str, str | None]] = {}
    for source, target, permission in session.execute(
        select(StatusTransition.source, StatusTransition.target, StatusTransition.permission)
    ):
        steps.setdefault(source, {})[target] = permission
    denied: dict[tuple[str, str], frozenset[int]] = {}
    for role_id, source, target in session.execute(select(DeniedStep.role_id, DeniedStep.source, DeniedStep.target)):
        denied[source, target] = denied.get((source, target), frozenset()) | {role_id}
    return StatusCatalog(MappingProxyType(statuses), MappingProxyType(steps), MappingProxyType(denied))


def status_catalog() -> StatusCatalog:
    """The statuses as they are now."""
    return cached("statuses", _load)
