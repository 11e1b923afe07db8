"""Doing the jobs that a test asked for."""

from __future__ import annotations

from flask import Flask

from helpdesk_core.jobs.work import work_all


def run_jobs(app: Flask) -> int:
    """Do every job that is due, deliveries to subscribers included, and return how many attempts that took.

    Failed ones are planned for later and left; advance the clock to see them tried again.
    """
    return work_all(app, "tests")
