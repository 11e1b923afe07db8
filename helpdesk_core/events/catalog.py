"""Every kind of event: the core's are declared here, the plugins' by ``helpdesk_register_events``."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from helpdesk_core.contract.specs import EventSpec
from helpdesk_core.plugins.calls import current_runtime


def _event(name: str, text: str, *fields: str, subject: str = "", customer: bool = False) -> EventSpec:
    return EventSpec(name=name, text=text, subject=subject or name.partition(".")[0], fields=fields, customer=customer)


#: What each short list of the settings calls its entries; its events are settings.<key>_added and so on.
_SHORT_LISTS: Final = (
    ("types", "ticket type"),
    ("priorities", "priority"),
    ("categories", "company category"),
    ("fields", "custom field"),
    ("canned", "canned answer"),
)

CORE_EVENTS: Final[tuple[EventSpec, ...]] = (
    _event("ticket.created", "A ticket was created.", "subject", "status", "method", customer=True),
    _event("ticket.changed", "Fields of a ticket were changed; custom fields stand as custom.<key>."),
    _event(
        "ticket.transitioned",
        "A ticket went to another status; cause says why where nobody of the desk chose it.",
        "status",
        "cause",
        customer=True,
    ),
    _event(
        "ticket.status_mapped",
        "A ticket's status was replaced because it is no more; no rule was asked and no customer is told.",
        "status",
    ),
    _event("ticket.linked", "A ticket was linked to another; both tickets have a row.", "ticket", "kind"),
    _event("ticket.unlinked", "A link between two tickets was taken away.", "ticket"),
    _event("ticket.watched", "An employee began to watch a ticket."),
    _event("ticket.unwatched", "An employee ceased to watch a ticket."),
    _event("ticket.deleted", "A ticket was deleted with all that hung on it."),
    _event(
        "comment.added",
        "A comment was written; of a quiet one, a robot's, nobody is told.",
        "internal",
        "files",
        "quiet",
        customer=True,
    ),
    _event("comment.edited", "The text of a comment was edited.", customer=True),
    _event("comment.redacted", "The text of a comment was removed for good.", customer=True),
    _event("comment.made_internal", "A public comment was made internal."),
    _event("company.created", "A company was added."),
    _event("company.changed", "A company was edited."),
    _event("company.deleted", "A company was deleted.", "name"),
    _event("contact.created", "A contact was added."),
    _event("contact.changed", "A contact was edited."),
    _event("contact.profile_changed", "A contact changed their own profile."),
    _event("contact.access_granted", "A contact was given a login.", "login"),
    _event("contact.access_revoked", "A contact's login was taken away."),
    _event("contact.anonymised", "Who a contact was, was removed for good."),
    _event("employee.created", "An employee was added."),
    _event("employee.changed", "An employee was edited."),
    _event("employee.profile_changed", "An employee changed their own profile."),
    _event("employee.photo_changed", "An employee changed their photo."),
    _event("employee.deactivated", "An employee may no longer sign in; open tickets were handed over."),
    _event("employee.activated", "An employee may sign in again."),
    _event("group.created", "A group was added."),
    _event("group.changed", "A group was edited."),
    _event("group.deleted", "A group was deleted.", "name"),
    _event("group.hidden", "A group that tickets name was retired instead of deleted.", "name"),
    _event("account.signed_in", "Somebody signed in."),
    _event("account.password_set", "A password was set by somebody else, or for the first time."),
    _event("account.password_changed", "Somebody changed their own password."),
    _event("account.password_reset", "A password was reset by a link that was mailed."),
    _event("role.grants_changed", "What a role grants was changed; the keys are right and reach."),
    _event("status.created", "A status was added.", "label", "category"),
    _event("status.changed", "A status was edited."),
    _event("status.deleted", "A status was deleted.", "label", "category"),
    _event("status.moved", "A status changed places with its neighbour.", "place"),
    _event("status.default_changed", "New tickets begin in another status.", "default"),
    _event("status.matrix_changed", "The allowed steps between statuses were changed."),
    _event(
        "status.denied_steps_changed",
        "Steps were denied to a role, or allowed again.",
        "role",
        "denied",
        subject="role",
    ),
    _event(
        "status.type_changed", "Which statuses tickets of a type may have was changed.", "statuses", subject="types"
    ),
    _event("configuration.applied", "The desk was set up by a file or a preset.", "preset", "lines"),
    _event("configuration.preset_changed", "Statuses made way for others; map says which.", "preset", "map"),
    _event("translation.changed", "A word of the interface was edited or restored.", "forms", "word", "language"),
    _event("plugin.enabled", "A plugin was enabled.", "name", "version"),
    _event("plugin.disabled", "A plugin was disabled; its data stays.", "name"),
    _event("plugin.purged", "A plugin's data was removed for good.", "name"),
    _event("plugin.exported", "A plugin's data was exported.", "name"),
    _event("plugin.suspended", "A plugin's contribution failed too often and is left out.", "name", "hook", "reason"),
    _event("plugin.resumed", "A plugin's contribution was taken in again.", "name", "hook"),
    _event("job.retried", "An administrator let a failed job be tried again.", "name", "jobs"),
    _event("job.discarded", "An administrator gave a failed job up.", "name"),
    _event("settings.changed", "A setting was changed.", subject="settings"),
    _event("settings.fields_visibility_changed", "Custom fields were shown to roles or hidden.", subject="fields"),
    *(
        _event(f"settings.{key}_{done}", f"A {word} was {done}.", subject=key)
        for key, word in _SHORT_LISTS
        for done in ("added", "changed", "retired", "deleted")
    ),
)

_CORE: Final[Mapping[str, EventSpec]] = MappingProxyType({event.name: event for event in CORE_EVENTS})


def event_spec(name: str) -> EventSpec:
    """The declaration of an event; raises ``LookupError`` with what to do where there is none."""
    known = _CORE.get(name)
    if known is not None:
        return known
    for declared in current_runtime().registry.all(EventSpec):
        if declared.name == name:
            return declared
    raise LookupError(f"nobody declared the event {name!r}: return it from helpdesk_register_events")
