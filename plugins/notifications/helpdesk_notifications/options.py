"""What a site chooses for all notices; the table holds what differs from the defaults."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from helpdesk_core.toolkit import Actor, Invalid, is_address, record, require
from helpdesk_notifications import gettext as _
from helpdesk_notifications.models import Option

MANAGE: Final = "notifications:mail:manage"
#: When the company's mailbox gets a customer's notice (OK-185, OK-187).
COMPANY_MODES: Final = ("no_mail", "no_contact", "always")
PLACE: Final = "(((CONTENT)))"
DESIGN_LIMIT: Final = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The choices; ``design`` is empty for the design that comes with the plugin."""

    sender_name: str = ""
    reply_to: str = ""
    copy_address: str = ""
    copy_author: bool = False
    company_mode: str = "no_mail"
    digest_after: int = 10
    design: str = ""


def read_options(session: Session) -> Options:
    """The site's choices."""
    known = {field.name for field in dataclasses.fields(Options)}
    rows = session.execute(select(Option.name, Option.value)).all()
    return Options(**{name: value for name, value in rows if name in known})


def save_options(session: Session, values: Mapping[str, Any], *, actor: Actor) -> None:
    """Give some options new values; raises ``Invalid`` with every field at fault, ``Forbidden``."""
    require(actor, MANAGE)
    before = read_options(session)
    after = dataclasses.replace(before, **values)
    _check(after)
    changed = {name: value for name, value in values.items() if value != getattr(before, name)}
    if not changed:
        return
    session.execute(delete(Option).where(Option.name.in_(changed)))
    defaults = Options()
    session.add_all(
        Option(name=name, value=value) for name, value in changed.items() if value != getattr(defaults, name)
    )
    session.flush()
    record(
        session,
        "notifications.options_changed",
        actor=actor,
        subject_kind="notifications.options",
        subject_id=None,
        before={name: getattr(before, name) for name in changed},
        after=changed,
    )


def _check(options: Options) -> None:
    errors: dict[str, list[str]] = {}
    for name in ("reply_to", "copy_address"):
        value = getattr(options, name)
        if value and not is_address(value):
            errors[name] = [_("This is no e-mail address.")]
    if len(options.sender_name) > 120:
        errors["sender_name"] = [_("At most %(limit)d characters.", limit=120)]
    if options.company_mode not in COMPANY_MODES:
        errors["company_mode"] = [_("There is no such choice.")]
    if not 0 <= options.digest_after <= 1000:
        errors["digest_after"] = [_("A number from 0 to 1000.")]
    if len(options.design) > DESIGN_LIMIT:
        errors["design"] = [_("At most %(limit)d characters.", limit=DESIGN_LIMIT)]
    elif options.design and options.design.count(PLACE) != 1:
        errors["design"] = [_("The design must hold %(place)s once: the text of the mail stands there.", place=PLACE)]
    if errors:
        raise Invalid(errors)
