"""Hook specifications, one module per room; a hook stands here only when something calls it."""

from types import ModuleType
from typing import Final

from helpdesk_core.contract.hooks import access, cli, events, i18n, jobs, lifecycle, search, statuses, tickets, ui

#: Every room; all of it is known to each app's plugin manager before anything registers.
ROOMS: Final[tuple[ModuleType, ...]] = (lifecycle, tickets, statuses, access, ui, search, events, cli, i18n, jobs)
