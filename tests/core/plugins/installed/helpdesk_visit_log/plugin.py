"""The visit log's manifest and hooks: one implementation of every hook there is, each with an effect that shows."""

import click
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session, object_session
from wtforms import SelectField, StringField
from wtforms.validators import Length

from helpdesk_core.toolkit import (
    Actor,
    ActorKind,
    Asset,
    Assignee,
    BlueprintSpec,
    CliGroup,
    Comment,
    CommentDraft,
    CustomerReply,
    Employee,
    EventSpec,
    FinishedReply,
    Health,
    HealthFinding,
    Invalid,
    JobSpec,
    ListenerSpec,
    NavItem,
    Observer,
    Permission,
    Plugin,
    Rejected,
    RelatedItem,
    RoleSpec,
    ScopeRule,
    Searchable,
    SlotFill,
    StatusCategory,
    StatusSpec,
    SubscriberSpec,
    Term,
    Ticket,
    TicketAction,
    TicketChange,
    TicketDraft,
    TicketField,
    TicketFilter,
    TicketWarning,
    Transition,
    TransitionSpec,
    hookimpl,
    plugin_settings,
)
from helpdesk_visit_log import services, views
from helpdesk_visit_log.models import Blackened, Entry
from helpdesk_visit_log.settings import VisitLogSettings

MARKED_SLOTS = (
    "shell.topbar", "ticket.list.header", "inbox.header", "ticket.header", "ticket.main", "ticket.composer",
    "ticket.form", "employee.card", "company.card", "contact.card", "account", "settings.index", "auth.login",
    "portal.nav", "portal.list", "portal.ticket", "portal.form",
)  # fmt: skip


