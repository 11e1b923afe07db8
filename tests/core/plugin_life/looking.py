"""What tests look at: cards, tables, rows and rights, as any process sees them."""

from __future__ import annotations

from typing import Any

from flask import Flask
from sqlalchemy import inspect, select, text

from helpdesk_core.access.models import Role, RoleGrant
from helpdesk_core.contract.actor import Actor, ActorKind
from helpdesk_core.db.session import db, reading
from helpdesk_core.plugins.calls import EXTENSION
from helpdesk_core.plugins.models import PluginSet
from helpdesk_core.plugins.states import PluginCard, list_plugins
from helpdesk_core.testing.factories import employee_maker


def card(app: Flask, name: str) -> PluginCard:
    return next(one for one in list_plugins(app) if one.name == name)


def tables(app: Flask) -> set[str]:
    with app.app_context():
        names = set(inspect(db.engine).get_table_names())
        db.engine.dispose()
    return names


def rows(app: Flask, statement: str) -> list[Any]:
    with app.app_context(), reading() as session:
        return [tuple(row) for row in session.execute(text(statement))]


def specialist_rights(app: Flask) -> set[str]:
    with app.app_context(), reading() as session:
        grants = select(RoleGrant.permission).join(Role, Role.id == RoleGrant.role_id)
        return set(session.scalars(grants.where(Role.key == "core.specialist")))


def loaded(app: Flask) -> list[str]:
    return list(app.extensions[EXTENSION].plugins)


def generation(app: Flask) -> int:
    with app.app_context(), reading() as session:
        return session.scalars(select(PluginSet.generation)).one()


def employee(app: Flask, role: str) -> Actor:
    row = employee_maker(app)(role=role)
    return Actor(kind=ActorKind.EMPLOYEE, id=row.id, label=row.name)
