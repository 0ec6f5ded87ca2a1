"""Simulating a draft of the policy: asking for it, watching it, reading what it says."""

from __future__ import annotations

import logging

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST
from kombu.exceptions import OperationalError as BrokerError

from creditrisk.accounts.requests import person_of
from creditrisk.dates import local_today
from creditrisk.exceptions import ConflictError, InvalidInputError
from creditrisk.policy.selectors import draft_list
from supervision.forms.policy_simulation import SimulationForm
from supervision.models import PolicySimulation
from supervision.selectors.simulated_reports import lines_of
from supervision.selectors.simulations import simulation_list
from supervision.services.policy_simulation import request_simulation, run_simulation
from supervision.simulated_parts import part_from_data, past_quarters
from supervision.simulation_words import told_parts
from supervision.tasks import simulate_policy

logger = logging.getLogger(__name__)

AT_ONCE_LINES = 20_000
"""Reports with no more lines than this are replayed while the person waits."""


def _simulation_or_404(request: HttpRequest, pk: int) -> PolicySimulation:
    return get_object_or_404(simulation_list(person_of(request)), pk=pk)


@require_POST
def simulation_create(request: HttpRequest, draft_pk: int) -> HttpResponse:
    """Simulate a draft: a small company's at once, a large one's by a worker."""
    person = person_of(request)
    draft = get_object_or_404(draft_list(person), pk=draft_pk)
    form = SimulationForm(request.POST)
    if not form.is_valid():
        raise InvalidInputError("simulation.form", form.errors.as_text())
    simulation = request_simulation(draft=draft, today=local_today(), by=person, **form.cleaned_data)
    _start(simulation)
    return redirect(simulation)


def _start(simulation: PolicySimulation) -> None:
    if simulation.is_settled:
        return
    try:
        if lines_of(past_quarters(simulation.on, simulation.quarters)) <= AT_ONCE_LINES:
            run_simulation(simulation=simulation)
        else:
            simulate_policy.delay(simulation.pk)
    except ConflictError:
        logger.info("simulation %s waits: another one is being reckoned", simulation.pk)
    except BrokerError:
        logger.warning("the broker is down: simulation %s will be found by the schedule", simulation.pk)
    except Exception:
        simulation.refresh_from_db()
        if not simulation.is_settled:
            raise
        # It is stored as failed: its page says so, and what to do.
        logger.exception("simulation %s failed", simulation.pk)


@require_GET
def simulation_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """What a simulation says, or that it is still being reckoned."""
    simulation = _simulation_or_404(request, pk)
    parts = [part_from_data(part) for part in simulation.result]
    context = {
        "simulation": simulation,
        "quarters": past_quarters(simulation.on, simulation.quarters),
        "parts": told_parts(parts, reader=person_of(request)),
    }
    return render(request, "supervision/policy_simulation.html", context)


@require_GET
def simulation_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """Asked by the page while a simulation is being reckoned; the page reloads once it is settled."""
    simulation = _simulation_or_404(request, pk)
    if simulation.is_settled:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "supervision/_simulation_progress.html", {"simulation": simulation})
