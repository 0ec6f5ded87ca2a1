"""What is open against a limit, from the reports: the facts of the credit check, the command, contracts on hold."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from creditrisk.exceptions import NotAllowedError
from creditrisk.policy.default import DEFAULT_POLICY
from customers.credit_facts import credit_facts
from customers.models import Customer
from customers.permissions import REFUSAL_TEXTS, business_refusals
from customers.services import record_contract
from receivables.models import Report, ReportState
from receivables.selectors.credit import open_receivables
from tests.factories.customers import create_active_customer
from tests.factories.people import Team, create_team
from tests.factories.reports import Line, create_report, store_sums

pytestmark = pytest.mark.django_db
AS_OF = dt.date(2026, 5, 31)
ON = dt.date(2026, 6, 10)
DUE = dt.date(2026, 6, 30)


def create_limited(**fields: Any) -> Customer:
    """Return a customer with a limit of 100,000.00 CNY up to 2027-01-15."""
    limit = {
        "credit_limit_amount": Decimal("100000.00"),
        "credit_limit_valid_to_on": dt.date(2027, 1, 15),
    }
    return create_active_customer(**(limit | fields))


def report_of(*lines: Line, as_of: dt.date = AS_OF, **fields: Any) -> Report:
    report = create_report(as_of=as_of, lines=lines, **fields)
    store_sums(report)
    return report


def check(customer: Customer, amount: str = "1.00", currency: str = "CNY", **options: Any) -> Any:
    out = StringIO()
    options = {"on": ON, "json": True, "stdout": out} | options
    call_command("check_credit", customer.number, amount=amount, currency=currency, **options)
    return json.loads(out.getvalue()) if options["json"] else out.getvalue()


def codes(result: Any) -> list[str]:
    return [reason["code"] for reason in result["reasons"]]


# What is open


def test_credits_are_netted_and_currencies_kept_apart() -> None:
    """CNY 300.00 − 50.00 = 250.00; USD 7.00 beside it."""
    customer, other = create_limited(), create_limited()
    report_of(
        Line(customer, DUE, "300.00"),
        Line(customer, DUE, "-50.00"),
        Line(customer, DUE, "7.00", currency="USD"),
        Line(other, DUE, "999.00"),
    )
    found = open_receivables(customer=customer, group_pks=[customer.pk], on=ON)
    assert found is not None
    assert found.own_amounts == found.group_amounts == {"CNY": Decimal("250.00"), "USD": Decimal("7.00")}
    assert found.as_of == AS_OF


def test_the_group_is_summed() -> None:
    """250.00 of the customer + 1,000.00 below him = 1,250.00."""
    customer = create_limited()
    subsidiary = create_limited(parent=customer)
    report_of(Line(customer, DUE, "250.00"), Line(subsidiary, DUE, "1000.00"))
    for member, own in ((customer, "250.00"), (subsidiary, "1000.00")):
        receivables = credit_facts(member, on=ON).receivables
        assert receivables is not None
        assert receivables.own_amounts == {"CNY": Decimal(own)}
        assert receivables.group_amounts == {"CNY": Decimal("1250.00")}


def test_a_later_report_and_a_superseded_one_change_nothing() -> None:
    customer = create_limited()
    report_of(Line(customer, DUE, "1.00"), as_of=ON + dt.timedelta(days=1))
    report_of(Line(customer, DUE, "2.00"), as_of=ON, state=ReportState.SUPERSEDED)
    assert open_receivables(customer=customer, group_pks=[customer.pk], on=ON) is None
    report_of(Line(customer, DUE, "3.00"))
    found = open_receivables(customer=customer, group_pks=[customer.pk], on=ON)
    assert found is not None
    assert found.own_amounts == {"CNY": Decimal("3.00")}


@pytest.mark.parametrize(
    ("lines", "oldest"),
    [
        ([("2026-05-26", "1.00"), ("2026-05-20", "1.00")], 21),
        ([("2026-05-26", "1.00"), ("2026-05-01", "-1.00")], 15),  # a credit is not past due
        ([("2026-06-20", "1.00")], -10),
        ([("2026-05-01", "-1.00")], None),
        ([], None),
    ],
)
def test_the_oldest_item_is_aged_to_the_day(lines: list[tuple[str, str]], oldest: int | None) -> None:
    """On 2026-06-10 an item due on 2026-05-26 is 15 days past due, one due on 2026-05-20 is 21."""
    customer = create_limited()
    report_of(
        *(Line(customer, dt.date.fromisoformat(due_on), amount) for due_on, amount in lines),
        Line(create_limited(), dt.date(2026, 1, 1)),
    )
    found = open_receivables(customer=customer, group_pks=[customer.pk], on=ON)
    assert found is not None
    assert found.oldest_days_past_due == oldest


@pytest.mark.parametrize("size", [1, 8])
def test_facts_are_a_constant_number_of_queries(
    size: int, django_assert_num_queries: Callable[[int], Any]
) -> None:
    head = create_limited()
    members = [create_limited(parent=head) for _ in range(size)]
    report_of(*(Line(member, DUE, "1.00") for member in members))
    with django_assert_num_queries(5):  # group, its head, report, sums, oldest item
        credit_facts(members[0], on=ON)


# The command


def test_the_answer_has_exactly_these_keys_and_amounts_are_text() -> None:
    """100,000.00 − 80,000.00 = 20,000.00."""
    customer = create_limited()
    report_of(Line(customer, DUE, "80000.00"))
    assert check(customer, "20000") == {
        "decision": "allow",
        "reasons": [],
        "limit": "100000.00",
        "exposure": "80000.00",
        "available": "20000.00",
    }


def test_what_passes_the_limit_is_on_hold() -> None:
    customer = create_limited()
    report_of(Line(customer, DUE, "80000.00"))
    result = check(customer, "20000.01", "cny")
    assert (result["decision"], codes(result)) == ("hold", ["over_limit"])
    assert "CNY 0.01" in result["reasons"][0]["text"]
    assert set(result["reasons"][0]) == {"code", "text"}


@pytest.mark.parametrize(("due_on", "found"), [("2026-05-26", []), ("2026-05-25", ["past_due"])])
def test_fifteen_days_past_due_are_allowed(due_on: str, found: list[str]) -> None:
    customer = create_limited()
    report_of(Line(customer, dt.date.fromisoformat(due_on), "1.00"))
    assert codes(check(customer)) == found


def test_without_a_report_an_amount_is_on_hold() -> None:
    result = check(create_limited())
    assert (result["decision"], codes(result)) == ("hold", ["exposure_unknown"])
    assert (result["limit"], result["exposure"], result["available"]) == ("100000.00", "0.00", "0.00")


def test_a_subsidiary_is_held_by_the_limit_of_the_head() -> None:
    """Head 60,000.00 + subsidiary 30,000.00 + 10,000.01 asked > 100,000.00 of the head."""
    head = create_limited()
    subsidiary = create_limited(parent=head)
    report_of(Line(head, DUE, "60000.00"), Line(subsidiary, DUE, "30000.00"))
    assert check(subsidiary, "10000.00")["decision"] == "allow"
    result = check(subsidiary, "10000.01")
    assert codes(result) == ["group_over_limit"]
    assert result["available"] == "10000.00"


def test_refused_without_a_review() -> None:
    customer = create_active_customer(reviewed_on=None, is_onboarded=True)
    report_of()
    assert check(customer)["decision"] == "refuse"


def test_for_people_as_text() -> None:
    customer = create_limited()
    report_of(Line(customer, dt.date(2026, 1, 1), "80000.00"))
    told = check(customer, "1.00", json=False)
    assert told.splitlines()[:2] == [
        "hold",
        "CNY limit 100,000.00, exposure 80,000.00, available 20,000.00",
    ]
    assert "past_due: " in told


def test_today_where_no_day_is_given() -> None:
    customer = create_limited()
    report_of()
    assert set(check(customer, on=None)) == {"decision", "reasons", "limit", "exposure", "available"}


@pytest.mark.parametrize(
    ("number", "amount", "currency"),
    [
        ("NOBODY", "1", "CNY"),
        ("K-1", "-1", "CNY"),
        ("K-1", "one", "CNY"),
        ("K-1", "NaN", "CNY"),
        ("K-1", "1.001", "CNY"),
        ("K-1", "1", "XXX"),
        ("K-1", "1", ""),
    ],
)
def test_what_cannot_be_understood_ends_with_2(number: str, amount: str, currency: str) -> None:
    create_limited(number="K-1")
    with pytest.raises(CommandError) as refused:
        call_command("check_credit", number, amount=amount, currency=currency, json=True)
    assert refused.value.returncode == 2


# Contracts


@pytest.fixture
def team() -> Team:
    return create_team()


def sign(customer: Customer, team: Team, signed_on: dt.date = ON) -> Any:
    return record_contract(
        customer=customer,
        number=f"HT-{customer.number}",
        service_type="sales",
        amount=Decimal("900000.00"),
        currency="CNY",
        signed_on=signed_on,
        ends_on=None,
        payment_term_days=30,
        handler=team.account_manager,
        by=team.account_manager,
    )


@pytest.mark.parametrize(
    ("lines", "refusal"),
    [
        ([("2026-06-30", "100000.00")], ""),
        ([("2026-06-30", "100000.01")], "contract.over_limit"),
        ([("2026-05-26", "1.00")], ""),
        ([("2026-05-25", "1.00")], "contract.past_due"),
    ],
)
def test_what_is_open_puts_contracts_on_hold(team: Team, lines: list[tuple[str, str]], refusal: str) -> None:
    """A contract makes no exposure yet: 900,000.00 are signed on a limit of 100,000.00 that is used up, not passed."""
    customer = create_limited(account_manager=team.account_manager)
    report_of(*(Line(customer, dt.date.fromisoformat(due_on), amount) for due_on, amount in lines))
    if not refusal:
        assert sign(customer, team).customer == customer
        return
    with pytest.raises(NotAllowedError) as refused:
        sign(customer, team)
    assert refused.value.code == refusal


def test_a_frozen_customer_signs_nothing(team: Team) -> None:
    customer = create_limited(
        account_manager=team.account_manager,
        frozen_at=dt.datetime(2026, 6, 1, tzinfo=dt.UTC),
        frozen_by=team.group_leader,
        freeze_reason="lawsuit",
    )
    with pytest.raises(NotAllowedError) as refused:
        sign(customer, team)
    assert refused.value.code == "contract.frozen"


def test_every_refusal_of_a_contract_has_a_short_text() -> None:
    head = create_limited(credit_limit_valid_to_on=dt.date(2026, 6, 9))
    customer = create_active_customer(parent=head, grade="D")
    report_of(Line(customer, dt.date(2026, 1, 1), "1.00"), Line(customer, DUE, "1.00", currency="USD"))
    found = [refusal.code for refusal in business_refusals(customer, on=ON, policy=DEFAULT_POLICY)]
    assert found == [
        "contract.grade_d",
        "contract.past_due",
        "contract.other_currency",
        "contract.no_limit",
        "contract.group_other_currency",
        "contract.group_limit_expired",
    ]
    assert set(found) <= set(REFUSAL_TEXTS)
