"""The buttons of the customer's state: what this person may do now. What he may not do is not shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from customers import credit_permissions, permissions
from customers.models import Customer
from customers.permissions import Refusal


@dataclass(frozen=True)
class StateAction:
    """A link to the form of one decision; `is_grave`: it stops something."""

    label: str | Promise
    url: str
    icon: str
    is_grave: bool


_OFFERED: tuple[tuple[str, Callable[[User, Customer], Refusal], str | Promise, str, bool], ...] = (
    ("watch", permissions.watch_refusal, _("Put on watch"), "eye", False),
    ("end_watch", permissions.end_watch_refusal, _("End the watch"), "check-lg", False),
    ("stop", permissions.suspend_refusal, _("Stop cooperation"), "ban", True),
    ("reinstate", permissions.reinstate_refusal, _("Lift the suspension"), "play-fill", False),
    ("freeze", credit_permissions.freeze_refusal, _("Freeze"), "lock", True),
    ("unfreeze", credit_permissions.unfreeze_refusal, _("Unfreeze"), "unlock", False),
    ("close", permissions.close_refusal, _("Close the file"), "x-lg", True),
    ("reopen", permissions.reopen_refusal, _("Reopen the file"), "arrow-clockwise", False),
)


def state_actions(*, customer: Customer, user: User) -> list[StateAction]:
    """Return what `user` may decide about the customer's state now, in the order of the page."""
    return [
        StateAction(label, reverse(f"customers:{name}", args=[customer.number]), icon, is_grave)
        for name, refusal_of, label, icon, is_grave in _OFFERED
        if refusal_of(user, customer) is None
    ]
