"""What can be set, of which type, and with which default; the table holds only what differs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.contract.errors import Invalid
from helpdesk_core.contract.messages import message
from helpdesk_core.db.reference import cached
from helpdesk_core.settings.models import Setting


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingSpec:
    """One setting; ``lowest`` and ``highest`` bound a number, or the length of a text that is none of ``choices``."""

    key: str
    kind: type[str] | type[int] | type[bool]
    default: str | int | bool
    label: Any
    help: Any = ""
    lowest: int = 0
    highest: int = 200
    choices: tuple[str, ...] = ()


SITE_NAME: Final = "core.site_name"
COMMENTS_INTERNAL: Final = "core.comments_internal"
REPLY_POLICY: Final = "core.reply_policy"
LATE_REPLY_DAYS: Final = "core.late_reply_days"
LATE_REPLY_POLICY: Final = "core.late_reply_policy"
AUTO_CLOSE_DAYS: Final = "core.auto_close_days"
UPLOAD_LIMIT_MB: Final = "core.upload_limit_mb"

#: What a customer's reply to a finished ticket may do (decision 2).
REPLY_POLICIES: Final = ("reopen", "append", "new_linked_ticket")

CORE_SETTINGS: Final = (
    SettingSpec(
        key=SITE_NAME,
        kind=str,
        default="Helpdesk",
        label=_("Name of this helpdesk"),
        help=_("Shown at the top of every page and in mails."),
        lowest=1,
        highest=60,
    ),
    SettingSpec(
        key=COMMENTS_INTERNAL,
        kind=bool,
        default=False,
        label=_("New comments are internal unless chosen otherwise"),
        help=_("Only preselects: whoever writes can still choose."),
    ),
    SettingSpec(
        key=REPLY_POLICY,
        kind=str,
        default="reopen",
        label=_("A customer's answer to a finished ticket"),
        choices=REPLY_POLICIES,
    ),
    SettingSpec(
        key=LATE_REPLY_DAYS,
        kind=int,
        default=7,
        label=_("Days after which an answer is late"),
        help=_("Counted from the moment the ticket was solved."),
        lowest=0,
        highest=365,
    ),
    SettingSpec(
        key=LATE_REPLY_POLICY,
        kind=str,
        default="new_linked_ticket",
        label=_("A late answer to a finished ticket"),
        choices=REPLY_POLICIES,
    ),
    SettingSpec(
        key=AUTO_CLOSE_DAYS,
        kind=int,
        default=0,
        label=_("Days after which a solved ticket is closed by itself"),
        help=_("0 leaves solved tickets as they are."),
        lowest=0,
        highest=365,
    ),
    SettingSpec(
        key=UPLOAD_LIMIT_MB,
        kind=int,
        default=20,
        label=_("Largest file, in megabytes"),
        lowest=1,
        highest=500,
    ),
)

_SPECS: Final[Mapping[str, SettingSpec]] = MappingProxyType({spec.key: spec for spec in CORE_SETTINGS})


def spec_of(key: str) -> SettingSpec:
    """The declaration of a setting; raises ``KeyError`` for one that was never declared."""
    return _SPECS[key]


def checked(key: str, value: object, *, field: str | None = None) -> str | int | bool:
    """*value* in the setting's type; raises ``Invalid`` when it does not fit."""
    spec, name = spec_of(key), field or key
    if spec.kind is bool:
        return bool(value)
    if spec.kind is int:
        if not isinstance(value, int) or not spec.lowest <= value <= spec.highest:
            told = message("Give a number from %(lowest)d to %(highest)d.", lowest=spec.lowest, highest=spec.highest)
            raise Invalid({name: [told]})
        return value
    text = str(value or "").strip()
    if spec.choices:
        if text not in spec.choices:
            raise Invalid({name: [message("Choose one of: %(choices)s.", choices=", ".join(spec.choices))]})
        return text
    if not spec.lowest <= len(text) <= spec.highest:
        told = message("Use %(lowest)d to %(highest)d characters.", lowest=spec.lowest, highest=spec.highest)
        raise Invalid({name: [told]})
    return text


def _load(session: Session) -> Mapping[str, Any]:
    return MappingProxyType(dict(session.execute(select(Setting.key, Setting.value)).all()))


def setting(key: str) -> Any:
    """The value of a setting as it is now, its default where nobody changed it."""
    return cached("settings", _load).get(key, spec_of(key).default)


def settings_of(keys: Iterable[str]) -> dict[str, Any]:
    """The values of some settings as a form has them: by key, without ``core.``."""
    return {key.removeprefix("core."): setting(key) for key in keys}


def site_name() -> str:
    """What this helpdesk calls itself."""
    return str(setting(SITE_NAME))


def comments_internal_by_default() -> bool:
    """Whether a new comment starts as an internal one (OK-072)."""
    return bool(setting(COMMENTS_INTERNAL))


def reply_policy(*, late: bool) -> str:
    """What a customer's reply to a finished ticket does, one of ``REPLY_POLICIES`` (decision 2, PY-13, PY-15)."""
    return str(setting(LATE_REPLY_POLICY if late else REPLY_POLICY))


def auto_close_days() -> int:
    """After how many days a solved ticket is closed by itself; never where it is 0 (OK-043)."""
    return int(setting(AUTO_CLOSE_DAYS))


def late_reply_days() -> int:
    """After how many days a customer's reply to a finished ticket is late (PY-15)."""
    return int(setting(LATE_REPLY_DAYS))


def upload_limit() -> int:
    """The largest file in bytes."""
    return int(setting(UPLOAD_LIMIT_MB)) * 1024 * 1024
