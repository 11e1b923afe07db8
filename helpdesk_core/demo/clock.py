"""Times as the demonstration's tickets write them: in working days before or after now."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_DAY_TIME = re.compile(r"(?P<days>\d+)d(?P<ahead> ahead)?(?: (?P<hour>\d\d):(?P<minute>\d\d))?")
_SPAN = re.compile(r"(?:(?P<hours>\d+)h)? ?(?:(?P<minutes>\d+)m)?")
#: Nothing in the demonstration happened in the very last moment.
_MARGIN = timedelta(minutes=2)


def moment(text: str, *, now: datetime, zone: ZoneInfo) -> datetime:
    """The time of ``2d 10:15`` (two working days ago at 10:15 in *zone*) or ``1d ahead 12:00``."""
    days, hour = _parse(text)
    day = _workday(now.astimezone(zone).date(), days)
    return datetime.combine(day, hour, zone).astimezone(UTC)


def timeline(created: str, steps: Sequence[str], *, now: datetime, zone: ZoneInfo) -> list[datetime]:
    """When a ticket was made and each of its steps happened, all in the past.

    A step follows the one before by ``25m``, ``1h 5m`` or ``1d 09:20`` (that many working days later, at that time).
    A conversation that would reach into the future moves back by working days as a whole.
    """
    days, hour = _parse(created)
    today = now.astimezone(zone).date()
    for back in range(30):
        at = datetime.combine(_workday(today, days - back), hour, zone)
        times = [at]
        for step in steps:
            at = _after(at, step)
            times.append(at)
        if at <= now - _MARGIN:
            return [each.astimezone(UTC) for each in times]
    raise ValueError(f"a conversation that begins {created!r} never ends before now")


def _parse(text: str) -> tuple[int, time]:
    match = _DAY_TIME.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not of the form '2d 10:15' or '1d ahead 12:00'")
    days = int(match["days"]) * (1 if match["ahead"] else -1)
    return days, time(int(match["hour"] or 12), int(match["minute"] or 0))


def _after(at: datetime, text: str) -> datetime:
    if "d" in text:
        days, hour = _parse(text)
        return datetime.combine(_workday(at.date(), -days), hour, at.tzinfo)
    match = _SPAN.fullmatch(text)
    if match is None or not text:
        raise ValueError(f"{text!r} is not of the form '25m', '1h 5m' or '1d 09:20'")
    return at + timedelta(hours=int(match["hours"] or 0), minutes=int(match["minutes"] or 0))


def _workday(day: date, steps: int) -> date:
    """The working day *steps* away from *day*; a weekend counts as the Friday before it."""
    while day.weekday() > 4:
        day -= timedelta(days=1)
    one = timedelta(days=1 if steps > 0 else -1)
    for _ in range(abs(steps)):
        day += one
        while day.weekday() > 4:
            day += one
    return day
