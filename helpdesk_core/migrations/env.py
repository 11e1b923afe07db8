"""Runs the migrations of one lineage on the connection that ``helpdesk_core.db.migrate`` hands over."""

from alembic import context

attributes = context.config.attributes
connection = attributes["connection"]
context.configure(connection=connection, **attributes["options"])
with context.begin_transaction():
    context.run_migrations()
    attributes["after"](connection)
