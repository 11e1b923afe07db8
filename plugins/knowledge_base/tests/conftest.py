"""What the tests of the knowledge base share."""

from __future__ import annotations

import pytest

from helpdesk_core.testing import Desk, MakeEmployee
from helpdesk_core.toolkit import Actor, ActorKind
from helpdesk_knowledge_base.testing import Shelf


@pytest.fixture
def shelf(desk: Desk) -> Shelf:
    """A builder of sections and articles; people are in ``desk``, the app's context is open."""
    return Shelf()


@pytest.fixture
def two_roles(make_employee: MakeEmployee) -> Actor:
    """An employee who is lead and specialist at once."""
    employee = make_employee("Two Roles", role=("core.lead", "core.specialist"))
    return Actor(ActorKind.EMPLOYEE, employee.id, employee.name)
