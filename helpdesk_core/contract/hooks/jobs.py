"""Hooks about work done for the whole site."""

from typing import TYPE_CHECKING

from helpdesk_core.contract.markers import register, take_part
from helpdesk_core.contract.specs import JobSpec

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@register(JobSpec)
def helpdesk_register_jobs() -> list[JobSpec]:
    """Declare the work that the plugin does outside requests.

    Called once at start. ``enqueue()`` asks for a job in the transaction of the change; periodic ones come by
    themselves. While the plugin is disabled its jobs wait.

    .. versionadded:: 1.0
    """
    raise NotImplementedError


@take_part()
def helpdesk_forget_user(session: "Session", user_id: int) -> None:
    """Erase or blacken what the plugin knows about a person.

    Called by ``customers.services.anonymise_contact`` inside the transaction; *user_id* is the id of the contact, whose
    row still has its name. Employees are deactivated, not anonymised. Any error rolls the whole anonymisation back,
    so that nobody is told it was done.

    .. versionadded:: 1.0
    """
