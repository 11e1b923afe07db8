"""Pages by key: forwards and backwards through every order, no row twice, none left out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from helpdesk_core.db.session import reading
from helpdesk_core.testing.desk import Desk
from helpdesk_core.tickets.filters import SORTS, TicketQuery
from helpdesk_core.tickets.keyset import Cursor
from helpdesk_core.tickets.queries import list_page


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("sort", SORTS)
def test_every_order_is_walked_both_ways(desk: Desk, sort: str, descending: bool) -> None:
    """The list: equal values and missing dates neither repeat nor hide a row."""
    made = {
        desk.ticket(
            subject=f"S{number % 3}", due_at=datetime(2030, 1, 1 + number % 2, tzinfo=UTC) if number % 3 else None
        )
        for number in range(9)
    }
    query = TicketQuery(sort=sort, descending=descending)
    forwards: list[int] = []
    with reading() as session:
        page = list_page(session, query, actor=desk.admin, size=2)
        forwards += [row.ticket_id for row in page.rows]
        while page.next_cursor:
            page = list_page(session, replace(query, cursor=page.next_cursor), actor=desk.admin, size=2)
            forwards += [row.ticket_id for row in page.rows]
        backwards = [row.ticket_id for row in reversed(page.rows)]
        while page.previous_cursor:
            page = list_page(session, replace(query, cursor=page.previous_cursor), actor=desk.admin, size=2)
            backwards += [row.ticket_id for row in reversed(page.rows)]
    assert len(forwards) == len(made)
    assert set(forwards) == made
    assert backwards == forwards[::-1]


@pytest.mark.parametrize("text", ["", "W10", "bnVsbA", "é", "AAAA", "x" * 2000])
def test_a_broken_cursor_is_no_cursor(text: str) -> None:
    """F-34: a cursor that was tampered with starts at the first page."""
    assert Cursor.decode(text, int) is None


def test_a_cursor_of_another_order_is_no_cursor() -> None:
    """A number is not a date."""
    text = Cursor(value=7, row_id=1, backwards=False).encode()
    assert Cursor.decode(text, int) == Cursor(value=7, row_id=1, backwards=False)
    assert Cursor.decode(text, datetime) is None
