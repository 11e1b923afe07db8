"""The shape of what the pages send; what needs the database is the services' to say."""

from __future__ import annotations

from wtforms import (
    BooleanField,
    HiddenField,
    IntegerField,
    MultipleFileField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from helpdesk_core.toolkit import PageForm, stripped
from helpdesk_knowledge_base import lazy_gettext as _
from helpdesk_knowledge_base.commands import BODY_LIMIT, NAME_LIMIT, SUMMARY_LIMIT, TITLE_LIMIT

#: The value of a choice that names no section.
NOWHERE = 0


class SectionForm(PageForm):
    """Name, summary and place of a section."""

    name = StringField(_("Name"), filters=[stripped], validators=[InputRequired(), Length(max=NAME_LIMIT)])
    summary = StringField(_("Summary"), filters=[stripped], validators=[Length(max=SUMMARY_LIMIT)],
                          description=_("One line that says what is in it"))  # fmt: skip
    parent_id = SelectField(_("Nested in section"), coerce=int, default=NOWHERE)
    position = IntegerField(_("Position"), default=100, validators=[Optional(), NumberRange(0, 100_000)],
                            description=_("Sections side by side are ordered by it, then by name"))  # fmt: skip
    inherits = BooleanField(_("Inherit access rights"), default=True,
                            description=_("The same rights as the section above, now and later"))  # fmt: skip
    version = HiddenField()


class RightsForm(PageForm):
    """Who may do what in a section; the boxes of the matrix are read apart."""

    inherits = BooleanField(_("Inherit access rights"),
                            description=_("The same rights as the section above, now and later"))  # fmt: skip
    version = HiddenField()


class DeleteSectionForm(PageForm):
    """What becomes of what is in a section."""

    content = RadioField(_("What is in it"), choices=[
        ("move", _("Move it to another section")), ("delete", _("Delete it too"))], default="move")  # fmt: skip
    move_to = SelectField(_("Move to"), coerce=int, default=NOWHERE)


class ArticleForm(PageForm):
    """An article as it is typed."""

    title = StringField(_("Title"), filters=[stripped], validators=[InputRequired(), Length(max=TITLE_LIMIT)])
    section_id = SelectField(_("Section"), coerce=int, validators=[InputRequired()])
    body = TextAreaField(_("Text"), validators=[InputRequired(), Length(max=BODY_LIMIT)])
    files = MultipleFileField(_("Files"))
    version = HiddenField()
    ticket_id = HiddenField()
    form_token = HiddenField()
