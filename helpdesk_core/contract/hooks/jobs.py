"""Hooks about work done for the whole site."""

from typing import TYPE_CHECKING

from helpdesk_core.contract.markers import take_part

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@take_part()
def helpdesk_forget_user(session: "Session", user_id: int) -> None:
    """Erase or blacken what the plugin knows about a person.

    Called inside the transaction that anonymises the person; *user_id* is the id of the person's contact or employee
    login. Any error rolls the whole anonymisation back, so that nobody is told it was done.

    .. versionadded:: 1.0
    """
