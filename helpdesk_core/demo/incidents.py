"""The real incidents as the demonstration shows them: moved to now, some left open, with words for the numbers.

Everything is decided by the data itself, so that two demonstrations of the same day look the same.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any
from zlib import crc32

from helpdesk_core.demo.content import DATA
from helpdesk_core.imports.mapping import ImportMap, load_map
from helpdesk_core.imports.reading import ForeignFile, Record

LOG = DATA / "incident_event_log.csv.gz"
_TIME_FORMAT = "%d-%m-%Y %H:%M"
_FIRST_LINE_GROUP = "Group 70"
_FIRST_LINE = "Service Desk"
#: Days to the due date by priority; the others have none.
_DUE_DAYS = {"1 - Critical": 2, "2 - High": 4, "3 - Moderate": 10}
_CLOSED_SPREAD_DAYS = 60
_OPEN_SPREAD_DAYS = 9


def demo_map() -> ImportMap:
    """The mapping that reads what ``demo_records`` gives."""
    return load_map(DATA / "incidents_demo.toml")


def demo_records(people: Mapping[str, Any], *, now: datetime) -> Iterator[Record]:
    """Yield the changes of all incidents, ready for ``demo_map``; *people* is the content of ``people.toml``."""
    words = _Words(tomllib.loads((DATA / "vocabulary.toml").read_text("utf-8")), people)
    stories: list[list[Record]] = []
    with ForeignFile(LOG, load_map(DATA / "incidents.toml")) as log:
        shown: Counter[str] = Counter()
        for position, (_, rows) in enumerate(groupby(log, key=lambda record: record.values["number"])):
            history = list(rows)
            still_open = position % 3 == 1
            if still_open:
                history = _cut(history, shown)
            shift = _shift(history, position, still_open=still_open, now=now)
            stories.append(
                [
                    replace(record, values={**record.values, **words.of(record, history[0]), **_moved(record, shift)})
                    for record in history
                ]
            )
    # Ticket numbers grow with the time of registration.
    for story in sorted(stories, key=lambda story: str(story[0].values["demo_opened_at"])):
        yield from story


def _time(record: Record, column: str) -> datetime:
    return datetime.strptime(str(record.values[column]), _TIME_FORMAT).replace(tzinfo=UTC)


def _cut(history: list[Record], shown: Counter[str]) -> list[Record]:
    """The history up to the last change in the state that is rarest among the open incidents so far."""
    states = {str(record.values["incident_state"]) for record in history} - {"Closed"}
    state = min(sorted(states), key=lambda name: shown[name])
    shown[state] += 1
    last = max(index for index, record in enumerate(history) if record.values["incident_state"] == state)
    return history[: last + 1]


def _shift(history: Sequence[Record], position: int, *, still_open: bool, now: datetime) -> timedelta:
    """By how many whole days this incident moves: the latest end today, and none in the future."""
    spread = _OPEN_SPREAD_DAYS if still_open else _CLOSED_SPREAD_DAYS
    days_back = (position // 3 * 7) % spread
    end = _time(history[-1], "sys_updated_at")
    shift = timedelta(days=(now.date() - end.date()).days - days_back)
    while end + shift > now - timedelta(minutes=5):
        shift -= timedelta(days=1)
    if not still_open or days_back > 2:  # older ones begin on working days
        while (_time(history[0], "opened_at") + shift).weekday() > 4:
            shift -= timedelta(days=1)
    return shift


def _moved(record: Record, shift: timedelta) -> dict[str, str]:
    opened, changed = (_time(record, column) + shift for column in ("opened_at", "sys_updated_at"))
    moved = {"demo_opened_at": min(opened, changed).isoformat(), "demo_changed_at": changed.isoformat()}
    days = _DUE_DAYS.get(str(record.values.get("priority")))
    number = str(record.values["number"])
    if days and (days < 10 or crc32(number.encode()) % 3 == 0):
        moved["demo_due_at"] = (opened + timedelta(days=days)).replace(hour=10, minute=0).isoformat()
    return moved


class _Words:
    """Words for the numbers of the data set, from ``vocabulary.toml``."""

    def __init__(self, vocabulary: Mapping[str, Any], people: Mapping[str, Any]) -> None:
        self._vocabulary = vocabulary
        self._themes: list[str] = sorted(vocabulary["themes"])
        self._companies = people["companies"]
        self._language: dict[str, str] = {}
        for contact in people["contacts"].values():
            if "company" in contact:
                self._language.setdefault(contact["company"], contact["language"])
        self._staff: dict[tuple[bool, str], list[str]] = {}
        for employee in people["employees"].values():
            for group in employee["groups"] if employee["role"] != "administrator" else ():
                key = (employee["language"] == "ru", group)
                self._staff.setdefault(key, []).append(employee["name"])

    def of(self, record: Record, first: Record) -> dict[str, str]:
        """The readable columns of *record*; theme, place and caller follow the *first* change of its incident."""
        number = str(record.values["number"])
        category, subcategory = (str(first.values.get(column, "?")) for column in ("category", "subcategory"))
        company, language = self._company(str(first.values.get("location", "?")))
        theme = self._vocabulary["themes"][self._theme(category, subcategory, company)]
        topic = self._pick(theme["topics"], subcategory, number)[language]
        caller = self._person(str(first.values.get("caller_id", number)), language)
        extra = {
            "demo_subject": self._subject(topic, theme["at"], number, caller, language),
            "demo_description": self._pick(self._vocabulary["details"][language], number, "detail"),
            "demo_type": theme.get("type", "core.incident"),
            "demo_tag": theme["tag"][language],
            "demo_contact": caller,
            "demo_changed_by": self._assignee(str(record.values.get("sys_updated_by", number)), _FIRST_LINE, language),
            "demo_codes": " / ".join(
                str(record.values[column])
                for column in ("category", "subcategory", "u_symptom", "location", "assignment_group", "assigned_to")
                if column in record.values
            ),
        }
        if company:
            extra["demo_company"] = company
        if group := record.values.get("assignment_group"):
            extra["demo_group"] = _FIRST_LINE if group == _FIRST_LINE_GROUP else theme["group"]
            if resolver := record.values.get("assigned_to"):
                extra["demo_assignee"] = self._assignee(str(resolver), extra["demo_group"], language)
                extra["demo_changed_by"] = extra["demo_assignee"]
        return extra

    def _theme(self, category: str, subcategory: str, company: str) -> str:
        themes: list[str] = self._vocabulary["categories"].get(category) or self._themes
        name: str = self._pick(themes, category, subcategory)
        offices = {self._companies[key]["name"] for key in self._vocabulary["offices"]["companies"]}
        return str(self._vocabulary["offices"]["instead"].get(name, name)) if company in offices else name

    def _subject(self, topic: str, at: str, number: str, caller: str, language: str) -> str:
        """The topic with the place of kind *at*, or with who called; some topics stand alone."""
        if at in self._vocabulary["places"]:
            return f"{topic}, {self._pick(self._vocabulary['places'][at][language], number, 'place')}"
        return f"{topic} ({caller})" if at == "person" else topic

    def _company(self, location: str) -> tuple[str, str]:
        if location == "?":
            return "", "en"
        if key := self._vocabulary["locations"].get(location):
            return self._companies[key]["name"], self._language[key]
        number = int(location.rsplit(" ", 1)[1])
        language = ("en", "ms", "ru")[number % 3]
        companies: list[str] = self._vocabulary["companies"][language]
        return companies[number // 3 % len(companies)], language

    def _person(self, caller: str, language: str) -> str:
        people = self._vocabulary["people"][language]
        return f"{self._pick(people['given'], caller, 'given')} {self._pick(people['family'], caller, 'family')}"

    def _assignee(self, resolver: str, group: str, language: str) -> str:
        staff = self._staff.get((language == "ru", group)) or self._staff[(False, group)]
        name: str = self._pick(staff, resolver)
        return name

    @staticmethod
    def _pick(choices: Sequence[Any], *names: str) -> Any:
        """One of *choices*, always the same for the same *names*."""
        return choices[crc32(" ".join(names).encode()) % len(choices)]
