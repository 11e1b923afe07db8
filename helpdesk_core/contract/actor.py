"""Who does something: every service, event and hook names one actor."""

from dataclasses import dataclass
from enum import StrEnum


class ActorKind(StrEnum):
    """The kinds of actors; stored in the journal by value, so values never change."""

    EMPLOYEE = "employee"
    CONTACT = "contact"
    SYSTEM = "system"
    IMPORT = "import"
    PLUGIN = "plugin"
    PARTNER = "partner"
    TOKEN = "token"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Actor:
    """One who acts: ``id`` is the employee's or contact's id, or ``None`` for everything that is not a person.

    ``label`` is what the history shows: a name, an importer's file, a plugin's name.
    """

    kind: ActorKind
    id: int | None = None
    label: str = ""

    @property
    def is_person(self) -> bool:
        """Whether the actor is an employee or a contact known by id."""
        return self.id is not None and self.kind in (ActorKind.EMPLOYEE, ActorKind.CONTACT)


#: The core itself: jobs, sweeps, migrations. It holds every right.
SYSTEM = Actor(kind=ActorKind.SYSTEM, id=None, label="system")
#: A request without a login; it holds no right.
UNKNOWN = Actor(kind=ActorKind.UNKNOWN, id=None, label="unknown")
