"""What the schedule wakes, and what a page leaves to a worker."""

from __future__ import annotations

import datetime as dt
import logging

from celery import shared_task
from django.utils import timezone

from creditrisk.exceptions import ConflictError
from supervision.models import PolicySimulation
from supervision.selectors.simulations import waiting_simulations
from supervision.services.policy_simulation import run_simulation

logger = logging.getLogger(__name__)

FORGOTTEN_AFTER = dt.timedelta(minutes=1)
"""A simulation that waits longer than this has lost its task: the broker was down, or a worker died."""


@shared_task
def simulate_policy(pk: int) -> None:
    """Reckon one simulation, and tell who asked for it."""
    _simulate(PolicySimulation.objects.get(pk=pk))


@shared_task
def simulate_waiting_policies() -> None:
    """Reckon the simulations whose task was lost; the database knows them, whatever the broker forgot."""
    for simulation in waiting_simulations(before=timezone.now() - FORGOTTEN_AFTER):
        _simulate(simulation)


def _simulate(simulation: PolicySimulation) -> None:
    try:
        run_simulation(simulation=simulation, announce=True)
    except ConflictError:
        logger.info("Simulation %s waits: another one is being reckoned.", simulation.pk)
