"""What differs between two versions."""

from __future__ import annotations

import time

import pytest

from helpdesk_knowledge_base.commands import LINES_LIMIT
from helpdesk_knowledge_base.comparing import differences
from helpdesk_knowledge_base.rendering import without_pictures


def shown(old: str, new: str) -> list[str]:
    return [
        f"{line.kind}: " + "".join(f"[{part.text}]" if part.changed else part.text for part in line.parts)
        for line in differences(old, new)
    ]


def test_changed_words_are_marked_and_far_lines_left_out() -> None:
    old = "\n".join(["one", "two", "three", "four", "five", "Open the cover.", "end"])
    assert shown(old, old.replace("Open", "Close")) == [
        "gap: ",
        "same: three",
        "same: four",
        "same: five",
        "removed: [Open] the cover.",
        "added: [Close] the cover.",
        "same: end",
    ]


def test_the_same_text_has_no_differences() -> None:
    assert differences("a\nb", "a\nb") == []


def test_everything_is_new_in_a_first_version() -> None:
    assert shown("", "a\nb")[-2:] == ["added: a", "added: b"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\n".join(["same"] * (LINES_LIMIT - 1)), "\n".join(["same", "other"] * (LINES_LIMIT // 2))),
        ("\n".join(map(str, range(LINES_LIMIT))), "\n".join(map(str, range(LINES_LIMIT, 0, -1)))),
        ("ab " * 33_000, "ba " * 33_000),
    ],
    ids=["repeated lines", "reversed lines", "one long line"],
)
def test_the_largest_texts_are_compared_quickly(old: str, new: str) -> None:
    started = time.process_time()
    assert differences(old, new)
    assert time.process_time() - started < 2


def test_pictures_are_left_out_of_an_answer() -> None:
    assert without_pictures("Look:\n\n![cover](a.png)\n\nDone. ![inline](b.png)") == "Look:\n\nDone. ![inline](b.png)"
