"""Who may work on a monthly summary, and in which state (P3.2.5). None means yes; a refusal says why not, on the
disabled button and from the service alike.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.exceptions import ConflictError, NotAllowedError, Refusal
from supervision.models import MonthlySummary, SummaryState


def write_refusal(user: User, summary: MonthlySummary) -> Refusal:
    """P3.2.5: a customer service manager analyses and signs his own summary, while he is away his deputy; the deputy
    leader that of the group; either leader that of a manager who left. Not any more once it is signed.
    """
    return author_refusal(user, summary) or signed_refusal(summary)


def author_refusal(user: User, summary: MonthlySummary) -> Refusal:
    """Whether it is this person's to write, in whatever state it is."""
    if summary.is_group:
        if user.has_role(Role.DEPUTY_LEADER):
            return None
        return NotAllowedError(
            "summary.deputy_only", _("Only the deputy leader signs the summary of the group (P3.2.5).")
        )
    people = (user, *user.stands_in_for)
    if any(one.pk == summary.service_manager_id and one.has_role(Role.SERVICE_MANAGER) for one in people):
        return None
    if summary.has_no_author and user.has_role(Role.GROUP_LEADER, Role.DEPUTY_LEADER):
        return None
    return NotAllowedError(
        "summary.not_yours", _("Only its customer service manager analyses and signs a summary (P3.2.5).")
    )


def signed_refusal(summary: MonthlySummary) -> Refusal:
    """A signed summary stays as it is: what comes later is an addendum."""
    if summary.state == SummaryState.SIGNED:
        return ConflictError("summary.signed", _("This summary is signed: nothing in it changes any more."))
    return None
