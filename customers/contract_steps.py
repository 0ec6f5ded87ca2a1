"""A contract's steps as its pages show them: what each is called, means and asks for, and why it cannot be taken."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from creditrisk.accounts.models import User
from creditrisk.policy.selectors import policy_version_on
from customers import contract_permissions, contract_selectors, services
from customers.contract_permissions import Step
from customers.models import Contract
from customers.permissions import Refusal, contract_refusal


@dataclass(frozen=True)
class StepPage:
    """How a step is called, what it means, and whether it asks for a reason."""

    label: Promise
    text: Promise
    act: Callable[..., Contract]
    icon: str
    with_reason: bool = False
    is_dangerous: bool = False


def _sign(contract: Contract, on: dt.date, _reason: str, by: User) -> Contract:
    return services.sign_contract(contract=contract, signed_on=on, by=by)


def _start(contract: Contract, on: dt.date, _reason: str, by: User) -> Contract:
    return services.start_performance(contract=contract, performing_on=on, by=by)


def _finish(contract: Contract, on: dt.date, reason: str, by: User) -> Contract:
    return services.finish_contract(contract=contract, ended_on=on, reason=reason, by=by)


def _terminate(contract: Contract, on: dt.date, reason: str, by: User) -> Contract:
    return services.terminate_contract(contract=contract, ended_on=on, reason=reason, by=by)


STEPS: Mapping[Step, StepPage] = {
    Step.SIGN: StepPage(
        gettext_lazy("Sign"),
        gettext_lazy("Both sides have signed. What was agreed is not changed after this."),
        _sign,
        "pencil",
    ),
    Step.START: StepPage(
        gettext_lazy("Start performance"),
        gettext_lazy(
            "Delivery or service has begun. From its first whole half-year on, self-checks are asked for."
        ),
        _start,
        "play-fill",
    ),
    Step.FINISH: StepPage(
        gettext_lazy("Finish"),
        gettext_lazy("Everything was delivered and accepted. Open self-checks lapse."),
        _finish,
        "check-lg",
        with_reason=True,
    ),
    Step.TERMINATE: StepPage(
        gettext_lazy("Terminate"),
        gettext_lazy("The contract ends before its time, or is never signed. Open self-checks lapse."),
        _terminate,
        "x-lg",
        with_reason=True,
        is_dangerous=True,
    ),
}


@dataclass(frozen=True)
class StepButton:
    """A step as the contract's page offers it, or says why not."""

    code: str
    page: StepPage
    url: str
    refusal: Refusal


def refusal_of_step(person: User, contract: Contract, step: Step, *, today: dt.date) -> Refusal:
    """Return why this person may not take the step today; before a signature also why there is no contract (P4.1)."""
    has_open_dispute = step == Step.FINISH and contract_selectors.has_open_dispute(contract)
    refusal = contract_permissions.step_refusal(person, contract, step, has_open_dispute=has_open_dispute)
    if refusal is not None or step != Step.SIGN:
        return refusal
    return contract_refusal(
        person,
        contract.customer,
        signed_on=today,
        policy=policy_version_on(today).policy,
        override=contract_selectors.open_override_of(contract.customer),
    )


def step_buttons(person: User, contract: Contract, *, today: dt.date) -> list[StepButton]:
    """Return the steps from the contract's state, each with its refusal; none after its end."""
    return [
        StepButton(
            step.value,
            STEPS[step],
            reverse(f"contracts:{step.value}", args=[contract.pk]),
            refusal_of_step(person, contract, step, today=today),
        )
        for step, states in contract_permissions.STEP_FROM.items()
        if contract.state in states
    ]