class VisitLogPlugin(Plugin):
    """Notes what field engineers did at the customer's."""

    name = "visit_log"
    settings = VisitLogSettings

    @hookimpl
    def helpdesk_setup(self, app: Flask) -> None:
        app.config["VISIT_LOG_READY"] = True

    @hookimpl
    def helpdesk_check_health(self) -> list[HealthFinding]:
        return [HealthFinding(key="visit_log.table", status=Health.OK, message="the log is open")]

    @hookimpl
    def helpdesk_register_permissions(self) -> list[Permission]:
        return [
            Permission(name="visit_log:entry:read", label="Read visits", roles=("core.lead", "core.specialist")),
            Permission(name="visit_log:entry:write", label="Note visits", roles=("core.lead",)),
            Permission(name="visit_log:car:write", label="Choose the car"),
        ]

    @hookimpl
    def helpdesk_register_roles(self) -> list[RoleSpec]:
        return [RoleSpec(key="visit_log.driver", label="Driver", grants=("visit_log:car:write",))]

    @hookimpl
    def helpdesk_register_statuses(self) -> list[StatusSpec]:
        return [StatusSpec(key="visit_log.on_site", label="On site", category=StatusCategory.OPEN)]

    @hookimpl
    def helpdesk_register_transitions(self) -> list[TransitionSpec]:
        return [
            TransitionSpec(source="service_desk.open", target="visit_log.on_site"),
            TransitionSpec(source="visit_log.on_site", target="service_desk.resolved"),
        ]

    @hookimpl
    def helpdesk_register_ticket_fields(self) -> list[TicketField]:
        return [
            TicketField(
                key="visit_log.car",
                label="Car",
                control=lambda: StringField("Car", [Length(max=10)]),
                load_many=services.load_cars,
                save=services.save_car,
                write="visit_log:car:write",
                searchable=services.with_car,
            )
        ]

    @hookimpl
    def helpdesk_register_ticket_filters(self) -> list[TicketFilter]:
        answers = [("", "any"), ("yes", "with notes"), ("no", "without notes")]
        return [
            TicketFilter(
                key="visit_log.noted",
                label="Visited",
                control=lambda: SelectField("Visited", choices=answers),
                condition=services.noted,
            )
        ]

    @hookimpl
    def helpdesk_register_blueprints(self) -> list[BlueprintSpec]:
        return [BlueprintSpec(blueprint=views.pages())]

    @hookimpl
    def helpdesk_register_nav(self) -> list[NavItem]:
        read = "visit_log:entry:read"
        return [
            NavItem(key="visit_log.index", label="Visits", endpoint="visit_log.index", permission=read),
            NavItem(key="visit_log.options", label="Visits", endpoint="visit_log.options", place="settings"),
            NavItem(key="visit_log.own", label="Own visits", endpoint="visit_log.index", place="account"),
            NavItem(key="visit_log.mine", label="My visits", endpoint="visit_log.mine", place="portal"),
        ]

    @hookimpl
    def helpdesk_register_slots(self) -> list[SlotFill]:
        sidebar = SlotFill(
            slot="ticket.sidebar",
            template="visit_log/slots/ticket_sidebar.html",
            permission="visit_log:entry:read",
            load=views.sidebar,
        )
        return [sidebar, *(SlotFill(slot=name, template="visit_log/slots/mark.html") for name in MARKED_SLOTS)]

    @hookimpl
    def helpdesk_register_assets(self) -> list[Asset]:
        return [Asset(filename="visit_log.css"), Asset(filename="visit_log.js")]

    @hookimpl
    def helpdesk_register_searchables(self) -> list[Searchable]:
        return [
            Searchable(
                kind=services.ENTRY,
                label="Visits",
                visible=services.readable_entries,
                url=lambda entry_id: f"/visit_log/#{entry_id}",
            )
        ]

    @hookimpl
    def helpdesk_register_events(self) -> list[EventSpec]:
        return [EventSpec(name="visit_log.noted", text="A visit was noted.", subject="entry", fields=("note",))]

    @hookimpl
    def helpdesk_register_jobs(self) -> list[JobSpec]:
        return [JobSpec(name="visit_log.remind", run=services.remind)]

    @hookimpl
    def helpdesk_register_subscribers(self) -> list[SubscriberSpec]:
        return [SubscriberSpec(name="visit_log.follow", events=("comment.edited",), handle=services.follow)]

    @hookimpl
    def helpdesk_register_listeners(self) -> list[ListenerSpec]:
        return [ListenerSpec(name="visit_log.ear", events=("comment.added",), hear=services.overhear)]

    @hookimpl
    def helpdesk_register_cli(self) -> list[CliGroup]:
        group = click.Group("visit-log")
        group.add_command(click.Command("count", callback=lambda: click.echo("visits: none")))
        return [CliGroup(group=group)]

    @hookimpl
    def helpdesk_register_terms(self) -> list[Term]:
        return [Term(context="visit_log", key="visits", text="Visits to customers")]

    @hookimpl
    def helpdesk_validate_ticket(self, draft: TicketDraft) -> None:
        closed = plugin_settings(VisitLogSettings).closed_words
        if any(word in draft.subject for word in closed):
            raise Invalid({"subject": ["has a word that is closed here"]})

    @hookimpl
    def helpdesk_before_ticket_create(self, draft: TicketDraft) -> None:
        if draft.subject.startswith("unannounced"):
            raise Rejected("Visits are announced")

    @hookimpl
    def helpdesk_ticket_created(self, session: Session, ticket: Ticket, actor: Actor) -> None:
        if ticket.subject.startswith("failing"):
            raise RuntimeError("the log is full")
        if "visit" in ticket.subject:
            services.note(session, ticket, f"created by {actor.label}", actor=actor)

    @hookimpl
    def helpdesk_before_ticket_change(self, change: TicketChange) -> None:
        subject = change.get("subject")
        if subject is not None and subject.after == "frozen":
            raise Rejected("The subject is frozen")

    @hookimpl
    def helpdesk_ticket_changed(self, session: Session, ticket: Ticket, change: TicketChange) -> None:
        session.add(Entry(ticket_id=ticket.id, note="changed " + ", ".join(one.name for one in change.fields)))

    @hookimpl
    def helpdesk_before_comment_add(self, draft: CommentDraft) -> None:
        if "shouting" in draft.text:
            raise Rejected("Calm down first")

    @hookimpl
    def helpdesk_comment_added(self, session: Session, ticket: Ticket, comment: Comment) -> None:
        session.add(Entry(ticket_id=ticket.id, note="internal" if comment.internal else "public"))

    @hookimpl
    def helpdesk_before_ticket_delete(self, session: Session, ticket: Ticket) -> None:
        if "keep" in ticket.subject:
            raise Rejected("This one is kept")

    @hookimpl
    def helpdesk_before_transition(self, session: Session, ticket: Ticket, transition: Transition) -> None:
        visited = session.scalar(select(Entry.id).where(Entry.ticket_id == ticket.id, Entry.note == "visited"))
        if transition.source == "visit_log.on_site" and visited is None:
            raise Rejected("Note the visit first")

    @hookimpl
    def helpdesk_ticket_transitioned(self, session: Session, ticket: Ticket, transition: Transition) -> None:
        session.add(Entry(ticket_id=ticket.id, note=f"moved to {transition.target}"))

    @hookimpl
    def helpdesk_suggest_assignee(self, ticket: Ticket) -> Assignee | None:
        if "nobody" in ticket.subject:
            return Assignee(employee_id=10**6)
        session = object_session(ticket)
        if "engineer" not in ticket.subject or session is None:
            return None
        return Assignee(employee_id=session.scalar(select(Employee.id).where(Employee.name == "Ivan Insider")))

    @hookimpl
    def helpdesk_suggest_observers(self, session: Session, ticket: Ticket) -> list[Observer]:
        if "watched" not in ticket.subject:
            return []
        return [Observer(kind="employee", id=row_id) for row_id in session.scalars(select(Employee.id))]

    @hookimpl
    def helpdesk_find_related(self, ticket: Ticket, limit: int) -> list[RelatedItem]:
        found = [RelatedItem(kind="visit", label="The last visit", url="/visit_log/", score=1.0)]
        if ticket.id > 1:
            earlier = f"/tickets/{ticket.id - 1}"
            found.append(RelatedItem(kind="ticket", label="The ticket before", url=earlier, ticket_id=ticket.id - 1))
        return found[:limit]

    @hookimpl
    def helpdesk_ticket_warnings(self, draft: TicketDraft) -> list[TicketWarning]:
        return [] if draft.description else [TicketWarning(text="Say where to go", url="/visit_log/")]

    @hookimpl
    def helpdesk_ticket_actions(self, ticket: Ticket) -> list[TicketAction]:
        values = {"ticket_id": ticket.id}
        return [
            TicketAction(key="visit_log.note", label="Note a visit", endpoint="visit_log.note", values=values,
                         permission="visit_log:entry:write"),
            TicketAction(key="visit_log.lost", label="Nowhere", endpoint="visit_log.nowhere"),
        ]  # fmt: skip

    @hookimpl
    def helpdesk_ticket_scope(self, actor: Actor, permission: str) -> list[ScopeRule]:
        if actor.label == "Olga Outsider":
            return [ScopeRule(effect="allow", condition=Ticket.subject.contains("open to all"))]
        if actor.kind is ActorKind.EMPLOYEE:
            return [ScopeRule(effect="deny", condition=Ticket.subject == "sealed")]
        return []

    @hookimpl
    def helpdesk_decide(self, actor: Actor, permission: str) -> bool | None:
        if permission == "core:view:share":
            return False
        return True if permission == "visit_log:entry:write" and actor.label == "Olga Outsider" else None

    @hookimpl
    def helpdesk_reply_to_finished_ticket(self, ticket: Ticket) -> FinishedReply | None:
        return FinishedReply.KEEP if "solved for good" in ticket.subject else None

    @hookimpl
    def helpdesk_customer_replied(self, ticket: Ticket) -> CustomerReply | None:
        answers = {"patient": CustomerReply(status=None), "lost": CustomerReply(status="service_desk.nowhere")}
        answers["on site"] = CustomerReply(status="visit_log.on_site")
        return next((answer for word, answer in answers.items() if word in ticket.subject), None)

    @hookimpl
    def helpdesk_forget_user(self, session: Session, user_id: int) -> None:
        session.add(Blackened(user_id=user_id))
