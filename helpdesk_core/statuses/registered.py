"""Statuses and steps that plugins bring: written once, then the site's own to arrange."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from helpdesk_core.contract.specs import StatusCategory, StatusSpec, TransitionSpec
from helpdesk_core.plugins.registry import Registry
from helpdesk_core.statuses.models import Status, StatusTransition


def install_statuses(session: Session, registry: Registry) -> None:
    """Add the registered statuses that are not there yet, with the steps that begin or end at them.

    A step that an administrator took out of the matrix is not put back: it came with its status, and that is there.
    """
    known = set(session.scalars(select(Status.key)))
    new = [spec for spec in registry.all(StatusSpec) if spec.key not in known]
    if not new:
        return
    last = session.scalar(select(func.max(Status.position))) or 0
    for index, spec in enumerate(sorted(new, key=lambda one: (one.order, one.key)), start=1):
        session.add(
            Status(
                key=spec.key,
                label=str(spec.label),
                category=spec.category.value,
                is_system=True,
                is_default=False,
                final=spec.category is StatusCategory.CLOSED,
                pauses_sla=spec.pauses_sla,
                counts_to_load=spec.counts_to_load,
                requires_until=spec.requires_until,
                finish_target=spec.finish_target,
                background=spec.background,
                foreground=spec.foreground,
                position=last + 10 * index,
            )
        )
    session.flush()
    keys = {spec.key for spec in new}
    session.add_all(
        StatusTransition(source=step.source, target=step.target, permission=step.permission)
        for step in registry.all(TransitionSpec)
        if step.source in keys or step.target in keys
    )
    session.flush()
