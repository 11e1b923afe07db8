"""Every core model, so that the metadata is complete wherever this module has been imported."""

from helpdesk_core.access import models as access
from helpdesk_core.customers import models as customers
from helpdesk_core.db import reference
from helpdesk_core.events import models as events
from helpdesk_core.fields import models as fields
from helpdesk_core.imports import models as imports
from helpdesk_core.inbound import models as inbound
from helpdesk_core.jobs import models as jobs
from helpdesk_core.plugins import models as plugins
from helpdesk_core.search import models as search
from helpdesk_core.settings import models as settings
from helpdesk_core.statuses import models as statuses
from helpdesk_core.tickets import models as tickets
from helpdesk_core.users import models as users
from helpdesk_core.wording import models as wording

__all__ = [
    "access",
    "customers",
    "events",
    "fields",
    "imports",
    "inbound",
    "jobs",
    "plugins",
    "reference",
    "search",
    "settings",
    "statuses",
    "tickets",
    "users",
    "wording",
]
