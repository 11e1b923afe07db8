"""The mail with which a forgotten password is set anew: a job, so that no crash loses it."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import timedelta
from typing import Final

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from helpdesk_core.contract.errors import Rejected
from helpdesk_core.contract.specs import JobRun, JobSpec
from helpdesk_core.db.session import unit_of_work
from helpdesk_core.jobs.queue import enqueue
from helpdesk_core.mail.message import Mail, MailRefused
from helpdesk_core.mail.port import mailer
from helpdesk_core.settings.registry import site_name
from helpdesk_core.users.accounts import open_reset
from helpdesk_core.users.sessions import normalise_login

RESET_MAIL: Final = "users.reset_mail"
#: Within the hour in which the link works.
_DELAYS: Final = tuple(timedelta(seconds=seconds) for seconds in (10, 60, 300, 900))


def ask_for_reset(session: Session, login: str, *, language: str, host: str) -> None:
    """Ask for a mail with a link for a new password.

    Whether there is such a login shows when the job runs: who asks gets the same transaction either way, so that
    neither the answer nor its time tells (T-67). *host* is where the asker was, used where no address is configured.
    """
    known = normalise_login(login)[:254]
    # The configured address, not the request's Host header: that one is the asker's to choose.
    base = str(current_app.config.get("HELPDESK_BASE_URL") or host).rstrip("/")
    enqueue(session, RESET_MAIL, {"login": known, "language": language, "base": base})


def reset_jobs() -> list[JobSpec]:
    """The one job of this room."""
    return [JobSpec(name=RESET_MAIL, run=_send, delays=_DELAYS)]


def _send(job: JobRun) -> None:
    token = _token(job)
    with unit_of_work() as session:
        address = open_reset(session, job.payload["login"], token, asked_at=job.created_at)
    if not address:
        return
    path = current_app.url_map.bind("localhost").build("auth.reset", {"token": token})
    with force_locale(job.payload["language"]):
        mail = Mail(
            to=address,
            key=job.key,
            subject=_("%(site)s: set a new password", site=site_name()),
            text=_(
                "Somebody, most likely you, asked for a new password.\n\n"
                "Set it here within one hour:\n%(link)s\n\n"
                "If it was not you, do nothing: your password stays as it is.\n",
                link=f"{job.payload['base']}{path}",
            ),
        )
    try:
        mailer().send(mail)
    except MailRefused as refusal:
        raise Rejected(str(refusal)) from refusal


def _token(job: JobRun) -> str:
    """The same at every attempt, so that the link of a mail that was sent twice works in both; stored nowhere."""
    secret = str(current_app.config["SECRET_KEY"]).encode()
    return base64.urlsafe_b64encode(hmac.digest(secret, f"reset:{job.key}".encode(), hashlib.sha256)).decode()[:43]
