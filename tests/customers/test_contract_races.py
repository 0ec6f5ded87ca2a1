"""Two people at the same moment, on real PostgreSQL: no deposit is overdrawn, no override spent twice, no form
counted twice."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.db.models import Sum

from creditrisk.exceptions import BusinessError
from creditrisk.notifications.models import Notification
from customers import services
from customers.models import (
    Contract,
    ContractDispute,
    ContractLogEntry,
    ContractOverride,
    ContractState,
    DepositAccount,
    DepositEntry,
    DisputeNote,
    SelfCheck,
)
from tests.customers.contract_world import NOW, PDF, TODAY, contract_of, customer_of, day, terms_of
from tests.factories.people import Team, create_team

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
ROUNDS = 40


@pytest.fixture
def team() -> Team:
    return create_team()


@pytest.fixture(autouse=True)
def _media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run all of `acts` at the same moment, each on its own connection; return what each gave or was refused."""
    start = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        try:
            start.wait(10)
            return act()
        except BusinessError as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [future.result(60) for future in [pool.submit(run, act) for act in acts]]


def codes(outcomes: list[Any]) -> list[str]:
    return [outcome.code for outcome in outcomes if isinstance(outcome, BusinessError)]


def test_two_returns_at_once_cannot_overdraw(team: Team) -> None:
    """100.00 is held; two returns of 60.00 at once: one is paid, 40.00 is left."""
    for _round in range(ROUNDS):
        customer = customer_of(team)
        move = {"customer": customer, "currency": "CNY", "happened_on": TODAY, "by": team.finance_clerk}
        services.receive_deposit(amount=Decimal("100.00"), **move)
        outcomes = at_once(*[lambda: services.return_deposit(amount=Decimal("60.00"), **move)] * 2)  # noqa: B023
        assert codes(outcomes) == ["deposit.overdrawn"]
        account = DepositAccount.objects.get(customer=customer)
        assert account.balance_amount == Decimal("40.00")
        assert account.entries.aggregate(sum=Sum("effect_amount"))["sum"] == Decimal("40.00")


