"""Reading foreign files: what is one record, what is a bad one, and that the rest is read."""

from __future__ import annotations

import gzip
import time
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from helpdesk_core.contract.errors import Invalid, Rejected
from helpdesk_core.imports.mapping import ImportMap, parse_map
from helpdesk_core.imports.reading import MAX_RECORD_BYTES, ForeignFile, Record
from helpdesk_core.imports.rows import read_row

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
CSV_MAP = """
[source]
name = "old-desk"
format = "csv"
kind = "tickets"
[ids]
ticket = "{id}"
[fields]
subject = "{subject}"
"""


def csv_map(**source: str) -> ImportMap:
    extra = "".join(f"{key} = {value}\n" for key, value in source.items())
    return parse_map(CSV_MAP.replace('kind = "tickets"\n', f'kind = "tickets"\n{extra}').encode(), "map.toml")


def records(tmp_path: Path, data: bytes, mapping: ImportMap | None = None) -> list[Record]:
    path = tmp_path / "file.csv"
    path.write_bytes(data)
    with ForeignFile(path, mapping or csv_map()) as file:
        return list(file)


def problems(found: list[Record]) -> dict[int, str]:
    return {record.line: record.problem for record in found if record.problem}


def subjects(found: list[Record]) -> list[object]:
    return [record.values["subject"] for record in found if record.problem is None]


def test_a_byte_order_mark_blank_lines_and_quoted_line_breaks_are_no_trouble(tmp_path: Path) -> None:
    found = records(tmp_path, b'\xef\xbb\xbfid,subject\r\n1,"two\r\nlines, ""quoted"""\r\n\r\n2,plain\r\n')
    assert subjects(found) == ['two\r\nlines, "quoted"', "plain"]
    assert [record.line for record in found] == [2, 5]


def test_a_quote_that_is_never_closed_costs_its_own_line_only(tmp_path: Path) -> None:
    found = records(tmp_path, b'id,subject\n1,first\n2,"open\n3,third\n4,fourth\n')
    assert subjects(found) == ["first", "third", "fourth"]
    assert problems(found) == {3: "a quote is opened and not closed"}


def test_two_stray_quotes_do_not_swallow_the_lines_between_them(tmp_path: Path) -> None:
    found = records(tmp_path, b'id,subject\n2,"open\n3,third\n4,"other\n5,fifth\n')
    assert subjects(found) == ["third", "fifth"]
    assert list(problems(found)) == [2, 4]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"1", "has 1 values where the header names 2 columns"),
        (b"1,a,b", "has 3 values where the header names 2 columns"),
        (b"1,\xff\xfe", "not valid utf-8 at byte 3"),
        (b"1,a\x00b", "contains a NUL character"),
        (b'1,"a"b', "',' expected after '\"'"),
        (b"1," + b"x" * MAX_RECORD_BYTES, f"the line is longer than {MAX_RECORD_BYTES} bytes"),
    ],
)
def test_a_bad_line_is_told_with_number_and_reason_and_the_rest_is_read(
    tmp_path: Path, line: bytes, reason: str
) -> None:
    """F-33, F-34: undecodable and NUL-bearing input is refused, not crashed over."""
    found = records(tmp_path, b"id,subject\n0,before\n" + line + b"\n9,after\n")
    assert subjects(found) == ["before", "after"]
    assert list(problems(found)) == [3]
    assert reason in problems(found)[3]


def test_the_time_spent_on_quotes_is_bounded(tmp_path: Path) -> None:
    data = b"id,subject\n" + b'1,"open ""\n' * 3_001
    started = time.process_time()
    found = records(tmp_path, data)
    assert len(problems(found)) == 3_001
    assert time.process_time() - started < 10


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is empty"),
        (b"id,title\n1,a\n", "has no column 'subject', which map.toml reads; it has: id, title"),
        (b"id,subject,id\n1,a,2\n", "the header names a column twice: 'id'"),
        ("id,subject\n1,a\n".encode("utf-16"), "is UTF-16 text; save it as UTF-8"),
        (b"id,\xffsubject\n", "the header line cannot be read"),
    ],
)
def test_a_file_with_an_unusable_header_is_refused_as_a_whole(tmp_path: Path, data: bytes, reason: str) -> None:
    with pytest.raises(Invalid) as refusal:
        records(tmp_path, data)
    assert list(refusal.value.errors) == ["file.csv"]
    assert reason in str(refusal.value)


def test_a_gzipped_file_is_read_and_a_torn_one_says_after_which_line(tmp_path: Path) -> None:
    whole = gzip.compress(b"id,subject\n" + b"".join(b"%d,line %d\n" % (n, n) for n in range(20_000)), 9)
    assert len(records(tmp_path, whole)) == 20_000
    with pytest.raises(Rejected, match=r"file\.csv is damaged after line \d+"):
        records(tmp_path, whole[: len(whole) // 2])


def test_other_encodings_and_delimiters_are_read(tmp_path: Path) -> None:
    mapping = csv_map(encoding='"cp1251"', delimiter='";"')
    assert subjects(records(tmp_path, "id;subject\n1;Касса\n".encode("cp1251"), mapping)) == ["Касса"]


def test_the_guard_of_an_export_is_taken_off_only_where_it_guards(tmp_path: Path) -> None:
    """T-36: what our export made harmless comes back as it was."""
    data = b"id,subject\n1,'=1+1\n2,'quoted' word\n3,''=x\n"
    assert subjects(records(tmp_path, data, csv_map(unescape_formulas="true"))) == ["=1+1", "'quoted' word", "'=x"]
    assert subjects(records(tmp_path, data))[0] == "'=1+1"


JSONL_MAP = CSV_MAP.replace('"csv"', '"jsonl"').replace('"{subject}"', '"{about.title}"') + 'tags = "{tags}"\n'


def test_json_lines_reach_into_objects_and_bad_ones_are_told(tmp_path: Path) -> None:
    mapping = parse_map(JSONL_MAP.encode(), "map.toml")
    lines = [
        b'{"id": 1, "about": {"title": "first"}, "tags": ["a", "b", "a"]}',
        b"[1, 2]",
        b'{"id": 2, "about": {"title": NaN}}',
        b'{"id": 3, "about": {"title": "half \\ud800"}}',
        b'{"id": 4, "about": {"title": "nul \\u0000"}}',
        b'{"id": 5, "about": {"title": {"deep": 1}}}',
        b'{"id": 6',
        b"[" * 200_000,
        b'{"id": 7, "about": {"title": "last"}, "tags": null}',
    ]
    found = records(tmp_path, b"\n".join(lines), mapping)
    rows = [read_row(record, mapping, now=NOW) for record in found if record.problem is None]
    assert [(row.external_id, row.values["subject"], row.values.get("tags")) for row in rows] == [
        ("1", "first", ["a", "b"]),
        ("7", "last", None),
    ]
    assert list(problems(found)) == [2, 3, 4, 5, 6, 7, 8]
    assert next(record for record in found if record.line == 5).problem_field == "about.title"


def test_reading_takes_the_same_memory_for_any_length(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    with path.open("wb") as out:
        out.write(b"id,subject\n")
        out.writelines(b"%d,a subject of the usual length for line %d\n" % (n, n) for n in range(50_000))

    def read() -> Iterator[Record]:
        with ForeignFile(path, csv_map()) as file:
            yield from file

    tracemalloc.start()
    try:
        assert sum(1 for _ in read()) == 50_000
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2 * 1024 * 1024
