"""Customers and contracts that are dunned differently: other days, nobody, least amount, interval (P5.2.3)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pgtrigger
import pytest
from django.test import Client
from django.urls import reverse

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.exchange_rates.models import ExchangeRate
from creditrisk.policy.default import DEFAULT_POLICY
from creditrisk.policy.services import change_settings, create_draft, discard_draft, publish_policy
from customers.models import Contract, Customer
from receivables.models import DunningTerms, OpenItem
from receivables.selectors.dunning_facts import dunning_facts
from receivables.services.dunning import run_dunning
from receivables.services.dunning_terms import agree_dunning_terms, end_dunning_terms
from tests.customers.contract_world import code_of, contract_of, customer_of
from tests.factories.people import Team, create_team
from tests.factories.reports import Line, create_report
from tests.receivables.test_dunning_run import AS_OF, DUE, day, run, send_all

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return create_team()


@pytest.fixture
def customer(team: Team) -> Customer:
    return customer_of(team, number="C1", finance_email="finance@customer.example")


def agreed(
    team: Team, customer: Customer, contract: Contract | None = None, *, by: Any = None, **values: Any
) -> DunningTerms:
    return agree_dunning_terms(
        customer=customer,
        contract=contract,
        values={"reason": "框架协议", **values},
        policy=DEFAULT_POLICY,
        by=by or team.planning_finance,
    )


def test_terms_that_a_draft_of_the_policy_does_not_fit_are_told_before_it_is_published(
    team: Team, customer: Customer
) -> None:
    """The customer's letter comes on day 10, the contract's on day 3; by the draft demands begin on day 8."""
    agreed(team, customer, letter_from_day=10)
    agreed(team, customer_of(team, number="C2"), letter_from_day=3)
    draft = create_draft(title="Sooner", note="", by=team.group_leader)
    pages = [reverse(f"policy:{name}", args=[draft.pk]) for name in ("draft", "draft_publish")]

    def told(person: User) -> list[str]:
        client = Client()
        client.force_login(person)
        return [client.get(page).content.decode() for page in pages]

    assert not any("do not fit this draft" in page for page in told(team.group_leader))
    change_settings(
        draft=draft,
        changes={"dunning.stages.final_demand.from_day": 8},
        seen_version=1,
        by=team.group_leader,
    )
    link = reverse("receivables:dunning_terms", args=["C1"])
    for page in told(team.group_leader):
        assert "The own dunning terms of 1 customer or contract do not fit this draft" in page
        assert link in page
        assert reverse("receivables:dunning_terms", args=["C2"]) not in page
    for page in told(team.administrator):
        assert "do not fit this draft" in page
        assert link not in page, "an administrator sees no customer"
    discard_draft(draft=draft, by=team.group_leader)
    assert "do not fit this draft" not in told(team.group_leader)[0]


@pytest.mark.parametrize("role", list(Role))
def test_leaders_and_planning_and_finance_agree_on_terms(team: Team, customer: Customer, role: Role) -> None:
    person = team.holder(role)
    if role in {Role.GROUP_LEADER, Role.DEPUTY_LEADER, Role.PLANNING_FINANCE}:
        assert agreed(team, customer, by=person, is_excluded=True).set_by == person
    else:
        assert code_of(lambda: agreed(team, customer, by=person)) == "dunning_terms.not_allowed"


def test_the_same_terms_are_one_row_and_ending_them_twice_is_once(team: Team, customer: Customer) -> None:
    first = agreed(team, customer, letter_from_day=5)
    second = agreed(team, customer, letter_from_day=6)
    assert (first.pk, second.letter_from_day, second.reminder_from_day) == (second.pk, 6, None)
    for _click in range(2):
        end_dunning_terms(terms=second, by=team.group_leader)
    assert not DunningTerms.objects.exists()
    assert (
        code_of(lambda: end_dunning_terms(terms=first, by=team.service_manager))
        == "dunning_terms.not_allowed"
    )


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"reason": "  "}, "dunning_terms.reason_missing"),
        ({"minimum_amount": Decimal("-0.01")}, "dunning_terms.minimum"),
        ({"letter_from_day": 0}, "dunning_terms.days"),
        ({"letter_from_day": 15}, "dunning_terms.days"),
        ({"final_demand_from_day": 1}, "dunning_terms.days"),
        ({"reminder_from_day": 1}, "dunning_terms.days"),
    ],
)
def test_terms_that_make_no_sense(team: Team, customer: Customer, values: dict[str, Any], code: str) -> None:
    assert code_of(lambda: agreed(team, customer, **values)) == code
    assert not DunningTerms.objects.exists()


def test_a_contract_of_somebody_else_and_amounts_of_a_contract_are_refused(
    team: Team, customer: Customer
) -> None:
    other, own = contract_of(team), contract_of(team, customer=customer)
    assert code_of(lambda: agreed(team, customer, other)) == "dunning_terms.contract"
    for values in ({"minimum_amount": Decimal(1)}, {"letter_interval_days": 1}):
        assert (
            code_of(lambda values=values: agreed(team, customer, own, **values))
            == "dunning_terms.of_contract"
        )  # type: ignore[misc]


def test_an_excluded_customer_is_not_dunned_until_the_terms_run_out(team: Team, customer: Customer) -> None:
    """Valid to day 5: nothing on day 5, the letter on day 6."""
    agreed(team, customer, is_excluded=True, valid_to_on=day(5))
    create_report(as_of=AS_OF, lines=[Line(customer, DUE, document="I")])
    assert [run(day(days)) for days in (1, 5)] == [[], []]
    assert run(day(6)) == [("dunning_letter", "I")]


def test_own_days_of_the_customer(team: Team, customer: Customer) -> None:
    """Reminder from −14, letter from day 10, final demand from day 30."""
    agreed(team, customer, reminder_from_day=-14, letter_from_day=10, final_demand_from_day=30)
    create_report(as_of=AS_OF, lines=[Line(customer, DUE, document="I")])
    entered = {}
    for days in (-15, -14, 9, 10, 29, 30):
        if listed := run(day(days)):
            entered[days] = listed[0][0]
        send_all(day(days))
    assert entered == {-14: "reminder", 10: "dunning_letter", 30: "final_demand"}


def of_contract(document: str, number: str) -> None:
    """Name the contract in the report's line: lines are final, the trigger is off for this one statement."""
    with pgtrigger.ignore("receivables.OpenItem:open_items_are_final"):
        OpenItem.objects.filter(document=document).update(contract_number=number)


