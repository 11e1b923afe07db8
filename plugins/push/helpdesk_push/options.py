"""What a site chooses; the table holds what differs from the defaults."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from helpdesk_core.toolkit import Actor, Invalid, record, require, status_catalog
from helpdesk_push import gettext as _
from helpdesk_push.models import Option

MANAGE: Final = "push:live:manage"
_LEAD_DESK: Final = "lead_desk."


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The choices: ``live`` opens sockets (else pages ask now and then), ``sound`` until a reader mutes it.

    With ``bell`` dispatchers have a bell with tickets of nobody in the header of every page (CR-13).
    """

    live: bool = True
    sound: bool = True
    bell: bool = False


def default_options() -> Options:
    """What holds until somebody chooses: the bell is on where the desk has the statuses of the lead desk (CR-13)."""
    return Options(bell=status_catalog().default.key.startswith(_LEAD_DESK))


def read_options(session: Session) -> Options:
    """The site's choices."""
    known = {field.name for field in dataclasses.fields(Options)}
    rows = session.execute(select(Option.name, Option.value)).all()
    return dataclasses.replace(default_options(), **{name: bool(value) for name, value in rows if name in known})


def save_options(session: Session, values: Mapping[str, bool], *, actor: Actor) -> None:
    """Switch some options; raises ``Forbidden``, and ``Invalid`` for a name that is no option."""
    require(actor, MANAGE)
    before = read_options(session)
    unknown = set(values) - {field.name for field in dataclasses.fields(Options)}
    if unknown:
        raise Invalid({name: [_("There is no such choice.")] for name in unknown})
    changed = {name: value for name, value in values.items() if value != getattr(before, name)}
    if not changed:
        return
    session.execute(delete(Option).where(Option.name.in_(changed)))
    defaults = default_options()
    session.add_all(
        Option(name=name, value=value) for name, value in changed.items() if value != getattr(defaults, name)
    )
    session.flush()
    record(
        session,
        "push.options_changed",
        actor=actor,
        subject_kind="push.options",
        subject_id=None,
        before={name: getattr(before, name) for name in changed},
        after=changed,
    )
