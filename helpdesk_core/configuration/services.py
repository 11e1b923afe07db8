"""Planning and applying a configuration, and changing the preset: one change, one commit, nothing half done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.access.policy import require
from helpdesk_core.configuration import applying
from helpdesk_core.configuration.checks import check_configuration
from helpdesk_core.configuration.document import Configuration, normal
from helpdesk_core.configuration.mapping import Moves, Progress, check_moves, follow, move_tickets, propose
from helpdesk_core.configuration.parsing import refuse
from helpdesk_core.configuration.plan import Plan, compare, digest_of
from helpdesk_core.configuration.reading import read_configuration
from helpdesk_core.configuration.rendering import render
from helpdesk_core.configuration.switching import with_preset
from helpdesk_core.configuration.usage import check_usage, tickets_by_status
from helpdesk_core.configuration.words import with_words, write_words
from helpdesk_core.contract.actor import Actor
from helpdesk_core.contract.errors import Rejected
from helpdesk_core.contract.messages import message
from helpdesk_core.db.turns import take_turns
from helpdesk_core.events.journal import record
from helpdesk_core.imports.toml_tables import Problems
from helpdesk_core.statuses.models import Status

_MANAGE = "core:settings:manage"


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What applying would do: the lines that differ, and which status takes the place of one that goes.

    ``tickets`` counts those of every status that goes; ``unmapped`` are used ones for which nobody chose another.
    """

    before: Configuration
    after: Configuration
    plan: Plan
    moves: Mapping[str, str]
    tickets: Mapping[str, int]
    unmapped: tuple[str, ...] = ()

    @property
    def changes(self) -> bool:
        """Whether anything would be different."""
        return bool(self.plan)

    @property
    def digest(self) -> str:
        """What tells this plan from another one."""
        return digest_of(self.plan)


def plan_configuration(
    session: Session, wanted: Configuration, *, actor: Actor, given: Moves | None = None, file: str = "", text: str = ""
) -> Planned:
    """What applying *wanted* would change; raises ``Invalid`` with everything that forbids it.

    *given* says which status the tickets of one that goes get; *file* and its *text* are named in refusals.
    """
    require(actor, _MANAGE)
    problems = Problems()
    check_configuration(wanted, problems)
    refuse(problems, file, text)
    before = read_configuration(session, applications=wanted.applications)
    check_moves(session, before, wanted, given or {}, problems)
    check_usage(session, before, wanted, set(given or {}), problems)
    refuse(problems, file, text)
    return _planned(session, before, wanted, given or {})


def plan_preset(session: Session, name: str, given: Moves, *, actor: Actor) -> Planned:
    """What changing to the preset would change; a used status that *given* does not name stands in ``unmapped``.

    Raises ``Invalid`` for a move that cannot be made.
    """
    require(actor, _MANAGE)
    before = read_configuration(session)
    # A word of a status that was here before is kept, and said again when the status comes back.
    wanted = normal(with_words(session, with_preset(before, name, given)))
    problems = Problems()
    check_moves(session, before, wanted, given, problems)
    refuse(problems, name)
    check_configuration(wanted, problems)
    refuse(problems, name)
    return _planned(session, before, wanted, given)


def _planned(session: Session, before: Configuration, wanted: Configuration, given: Moves) -> Planned:
    used = tickets_by_status(session)
    gone = [key for key in before.statuses if key not in wanted.statuses]
    proposals = propose(before, wanted.statuses)
    return Planned(
        before=before,
        after=wanted,
        plan=compare(before, wanted),
        moves={key: given.get(key) or proposals[key] for key in gone if key in given or key in proposals},
        tickets={key: used.get(key, 0) for key in gone},
        unmapped=tuple(key for key in gone if key in used and key not in given),
    )


def apply_configuration(
    session: Session,
    wanted: Configuration,
    *,
    actor: Actor,
    given: Moves | None = None,
    shown: str | None = None,
    file: str = "",
    text: str = "",
    progress: Progress | None = None,
) -> Planned:
    """Make the desk what *wanted* says; raises as ``plan_configuration`` does.

    Where *shown*, a plan's digest, is given and the plan is another one by now, ``Rejected``: somebody changed
    something meanwhile.
    """
    _take_turns(session)
    planned = plan_configuration(session, wanted, actor=actor, given=given, file=file, text=text)
    return _carry_out(session, planned, shown, actor, progress)


def change_preset(
    session: Session,
    name: str,
    given: Moves,
    *,
    actor: Actor,
    shown: str | None = None,
    progress: Progress | None = None,
) -> Planned:
    """Give the desk the statuses of another preset and every ticket its new one; raises as ``plan_preset`` does.

    ``Rejected`` while a status that tickets have is not mapped.
    """
    _take_turns(session)
    planned = plan_preset(session, name, given, actor=actor)
    if planned.unmapped:
        missing = ", ".join(planned.unmapped)
        raise Rejected(message("Say which status takes the place of: %(keys)s", keys=missing))
    return _carry_out(session, planned, shown, actor, progress)


def install_configuration(session: Session, wanted: Configuration, *, parts: frozenset[str]) -> None:
    """Write the *parts* of a preset that a new desk does not have yet."""
    if "roles" in parts:
        applying.write_roles(session, wanted)
    if "statuses" in parts:
        applying.write_statuses(session, wanted)
        applying.write_steps(session, wanted)
    if "types" in parts:
        applying.write_types(session, wanted)
    if "priorities" in parts:
        applying.write_priorities(session, wanted)
    if "fields" in parts:
        applying.write_fields(session, wanted)


def _take_turns(session: Session) -> None:
    take_turns(session, "configuration")
    take_turns(session, "status")


def _carry_out(
    session: Session, planned: Planned, shown: str | None, actor: Actor, progress: Progress | None
) -> Planned:
    wanted, moves = planned.after, planned.moves
    if shown is not None and shown != planned.digest:
        raise Rejected(message("Something was changed meanwhile: look at the plan again."))
    if not planned.changes:
        return planned
    touched = {line.section for line in planned.plan}
    if "roles" in touched:
        require(actor, "core:role:manage")
    if "words" in touched:
        require(actor, "core:translation:manage")
    # Nobody gives a ticket a status that goes from here on.
    session.scalars(select(Status).where(Status.key.in_(planned.tickets)).with_for_update()).all()
    applying.write_roles(session, wanted)
    applying.write_statuses(session, wanted)
    move_tickets(session, wanted, moves, actor=actor, progress=progress)
    follow(session, wanted, moves)
    applying.remove_statuses(session, wanted)
    applying.write_steps(session, wanted)
    applying.write_types(session, wanted)
    applying.write_priorities(session, wanted)
    applying.write_fields(session, wanted)
    write_words(session, wanted, actor=actor)
    written = read_configuration(session, applications=wanted.applications)
    if render(written) != render(wanted):
        raise RuntimeError("the configuration that was written differs from the one that was wanted")
    _note(session, planned, actor)
    return planned


def _note(session: Session, planned: Planned, actor: Actor) -> None:
    def note(name: str, **after: object) -> None:
        record(
            session,
            name,
            actor=actor,
            subject_kind="configuration",
            subject_id=None,
            before={"preset": planned.before.preset},
            after={"preset": planned.after.preset, **after},
        )

    note("configuration.applied", lines=[line.as_json() for line in planned.plan])
    if planned.moves:
        note("configuration.preset_changed", map=dict(planned.moves))
