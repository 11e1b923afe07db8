"""Which notices are sent: the defaults with what the site changed (OK-182, OK-184)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from helpdesk_core.toolkit import Actor, Invalid, record, require, status_catalog
from helpdesk_notifications import gettext as _
from helpdesk_notifications.kinds import DEFAULTS, STATUS
from helpdesk_notifications.models import Rule
from helpdesk_notifications.options import MANAGE


@dataclass(frozen=True, slots=True)
class Choice:
    """Whether a notice is sent; ``statuses`` are those that trigger it, none are all."""

    enabled: bool
    statuses: frozenset[str] = frozenset()

    def includes(self, status: str) -> bool:
        """Whether it is sent of a change to *status*."""
        return self.enabled and (not self.statuses or status in self.statuses)


Rules = Mapping[tuple[str, str], Choice]


def read_rules(session: Session) -> Rules:
    """Every notice that there is, by kind and audience."""
    found = {place: Choice(enabled) for place, enabled in DEFAULTS.items()}
    for row in session.scalars(select(Rule)):
        if (row.kind, row.audience) in found:
            found[row.kind, row.audience] = Choice(row.enabled, frozenset(row.statuses))
    return found


def save_rules(session: Session, wanted: Rules, *, actor: Actor) -> None:
    """Switch notices on and off; raises ``Invalid`` for a status that there is none of, ``Forbidden``."""
    require(actor, MANAGE)
    known = status_catalog().by_key
    if any(key not in known for choice in wanted.values() for key in choice.statuses):
        raise Invalid({"statuses": [_("There is no such status.")]})
    before = read_rules(session)
    changed = {place: choice for place, choice in wanted.items() if place in before and choice != before[place]}
    for (kind, audience), choice in changed.items():
        session.execute(delete(Rule).where(Rule.kind == kind, Rule.audience == audience))
        statuses = sorted(choice.statuses) if kind == STATUS else []
        session.add(Rule(kind=kind, audience=audience, enabled=choice.enabled, statuses=statuses))
    session.flush()
    if changed:
        record(
            session,
            "notifications.rules_changed",
            actor=actor,
            subject_kind="notifications.rules",
            subject_id=None,
            before={"/".join(place): _told(before[place]) for place in changed},
            after={"/".join(place): _told(choice) for place, choice in changed.items()},
        )


def follow_statuses(session: Session, moves: Mapping[str, str]) -> None:
    """Let the chosen statuses follow where *moves* leads the old ones; which those were stays the site's choice."""
    for row in session.scalars(select(Rule)):
        followed = sorted({moves.get(key, key) for key in row.statuses})
        if followed != row.statuses:
            row.statuses = followed


def _told(choice: Choice) -> dict[str, object]:
    return {"enabled": choice.enabled, "statuses": sorted(choice.statuses)}
