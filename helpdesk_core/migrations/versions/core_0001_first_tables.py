"""The core's first tables, the full-text index, and the row that versions the reference tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "core_0001"
down_revision = None
branch_labels = None
depends_on = None

JSON_VALUE = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

#: A deleted row's id is not given to another one: links, mails and the journal remember it. PostgreSQL never does.
NEVER_AGAIN = {"sqlite_autoincrement": True}


def upgrade() -> None:
    """Create everything."""
    op.create_table(
        "canned_group",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canned_group")),
        sa.UniqueConstraint("name", name=op.f("uq_canned_group_name")),
    )
    op.create_table(
        "company_category",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("colour", sa.String(length=7), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_company_category")),
        sa.UniqueConstraint("key", name=op.f("uq_company_category_key")),
    )
    op.create_table(
        "custom_field",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("for_contacts", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custom_field")),
        sa.UniqueConstraint("key", name=op.f("uq_custom_field_key")),
    )
    op.create_table(
        "employee",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_key", sa.String(length=200), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("position", sa.String(length=120), nullable=True),
        sa.Column("timezone", sa.String(length=60), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("photo", sa.String(length=80), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_employee")),
        sa.UniqueConstraint("email", name=op.f("uq_employee_email")),
        sa.UniqueConstraint("external_id", name=op.f("uq_employee_external_id")),
        **NEVER_AGAIN,
    )
    op.create_index(op.f("ix_employee_name_key"), "employee", ["name_key"], unique=False)
    op.create_table(
        "employee_group",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("description", sa.String(length=500), nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_employee_group")),
        sa.UniqueConstraint("name", name=op.f("uq_employee_group_name")),
        **NEVER_AGAIN,
    )
    op.create_table(
        "import_source",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_source")),
        sa.UniqueConstraint("name", name=op.f("uq_import_source_name")),
    )
    op.create_table(
        "priority",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("colour", sa.String(length=7), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_priority")),
        sa.UniqueConstraint("key", name=op.f("uq_priority_key")),
    )
    op.create_table(
        "reference_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reference_version")),
    )
    op.create_table(
        "role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("is_system", sa.Boolean(), nullable=False),
        sa.Column("for_contacts", sa.Boolean(), nullable=False),
        sa.Column("grants_all", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role")),
        sa.UniqueConstraint("key", name=op.f("uq_role_key")),
    )
    op.create_table(
        "setting",
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("value", JSON_VALUE, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_setting")),
    )
    op.create_table(
        "status",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("category", sa.String(length=10), nullable=False),
        sa.Column("is_system", sa.Boolean(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("final", sa.Boolean(), nullable=False),
        sa.Column("pauses_sla", sa.Boolean(), nullable=False),
        sa.Column("counts_to_load", sa.Boolean(), nullable=False),
        sa.Column("requires_until", sa.Boolean(), nullable=False),
        sa.Column("finish_target", sa.String(length=80), nullable=True),
        sa.Column("background", sa.String(length=7), nullable=False),
        sa.Column("foreground", sa.String(length=7), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_status")),
        sa.UniqueConstraint("key", name=op.f("uq_status_key")),
    )
    op.create_table(
        "tag",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tag")),
        sa.UniqueConstraint("name", name=op.f("uq_tag_name")),
    )
    op.create_table(
        "ticket_type",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("internal", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_type")),
        sa.UniqueConstraint("key", name=op.f("uq_ticket_type_key")),
    )
    op.create_table(
        "canned_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["canned_group.id"], name=op.f("fk_canned_answer_group_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canned_answer")),
    )
    op.create_index(op.f("ix_canned_answer_group_id"), "canned_answer", ["group_id"], unique=False)
    op.create_table(
        "company",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_key", sa.String(length=200), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=True),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("website", sa.String(length=200), nullable=True),
        sa.Column("address", sa.String(length=500), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["category_id"], ["company_category.id"], name=op.f("fk_company_category_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_company")),
        sa.UniqueConstraint("external_id", name=op.f("uq_company_external_id")),
        **NEVER_AGAIN,
    )
    op.create_index(op.f("ix_company_name"), "company", ["name"], unique=False)
    op.create_index(op.f("ix_company_name_key"), "company", ["name_key"], unique=False)
    op.create_table(
        "custom_field_hidden",
        sa.Column("field_id", sa.Integer(), nullable=False),
        sa.Column("role_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["field_id"], ["custom_field.id"], name=op.f("fk_custom_field_hidden_field_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["role_id"], ["role.id"], name=op.f("fk_custom_field_hidden_role_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("field_id", "role_id", name=op.f("pk_custom_field_hidden")),
    )
    op.create_table(
        "custom_field_option",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("field_id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["field_id"], ["custom_field.id"], name=op.f("fk_custom_field_option_field_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custom_field_option")),
    )
    op.create_index(op.f("ix_custom_field_option_field_id"), "custom_field_option", ["field_id"], unique=False)
    op.create_table(
        "employee_group_member",
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("notify", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name=op.f("fk_employee_group_member_employee_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["employee_group.id"], name=op.f("fk_employee_group_member_group_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("group_id", "employee_id", name=op.f("pk_employee_group_member")),
    )
    op.create_table(
        "employee_role",
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("role_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name=op.f("fk_employee_role_employee_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["role_id"], ["role.id"], name=op.f("fk_employee_role_role_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("employee_id", "role_id", name=op.f("pk_employee_role")),
    )
    op.create_table(
        "list_columns",
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("view_key", sa.String(length=40), nullable=False),
        sa.Column("columns", JSON_VALUE, nullable=False),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name=op.f("fk_list_columns_employee_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("employee_id", "view_key", name=op.f("pk_list_columns")),
    )
    op.create_table(
        "role_grant",
        sa.Column("role_id", sa.Integer(), nullable=False),
        sa.Column("permission", sa.String(length=120), nullable=False),
        sa.Column("reach", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(["role_id"], ["role.id"], name=op.f("fk_role_grant_role_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("role_id", "permission", name=op.f("pk_role_grant")),
    )
    op.create_table(
        "saved_view",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("filters", JSON_VALUE, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["employee.id"], name=op.f("fk_saved_view_owner_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
    )
    op.create_index(op.f("ix_saved_view_owner_id"), "saved_view", ["owner_id"], unique=False)
    op.create_table(
        "status_transition",
        sa.Column("source", sa.String(length=80), nullable=False),
        sa.Column("target", sa.String(length=80), nullable=False),
        sa.Column("permission", sa.String(length=120), nullable=True),
        sa.ForeignKeyConstraint(
            ["source"], ["status.key"], name=op.f("fk_status_transition_source"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["target"], ["status.key"], name=op.f("fk_status_transition_target"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source", "target", name=op.f("pk_status_transition")),
    )
    op.create_table(
        "contact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_key", sa.String(length=200), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=True),
        sa.Column("employee_id", sa.Integer(), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("position", sa.String(length=120), nullable=True),
        sa.Column("timezone", sa.String(length=60), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=True),
        sa.Column("anonymised_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["company.id"], name=op.f("fk_contact_company_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name=op.f("fk_contact_employee_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
        sa.UniqueConstraint("external_id", name=op.f("uq_contact_external_id")),
        **NEVER_AGAIN,
    )
    op.create_index(op.f("ix_contact_company_id"), "contact", ["company_id"], unique=False)
    op.create_index(op.f("ix_contact_email"), "contact", ["email"], unique=False)
    op.create_index(op.f("ix_contact_name"), "contact", ["name"], unique=False)
    op.create_index(op.f("ix_contact_phone"), "contact", ["phone"], unique=False)
    op.create_index(op.f("ix_contact_name_key"), "contact", ["name_key"], unique=False)
    op.create_table(
        "ticket",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=250), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("type_id", sa.Integer(), nullable=True),
        sa.Column("priority_id", sa.Integer(), nullable=False),
        sa.Column("status_key", sa.String(length=80), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=True),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("assignee_id", sa.Integer(), nullable=True),
        sa.Column("group_id", sa.Integer(), nullable=True),
        sa.Column("author_employee_id", sa.Integer(), nullable=True),
        sa.Column("author_contact_id", sa.Integer(), nullable=True),
        sa.Column("author_label", sa.String(length=200), nullable=False),
        sa.Column("registration_method", sa.String(length=40), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("solved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("activity_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("activity_by", sa.String(length=40), nullable=False),
        sa.Column("needs_answer", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("form_token", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["assignee_id"], ["employee.id"], name=op.f("fk_ticket_assignee_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["author_contact_id"], ["contact.id"], name=op.f("fk_ticket_author_contact_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["author_employee_id"], ["employee.id"], name=op.f("fk_ticket_author_employee_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_ticket_company_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_ticket_contact_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["group_id"], ["employee_group.id"], name=op.f("fk_ticket_group_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["priority_id"], ["priority.id"], name=op.f("fk_ticket_priority_id")),
        sa.ForeignKeyConstraint(["status_key"], ["status.key"], name=op.f("fk_ticket_status_key")),
        sa.ForeignKeyConstraint(["type_id"], ["ticket_type.id"], name=op.f("fk_ticket_type_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket")),
        sa.UniqueConstraint("form_token", name=op.f("uq_ticket_form_token")),
        **NEVER_AGAIN,
    )
    op.create_index("ix_ticket_assignee_id_updated_at_id", "ticket", ["assignee_id", "updated_at", "id"], unique=False)
    op.create_index(op.f("ix_ticket_author_employee_id"), "ticket", ["author_employee_id"], unique=False)
    op.create_index("ix_ticket_company_id_updated_at_id", "ticket", ["company_id", "updated_at", "id"], unique=False)
    op.create_index("ix_ticket_contact_id_updated_at_id", "ticket", ["contact_id", "updated_at", "id"], unique=False)
    op.create_index("ix_ticket_created_at_id", "ticket", ["created_at", "id"], unique=False)
    op.create_index(op.f("ix_ticket_due_at"), "ticket", ["due_at"], unique=False)
    op.create_index("ix_ticket_group_id_updated_at_id", "ticket", ["group_id", "updated_at", "id"], unique=False)
    op.create_index(op.f("ix_ticket_priority_id"), "ticket", ["priority_id"], unique=False)
    op.create_index("ix_ticket_status_key_updated_at_id", "ticket", ["status_key", "updated_at", "id"], unique=False)
    op.create_index(op.f("ix_ticket_type_id"), "ticket", ["type_id"], unique=False)
    op.create_index("ix_ticket_updated_at_id", "ticket", ["updated_at", "id"], unique=False)
    op.create_table(
        "user_account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("login", sa.String(length=254), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=True),
        sa.Column("employee_id", sa.Integer(), nullable=True),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_login_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(employee_id IS NULL) <> (contact_id IS NULL)", name=op.f("ck_user_account_one_person")),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_user_account_contact_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name=op.f("fk_user_account_employee_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("contact_id", name=op.f("uq_user_account_contact_id")),
        sa.UniqueConstraint("employee_id", name=op.f("uq_user_account_employee_id")),
        sa.UniqueConstraint("login", name=op.f("uq_user_account_login")),
        **NEVER_AGAIN,
    )
    op.create_table(
        "comment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("internal", sa.Boolean(), nullable=False),
        sa.Column("author_employee_id", sa.Integer(), nullable=True),
        sa.Column("author_contact_id", sa.Integer(), nullable=True),
        sa.Column("author_label", sa.String(length=200), nullable=False),
        sa.Column("registration_method", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("redacted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_contact_id"], ["contact.id"], name=op.f("fk_comment_author_contact_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["author_employee_id"], ["employee.id"], name=op.f("fk_comment_author_employee_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_comment_ticket_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment")),
        **NEVER_AGAIN,
    )
    op.create_index("ix_comment_ticket_id_created_at_id", "comment", ["ticket_id", "created_at", "id"], unique=False)
    op.create_table(
        "event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=True),
        sa.Column("ticket_version", sa.Integer(), nullable=True),
        sa.Column("subject_kind", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=True),
        sa.Column("actor_kind", sa.String(length=20), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor_label", sa.String(length=200), nullable=False),
        sa.Column("audience", sa.String(length=10), nullable=False),
        sa.Column("before", JSON_VALUE, nullable=False),
        sa.Column("after", JSON_VALUE, nullable=False),
        sa.Column("batch", sa.String(length=40), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_event_ticket_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        **NEVER_AGAIN,
    )
    op.create_index(op.f("ix_event_name"), "event", ["name"], unique=False)
    op.create_index("ix_event_ticket_id_id", "event", ["ticket_id", "id"], unique=False)
    op.create_table(
        "import_record",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=True),
        sa.Column("last_values", JSON_VALUE, nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["import_source.id"], name=op.f("fk_import_record_source_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_import_record_ticket_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_record")),
        sa.UniqueConstraint("source_id", "external_id", name=op.f("uq_import_record_source_id_external_id")),
    )
    op.create_index(op.f("ix_import_record_ticket_id"), "import_record", ["ticket_id"], unique=False)
    op.create_table(
        "password_reset",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["user_account.id"], name=op.f("fk_password_reset_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_password_reset")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_password_reset_token_hash")),
    )
    op.create_index(op.f("ix_password_reset_account_id"), "password_reset", ["account_id"], unique=False)
    op.create_table(
        "ticket_field_choice",
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("field_id", sa.Integer(), nullable=False),
        sa.Column("option_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["field_id"], ["custom_field.id"], name=op.f("fk_ticket_field_choice_field_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["option_id"], ["custom_field_option.id"], name=op.f("fk_ticket_field_choice_option_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_field_choice_ticket_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("ticket_id", "field_id", "option_id", name=op.f("pk_ticket_field_choice")),
    )
    op.create_table(
        "ticket_field_value",
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("field_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("number", sa.Numeric(precision=18, scale=6), nullable=True),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("yes", sa.Boolean(), nullable=True),
        sa.Column("option_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["field_id"], ["custom_field.id"], name=op.f("fk_ticket_field_value_field_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["option_id"], ["custom_field_option.id"], name=op.f("fk_ticket_field_value_option_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_field_value_ticket_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("ticket_id", "field_id", name=op.f("pk_ticket_field_value")),
    )
    op.create_table(
        "ticket_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("target_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["ticket.id"], name=op.f("fk_ticket_link_source_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["target_id"], ["ticket.id"], name=op.f("fk_ticket_link_target_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_link")),
        sa.UniqueConstraint("source_id", "target_id", "kind", name=op.f("uq_ticket_link_source_id_target_id_kind")),
    )
    op.create_index(op.f("ix_ticket_link_target_id"), "ticket_link", ["target_id"], unique=False)
    op.create_table(
        "ticket_observer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("employee_id", sa.Integer(), nullable=True),
        sa.Column("group_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("(employee_id IS NULL) <> (group_id IS NULL)", name=op.f("ck_ticket_observer_one_observer")),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name=op.f("fk_ticket_observer_employee_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["employee_group.id"], name=op.f("fk_ticket_observer_group_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_observer_ticket_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_observer")),
        sa.UniqueConstraint("ticket_id", "employee_id", name=op.f("uq_ticket_observer_ticket_id_employee_id")),
        sa.UniqueConstraint("ticket_id", "group_id", name=op.f("uq_ticket_observer_ticket_id_group_id")),
    )
    op.create_index(op.f("ix_ticket_observer_employee_id"), "ticket_observer", ["employee_id"], unique=False)
    op.create_index(op.f("ix_ticket_observer_group_id"), "ticket_observer", ["group_id"], unique=False)
    op.create_table(
        "ticket_read",
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employee.id"], name=op.f("fk_ticket_read_employee_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_read_ticket_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("employee_id", "ticket_id", name=op.f("pk_ticket_read")),
    )
    op.create_index(op.f("ix_ticket_read_ticket_id"), "ticket_read", ["ticket_id"], unique=False)
    op.create_table(
        "ticket_tag",
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("tag_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["tag_id"], ["tag.id"], name=op.f("fk_ticket_tag_tag_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_tag_ticket_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("ticket_id", "tag_id", name=op.f("pk_ticket_tag")),
    )
    op.create_index(op.f("ix_ticket_tag_tag_id"), "ticket_tag", ["tag_id"], unique=False)
    op.create_table(
        "user_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_agent", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=60), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["user_account.id"], name=op.f("fk_user_session_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_user_session_token_hash")),
    )
    op.create_index(op.f("ix_user_session_account_id"), "user_session", ["account_id"], unique=False)
    op.create_table(
        "attachment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("comment_id", sa.Integer(), nullable=True),
        sa.Column("internal", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("content_type", sa.String(length=120), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("stored_name", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comment.id"], name=op.f("fk_attachment_comment_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_attachment_ticket_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
        sa.UniqueConstraint("stored_name", name=op.f("uq_attachment_stored_name")),
        **NEVER_AGAIN,
    )
    op.create_index(op.f("ix_attachment_comment_id"), "attachment", ["comment_id"], unique=False)
    op.create_index(op.f("ix_attachment_ticket_id"), "attachment", ["ticket_id"], unique=False)
    op.create_table(
        "comment_revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("comment_id", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("internal", sa.Boolean(), nullable=False),
        sa.Column("editor_label", sa.String(length=200), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comment.id"], name=op.f("fk_comment_revision_comment_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment_revision")),
    )
    op.create_index(op.f("ix_comment_revision_comment_id"), "comment_revision", ["comment_id"], unique=False)
    op.create_table(
        "import_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("change_key", sa.String(length=200), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["record_id"], ["import_record.id"], name=op.f("fk_import_change_record_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_change")),
        sa.UniqueConstraint("record_id", "change_key", name=op.f("uq_import_change_record_id_change_key")),
    )
    op.create_table(
        "search_document",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("comment_id", sa.Integer(), nullable=True),
        sa.Column("audience", sa.String(length=10), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comment.id"], name=op.f("fk_search_document_comment_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_search_document_ticket_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_document")),
        sa.UniqueConstraint("comment_id", name=op.f("uq_search_document_comment_id")),
    )
    op.create_index(op.f("ix_search_document_ticket_id"), "search_document", ["ticket_id"], unique=False)
    op.create_index(
        "uq_search_document_ticket_own",
        "search_document",
        ["ticket_id"],
        unique=True,
        sqlite_where=sa.text("comment_id IS NULL"),
        postgresql_where=sa.text("comment_id IS NULL"),
    )
    reference_version = sa.table("reference_version", sa.column("id", sa.Integer), sa.column("version", sa.Integer))
    op.bulk_insert(reference_version, [{"id": 1, "version": 1}])
    if op.get_bind().dialect.name == "postgresql":
        _add_vector()
    else:
        _add_fts5()


def downgrade() -> None:
    """Drop everything, the full-text index first."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP INDEX ix_search_document_vector")
        op.execute("ALTER TABLE search_document DROP COLUMN vector")
    else:
        for name in ("insert", "update", "delete"):
            op.execute(f"DROP TRIGGER search_document_after_{name}")
        op.execute("DROP TABLE search_fts")
    op.drop_index(
        "uq_search_document_ticket_own",
        table_name="search_document",
        sqlite_where=sa.text("comment_id IS NULL"),
        postgresql_where=sa.text("comment_id IS NULL"),
    )
    op.drop_index(op.f("ix_search_document_ticket_id"), table_name="search_document")
    op.drop_table("search_document")
    op.drop_table("import_change")
    op.drop_index(op.f("ix_comment_revision_comment_id"), table_name="comment_revision")
    op.drop_table("comment_revision")
    op.drop_index(op.f("ix_attachment_ticket_id"), table_name="attachment")
    op.drop_index(op.f("ix_attachment_comment_id"), table_name="attachment")
    op.drop_table("attachment")
    op.drop_index(op.f("ix_user_session_account_id"), table_name="user_session")
    op.drop_table("user_session")
    op.drop_index(op.f("ix_ticket_tag_tag_id"), table_name="ticket_tag")
    op.drop_table("ticket_tag")
    op.drop_index(op.f("ix_ticket_read_ticket_id"), table_name="ticket_read")
    op.drop_table("ticket_read")
    op.drop_index(op.f("ix_ticket_observer_group_id"), table_name="ticket_observer")
    op.drop_index(op.f("ix_ticket_observer_employee_id"), table_name="ticket_observer")
    op.drop_table("ticket_observer")
    op.drop_index(op.f("ix_ticket_link_target_id"), table_name="ticket_link")
    op.drop_table("ticket_link")
    op.drop_table("ticket_field_value")
    op.drop_table("ticket_field_choice")
    op.drop_index(op.f("ix_password_reset_account_id"), table_name="password_reset")
    op.drop_table("password_reset")
    op.drop_index(op.f("ix_import_record_ticket_id"), table_name="import_record")
    op.drop_table("import_record")
    op.drop_index("ix_event_ticket_id_id", table_name="event")
    op.drop_index(op.f("ix_event_name"), table_name="event")
    op.drop_table("event")
    op.drop_index("ix_comment_ticket_id_created_at_id", table_name="comment")
    op.drop_table("comment")
    op.drop_table("user_account")
    op.drop_index("ix_ticket_updated_at_id", table_name="ticket")
    op.drop_index(op.f("ix_ticket_type_id"), table_name="ticket")
    op.drop_index("ix_ticket_status_key_updated_at_id", table_name="ticket")
    op.drop_index(op.f("ix_ticket_priority_id"), table_name="ticket")
    op.drop_index("ix_ticket_group_id_updated_at_id", table_name="ticket")
    op.drop_index(op.f("ix_ticket_due_at"), table_name="ticket")
    op.drop_index("ix_ticket_created_at_id", table_name="ticket")
    op.drop_index("ix_ticket_contact_id_updated_at_id", table_name="ticket")
    op.drop_index("ix_ticket_company_id_updated_at_id", table_name="ticket")
    op.drop_index(op.f("ix_ticket_author_employee_id"), table_name="ticket")
    op.drop_index("ix_ticket_assignee_id_updated_at_id", table_name="ticket")
    op.drop_table("ticket")
    op.drop_index(op.f("ix_contact_phone"), table_name="contact")
    op.drop_index(op.f("ix_contact_name_key"), table_name="contact")
    op.drop_index(op.f("ix_contact_name"), table_name="contact")
    op.drop_index(op.f("ix_contact_email"), table_name="contact")
    op.drop_index(op.f("ix_contact_company_id"), table_name="contact")
    op.drop_table("contact")
    op.drop_table("status_transition")
    op.drop_index(op.f("ix_saved_view_owner_id"), table_name="saved_view")
    op.drop_table("saved_view")
    op.drop_table("role_grant")
    op.drop_table("list_columns")
    op.drop_table("employee_role")
    op.drop_table("employee_group_member")
    op.drop_index(op.f("ix_custom_field_option_field_id"), table_name="custom_field_option")
    op.drop_table("custom_field_option")
    op.drop_table("custom_field_hidden")
    op.drop_index(op.f("ix_company_name_key"), table_name="company")
    op.drop_index(op.f("ix_company_name"), table_name="company")
    op.drop_table("company")
    op.drop_index(op.f("ix_canned_answer_group_id"), table_name="canned_answer")
    op.drop_table("canned_answer")
    op.drop_table("ticket_type")
    op.drop_table("tag")
    op.drop_table("status")
    op.drop_table("setting")
    op.drop_table("role")
    op.drop_table("reference_version")
    op.drop_table("priority")
    op.drop_table("import_source")
    op.drop_table("employee_group")
    op.drop_index(op.f("ix_employee_name_key"), table_name="employee")
    op.drop_table("employee")
    op.drop_table("custom_field")
    op.drop_table("company_category")
    op.drop_table("canned_group")


def _add_vector() -> None:
    # The words arrive normalised, so they become lexemes as they are; an empty lexeme would be an error.
    op.execute(
        "ALTER TABLE search_document ADD COLUMN vector tsvector GENERATED ALWAYS AS"
        " (array_to_tsvector(array_remove(string_to_array(words, ' '), ''))) STORED"
    )
    op.execute("CREATE INDEX ix_search_document_vector ON search_document USING gin (vector)")


def _add_fts5() -> None:
    # The index keeps no copy of the words; the triggers tell it of every change of the table.
    op.execute(
        "CREATE VIRTUAL TABLE search_fts USING fts5"
        "(words, content='search_document', content_rowid='id', tokenize='unicode61 remove_diacritics 0')"
    )
    add = "INSERT INTO search_fts(rowid, words) VALUES (new.id, new.words);"
    forget = "INSERT INTO search_fts(search_fts, rowid, words) VALUES ('delete', old.id, old.words);"
    for name, event, body in (
        ("insert", "INSERT", add),
        ("update", "UPDATE OF id, words", f"{forget} {add}"),
        ("delete", "DELETE", forget),
    ):
        op.execute(f"CREATE TRIGGER search_document_after_{name} AFTER {event} ON search_document BEGIN {body} END")