def test_a_return_against_a_forfeiture_and_a_reversal(team: Team) -> None:
    for _round in range(ROUNDS // 4):
        customer = customer_of(team)
        move = {"customer": customer, "currency": "CNY", "happened_on": TODAY}
        entry = services.receive_deposit(amount=Decimal("100.00"), by=team.finance_clerk, **move)
        out = move | {"amount": Decimal("100.00")}
        outcomes = at_once(
            lambda out=out: services.return_deposit(by=team.finance_clerk, **out),  # type: ignore[misc]
            lambda out=out: services.forfeit_deposit(by=None, reason="late", decision="P5.2.3", **out),  # type: ignore[misc]
            lambda entry=entry: services.reverse_deposit_entry(  # type: ignore[misc]
                entry=entry, reason="typo", happened_on=TODAY, by=team.finance_clerk
            ),
        )
        assert codes(outcomes) == ["deposit.overdrawn"] * 2
        assert DepositAccount.objects.get(customer=customer).balance_amount == 0


def test_two_first_receipts_at_once_share_one_ledger(team: Team) -> None:
    for _round in range(ROUNDS // 4):
        customer = customer_of(team)
        move = {"customer": customer, "currency": "CNY", "happened_on": TODAY, "by": team.finance_clerk}
        at_once(*[lambda: services.receive_deposit(amount=Decimal("1.00"), **move)] * 2)  # noqa: B023
        account = DepositAccount.objects.get(customer=customer)
        assert account.balance_amount == Decimal("2.00")
        assert list(account.entries.order_by("sequence").values_list("sequence", flat=True)) == [1, 2]


def test_an_override_is_spent_on_one_contract(team: Team) -> None:
    for number in range(ROUNDS // 4):
        customer = customer_of(team, grade="D")
        override = services.request_override(customer=customer, reason="x", on=TODAY, by=team.account_manager)
        services.grant_override(
            override=override, reason="x", valid_to_on=None, by=team.group_leader, now=NOW
        )

        def record(part: int, customer: Any = customer, number: int = number) -> Contract:
            return services.record_contract(
                customer=customer,
                number=f"HT-{number}-{part}",
                service_type="sales",
                amount=Decimal(1),
                currency="CNY",
                signed_on=TODAY,
                ends_on=None,
                payment_term_days=30,
                handler=team.account_manager,
                by=team.account_manager,
            )

        assert codes(at_once(lambda: record(1), lambda: record(2))) == ["contract.grade_d"]
        assert customer.contracts.count() == 1


def test_every_form_sent_twice_at_once_is_one_object(team: Team) -> None:
    for number in range(ROUNDS // 4):
        contract = contract_of(team, ContractState.PERFORMING)
        customer = contract.customer
        key = uuid4()
        by = team.account_manager
        once: dict[type[Any], Callable[[], Any]] = {
            Contract: lambda: services.draft_contract(
                customer=customer, terms=terms_of(team, number=f"D-{number}"), by=by, submission_key=key  # noqa: B023
            ),
            ContractLogEntry: lambda: services.add_log_entry(
                contract=contract, kind="note", happened_on=TODAY, text="x", by=by, today=TODAY,  # noqa: B023
                files=[services.HandedIn("a.pdf", PDF)], submission_key=key,  # noqa: B023
            ),
            ContractDispute: lambda: services.open_dispute(
                contract=contract, subject="x", owner=team.legal_affairs, opened_on=TODAY, by=by,  # noqa: B023
                submission_key=key,  # noqa: B023
            ),
            DepositEntry: lambda: services.receive_deposit(
                customer=customer, currency="CNY", amount=Decimal(1), happened_on=TODAY,  # noqa: B023
                by=team.finance_clerk, submission_key=key,  # noqa: B023
            ),
        }  # fmt: skip
        for model, act in once.items():
            before = model.objects.count()
            outcomes = at_once(act, act)
            assert codes(outcomes) == []
            assert outcomes[0].pk == outcomes[1].pk
            expected = 2 if model is ContractLogEntry else 1
            assert model.objects.count() - before <= expected
            assert outcomes[0].__class__ is model
        assert ContractLogEntry.objects.filter(contract=contract).count() == 2  # the note and the dispute
        assert contract.files.count() == 1
        dispute = contract.disputes.get()
        at_once(
            *[lambda: services.add_dispute_note(dispute=dispute, text="x", by=by, submission_key=key)] * 2  # noqa: B023
        )
        assert DisputeNote.objects.filter(dispute=dispute).count() == 1
        weak = customer_of(team, grade="D")
        ask = {"customer": weak, "reason": "x", "on": TODAY, "by": by, "submission_key": key}
        at_once(*[lambda ask=ask: services.request_override(**ask)] * 2)  # type: ignore[misc]
        assert ContractOverride.objects.filter(customer=weak).count() == 1


def test_clicks_that_end_something_end_it_once(team: Team) -> None:
    for _round in range(ROUNDS // 8):
        contract = contract_of(team, ContractState.PERFORMING)
        dispute = services.open_dispute(
            contract=contract, subject="x", owner=team.legal_affairs, opened_on=TODAY, by=team.account_manager
        )
        close = {"dispute": dispute, "closed_on": TODAY}
        outcomes = at_once(
            lambda close=close: services.resolve_dispute(outcome="a", by=team.legal_affairs, **close),  # type: ignore[misc]
            lambda close=close: services.withdraw_dispute(reason="b", by=team.account_manager, **close),  # type: ignore[misc]
        )
        assert codes(outcomes) == ["dispute.closed"]
        end = {"contract": contract, "ended_on": TODAY, "reason": "x", "by": team.account_manager}
        outcomes = at_once(
            lambda end=end: services.finish_contract(**end),  # type: ignore[misc]
            lambda end=end: services.terminate_contract(**end),  # type: ignore[misc]
        )
        assert codes(outcomes) in (["contract.not_finish"], ["contract.not_terminate"])


def test_two_runs_open_every_self_check_once(team: Team) -> None:
    for _round in range(ROUNDS // 8):
        SelfCheck.objects.all().delete()
        Notification.objects.all().delete()
        for _ in range(3):
            contract_of(team, ContractState.PERFORMING)
        at_once(*[lambda: services.open_self_checks(on=day("2026-07-01"))] * 2)
        performing = Contract.objects.filter(state=ContractState.PERFORMING).count()
        assert SelfCheck.objects.count() == performing * 2
        assert Notification.objects.count() == 2
