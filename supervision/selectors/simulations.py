"""The simulations that were asked for."""

from __future__ import annotations

import datetime as dt

from django.db.models import QuerySet

from creditrisk.accounts.models import User
from supervision.models import PolicySimulation
from supervision.models.policy_simulation import SETTLED


def simulation_list(user: User) -> QuerySet[PolicySimulation]:
    """Return the simulations that `user` may see, the newest first."""
    visible: QuerySet[PolicySimulation] = PolicySimulation.objects.visible_to(user)
    return visible.select_related("draft", "compared_with", "requested_by")


def waiting_simulations(*, before: dt.datetime) -> QuerySet[PolicySimulation]:
    """Return the simulations that were asked for before a moment and are not settled, the oldest first."""
    waiting = PolicySimulation.objects.filter(requested_at__lt=before).exclude(state__in=SETTLED)
    return waiting.order_by("requested_at", "pk")
