"""Which jobs this process can do: the core's, those that plugins registered, and deliveries to subscribers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Final

from flask import Flask, current_app

from helpdesk_core.contract.specs import JobSpec
from helpdesk_core.plugins.calls import current_runtime

_EXTENSION: Final = "helpdesk_job_sources"


def add_jobs(app: Flask, source: Callable[[], Iterable[JobSpec]]) -> None:
    """Let a room of the core name the jobs that it has; *source* is asked inside an app context."""
    app.extensions.setdefault(_EXTENSION, []).append(source)


def all_jobs() -> dict[str, JobSpec]:
    """Every job that this app can do, by name."""
    known = {spec.name: spec for source in current_app.extensions.get(_EXTENSION, ()) for spec in source()}
    return known | {spec.name: spec for spec in current_runtime().registry.all(JobSpec)}


def jobs_of(queues: Collection[str] | None) -> dict[str, JobSpec]:
    """The jobs of these *queues*, by name; ``None`` gives all."""
    return {name: spec for name, spec in all_jobs().items() if queues is None or spec.queue in queues}


def names_by_queue(jobs: Mapping[str, JobSpec]) -> dict[str, list[str]]:
    """The names of *jobs* by the queue that each is of."""
    found: dict[str, list[str]] = {}
    for name, spec in jobs.items():
        found.setdefault(spec.queue, []).append(name)
    return found


def job_spec(name: str) -> JobSpec:
    """The job *name*; raises ``LookupError`` with what to do where nobody registered it."""
    try:
        return all_jobs()[name]
    except KeyError:
        raise LookupError(f"nobody registered the job {name!r}: return it from helpdesk_register_jobs") from None
