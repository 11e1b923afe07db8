"""How pages write times and sizes: the filters ``iso``, ``relative``, ``exact``, ``day`` and ``filesize``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale
from babel.dates import format_date
from babel.units import format_unit
from flask import Flask, g, has_request_context
from flask_babel import get_locale, gettext, ngettext
from markupsafe import Markup, escape

from helpdesk_core.db.types import utcnow
from helpdesk_core.i18n.locale import DEFAULT

T = TypeVar("T")

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


@lru_cache(maxsize=64)
def zone_named(name: str) -> ZoneInfo:
    """The zone of that name; UTC for a name this machine does not know."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def reader_zone() -> ZoneInfo:
    """The zone of whoever reads the page; UTC outside of a request."""
    person = getattr(g, "person", None) if has_request_context() else None
    return zone_named(getattr(person, "timezone", None) or "UTC")


def iso(value: datetime | None) -> str:
    """UTC for ``<time datetime>``; nothing for none."""
    return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if value else ""


def exact(value: datetime | None) -> str:
    """The date and the time in the reader's zone and language, with the zone's name."""
    if value is None:
        return ""
    local = value.astimezone(reader_zone())
    said = _join(_language()).format(f"{local:%H:%M}", _date_in(local.date(), _language()))
    return f"{said} {local.tzname() or ''}".rstrip()


def day(value: datetime | date | None) -> str:
    """The date alone in the reader's language, in his zone where it is a moment."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = value.astimezone(reader_zone()).date()
    return _date_in(value, _language())


def _language() -> str:
    locale = get_locale()
    return str(locale) if locale is not None else DEFAULT


# A page shows the same few days over and over.
@lru_cache(maxsize=4096)
def _date_in(value: date, language: str) -> str:
    return str(format_date(value, "medium", language))


@cache
def _join(language: str) -> str:
    """How a language writes a time (``{0}``) with its date (``{1}``)."""
    return str(Locale.parse(language).datetime_formats["medium"])


def relative(value: datetime | None) -> str:
    """Words such as "2 hours ago" or "in 3 days"; the date itself beyond thirty days."""
    if value is None:
        return ""
    seconds = int((utcnow() - value).total_seconds())
    distance = abs(seconds)
    if distance < _MINUTE:
        return str(gettext("just now"))
    if distance >= 30 * _DAY:
        return day(value)
    if distance < _HOUR:
        text = ngettext("%(num)d minute", "%(num)d minutes", distance // _MINUTE)
    elif distance < _DAY:
        text = ngettext("%(num)d hour", "%(num)d hours", distance // _HOUR)
    else:
        text = ngettext("%(num)d day", "%(num)d days", distance // _DAY)
    return str(gettext("%(time)s ago", time=text) if seconds > 0 else gettext("in %(time)s", time=text))


def time_tag(value: datetime | None, absolute: bool = False, cls: str = "") -> Markup:
    """``<time>`` with the exact moment on hover; nothing for none. Scripts keep a relative one up to date."""
    if value is None:
        return Markup()
    full = exact(value)
    shown = full if absolute else relative(value)
    marks = (f' class="{escape(cls)}"' if cls else "") + ("" if absolute else " data-relative")
    return Markup(  # noqa: S704 - numbers, and what escape() made of words
        f'<time datetime="{iso(value)}" title="{escape(full)}"{marks}>{escape(shown)}</time>'
    )


def once_each(draw: Callable[..., T]) -> Callable[..., T]:
    """*draw*, a macro, that draws once for each value: fifty rows have four statuses. For values that never change."""
    return cache(draw)


def filesize(size: int) -> str:
    """A size with its unit in the reader's language, three digits at most."""
    number, unit = float(size), "byte"
    for larger in ("kilobyte", "megabyte", "gigabyte"):
        if number < 1000:
            break
        number, unit = number / 1024, larger
    rounded = round(number, 0 if unit == "byte" or number >= 10 else 1)
    return str(format_unit(rounded, f"digital-{unit}", length="short", locale=get_locale() or DEFAULT))


def parse_local(text: str) -> datetime | None:
    """What a ``date`` or ``datetime-local`` control sent, read in the reader's zone; raises ``ValueError``.

    A date alone means the end of that day: a request due on Friday is not late on Friday noon.
    """
    text = text.strip()
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    if len(text) == 10:
        moment = moment.replace(hour=23, minute=59)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=reader_zone())
    if not 1970 <= moment.year <= 2200:
        raise ValueError("the year is out of range")
    return moment.astimezone(UTC)


def register_filters(app: Flask) -> None:
    """Give the templates of *app* the filters, ``time_tag()`` and ``once_each()``."""
    app.jinja_env.filters.update(iso=iso, exact=exact, day=day, relative=relative, filesize=filesize)
    app.jinja_env.globals.update(time_tag=time_tag, once_each=once_each)
