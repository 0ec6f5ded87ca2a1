"""Who sees the ledger of jobs."""

from __future__ import annotations

from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.exceptions import NotAllowedError


def list_refusal(user: User) -> NotAllowedError | None:
    """Administrators keep the system running, the leaders answer for what it does."""
    if user.has_role(Role.ADMINISTRATOR, Role.GROUP_LEADER, Role.DEPUTY_LEADER):
        return None
    return NotAllowedError("jobs.not_allowed", _("Only administrators and the leaders see the jobs."))
