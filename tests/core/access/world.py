"""One object of every kind for a request to name, made anew for each row of the table."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.access.models import EmployeeRole, Role
from helpdesk_core.contract.actor import Actor, ActorKind
from helpdesk_core.contract.files import StoredFile
from helpdesk_core.customers.models import Company, CompanyCategory, Contact
from helpdesk_core.db.base import metadata
from helpdesk_core.db.session import reading, unit_of_work
from helpdesk_core.db.types import utcnow
from helpdesk_core.fields.models import CustomField
from helpdesk_core.i18n.layers import CORE
from helpdesk_core.jobs.models import DEAD, Job
from helpdesk_core.mail.last_word import last_word_token
from helpdesk_core.statuses.models import Status
from helpdesk_core.storage.local import storage
from helpdesk_core.testing.desk import Desk
from helpdesk_core.testing.signing_in import PASSWORD, sign_in
from helpdesk_core.tickets.commands import AddComment
from helpdesk_core.tickets.comments import add_comment
from helpdesk_core.tickets.models import Attachment as AttachmentRow
from helpdesk_core.tickets.models import (
    CannedAnswer,
    CannedGroup,
    Priority,
    SavedView,
    TicketLink,
    TicketType,
)
from helpdesk_core.tickets.services import get_ticket
from helpdesk_core.users.models import Employee, Group, GroupMember, PasswordReset, UserAccount, UserSession
from helpdesk_core.users.passwords import hash_password
from helpdesk_core.users.sessions import open_session, token_hash
from helpdesk_core.wording.models import Translation
from helpdesk_core.wording.services import EditWord, edit_word
from helpdesk_core.wording.words import digest_of
from tests.core.access.sent import Form, form_of, picture
from tests.core.inbound.letters import mail_of

UNKNOWN_ID = 999_999
_OPEN = digest_of(CORE, "status", "service_desk.open")
#: The password's hash: made once, it takes its time.
HASH = hash_password(PASSWORD)


def dump() -> dict[str, tuple[int, str]]:
    """Every core table as the number of its rows and a digest of them: equal dumps, equal databases."""
    found: dict[str, tuple[int, str]] = {}
    with reading() as session:
        for table in metadata.sorted_tables:
            if table.info.get("owner") == "core":
                rows = sorted(repr(tuple(row)) for row in session.execute(select(table)))
                found[table.name] = (len(rows), hashlib.sha256("\n".join(rows).encode()).hexdigest())
    return found


def changed(before: dict[str, tuple[int, str]], after: dict[str, tuple[int, str]]) -> list[str]:
    """The tables in which two dumps differ."""
    return sorted(name for name in before if before[name] != after[name])


@dataclass(slots=True)
class World:
    """The desk with what a request can name; ``theirs`` are objects that the specialists and contacts may not see."""

    app: Flask
    desk: Desk
    number: int = 0

    def next(self) -> int:
        """A number not used before, to make names unique."""
        self.number += 1
        return self.number

    # -- who asks ------------------------------------------------------------------------------------

    def browser(self, who: str) -> FlaskClient:
        """A browser of that person of the desk; ``anonymous`` has not signed in."""
        client = self.app.test_client()
        if who != "anonymous":
            sign_in(self.app, client, self.person(who))
        return client

    def person(self, who: str) -> Actor:
        """The person of the desk by name."""
        person: Actor = getattr(self.desk, who)
        return person

    def give_passwords(self) -> None:
        """Give everybody of the desk a login with a password."""
        with unit_of_work() as session:
            for who in ("admin", "lead", "insider", "outsider", "customer", "stranger"):
                person = self.person(who)
                owner = "employee_id" if person.kind is ActorKind.EMPLOYEE else "contact_id"
                login = f"{person.kind.value}{person.id}"
                values = {owner: person.id}
                session.add(UserAccount(login=login, password_hash=HASH, created_at=utcnow(), **values))

    def restore_password(self, who: str) -> None:
        """Give him the password back that everybody begins with."""
        with unit_of_work() as session:
            account = session.scalars(select(UserAccount).where(UserAccount.login == self.login_of(who))).one()
            account.password_hash = HASH

    def login_of(self, who: str) -> str:
        """The login of a person of the desk."""
        person = self.person(who)
        return f"{person.kind.value}{person.id}"

    # -- what is asked for: one maker for each argument of a route --------------------------------------

    def arguments(self, names: set[str], who: str, *, theirs: bool = False, kind: str = "") -> dict[str, int | str]:
        """New objects for the arguments *names* of a route: seen by *who*, or with *theirs* foreign to him."""
        if names == {"ticket_id", "link_id"}:
            return self.link(who, theirs=theirs)
        values: dict[str, int | str] = {}
        for name in sorted(names):
            if name == "kind":
                values[name] = kind
            elif name == "entry_id":
                values[name] = self.entry(kind)
            else:
                maker: Callable[..., int | str] = getattr(self, name.removesuffix("_id"))
                values[name] = maker(who, theirs=theirs)
        return values

    def ticket(self, who: str = "admin", *, theirs: bool = False, **values: object) -> int:
        """A ticket of the insider's group and the customer; *theirs* is in no group, and the stranger's for him."""
        customer = self.desk.stranger if who == "stranger" else self.desk.customer
        if theirs:
            customer = self.desk.stranger if who == "customer" else self.desk.customer
        group = None if theirs else self.desk.group_id
        given = {"subject": f"CANARY-{self.next()}", "contact_id": customer.id, "group_id": group, **values}
        return self.desk.ticket(**given)

    def comment(self, who: str, *, theirs: bool = False, internal: bool = False) -> int:
        """A comment on such a ticket: an employee's own where he sees it, else the administrator's."""
        ticket_id = self.ticket(who, theirs=theirs)
        person = self.person(who) if who != "anonymous" else self.desk.admin
        author = person if person.kind is ActorKind.EMPLOYEE and not theirs else self.desk.admin
        return self.comment_on(ticket_id, author, internal=internal)

    def comment_on(self, ticket_id: int, author: Actor, *, internal: bool = False) -> int:
        """A comment with one file."""
        file = stored(b"words", "notes.txt")
        with unit_of_work() as session:
            ticket = get_ticket(session, ticket_id, actor=author, lock=True)
            command = AddComment(body=f"CANARY-{self.next()}", internal=internal, files=(file,))
            return add_comment(session, ticket, command, actor=author).id

    def attachment(self, who: str, *, theirs: bool = False, internal: bool = False) -> int:
        """The file of such a comment."""
        comment_id = self.comment(who, theirs=theirs, internal=internal)
        return self.file_of(comment_id)

    def file_of(self, comment_id: int) -> int:
        """The file of a comment."""
        with reading() as session:
            return session.scalars(select(AttachmentRow.id).where(AttachmentRow.comment_id == comment_id)).one()

    def mail(self, who: str, *, theirs: bool = False) -> int:
        """The mail that such a comment came by."""
        comment_id = self.comment(who, theirs=theirs)
        return mail_of(comment_id, f"Subject: CANARY-{self.next()}\n\nwords".encode())

    def link(self, who: str, *, theirs: bool = False) -> dict[str, int | str]:
        """Two linked tickets; with *theirs* the first is seen, the other one and so the link is not."""
        first, second = self.ticket(who), self.ticket(who, theirs=theirs)
        with unit_of_work() as session:
            row = TicketLink(source_id=first, target_id=second, kind="related")
            session.add(row)
            session.flush()
            return {"ticket_id": first, "link_id": row.id}

    def view(self, who: str, *, theirs: bool = False, shared: bool = False) -> int:
        """A saved view of one's own, or of another employee."""
        mine = self.person(who) if who != "anonymous" else self.desk.admin
        other = self.desk.lead if who == "admin" else self.desk.admin
        owner = other if theirs or mine.kind is not ActorKind.EMPLOYEE else mine
        with unit_of_work() as session:
            row = SavedView(owner_id=owner.id, name=f"View {self.next()}", shared=shared, filters={})
            session.add(row)
            session.flush()
            return row.id

    def company(self, who: str, *, theirs: bool = False) -> int:
        """A company that a ticket of the insider's group ties him to; with *theirs* none does."""
        with unit_of_work() as session:
            row = Company(name=f"CANARY-{self.next()}", created_at=utcnow())
            session.add(row)
            session.flush()
            company_id = row.id
        self.ticket(who, theirs=theirs, company_id=company_id)
        return company_id

    def contact(self, who: str, *, theirs: bool = False) -> int:
        """A contact that a ticket of the insider's group ties him to, with a login; with *theirs* none does."""
        number = self.next()
        with unit_of_work() as session:
            row = Contact(name=f"CANARY-{number}", email=f"c{number}@customer.test", created_at=utcnow())
            session.add(row)
            session.flush()
            session.add(UserAccount(login=f"contact-{number}", contact_id=row.id, created_at=utcnow()))
            contact_id = row.id
        self.ticket(who, theirs=theirs, contact_id=contact_id)
        return contact_id

    def employee(self, who: str, *, theirs: bool = False) -> int:
        """Another employee with a login and a photo."""
        number = self.next()
        photo = stored(picture().getvalue(), "photo.jpg").stored_name
        with unit_of_work() as session:
            row = Employee(name=f"Employee {number}", photo=photo, created_at=utcnow())
            session.add(row)
            session.flush()
            role_id = session.scalars(select(Role.id).where(Role.key == "core.specialist")).one()
            session.add(EmployeeRole(employee_id=row.id, role_id=role_id))
            session.add(UserAccount(login=f"employee-{number}", employee_id=row.id, created_at=utcnow()))
            return row.id

    def group(self, who: str, *, theirs: bool = False) -> int:
        """A group nobody's ticket names."""
        with unit_of_work() as session:
            row = Group(name=f"Group {self.next()}", description="")
            session.add(row)
            session.flush()
            session.add(GroupMember(group_id=row.id, employee_id=self.desk.lead.id, notify=True))
            return row.id

    def status(self, who: str, *, theirs: bool = False) -> int:
        """A status of the site's own."""
        number = self.next()
        with unit_of_work() as session:
            row = Status(key=f"site.s{number}", label=f"Status {number}", category="open", is_system=False,
                         is_default=False, background="#e9ecef", foreground="#212529", position=number)  # fmt: skip
            session.add(row)
            session.flush()
            return row.id

    def session(self, who: str, *, theirs: bool = False) -> int:
        """Another signed-in browser of one's own, or somebody else's."""
        owner = self.person(who) if who != "anonymous" else self.desk.admin
        if theirs:
            owner = self.desk.lead if who == "admin" else self.desk.admin
        column = UserAccount.employee_id if owner.kind is ActorKind.EMPLOYEE else UserAccount.contact_id
        with unit_of_work() as session:
            account = session.scalars(select(UserAccount).where(column == owner.id)).one()
            token = open_session(session, account, actor=owner)
            return _session_id(session, token)

    def job(self, who: str, *, theirs: bool = False) -> int:
        """A job that failed for good."""
        with unit_of_work() as session:
            row = Job(name="core.gone", queue="default", payload={}, state=DEAD, created_at=utcnow())
            session.add(row)
            session.flush()
            return row.id

    def token(self, who: str, *, theirs: bool = False) -> str:
        """A mailed link's token for a new password of another employee."""
        employee_id, token = self.employee(who), f"token-{self.next()}"
        with unit_of_work() as session:
            account = session.scalars(select(UserAccount).where(UserAccount.employee_id == employee_id)).one()
            expires = utcnow() + timedelta(hours=1)
            session.add(PasswordReset(account_id=account.id, token_hash=token_hash(token), expires_at=expires))
        return token

    def signed(self, who: str, *, theirs: bool = False) -> str:
        """A mailed link's token for the last word about a solved ticket."""
        return last_word_token(self.desk.ticket(status_key="service_desk.resolved"), self.desk.customer.id or 0)

    def preset(self, who: str, *, theirs: bool = False) -> str:
        """The preset that this desk has: its statuses are put back."""
        return "service_desk"

    def name(self, who: str, *, theirs: bool = False) -> str:
        """An application that is not there."""
        return "unheard_of"

    def filename(self, who: str, *, theirs: bool = False) -> str:
        """A static file."""
        return "core/css/base.css"

    def language(self, who: str, *, theirs: bool = False) -> str:
        """A language of the interface, as :meth:`digest` edits it."""
        return "ms"

    def digest(self, who: str, *, theirs: bool = False) -> str:
        """A word that the site says its own way."""
        command = EditWord(digest=_OPEN, language="ms", forms=(f"Buka {self.next()}",))
        with unit_of_work() as session:
            edit_word(session, command, actor=self.desk.admin)
        return _OPEN

    def version_of_word(self) -> int:
        """The version of that word that an editor has seen."""
        with reading() as session:
            return session.scalars(select(Translation.version).where(Translation.digest == _OPEN)).one()

    def entry(self, kind: str) -> int:
        """An entry of a short list of the settings that nothing refers to."""
        number = self.next()
        name = f"Entry {number}"
        with unit_of_work() as session:
            row: TicketType | Priority | CompanyCategory | CustomField | CannedAnswer
            if kind == "types":
                row = TicketType(key=f"site.t{number}", name=name)
            elif kind == "priorities":
                row = Priority(key=f"site.p{number}", name=name, rank=60, colour="#2563eb", is_default=False)
            elif kind == "categories":
                row = CompanyCategory(key=f"site.c{number}", name=name, colour="#2563eb")
            elif kind == "fields":
                row = CustomField(key=f"f{number}", label=name, kind="text")
            else:
                group = CannedGroup(name=f"Group of answers {number}")
                session.add(group)
                session.flush()
                row = CannedAnswer(group_id=group.id, title=name, body="Words")
            session.add(row)
            session.flush()
            return row.id

    def form(self, endpoint: str, who: str, arguments: dict[str, int | str]) -> Form:
        """What the form of *endpoint* has to send to be accepted from somebody who may."""
        return form_of(self, endpoint, who, arguments)


def plain(page: str) -> str:
    """A page without its token and without the menu's counts, which are kept for a while."""
    page = re.sub(r'(name="csrf-token" content|name="csrf_token" value)="[^"]*"', "", page)
    page = re.sub(r"hx-headers='[^']*'", "", page)
    return "\n".join(line for line in page.splitlines() if "nav-count" not in line and 'href="/inbox"' not in line)


def stored(content: bytes, name: str, content_type: str = "text/plain") -> StoredFile:
    """A file in the storage of the current app."""
    return storage().store(io.BytesIO(content), name=name, content_type=content_type, limit=10_000_000)


def _session_id(session: Session, token: str) -> int:
    return session.scalars(select(UserSession.id).where(UserSession.token_hash == token_hash(token))).one()
