"""The one door for plugins: everything a plugin may use of the core stands here, and nothing else is contract.

Within a major version of the API names are added here, never renamed or removed without a warning for two minor
versions.
"""

from helpdesk_core.access.catalog import RoleInfo
from helpdesk_core.access.policy import all_roles, can, can_many, explain, require, roles_of, visible
from helpdesk_core.contract.actor import SYSTEM, Actor, ActorKind
from helpdesk_core.contract.errors import (
    Conflict,
    FieldConflict,
    Forbidden,
    HelpdeskError,
    Invalid,
    NotFound,
    PluginError,
    PluginFailed,
    Rejected,
    TooLarge,
    TryLater,
)
from helpdesk_core.contract.files import StoredFile
from helpdesk_core.contract.markers import hookimpl
from helpdesk_core.contract.plugin import Manifest, Plugin, PluginContext
from helpdesk_core.contract.specs import (
    Assignee,
    BlueprintSpec,
    CliGroup,
    CommentDraft,
    EventSpec,
    FieldChange,
    FinishedReply,
    Health,
    HealthFinding,
    NavItem,
    Observer,
    Permission,
    RelatedItem,
    RoleSpec,
    ScopeRule,
    SlotFill,
    StatusCategory,
    StatusSpec,
    Term,
    TicketAction,
    TicketChange,
    TicketDraft,
    TicketField,
    TicketFilter,
    TicketWarning,
    Transition,
    TransitionSpec,
)
from helpdesk_core.contract.version import API_VERSION
from helpdesk_core.db.base import plugin_base
from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.db.types import JsonValue, UtcDateTime, utcnow
from helpdesk_core.events.journal import record
from helpdesk_core.plugins.calls import hooks
from helpdesk_core.plugins.settings import Secret, plugin_settings, setting
from helpdesk_core.search.words import MAX_QUERY_WORDS, words_of
from helpdesk_core.tickets.commands import AddComment, ChangeTicket, CreateTicket, TransitionTicket
from helpdesk_core.tickets.comments import add_comment
from helpdesk_core.tickets.services import change_ticket, create_ticket, delete_ticket, get_ticket, transition_ticket

__all__ = [
    "API_VERSION",
    "MAX_QUERY_WORDS",
    "SYSTEM",
    "Actor",
    "ActorKind",
    "AddComment",
    "Assignee",
    "BlueprintSpec",
    "ChangeTicket",
    "CliGroup",
    "CommentDraft",
    "Conflict",
    "CreateTicket",
    "EventSpec",
    "FieldChange",
    "FieldConflict",
    "FinishedReply",
    "Forbidden",
    "Health",
    "HealthFinding",
    "HelpdeskError",
    "Invalid",
    "JsonValue",
    "Manifest",
    "NavItem",
    "NotFound",
    "Observer",
    "Permission",
    "Plugin",
    "PluginContext",
    "PluginError",
    "PluginFailed",
    "Rejected",
    "RelatedItem",
    "RoleInfo",
    "RoleSpec",
    "ScopeRule",
    "Secret",
    "SlotFill",
    "StatusCategory",
    "StatusSpec",
    "StoredFile",
    "Term",
    "TicketAction",
    "TicketChange",
    "TicketDraft",
    "TicketField",
    "TicketFilter",
    "TicketWarning",
    "TooLarge",
    "Transition",
    "TransitionSpec",
    "TransitionTicket",
    "TryLater",
    "UtcDateTime",
    "add_comment",
    "all_roles",
    "can",
    "can_many",
    "change_ticket",
    "create_ticket",
    "delete_ticket",
    "explain",
    "get_ticket",
    "hookimpl",
    "hooks",
    "plugin_base",
    "plugin_settings",
    "reading",
    "record",
    "require",
    "roles_of",
    "setting",
    "transition_ticket",
    "unit_of_work",
    "utcnow",
    "visible",
    "words_of",
]
