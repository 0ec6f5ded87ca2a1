"""Drafts, edits, and a contract's way from state to state (P3.1 c, P3.2)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from creditrisk.accounts.roles import Role
from creditrisk.audit.selectors import history_of
from creditrisk.policy.default import DEFAULT_POLICY
from customers import services
from customers.models import (
    Contract,
    ContractDispute,
    ContractState,
    Customer,
    CustomerState,
    PaymentTermKind,
    SelfCheck,
    SelfCheckState,
)
from tests.customers.contract_world import code_of, contract_of, customer_of, day, terms_of
from tests.factories.customers import create_contract, create_customer
from tests.factories.people import Team, create_team, create_user

pytestmark = pytest.mark.django_db
SIGNED = day("2026-02-01")


@pytest.fixture
def team() -> Team:
    return create_team()


def draft(team: Team, customer: Customer, **changes: Any) -> Contract:
    return services.draft_contract(
        customer=customer, terms=terms_of(team, **changes), by=team.account_manager
    )


# Drafts


def test_a_draft_may_come_before_the_review(team: Team) -> None:
    customer = create_customer(account_manager=team.account_manager)
    contract = draft(
        team,
        customer,
        number=" HT  7 ",
        payment_term_kind="end_of_month",
        deposit_required_amount=Decimal("5000.00"),
        late_payment_daily_ratio=Decimal("0.001"),
        notes=" see annex ",
    )
    contract.refresh_from_db()
    assert (contract.state, contract.signed_on, contract.number) == ("draft", None, "HT 7")
    assert (contract.payment_term_kind, contract.notes) == (PaymentTermKind.END_OF_MONTH, "see annex")
    assert contract.late_payment_daily_ratio == Decimal("0.001")
    assert code_of(
        lambda: services.sign_contract(contract=contract, signed_on=SIGNED, by=team.account_manager)
    ) == ("contract.no_review")


def test_a_draft_form_sent_twice_is_one_draft(team: Team) -> None:
    customer, key = customer_of(team), uuid4()
    made = {
        services.draft_contract(
            customer=customer, terms=terms_of(team), by=team.account_manager, submission_key=key
        ).pk
        for _ in range(2)
    }
    assert len(made) == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"number": " "}, "contract.number_missing"),
        ({"amount": Decimal(0)}, "contract.amount"),
        ({"payment_term_days": -1}, "contract.payment_term"),
        ({"deposit_required_amount": Decimal("-0.01")}, "contract.deposit"),
        ({"starts_on": day("2026-02-02"), "ends_on": SIGNED}, "contract.ends_before_start"),
        ({"late_payment_daily_ratio": Decimal("1.000001")}, "contract.late_payment"),
        ({"late_payment_cap_ratio": Decimal("-0.0001")}, "contract.late_payment"),
    ],
)
def test_terms_that_cannot_be(team: Team, changes: dict[str, Any], code: str) -> None:
    customer = customer_of(team)
    assert code_of(lambda: draft(team, customer, **changes)) == code
    assert not customer.contracts.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"payment_term_days": 0},
        {"deposit_required_amount": Decimal(0)},
        {"starts_on": SIGNED, "ends_on": SIGNED},
        {"late_payment_daily_ratio": Decimal(1), "late_payment_cap_ratio": Decimal(0)},
    ],
)
def test_terms_that_only_just_can(team: Team, changes: dict[str, Any]) -> None:
    assert draft(team, customer_of(team), **changes).pk


def test_strangers_and_closed_files(team: Team) -> None:
    stranger = create_user(Role.ACCOUNT_MANAGER)
    customer = customer_of(team)
    terms = terms_of(team)
    assert code_of(lambda: services.draft_contract(customer=customer, terms=terms, by=stranger)) == (
        "contract.not_allowed"
    )
    closed = customer_of(team, state=CustomerState.CLOSED)
    assert code_of(lambda: draft(team, closed)) == "customer.closed"


# Editing


def test_a_draft_is_changed_and_keeps_its_history(team: Team) -> None:
    contract = draft(team, customer_of(team))
    changed = services.edit_contract(
        contract=contract,
        terms=terms_of(team, amount=Decimal("99.00"), handler=team.service_manager),
        version=1,
        by=team.service_manager,
    )
    assert (changed.amount, changed.handler, changed.version) == (Decimal("99.00"), team.service_manager, 2)
    newest = history_of(contract)[0]
    assert newest.person == str(team.service_manager)
    assert {"amount", "handler"} <= {change.field for change in newest.changes}


def test_of_a_running_contract_only_handler_and_notes_change(team: Team) -> None:
    contract = contract_of(team)
    services.edit_contract(
        contract=contract,
        terms=terms_of(team, amount=Decimal("1.00"), handler=team.service_manager, notes="moved"),
        version=1,
        by=team.account_manager,
    )
    contract.refresh_from_db()
    assert (contract.amount, contract.notes) == (Decimal("120000.00"), "moved")
    assert contract.handler == team.service_manager
    stored = terms_of(team, handler=team.finance_clerk, notes="moved")
    assert code_of(
        lambda: services.edit_contract(contract=contract, terms=stored, version=2, by=team.account_manager)
    ) == ("contract.handler")
    only_notes = terms_of(team, handler=team.service_manager, notes="again")
    assert (
        services.edit_contract(
            contract=contract, terms=only_notes, version=2, by=team.account_manager
        ).version
        == 3
    )


def test_a_stale_edit_is_told_what_changed(team: Team) -> None:
    contract = draft(team, customer_of(team))
    edit = {"contract": contract, "version": 1, "by": team.account_manager}
    services.edit_contract(terms=terms_of(team, notes="one"), **edit)
    assert services.edit_contract(terms=terms_of(team, notes="one"), **edit).version == 2  # a second click
    with pytest.raises(Exception, match="one") as refused:
        services.edit_contract(terms=terms_of(team, notes="two"), **edit)
    assert refused.value.code == "contract.changed"  # type: ignore[attr-defined]
    assert str(team.account_manager) in str(refused.value)


def test_an_ended_contract_is_not_changed(team: Team) -> None:
    contract = contract_of(team, ContractState.FINISHED)
    assert code_of(
        lambda: services.edit_contract(
            contract=contract, terms=terms_of(team, notes="x"), version=1, by=team.account_manager
        )
    ) == ("contract.ended")


def test_the_number_of_another_contract(team: Team) -> None:
    create_contract(customer=customer_of(team), handler=team.account_manager, number="HT-2026-1")
    customer = customer_of(team)
    assert code_of(lambda: draft(team, customer)) == "contract.number_taken"


def test_what_the_database_refuses_for_another_reason_is_no_taken_number(team: Team) -> None:
    """The service checks before; an error of the database that it does not know is not hidden."""
    contract = contract_of(team)
    contract.amount = Decimal(0)
    from customers.services.contract import save_contract

    with pytest.raises(IntegrityError, match="contract_amount_positive"), transaction.atomic():
        save_contract(contract, by=team.account_manager)


# From state to state


def test_the_whole_way(team: Team) -> None:
    contract = draft(team, customer_of(team), ends_on=day("2026-12-31"))
    for _ in range(2):  # each step twice: a double click
        contract = services.sign_contract(contract=contract, signed_on=SIGNED, by=team.account_manager)
    assert (contract.state, contract.signed_on) == ("signed", SIGNED)
    for _ in range(2):
        contract = services.start_performance(
            contract=contract, performing_on=SIGNED, by=team.service_manager
        )
    assert (contract.state, contract.performing_on) == ("performing", SIGNED)
    for _ in range(2):
        contract = services.finish_contract(
            contract=contract, ended_on=SIGNED, reason=" ", by=team.service_manager
        )
    assert (contract.state, contract.ended_on, contract.end_reason) == ("finished", SIGNED, "")
    states = [
        change.new
        for entry in reversed(history_of(contract))
        for change in entry.changes
        if change.field == "state"
    ]
    assert states == ["draft", "signed", "performing", "finished"]


@pytest.mark.parametrize("state", [ContractState.DRAFT, ContractState.SIGNED, ContractState.PERFORMING])
def test_termination(team: Team, state: ContractState) -> None:
    contract = contract_of(team, state)
    end = {"contract": contract, "ended_on": SIGNED, "by": team.group_leader}
    assert code_of(lambda: services.terminate_contract(reason=" ", **end)) == "contract.reason_missing"
    for _ in range(2):
        contract = services.terminate_contract(reason=" insolvent ", **end)
    assert (contract.state, contract.end_reason) == ("terminated", "insolvent")
    assert code_of(lambda: services.terminate_contract(reason="other", **end)) == "contract.not_terminate"


@pytest.mark.parametrize("role", [Role.GROUP_LEADER, Role.FINANCE_CLERK])
def test_only_the_two_managers_sign_start_and_finish(team: Team, role: Role) -> None:
    by = team.holder(role)
    draft_, signed = contract_of(team, ContractState.DRAFT), contract_of(team)
    performing = contract_of(team, ContractState.PERFORMING)
    sign = {"contract": draft_, "signed_on": SIGNED, "by": by}
    assert code_of(lambda: services.sign_contract(**sign)) == "contract.not_allowed"
    start = {"contract": signed, "performing_on": SIGNED, "by": by}
    assert code_of(lambda: services.start_performance(**start)) == "contract.not_allowed"
    finish = {"contract": performing, "ended_on": SIGNED, "reason": "", "by": by}
    assert code_of(lambda: services.finish_contract(**finish)) == "contract.not_allowed"


def test_dates_that_cannot_be(team: Team) -> None:
    before = SIGNED - dt.timedelta(days=1)
    signed, performing = contract_of(team), contract_of(team, ContractState.PERFORMING)
    by = team.account_manager
    start = {"contract": signed, "performing_on": before, "by": by}
    assert code_of(lambda: services.start_performance(**start)) == "contract.performed_before_signing"
    stop = {"contract": signed, "ended_on": before, "reason": "x", "by": by}
    assert code_of(lambda: services.terminate_contract(**stop)) == "contract.ended_too_early"
    finish = {"contract": performing, "ended_on": before, "reason": "", "by": by}
    assert code_of(lambda: services.finish_contract(**finish)) == "contract.ended_too_early"
    late = draft(team, customer_of(team), ends_on=SIGNED)
    assert code_of(lambda: services.sign_contract(contract=late, signed_on=day("2026-02-02"), by=by)) == (
        "contract.ends_before_signing"
    )
    assert code_of(lambda: services.sign_contract(contract=late, signed_on=day("2026-01-14"), by=by)) == (
        "contract.signed_before_review"
    )
    assert services.sign_contract(contract=late, signed_on=SIGNED, by=by).state == "signed"


@pytest.mark.parametrize(
    ("state", "fields", "code"),
    [
        (CustomerState.SUSPENDED, {"state_reason": "late"}, "contract.suspended"),
        (CustomerState.CLOSED, {}, "customer.closed"),
        (CustomerState.ACTIVE, {"grade": "D"}, "contract.grade_d"),
        (CustomerState.ACTIVE, {"reviewed_on": day("2025-01-31")}, "contract.review_expired"),
    ],
)
def test_a_draft_is_not_signed_where_new_business_is_on_hold(
    team: Team, state: CustomerState, fields: dict[str, Any], code: str
) -> None:
    contract = contract_of(team, ContractState.DRAFT, customer=customer_of(team, state=state, **fields))
    assert (
        code_of(lambda: services.sign_contract(contract=contract, signed_on=SIGNED, by=team.account_manager))
        == code
    )
    contract.refresh_from_db()
    assert contract.state == ContractState.DRAFT


def test_an_open_dispute_keeps_a_contract_from_being_finished(team: Team) -> None:
    contract = contract_of(team, ContractState.PERFORMING)
    dispute = ContractDispute.objects.create(
        customer=contract.customer,
        contract=contract,
        subject="x",
        owner=team.legal_affairs,
        opened_on=SIGNED,
        opened_by=team.account_manager,
    )
    finish = {"contract": contract, "ended_on": SIGNED, "reason": "", "by": team.account_manager}
    assert code_of(lambda: services.finish_contract(**finish)) == "contract.open_dispute"
    services.resolve_dispute(dispute=dispute, outcome="agreed", closed_on=SIGNED, by=team.legal_affairs)
    assert services.finish_contract(**finish).state == "finished"


@pytest.mark.parametrize("state", [ContractState.PERFORMING])
def test_self_checks_of_an_ended_contract_lapse(team: Team, state: ContractState) -> None:
    contract = contract_of(team, state)
    services.open_self_checks(on=day("2026-07-01"))
    assert contract.self_checks.count() == 2
    services.terminate_contract(contract=contract, ended_on=SIGNED, reason="x", by=team.account_manager)
    assert set(contract.self_checks.values_list("state", flat=True)) == {SelfCheckState.LAPSED}
    assert SelfCheck.objects.asked_of(team.account_manager).filter(state="open").count() == 0


# What the database itself refuses


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"state": "signed", "signed_on": None}, "contract_signed_has_date"),
        ({"state": "draft"}, "contract_signed_has_date"),
        ({"state": "performing"}, "contract_performing_has_date"),
        ({"performing_on": SIGNED}, "contract_performing_has_date"),
        ({"state": "terminated", "ended_on": SIGNED}, "contract_terminated_with_reason"),
        ({"ended_on": SIGNED}, "contract_ended_has_date"),
        ({"starts_on": day("2026-02-03"), "ends_on": day("2026-02-02")}, "contract_term_in_order"),
        ({"deposit_required_amount": Decimal("-1")}, "contract_deposit_not_negative"),
        ({"late_payment_cap_ratio": Decimal("1.1")}, "contract_late_payment_ratios"),
    ],
)  # fmt: skip
def test_the_database_keeps_states_and_dates_together(
    team: Team, fields: dict[str, Any], constraint: str
) -> None:
    contract = contract_of(team)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Contract.objects.filter(pk=contract.pk).update(**fields)


# Terms in words and numbers


@pytest.mark.parametrize(
    ("kind", "days", "text"),
    [
        ("net", 30, "30 days"),
        ("net", 1, "1 day"),
        ("end_of_month", 30, "end of the month + 30 days"),
        ("end_of_month", 0, "end of the month"),
    ],
)
def test_payment_term_in_words(team: Team, kind: str, days: int, text: str) -> None:
    contract = contract_of(team, payment_term_kind=kind, payment_term_days=days)
    assert contract.payment_term == text


def test_the_contract_s_own_late_payment_terms_come_first(team: Team) -> None:
    """The policy says 0.05 % a day, capped at 20 %; each of the two may be overridden by itself."""
    assert contract_of(team).late_payment_ratios(DEFAULT_POLICY) == (Decimal("0.0005"), Decimal("0.20"))
    own = contract_of(team, late_payment_daily_ratio=Decimal("0.001"))
    assert own.late_payment_ratios(DEFAULT_POLICY) == (Decimal("0.001"), Decimal("0.20"))
    none = contract_of(team, late_payment_daily_ratio=Decimal(0), late_payment_cap_ratio=Decimal(0))
    assert none.late_payment_ratios(DEFAULT_POLICY) == (0, 0)
