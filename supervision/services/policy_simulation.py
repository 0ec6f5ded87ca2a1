"""Simulating a draft of the policy: asked for by a person, reckoned by a worker."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from creditrisk.accounts.models import User
from creditrisk.exceptions import InvalidInputError, require
from creditrisk.jobs.services import alone
from creditrisk.lazy_text import filled
from creditrisk.notifications.services import notify
from creditrisk.policy.models import PolicyDraft
from creditrisk.policy.permissions import change_refusal
from creditrisk.policy.schema import policy_from_data
from creditrisk.policy.selectors import policy_version_on
from supervision.models import PolicySimulation, SimulationState
from supervision.models.policy_simulation import MOST_QUARTERS
from supervision.selectors.policy_simulation import simulated
from supervision.simulated_parts import Question, past_quarters

JOB = "policy_simulation"
ERROR_MAX_LENGTH = 2000


@transaction.atomic
def request_simulation(
    *, draft: PolicyDraft, quarters: int, today: dt.date, by: User, submission_key: UUID | None = None
) -> PolicySimulation:
    """Ask for a simulation of the draft as it is now, over the last `quarters` (1–4) before `today`; return it. A form
    sent twice is one simulation.

    Raises NotAllowedError, ConflictError for a draft that is settled, InvalidInputError for another number of quarters.
    """
    current = PolicyDraft.objects.select_for_update().get(pk=draft.pk)
    require(change_refusal(by, current))
    if submission_key is not None:
        before: PolicySimulation | None = PolicySimulation.objects.filter(
            submission_key=submission_key
        ).first()
        if before is not None:
            return before
    if not 1 <= quarters <= MOST_QUARTERS:
        raise InvalidInputError("simulation.quarters", _("Choose 1 to 4 quarters."))
    return PolicySimulation.objects.create(
        draft=current,
        draft_version=current.version,
        rules=current.rules,
        compared_with=policy_version_on(today),
        on=today,
        quarters=quarters,
        requested_by=by,
        submission_key=submission_key,
    )


def run_simulation(*, simulation: PolicySimulation, announce: bool = False) -> PolicySimulation:
    """Reckon a simulation that waits, or that a killed worker left; return it. Where `announce`, who asked for it is
    told. One that is settled is left alone.

    Raises ConflictError where another process is simulating now. An error of a part is recorded and raised.
    """
    with alone(JOB):
        current = PolicySimulation.objects.select_related("compared_with", "requested_by").get(
            pk=simulation.pk
        )
        if current.is_settled:
            return current
        _move(current, SimulationState.RUNNING)
        try:
            parts = simulated(question_of(current))
        except Exception as error:
            _finish(
                current, SimulationState.FAILED, error=f"{type(error).__name__}: {error}", announce=announce
            )
            raise
        current.result = [part.as_data() for part in parts]
        return _finish(current, SimulationState.DONE, announce=announce)


def question_of(simulation: PolicySimulation) -> Question:
    """Return what a simulation asks."""
    return Question(
        old=simulation.compared_with.policy,
        new=policy_from_data(simulation.rules),
        quarters=past_quarters(simulation.on, simulation.quarters),
        on=simulation.on,
    )


@transaction.atomic
def _move(simulation: PolicySimulation, state: SimulationState) -> None:
    simulation.state = state
    simulation.save()


@transaction.atomic
def _finish(
    simulation: PolicySimulation, state: SimulationState, *, error: str = "", announce: bool
) -> PolicySimulation:
    simulation.state = state
    simulation.error = error[:ERROR_MAX_LENGTH]
    simulation.finished_at = timezone.now()
    simulation.save()
    if announce:
        notify(
            users=[simulation.requested_by],
            title=filled(
                gettext_lazy("The simulation of “%(title)s” is finished."), title=simulation.draft.title
            ),
            url=simulation.get_absolute_url(),
            key=f"policy:simulation:{simulation.pk}",
        )
    return simulation
