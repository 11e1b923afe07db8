"""What can be set, of which type, and with which default; the table holds only what differs."""

from __future__ import annotations

from collections.abc import Mapping
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
    """One setting; ``lowest`` and ``highest`` bound a number, ``highest`` the length of a text."""

    key: str
    kind: type[str] | type[int] | type[bool]
    default: str | int | bool
    label: Any
    help: Any = ""
    lowest: int = 0
    highest: int = 200


SITE_NAME: Final = "core.site_name"
COMMENTS_INTERNAL: Final = "core.comments_internal"
LATE_REPLY_DAYS: Final = "core.late_reply_days"
UPLOAD_LIMIT_MB: Final = "core.upload_limit_mb"

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
        key=LATE_REPLY_DAYS,
        kind=int,
        default=7,
        label=_("Days during which a customer's answer opens a solved ticket again"),
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
    if not spec.lowest <= len(text) <= spec.highest:
        told = message("Use %(lowest)d to %(highest)d characters.", lowest=spec.lowest, highest=spec.highest)
        raise Invalid({name: [told]})
    return text


def _load(session: Session) -> Mapping[str, Any]:
    return MappingProxyType(dict(session.execute(select(Setting.key, Setting.value)).all()))


def setting(key: str) -> Any:
    """The value of a setting as it is now, its default where nobody changed it."""
    return cached("settings", _load).get(key, spec_of(key).default)


def site_name() -> str:
    """What this helpdesk calls itself."""
    return str(setting(SITE_NAME))


def comments_internal_by_default() -> bool:
    """Whether a new comment starts as an internal one (OK-072)."""
    return bool(setting(COMMENTS_INTERNAL))


def late_reply_days() -> int:
    """For how long a customer's answer opens a solved ticket again."""
    return int(setting(LATE_REPLY_DAYS))


def upload_limit() -> int:
    """The largest file in bytes."""
    return int(setting(UPLOAD_LIMIT_MB)) * 1024 * 1024
