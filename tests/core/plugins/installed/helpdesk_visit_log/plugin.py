"""The visit log's manifest and hooks."""

from collections.abc import Mapping
from typing import Any

import click
from flask import Blueprint, Flask
from sqlalchemy import select, true
from sqlalchemy.orm import Session

from helpdesk_core.toolkit import (
    Actor,
    ActorKind,
    Assignee,
    BlueprintSpec,
    CliGroup,
    FinishedReply,
    Health,
    HealthFinding,
    Invalid,
    NavItem,
    Observer,
    Permission,
    Plugin,
    Rejected,
    RelatedItem,
    RoleSpec,
    ScopeRule,
    SlotFill,
    StatusCategory,
    StatusSpec,
    Term,
    TicketAction,
    TicketDraft,
    TicketWarning,
    Transition,
    TransitionSpec,
    hookimpl,
    plugin_settings,
)
from helpdesk_visit_log.models import Entry
from helpdesk_visit_log.settings import VisitLogSettings


def _last_entries() -> Mapping[str, object]:
    return {"entries": ["visited"]}


class VisitLogPlugin(Plugin):
    """Notes what field engineers did at the customer's."""

    name = "visit_log"
    settings = VisitLogSettings

    @hookimpl
    def helpdesk_setup(self, app: Flask) -> None:
        app.config["VISIT_LOG_READY"] = True

    @hookimpl
    def helpdesk_check_health(self) -> list[HealthFinding]:
        return [HealthFinding(key="visit_log.table", status=Health.OK)]

    @hookimpl
    def helpdesk_register_permissions(self) -> list[Permission]:
        return [Permission(name="visit_log:entry:read", label="Read visits", roles=("specialist",))]

    @hookimpl
    def helpdesk_register_roles(self) -> list[RoleSpec]:
        return [RoleSpec(key="visit_log.driver", label="Driver", grants=("visit_log:entry:read",))]

    @hookimpl
    def helpdesk_register_statuses(self) -> list[StatusSpec]:
        return [StatusSpec(key="visit_log.on_site", label="On site", category=StatusCategory.OPEN)]

    @hookimpl
    def helpdesk_register_transitions(self) -> list[TransitionSpec]:
        return [TransitionSpec(source="service_desk.open", target="visit_log.on_site")]

    @hookimpl
    def helpdesk_register_blueprints(self) -> list[BlueprintSpec]:
        pages = Blueprint("visit_log", __name__)
        pages.add_url_rule("/", "index", lambda: "visits")
        return [BlueprintSpec(blueprint=pages)]

    @hookimpl
    def helpdesk_register_nav(self) -> list[NavItem]:
        return [NavItem(key="visit_log.index", label="Visits", endpoint="visit_log.index")]

    @hookimpl
    def helpdesk_register_slots(self) -> list[SlotFill]:
        template = "visit_log/slots/ticket_sidebar.html"
        return [SlotFill(slot="ticket.sidebar", template=template, load=_last_entries)]

    @hookimpl
    def helpdesk_register_cli(self) -> list[CliGroup]:
        return [CliGroup(group=click.Group("visit-log"))]

    @hookimpl
    def helpdesk_register_terms(self) -> list[Term]:
        return [Term(context="visit_log", key="visit", text="visit")]

    @hookimpl
    def helpdesk_validate_ticket(self, draft: TicketDraft) -> None:
        closed = plugin_settings(VisitLogSettings).closed_words
        if any(word in draft.subject for word in closed):
            raise Invalid({"subject": ["has a word that is closed here"]})

    @hookimpl
    def helpdesk_ticket_created(self, session: Session, ticket: Any, actor: Actor) -> None:
        session.add(Entry(ticket_number=ticket.number, note=f"created by {actor.label}"))

    @hookimpl
    def helpdesk_before_transition(self, session: Session, ticket: Any, transition: Transition) -> None:
        noted = session.scalar(select(Entry.id).where(Entry.ticket_number == ticket.number))
        if transition.target == "service_desk.resolved" and noted is None:
            raise Rejected("Note the visit first")

    @hookimpl
    def helpdesk_suggest_observers(self, ticket: Any) -> list[Observer]:
        return [Observer(kind="employee", id=ticket.number)]

    @hookimpl
    def helpdesk_find_related(self, ticket: Any, limit: int) -> list[RelatedItem]:
        return [RelatedItem(kind="visit", label=f"visit of {ticket.number}", url="/visit_log/")][:limit]

    @hookimpl
    def helpdesk_ticket_warnings(self, draft: TicketDraft) -> list[TicketWarning]:
        return [] if draft.description else [TicketWarning(text="Say where the engineer should go")]

    @hookimpl
    def helpdesk_ticket_actions(self, ticket: Any) -> list[TicketAction]:
        return [TicketAction(key="visit_log.note", label="Note a visit", endpoint="visit_log.index")]

    @hookimpl
    def helpdesk_ticket_scope(self, actor: Actor, permission: str) -> list[ScopeRule]:
        if actor.kind is ActorKind.PARTNER:
            return [ScopeRule(effect="deny", condition=true())]
        return []

    @hookimpl
    def helpdesk_decide(self, actor: Actor, permission: str) -> bool | None:
        return True if permission == "visit_log:entry:read" else None

    @hookimpl
    def helpdesk_suggest_assignee(self, ticket: Any) -> Assignee | None:
        return Assignee(employee_id=7) if ticket.number == 1 else None

    @hookimpl
    def helpdesk_reply_to_finished_ticket(self) -> FinishedReply | None:
        return None
