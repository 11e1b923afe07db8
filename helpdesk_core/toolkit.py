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
from helpdesk_core.contract.markers import contribute, hookimpl
from helpdesk_core.contract.plugin import Manifest, Plugin, PluginContext
from helpdesk_core.contract.specs import (
    Asset,
    Assignee,
    BlueprintSpec,
    CliGroup,
    CommentDraft,
    CustomerReply,
    EventSpec,
    FieldChange,
    FinishedReply,
    Health,
    HealthFinding,
    JobRun,
    JobSpec,
    JournalEvent,
    ListenerSpec,
    NavItem,
    Observer,
    Permission,
    RelatedItem,
    RoleSpec,
    ScopeRule,
    Searchable,
    SlotFill,
    StatusCategory,
    StatusSpec,
    SubscriberSpec,
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
from helpdesk_core.customers.models import Company, Contact
from helpdesk_core.db.base import PluginModel
from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.db.types import JsonValue, UtcDateTime, utcnow
from helpdesk_core.events.journal import record
from helpdesk_core.i18n.locale import LANGUAGES, Words
from helpdesk_core.i18n.terms import term, words_for_customers
from helpdesk_core.inbound.receiving import ReceivedMail, receive_mail
from helpdesk_core.jobs.queue import enqueue
from helpdesk_core.mail.links import external_url
from helpdesk_core.mail.message import (
    Mail,
    MailRefused,
    answer_key,
    is_address,
    key_of,
    message_id,
    one_line,
    ticket_of,
    ticket_token,
)
from helpdesk_core.mail.port import MailServer, configured_server, mailer, provide_mail_server
from helpdesk_core.plugins.calls import hooks
from helpdesk_core.plugins.settings import Secret, plugin_settings, setting
from helpdesk_core.plugins.watch import when_stopping
from helpdesk_core.search.queries import SearchHit, search_items
from helpdesk_core.search.services import forget_items, index_item
from helpdesk_core.search.words import MAX_QUERY_WORDS, words_of
from helpdesk_core.settings.navigation import settings_page
from helpdesk_core.settings.registry import site_name
from helpdesk_core.statuses.catalog import status_catalog
from helpdesk_core.storage.serving import file_response
from helpdesk_core.tickets.catalog import ticket_catalog
from helpdesk_core.tickets.commands import AddComment, ChangeTicket, CreateTicket, TransitionTicket
from helpdesk_core.tickets.comments import add_comment, make_internal
from helpdesk_core.tickets.keyset import Page, SortKey, fetch_page
from helpdesk_core.tickets.last_word import last_word_url
from helpdesk_core.tickets.models import Comment, Ticket
from helpdesk_core.tickets.news import last_event_id, ticket_events
from helpdesk_core.tickets.relations import observers_of
from helpdesk_core.tickets.services import change_ticket, create_ticket, delete_ticket, get_ticket, transition_ticket
from helpdesk_core.tickets.uploads import discard as discard_files
from helpdesk_core.tickets.uploads import received as received_files
from helpdesk_core.ui.form import PageForm, optional_text, stripped
from helpdesk_core.ui.guard import current_actor, current_session_id, guarded, public, signed_in
from helpdesk_core.ui.markdown import render as render_markdown
from helpdesk_core.users.catalog import people
from helpdesk_core.users.models import Employee
from helpdesk_core.users.sessions import live_sessions

__all__ = [
    "API_VERSION",
    "LANGUAGES",
    "MAX_QUERY_WORDS",
    "SYSTEM",
    "Actor",
    "ActorKind",
    "AddComment",
    "Asset",
    "Assignee",
    "BlueprintSpec",
    "ChangeTicket",
    "CliGroup",
    "Comment",
    "CommentDraft",
    "Company",
    "Conflict",
    "Contact",
    "CreateTicket",
    "CustomerReply",
    "Employee",
    "EventSpec",
    "FieldChange",
    "FieldConflict",
    "FinishedReply",
    "Forbidden",
    "Health",
    "HealthFinding",
    "HelpdeskError",
    "Invalid",
    "JobRun",
    "JobSpec",
    "JournalEvent",
    "JsonValue",
    "ListenerSpec",
    "Mail",
    "MailRefused",
    "MailServer",
    "Manifest",
    "NavItem",
    "NotFound",
    "Observer",
    "Page",
    "PageForm",
    "Permission",
    "Plugin",
    "PluginContext",
    "PluginError",
    "PluginFailed",
    "PluginModel",
    "ReceivedMail",
    "Rejected",
    "RelatedItem",
    "RoleInfo",
    "RoleSpec",
    "ScopeRule",
    "SearchHit",
    "Searchable",
    "Secret",
    "SlotFill",
    "SortKey",
    "StatusCategory",
    "StatusSpec",
    "StoredFile",
    "SubscriberSpec",
    "Term",
    "Ticket",
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
    "Words",
    "add_comment",
    "all_roles",
    "answer_key",
    "can",
    "can_many",
    "change_ticket",
    "configured_server",
    "contribute",
    "create_ticket",
    "current_actor",
    "current_session_id",
    "delete_ticket",
    "discard_files",
    "enqueue",
    "explain",
    "external_url",
    "fetch_page",
    "file_response",
    "forget_items",
    "get_ticket",
    "guarded",
    "hookimpl",
    "hooks",
    "index_item",
    "is_address",
    "key_of",
    "last_event_id",
    "last_word_url",
    "live_sessions",
    "mailer",
    "make_internal",
    "message_id",
    "observers_of",
    "one_line",
    "optional_text",
    "people",
    "plugin_settings",
    "provide_mail_server",
    "public",
    "reading",
    "receive_mail",
    "received_files",
    "record",
    "render_markdown",
    "require",
    "roles_of",
    "search_items",
    "setting",
    "settings_page",
    "signed_in",
    "site_name",
    "status_catalog",
    "stripped",
    "term",
    "ticket_catalog",
    "ticket_events",
    "ticket_of",
    "ticket_token",
    "transition_ticket",
    "unit_of_work",
    "utcnow",
    "visible",
    "when_stopping",
    "words_for_customers",
    "words_of",
]