def test_terms_of_a_contract_are_for_its_items_and_come_before_the_customer_s(
    team: Team, customer: Customer
) -> None:
    """The customer's letters come from day 5, those of HT-1 from day 10; HT-2 is not dunned at all."""
    first = contract_of(team, customer=customer, number="HT-1")
    second = contract_of(team, customer=customer, number="HT-2")
    agreed(team, customer, letter_from_day=5)
    agreed(team, customer, first, letter_from_day=10)
    agreed(team, customer, second, is_excluded=True)
    create_report(as_of=AS_OF, lines=[Line(customer, DUE, document=name) for name in ("A", "B", "C")])
    of_contract("A", "HT-1")
    of_contract("B", "HT-2")
    entered = {
        days: [document for stage, document in run(day(days)) if stage == "dunning_letter"]
        for days in (4, 5, 9, 10)
    }
    assert entered == {4: [], 5: ["C"], 9: [], 10: ["A"]}


@pytest.mark.parametrize(("amount", "is_written"), [("99.99", False), ("100.00", True)])
def test_a_letter_below_the_least_amount_is_not_written(
    team: Team, customer: Customer, amount: str, is_written: bool
) -> None:
    agreed(team, customer, minimum_amount=Decimal("100.00"))
    create_report(as_of=AS_OF, lines=[Line(customer, DUE, amount, document="I")])
    assert bool(run(day(1))) is is_written


