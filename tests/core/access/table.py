"""What every route answers to every role: the one table to read and to add to.

``ok`` opens, or changes and leads on; ``403`` is seen and not allowed; ``404`` does not exist for that person;
``login`` sends to the sign-in page; ``bye`` ends the session; another number is a rule's own refusal. ``[canned]``
after an endpoint is the list it is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass

ROLES = ("anonymous", "admin", "lead", "specialist", "contact")
#: Who of the desk stands for a role.
PEOPLE = {
    "anonymous": "anonymous",
    "admin": "admin",
    "lead": "lead",
    "specialist": "insider",
    "contact": "customer",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One route with one method, and the answer to each role."""

    endpoint: str
    kind: str
    method: str
    answers: dict[str, str]

    @property
    def name(self) -> str:
        """The row as a failing test calls it."""
        return f"{self.method} {self.endpoint}" + (f"[{self.kind}]" if self.kind else "")


def read(text: str, columns: tuple[str, ...]) -> list[Row]:
    """The rows of a table written as text."""
    rows = []
    for line in text.strip().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        method, name, *answers = line.split()
        endpoint, _, kind = name.partition("[")
        rows.append(Row(endpoint, kind.rstrip("]"), method, dict(zip(columns, answers, strict=True))))
    return rows


ACCESS = """
#       endpoint                              anonymous  admin  lead  specialist  contact
GET     start                                 login      ok     ok    ok          ok
GET     static                                ok         ok     ok    ok          ok
GET     ui.palette                            ok         ok     ok    ok          ok

# Signing in and one's own account: employees and contacts alike, contacts have no photo.
GET     auth.login                            ok         ok     ok    ok          ok
POST    auth.login                            ok         ok     ok    ok          ok
POST    auth.logout                           login      bye    bye   bye         bye
GET     auth.forgot                           ok         ok     ok    ok          ok
POST    auth.forgot                           ok         ok     ok    ok          ok
GET     auth.reset                            ok         ok     ok    ok          ok
POST    auth.reset                            ok         ok     ok    ok          ok
GET     users.account                         login      ok     ok    ok          ok
POST    users.save_profile                    login      ok     ok    ok          ok
POST    users.change_language                 login      ok     ok    ok          ok
POST    users.change_password                 login      ok     ok    ok          ok
POST    users.upload_photo                    login      ok     ok    ok          404
POST    users.revoke                          login      ok     ok    ok          ok
POST    users.revoke_others                   login      ok     ok    ok          ok
GET     users.photo                           login      ok     ok    ok          ok

# The ticket list and the inbox.
GET     tickets.index                         login      ok     ok    ok          404
GET     tickets.inbox                         login      ok     ok    ok          404
GET     tickets.export                        login      ok     ok    ok          404
POST    tickets.bulk                          login      ok     ok    ok          404
POST    tickets.columns                       login      ok     ok    ok          404
POST    tickets.save_view                     login      ok     ok    ok          404
POST    tickets.delete_view                   login      ok     ok    ok          404
POST    tickets.preview                       login      ok     ok    ok          ok

# One ticket, seen by all four; the contact has pages of his own for it.
GET     tickets.new                           login      ok     ok    ok          404
POST    tickets.new                           login      ok     ok    ok          404
POST    tickets.new_warnings                  login      ok     ok    ok          404
GET     tickets.card                          login      ok     ok    ok          404
GET     tickets.edit                          login      ok     ok    ok          404
POST    tickets.edit                          login      ok     ok    ok          404
POST    tickets.properties                    login      ok     ok    ok          404
POST    tickets.transition                    login      ok     ok    ok          404
POST    tickets.comment                       login      ok     ok    ok          404
POST    tickets.watch                         login      ok     ok    ok          404
POST    tickets.link                          login      ok     ok    ok          404
POST    tickets.unlink                        login      ok     ok    ok          404
POST    tickets.delete                        login      ok     ok    403         404
GET     tickets.attachment                    login      ok     ok    ok          ok
GET     inbound.show_mail                     login      ok     ok    ok          404
GET     inbound.raw_mail                      login      ok     ok    ok          404
GET     tickets.comment_history               login      ok     ok    ok          404
GET     tickets.edit_comment                  login      ok     ok    ok          404
POST    tickets.edit_comment                  login      ok     ok    ok          404
POST    tickets.hide_comment                  login      ok     ok    ok          404
POST    tickets.redact_comment                login      ok     ok    ok          404

# The customer's own pages.
GET     portal.index                          login      404    404   404         ok
GET     portal.new                            login      404    404   404         ok
POST    portal.new                            login      404    404   404         ok
GET     portal.card                           login      404    404   404         ok
POST    portal.reply                          login      404    404   404         ok
POST    portal.say_last_word                  login      404    404   404         ok
# A mailed link speaks for its contact, whoever follows it.
GET     portal.last_word                      ok         ok     ok    ok          ok
POST    portal.last_word                      ok         ok     ok    ok          ok

# Companies and contacts, tied to the specialist by a ticket.
GET     customers.list_companies              login      ok     ok    ok          404
GET     customers.search_companies            login      ok     ok    ok          404
GET     tickets.pick_company                  login      ok     ok    ok          404
GET     customers.show_company                login      ok     ok    ok          404
GET     customers.add_company                 login      ok     ok    403         404
POST    customers.add_company                 login      ok     ok    403         404
GET     customers.edit_company                login      ok     ok    403         404
POST    customers.edit_company                login      ok     ok    403         404
POST    customers.delete_company              login      409    403   403         404
GET     customers.list_contacts               login      ok     ok    ok          404
GET     customers.search_contacts             login      ok     ok    ok          404
GET     tickets.pick_contact                  login      ok     ok    ok          404
GET     customers.show_contact                login      ok     ok    ok          404
GET     customers.add_contact                 login      ok     ok    403         404
POST    customers.add_contact                 login      ok     ok    403         404
GET     customers.edit_contact                login      ok     ok    403         404
POST    customers.edit_contact                login      ok     ok    403         404
GET     customers.grant_access                login      ok     403   403         404
POST    customers.grant_access                login      ok     403   403         404
POST    customers.revoke_access               login      ok     403   403         404
POST    customers.anonymise_contact           login      ok     403   403         404

# Employees and groups.
GET     users.list_employees                  login      ok     ok    403         404
GET     users.show_employee                   login      ok     ok    403         404
GET     users.add_employee                    login      ok     403   403         404
POST    users.add_employee                    login      ok     403   403         404
GET     users.edit_employee                   login      ok     403   403         404
POST    users.edit_employee                   login      ok     403   403         404
GET     users.set_employee_password           login      ok     403   403         404
POST    users.set_employee_password           login      ok     403   403         404
GET     users.deactivate_employee             login      ok     403   403         404
POST    users.deactivate_employee             login      ok     403   403         404
POST    users.activate_employee               login      ok     403   403         404
GET     users.list_groups                     login      ok     ok    403         404
GET     users.add_group                       login      ok     403   403         404
POST    users.add_group                       login      ok     403   403         404
GET     users.edit_group                      login      ok     403   403         404
POST    users.edit_group                      login      ok     403   403         404
POST    users.delete_group                    login      ok     403   403         404

# Settings; the canned answers are also the lead's.
# No application of that name is installed here: an administrator learns so, others do not get that far.
GET     applications.index                    login      ok     403   403         404
GET     applications.live                     login      ok     403   403         404
POST    applications.show_costs               login      ok     403   403         404
POST    applications.enable                   login      404    403   403         404
POST    applications.disable                  login      404    403   403         404
GET     applications.purge                    login      404    403   403         404
POST    applications.purge                    login      404    403   403         404
GET     applications.export                   login      404    403   403         404
POST    applications.take_in_again            login      404    403   403         404
GET     settings.index                        login      ok     403   403         404
GET     settings.general                      login      ok     403   403         404
POST    settings.general                      login      ok     403   403         404
GET     jobs.index                            login      ok     403   403         404
POST    jobs.retry                            login      ok     403   403         404
POST    jobs.discard                          login      ok     403   403         404
POST    jobs.retry_all                        login      ok     403   403         404
GET     settings.roles                        login      ok     403   403         404
POST    settings.roles                        login      ok     403   403         404
GET     settings.field_visibility             login      ok     403   403         404
POST    settings.field_visibility             login      ok     403   403         404
GET     statuses.list_statuses                login      ok     403   403         404
POST    statuses.make_default                 login      ok     403   403         404
POST    statuses.move                         login      ok     403   403         404
GET     statuses.steps                        login      ok     403   403         404
POST    statuses.steps                        login      ok     403   403         404
GET     statuses.types                        login      ok     403   403         404
POST    statuses.types                        login      ok     403   403         404
GET     statuses.rules                        login      ok     403   403         404
POST    statuses.rules                        login      ok     403   403         404
GET     statuses.add_status                   login      ok     403   403         404
POST    statuses.add_status                   login      ok     403   403         404
GET     statuses.edit_status                  login      ok     403   403         404
POST    statuses.edit_status                  login      ok     403   403         404
POST    statuses.delete_status                login      ok     403   403         404
GET     configuration.index                   login      ok     403   403         404
GET     configuration.export                  login      ok     403   403         404
POST    configuration.plan                    login      422    403   403         404
POST    configuration.apply                   login      422    403   403         404
GET     configuration.change                  login      ok     403   403         404
POST    configuration.change                  login      ok     403   403         404
GET     wording.index                         login      ok     403   403         404
GET     wording.edit                          login      ok     403   403         404
POST    wording.edit                          login      ok     403   403         404
POST    wording.restore                       login      ok     403   403         404
POST    wording.undo                          login      ok     403   403         404
GET     wording.export                        login      ok     403   403         404
GET     wording.bring_in                      login      ok     403   403         404
POST    wording.bring_in                      login      ok     403   403         404
GET     settings.list_entries[canned]         login      ok     ok    403         404
GET     settings.add_entry[canned]            login      ok     ok    403         404
POST    settings.add_entry[canned]            login      ok     ok    403         404
GET     settings.edit_entry[canned]           login      ok     ok    403         404
POST    settings.edit_entry[canned]           login      ok     ok    403         404
POST    settings.delete_entry[canned]         login      ok     ok    403         404
GET     settings.list_entries[types]          login      ok     403   403         404
GET     settings.add_entry[types]             login      ok     403   403         404
POST    settings.add_entry[types]             login      ok     403   403         404
GET     settings.edit_entry[types]            login      ok     403   403         404
POST    settings.edit_entry[types]            login      ok     403   403         404
POST    settings.delete_entry[types]          login      ok     403   403         404
GET     settings.list_entries[priorities]     login      ok     403   403         404
GET     settings.add_entry[priorities]        login      ok     403   403         404
POST    settings.add_entry[priorities]        login      ok     403   403         404
GET     settings.edit_entry[priorities]       login      ok     403   403         404
POST    settings.edit_entry[priorities]       login      ok     403   403         404
POST    settings.delete_entry[priorities]     login      ok     403   403         404
GET     settings.list_entries[categories]     login      ok     403   403         404
GET     settings.add_entry[categories]        login      ok     403   403         404
POST    settings.add_entry[categories]        login      ok     403   403         404
GET     settings.edit_entry[categories]       login      ok     403   403         404
POST    settings.edit_entry[categories]       login      ok     403   403         404
POST    settings.delete_entry[categories]     login      ok     403   403         404
GET     settings.list_entries[fields]         login      ok     403   403         404
GET     settings.add_entry[fields]            login      ok     403   403         404
POST    settings.add_entry[fields]            login      ok     403   403         404
GET     settings.edit_entry[fields]           login      ok     403   403         404
POST    settings.edit_entry[fields]           login      ok     403   403         404
POST    settings.delete_entry[fields]         login      ok     403   403         404
"""

