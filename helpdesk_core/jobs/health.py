"""Whether the work outside requests is done, and what several processes need: for ``helpdesk check``."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from flask import Flask
from sqlalchemy import func, make_url, select
from sqlalchemy.orm import Session

from helpdesk_core.contract.specs import Health, HealthFinding
from helpdesk_core.db.session import reading
from helpdesk_core.db.types import utcnow
from helpdesk_core.jobs.broker import current_broker
from helpdesk_core.jobs.models import DEAD, RUNNING, Job
from helpdesk_core.jobs.registry import all_jobs

#: A job that waits for so long is late.
LATE: Final = timedelta(minutes=5)
NEEDS_REDIS: Final = "several processes need Redis (HELPDESK_REDIS_URL): for limits of attempts, and for live push"
_PATIENCE_SECONDS: Final = 2.0


def job_findings(app: Flask) -> Iterator[HealthFinding]:
    """What there is to say of the jobs; needs an app context and the tables."""
    with reading() as session:
        yield _late(session)
        dead = session.scalar(select(func.count()).select_from(Job).where(Job.state == DEAD)) or 0
    message = f"{dead} gave up; see Settings » Jobs or `helpdesk jobs list`" if dead else ""
    yield HealthFinding(key="dead_jobs", status=Health.WARNING if dead else Health.OK, message=message)


def scale_findings(app: Flask) -> Iterator[HealthFinding]:
    """Whether the servers beside the database are there, and fit the number of processes; needs an app context."""
    broker = current_broker()
    if broker is not None:
        trouble = broker.trouble()
        message = f"jobs wait: {trouble}" if trouble else ""
        yield HealthFinding(key="broker", status=Health.FAILED if trouble else Health.OK, message=message)
    several = app.config["HELPDESK_WORKERS"] > 1
    yield _redis(str(app.config["HELPDESK_REDIS_URL"]), several=several)
    if make_url(app.config["SQLALCHEMY_DATABASE_URI"]).get_backend_name() == "sqlite" and (several or broker):
        message = "SQLite lets one process write at a time: move to PostgreSQL (HELPDESK_DATABASE_URL)"
        yield HealthFinding(key="processes", status=Health.WARNING, message=message)


def _late(session: Session) -> HealthFinding:
    now = utcnow()
    late = select(func.count(), func.min(Job.due_at)).where(Job.due_at < now - LATE, Job.name.in_(all_jobs()))
    count, oldest = session.execute(late).one()
    if oldest is None:
        return HealthFinding(key="jobs", status=Health.OK)
    minutes = int((now - oldest).total_seconds() // 60)
    # A lease that has not run out: somebody lives, and is slow.
    working = session.scalar(select(Job.id).where(Job.state == RUNNING, Job.due_at > now).limit(1)) is not None
    advice = "more threads or workers are needed" if working else "nobody works: is `helpdesk worker` running?"
    message = f"{count} wait, the oldest for {minutes} minutes; {advice}"
    return HealthFinding(key="jobs", status=Health.WARNING if working else Health.FAILED, message=message)


def _redis(url: str, *, several: bool) -> HealthFinding:
    if not url:
        if several:
            return HealthFinding(key="redis", status=Health.WARNING, message=NEEDS_REDIS)
        return HealthFinding(key="redis", status=Health.OK, message="not used; several processes would need it")
    if not url.startswith(("redis://", "rediss://")):
        return HealthFinding(key="redis", status=Health.OK, message="not checked: neither redis:// nor rediss://")
    from redis import Redis, RedisError  # an extra

    try:
        with Redis.from_url(url, socket_connect_timeout=_PATIENCE_SECONDS, socket_timeout=_PATIENCE_SECONDS) as redis:
            redis.ping()
    except (RedisError, OSError, ValueError) as error:
        return HealthFinding(key="redis", status=Health.FAILED, message=str(error))
    return HealthFinding(key="redis", status=Health.OK)
