"""The rights of the core and the roles it comes with."""

from __future__ import annotations

from typing import Final

from flask_babel import lazy_gettext

from helpdesk_core.contract.specs import Permission

ADMINISTRATOR: Final = "core.administrator"
LEAD: Final = "core.lead"
SPECIALIST: Final = "core.specialist"
CONTACT: Final = "core.contact"


def _permission(name: str, label: str, *, has_row: bool = False) -> Permission:
    return Permission(name=name, label=lazy_gettext(label), has_row=has_row)


CORE_PERMISSIONS: Final = (
    _permission("core:desk:use", "Work in the desk"),
    _permission("core:portal:use", "Use the customer pages"),
    _permission("core:ticket:read", "See tickets", has_row=True),
    _permission("core:ticket:read_internal", "See internal comments and files", has_row=True),
    _permission("core:ticket:create", "Create tickets"),
    _permission("core:ticket:comment", "Write public comments", has_row=True),
    _permission("core:ticket:note", "Write internal comments", has_row=True),
    _permission("core:ticket:change", "Change fields", has_row=True),
    _permission("core:ticket:assign", "Assign", has_row=True),
    _permission("core:ticket:transition", "Change the status", has_row=True),
    _permission("core:ticket:return_to_new", "Put processed tickets back to New"),
    _permission("core:ticket:delete", "Delete tickets", has_row=True),
    _permission("core:ticket:dispatch", "Distribute new tickets"),
    _permission("core:ticket:export", "Export lists"),
    _permission("core:view:share", "Share saved views"),
    _permission("core:canned:manage", "Edit canned answers"),
    _permission("core:customer:read", "See companies and contacts", has_row=True),
    _permission("core:customer:create", "Add companies and contacts"),
    _permission("core:customer:change", "Edit companies and contacts", has_row=True),
    _permission("core:customer:delete", "Delete companies and anonymise contacts", has_row=True),
    _permission("core:portal:grant", "Give contacts a login"),
    _permission("core:employee:read", "See employees"),
    _permission("core:employee:manage", "Edit employees, their roles and logins"),
    _permission("core:group:manage", "Edit groups"),
    _permission("core:role:manage", "Edit roles"),
    _permission("core:settings:manage", "Edit settings"),
    _permission("core:translation:manage", "Edit the words of the interface"),
    _permission("core:plugin:manage", "Enable, disable and purge applications"),
    _permission("core:job:manage", "See, repeat and discard jobs"),
)
