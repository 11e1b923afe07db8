"""What a site chooses for all notices; the table holds what differs from the defaults."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from helpdesk_core.toolkit import (
    Actor,
    Invalid,
    MailServer,
    Secret,
    is_address,
    one_line,
    reading,
    record,
    require,
)
from helpdesk_notifications import gettext as _
from helpdesk_notifications.models import Option

MANAGE: Final = "notifications:mail:manage"
#: When the company's mailbox gets a customer's notice (OK-185, OK-187).
COMPANY_MODES: Final = ("no_mail", "no_contact", "always")
PLACE: Final = "(((CONTENT)))"
DESIGN_LIMIT: Final = 50_000
SECURITIES: Final[Mapping[str, Literal["starttls", "tls", "none"]]] = {
    "starttls": "starttls",
    "tls": "tls",
    "none": "none",
}
_HOST: Final = re.compile(r"[A-Za-z0-9.:-]{1,200}")
#: Other variables hold other secrets, which a server of somebody's choice is not to learn.
_REFERENCE: Final = re.compile(r"env:MAIL_[A-Z0-9_]{1,90}")
#: Who chooses the server reads all mail, links for new passwords too: that takes the right to run code here.
CHOOSE_SERVER: Final = "core:plugin:manage"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The choices; ``design`` is empty for the design that comes with the plugin.

    Without ``smtp_host`` the configuration names the mail server. ``smtp_password`` is a reference, ``env:MAIL_...``.
    """

    sender_name: str = ""
    reply_to: str = ""
    copy_address: str = ""
    copy_author: bool = False
    company_mode: str = "no_mail"
    digest_after: int = 10
    design: str = ""
    smtp_host: str = ""
    smtp_port: int = 587
    smtp_security: str = "starttls"
    smtp_username: str = ""
    smtp_password: str = ""


def read_options(session: Session) -> Options:
    """The site's choices."""
    known = {field.name for field in dataclasses.fields(Options)}
    rows = session.execute(select(Option.name, Option.value)).all()
    return Options(**{name: value for name, value in rows if name in known})


def save_options(session: Session, values: Mapping[str, Any], *, actor: Actor) -> None:
    """Give some options new values; raises ``Invalid`` with every field at fault, ``Forbidden``."""
    require(actor, MANAGE)
    if any(name.startswith("smtp_") for name in values):
        require(actor, CHOOSE_SERVER)
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
    errors |= _server_errors(options)
    if errors:
        raise Invalid(errors)


def _server_errors(options: Options) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    if options.smtp_host and _HOST.fullmatch(options.smtp_host) is None:
        errors["smtp_host"] = [_("This is no name of a server.")]
    if not 1 <= options.smtp_port <= 65535:
        errors["smtp_port"] = [_("A number from 1 to 65535.")]
    if options.smtp_security not in SECURITIES:
        errors["smtp_security"] = [_("There is no such choice.")]
    if len(options.smtp_username) > 254 or one_line(options.smtp_username, 254) != options.smtp_username:
        errors["smtp_username"] = [_("This is no name to sign in with.")]
    if options.smtp_password and _REFERENCE.fullmatch(options.smtp_password) is None:
        errors["smtp_password"] = [
            _("Name an environment variable: env:MAIL_PASSWORD. The password itself is not kept here.")
        ]
    return errors


def chosen_server() -> MailServer | None:
    """The mail server of the settings, if one was chosen there."""
    with reading() as session:
        options = read_options(session)
    if not options.smtp_host:
        return None
    return MailServer(
        host=options.smtp_host,
        port=options.smtp_port,
        security=SECURITIES[options.smtp_security],
        username=options.smtp_username,
        password=Secret(options.smtp_password).reveal() or "",
    )