@pytest.mark.parametrize(
    ("rate", "amount", "is_written"),
    [("7", "14.28", False), ("7", "14.29", True), (None, "0.01", True)],
)
def test_the_least_amount_counts_in_the_base_currency(
    team: Team, customer: Customer, rate: str | None, amount: str, is_written: bool
) -> None:
    """100.00 CNY at 7 CNY a dollar: 14.28 USD are 99.96 CNY, 14.29 are 100.03. Without a rate the letter is written."""
    if rate:
        ExchangeRate.objects.create(currency="USD", base_currency="CNY", valid_on=day(1), rate=Decimal(rate))
    agreed(team, customer, minimum_amount=Decimal("100.00"))
    create_report(as_of=AS_OF, lines=[Line(customer, DUE, amount, document="I", currency="USD")])
    assert bool(run(day(1))) is is_written


def test_between_two_letters_to_the_customer_lies_his_interval(team: Team, customer: Customer) -> None:
    """Ten days: the item that is due three days later waits from day 4 to day 11 for its letter."""
    agreed(team, customer, letter_interval_days=10)
    lines = [Line(customer, DUE, document="A"), Line(customer, day(3), document="B")]
    create_report(as_of=AS_OF, lines=lines)
    entered = {days: run(day(days)) for days in (1, 4, 10, 11)}
    assert [
        (days, listed[-1]) for days, listed in entered.items() if listed and listed[-1][0] != "reminder"
    ] == [
        (1, ("dunning_letter", "A")),
        (11, ("dunning_letter", "B")),
    ]


def test_terms_that_a_new_policy_made_impossible_stop_nobody_else_and_are_told(
    team: Team, customer: Customer
) -> None:
    """Agreed was a letter from day 12; the new policy demands from day 10: the days do not rise any more."""
    agreed(team, customer, letter_from_day=12)
    first, second, third = DEFAULT_POLICY.dunning.stages
    stages = (first, replace(second, to_day=9), replace(third, from_day=10))
    publish_policy(
        policy=replace(DEFAULT_POLICY, dunning=replace(DEFAULT_POLICY.dunning, stages=stages)),
        effective_on=DUE,
        today=DUE - dt.timedelta(days=1),
        by=team.administrator,
        note="",
    )
    other = customer_of(team, number="C2")
    create_report(as_of=AS_OF, lines=[Line(customer, DUE), Line(other, DUE, document="I")])
    result = run_dunning(on=day(12), by=None)
    assert ([notice.customer for notice in result.notices], result.errors) == (["C2"], ())
    invalid = {"code": "terms_invalid", "as_of": day(12).isoformat(), "stage": "", "count": 1}
    assert invalid in [warning.as_json() for warning in result.warnings]


def test_terms_of_a_contract_have_to_fit_those_of_the_customer(team: Team, customer: Customer) -> None:
    """Each fits the policy: a final demand from day 10, a letter from day 12. Together they do not rise."""
    contract = contract_of(team, customer=customer, number="HT-1")
    agreed(team, customer, final_demand_from_day=10)
    assert code_of(lambda: agreed(team, customer, contract, letter_from_day=12)) == "dunning_terms.days"
    other = customer_of(team)
    of_other = contract_of(team, customer=other, number="HT-2")
    agreed(team, other, of_other, letter_from_day=12)
    assert code_of(lambda: agreed(team, other, final_demand_from_day=10)) == "dunning_terms.days"


def test_the_rates_of_least_amounts_are_asked_for_once(
    team: Team, customer: Customer, django_assert_max_num_queries: Any
) -> None:
    for currency in ("USD", "EUR", "JPY"):
        ExchangeRate.objects.create(currency=currency, base_currency="CNY", valid_on=day(1), rate=Decimal(7))
    customers = [customer, *(customer_of(team) for _number in range(15))]
    for one in customers:
        agreed(team, one, minimum_amount=Decimal(1))
    lines = [Line(one, DUE, currency=code) for one in customers for code in ("USD", "EUR", "JPY")]
    report = create_report(as_of=AS_OF, lines=lines)
    with django_assert_max_num_queries(12):
        dunning_facts(report, customers=[one.pk for one in customers], on=day(1), policy=DEFAULT_POLICY)
