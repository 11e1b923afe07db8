"""The base of every page's form: it takes a service's refusal back to the field that was wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from flask import request
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import FileField

from helpdesk_core.contract.errors import Invalid, Rejected
from helpdesk_core.ui.form_texts import FormTexts

#: The largest number that a row can have.
MAX_NUMBER: Final = 2**31 - 1


_SENDING: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class PageForm(FlaskForm):  # type: ignore[misc]  # the library ships no types
    """A form with CSRF protection whose page answers 422 or 409 and keeps what was typed."""

    status: int = 200

    class Meta(FlaskForm.Meta):  # type: ignore[misc]  # as above
        """Where what was sent comes from, and in whose words a wrong field is refused."""

        def get_translations(self, form: Any) -> FormTexts:
            """The interface's own catalogs, in every language that it speaks."""
            return FormTexts()

        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            """The fields of the form that was sent: files for fields of files, texts for all others (F-33)."""
            if formdata is None or hasattr(formdata, "getlist"):
                return formdata
            if request.method not in _SENDING:
                return None
            sent: MultiDict[str, Any] = MultiDict(request.form)
            for name, files in request.files.lists():
                if isinstance(form._fields.get(name), FileField):
                    sent.setlist(name, files)
            return sent or None

    def submitted(self) -> bool:
        """True when the form was sent and its shape is right."""
        if not self.is_submitted():
            return False
        ok = bool(self.validate())
        self.status = 200 if ok else 422
        return ok

    @contextmanager
    def refusals(self) -> Iterator[None]:
        """Collect what services refuse inside the block as errors of the fields; the transaction is rolled back."""
        try:
            yield
        except Invalid as error:
            self.status = error.http_status
            for name, messages in error.errors.items():
                self._complain(name, messages)
        except Rejected as error:
            self.status = error.http_status
            self._complain("", [error.reason])

    @property
    def accepted(self) -> bool:
        """True when nothing was refused."""
        return not self.errors

    def _complain(self, name: str, messages: list[str]) -> None:
        field: Any = self._fields.get(name)
        if field is None:
            self.form_errors: list[str] = [*(self.form_errors or ()), *messages]
        else:
            field.errors = [*field.errors, *messages]


def row_number(text: str) -> int:
    """The number of a row that a query string names; raises ``ValueError`` for what no row can have."""
    if not text.isascii() or not text.isdigit() or len(text) > 10 or int(text) > MAX_NUMBER:
        raise ValueError("this is no row's number")
    return int(text)


def stripped(value: object) -> object:
    """Filter of text fields: no spaces around, nothing instead of an empty text."""
    return value.strip() if isinstance(value, str) else value


def optional_text(value: object) -> object:
    """Filter of text fields that may be left empty: none instead of an empty text."""
    return (value.strip() or None) if isinstance(value, str) else value