ROWS = read(ACCESS, ROLES)

#: Objects that exist and are not this person's to see, and numbers that no row has. A room that is closed to the
#: whole role answers 403 whatever the number is; ``-`` stands where nothing of that kind can be foreign.
FOREIGN = """
#       endpoint                        foreign to: specialist  contact  unknown to: admin  lead  specialist  contact
GET     tickets.card                                  404         404                    404    404   404         404
GET     tickets.edit                                  404         404                    404    404   404         404
POST    tickets.edit                                  404         404                    404    404   404         404
POST    tickets.properties                            404         404                    404    404   404         404
POST    tickets.transition                            404         404                    404    404   404         404
POST    tickets.comment                               404         404                    404    404   404         404
POST    tickets.watch                                 404         404                    404    404   404         404
POST    tickets.link                                  404         404                    404    404   404         404
POST    tickets.unlink                                404         404                    404    404   404         404
POST    tickets.delete                                404         404                    404    404   404         404
GET     tickets.attachment                            404         404                    404    404   404         404
GET     inbound.show_mail                             404         404                    404    404   404         404
GET     inbound.raw_mail                              404         404                    404    404   404         404
GET     tickets.comment_history                       404         404                    404    404   404         404
GET     tickets.edit_comment                          404         404                    404    404   404         404
POST    tickets.edit_comment                          404         404                    404    404   404         404
POST    tickets.hide_comment                          404         404                    404    404   404         404
POST    tickets.redact_comment                        404         404                    404    404   404         404
POST    tickets.delete_view                           404         404                    404    404   404         404
GET     portal.card                                   404         404                    404    404   404         404
POST    portal.reply                                  404         404                    404    404   404         404
POST    portal.say_last_word                          404         404                    404    404   404         404
POST    users.revoke                                  404         404                    404    404   404         404
GET     customers.show_company                        404         404                    404    404   404         404
GET     customers.edit_company                        404         404                    404    404   404         404
POST    customers.edit_company                        404         404                    404    404   404         404
POST    customers.delete_company                      404         404                    404    404   404         404
GET     customers.show_contact                        404         404                    404    404   404         404
GET     customers.edit_contact                        404         404                    404    404   404         404
POST    customers.edit_contact                        404         404                    404    404   404         404
POST    customers.anonymise_contact                   404         404                    404    404   404         404
GET     customers.grant_access                        403         404                    404    403   403         404
POST    customers.grant_access                        403         404                    404    403   403         404
POST    customers.revoke_access                       403         404                    404    403   403         404
GET     users.photo                                   -           -                      404    404   404         404
GET     users.show_employee                           -           -                      404    404   403         404
GET     users.edit_employee                           -           -                      404    403   403         404
POST    users.edit_employee                           -           -                      404    403   403         404
GET     users.set_employee_password                   -           -                      404    403   403         404
POST    users.set_employee_password                   -           -                      404    403   403         404
GET     users.deactivate_employee                     -           -                      404    403   403         404
POST    users.deactivate_employee                     -           -                      404    403   403         404
POST    users.activate_employee                       -           -                      404    403   403         404
GET     users.edit_group                              -           -                      404    403   403         404
POST    users.edit_group                              -           -                      404    403   403         404
POST    users.delete_group                            -           -                      404    403   403         404
GET     statuses.edit_status                          -           -                      404    403   403         404
POST    statuses.edit_status                          -           -                      404    403   403         404
POST    statuses.move                                 -           -                      404    403   403         404
POST    statuses.delete_status                        -           -                      404    403   403         404
POST    jobs.retry                                    -           -                      404    403   403         404
POST    jobs.discard                                  -           -                      404    403   403         404
GET     settings.edit_entry[types]                    -           -                      404    403   403         404
POST    settings.edit_entry[types]                    -           -                      404    403   403         404
POST    settings.delete_entry[types]                  -           -                      404    403   403         404
GET     settings.edit_entry[canned]                   -           -                      404    404   403         404
POST    settings.edit_entry[canned]                   -           -                      404    404   403         404
POST    settings.delete_entry[canned]                 -           -                      404    404   403         404
"""

FOREIGN_COLUMNS = (
    "foreign specialist",
    "foreign contact",
    "unknown admin",
    "unknown lead",
    "unknown specialist",
    "unknown contact",
)
FOREIGN_ROWS = read(FOREIGN, FOREIGN_COLUMNS)
#: Who looks at foreign objects: a specialist outside of the group, a contact of no company.
LOOKERS = {"specialist": "outsider", "contact": "stranger"}
