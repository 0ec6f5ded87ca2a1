"""What the customer list can be narrowed by beside its own columns: department, service, contacts, receivables."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.http import QueryDict

from customers.filters import CustomerFilter
from customers.models import ContractState, Customer, CustomerAlias
from tests.factories.customers import create_active_customer, create_contact, create_contract, create_customer
from tests.factories.people import Team, create_department, create_team, create_user
from tests.factories.reports import Line, create_report, store_sums

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 6, 1)


@pytest.fixture
def team() -> Team:
    return create_team()


def found(query: str) -> set[str]:
    """Return the names of the customers that a query of the address bar leaves."""
    chosen = CustomerFilter(QueryDict(query), queryset=Customer.objects.all(), today=TODAY)
    assert chosen.form.is_valid(), chosen.form.errors
    return set(chosen.qs.values_list("name", flat=True))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("王", {"甲"}),
        ("小明", set()),  # the start of a name, not its middle
        ("LIN", {"乙"}),
        ("0755-8888", {"乙"}),
        ("139", {"甲"}),
        ("pay@", {"甲"}),
        ("PAY@EXAMPLE", {"甲"}),
        ("@example", set()),
        ("王_", set()),
        ("wxm", {"甲"}),  # by the first letters of the pinyin, from the start
        ("xm", set()),
    ],
)
def test_contacts_are_found_by_how_they_start(text: str, names: set[str]) -> None:
    first, second = create_customer(name="甲"), create_customer(name="乙")
    create_contact(customer=first, name="王小明", mobile="13900001111", email="pay@example.com")
    create_contact(customer=second, name="Lin Yi", phone="0755-88881234")
    create_customer(name="丙")
    assert found(f"q={text}") == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("shml", {"上海美林"}),
        ("ML", {"上海美林"}),
        ("hr", {"华瑞（北京）"}),
        ("lhr", {"华瑞（北京）"}),
        ("hrbj", {"华瑞（北京）"}),
        ("s", set()),
        ("zz", set()),
    ],
)
def test_names_and_aliases_are_found_by_their_initials(text: str, names: set[str]) -> None:
    create_customer(number="1", name="上海美林")
    other = create_customer(number="2", name="华瑞（北京）")
    CustomerAlias.objects.create(customer=other, name="老华瑞")
    assert found(f"q={text}") == names


def test_department_is_that_of_the_account_manager() -> None:
    team, other = create_team(), create_department()
    create_customer(name="甲", account_manager=team.account_manager)
    create_customer(name="乙", account_manager=create_user(department=other))
    create_customer(name="丙")
    assert found(f"department={team.market.pk}") == {"甲"}
    assert found(f"department={other.pk}") == {"乙"}


def test_kind_of_service_is_that_of_a_contract_beyond_its_draft(team: Team) -> None:
    for name, kind, state in (
        ("甲", "leasing", ContractState.SIGNED),
        ("乙", "leasing", ContractState.DRAFT),
        ("丙", "sales", ContractState.PERFORMING),
    ):
        customer = create_active_customer(name=name, account_manager=team.account_manager)
        create_contract(customer=customer, handler=team.account_manager, service_type=kind, state=state)
    assert found("service_type=leasing") == {"甲"}
    assert found("service_type=sales") == {"丙"}


AS_OF = dt.date(2026, 5, 31)


def owes(name: str, amount: str, *, due_on: dt.date = AS_OF, **fields: Any) -> Line:
    """Return the line of a report with which a new customer owes `amount` in CNY."""
    return Line(create_active_customer(name=name, **fields), due_on=due_on, amount=amount)


def test_overdue_is_what_the_report_in_force_says() -> None:
    """Due on the day of the report is not overdue, one day before it is."""
    create_active_customer(name="丙")
    lines = [owes("甲", "0.01", due_on=AS_OF - dt.timedelta(days=1)), owes("乙", "100.00")]
    store_sums(create_report(as_of=AS_OF, lines=lines))
    assert found("overdue=yes") == {"甲"}
    assert found("overdue=no") == {"乙", "丙"}


def test_without_a_report_nothing_is_overdue_and_no_limit_is_used() -> None:
    create_active_customer(name="甲", **limit("100.00"))
    assert (found("overdue=yes"), found("overdue=no")) == (set(), {"甲"})
    assert found("limit_use=over") == found("limit_use=from_80") == set()


def limit(amount: str, until: dt.date = TODAY, currency: str = "CNY") -> dict[str, Any]:
    return {
        "credit_limit_amount": Decimal(amount),
        "credit_limit_valid_to_on": until,
        "credit_limit_currency": currency,
    }


def test_use_of_the_limit() -> None:
    """Of 1,000.00: 799.99 is below 80 %, 800.00 is 80 %, 1,000.00 is all of it, 1,000.01 is too much.

    A limit counts up to its last day; one in USD says nothing about what is open in CNY; of two the larger counts.
    """
    raised = {
        "temporary_limit_amount": Decimal("2000.00"),
        "temporary_limit_valid_to_on": TODAY,
        "temporary_limit_reason": "project",
    }
    lines = [
        *(owes(amount, amount, **limit("1000.00")) for amount in ("799.99", "800.00", "1000.00", "1000.01")),
        owes("ended", "1000.01", **limit("1000.00", until=TODAY - dt.timedelta(days=1))),
        owes("USD", "1000.01", **limit("1000.00", currency="USD")),
        owes("raised", "1000.01", **limit("1000.00"), **raised),
    ]
    store_sums(create_report(as_of=AS_OF, lines=lines))
    create_active_customer(name="none")
    create_active_customer(name="zero", **limit("0.00"))
    assert found("limit_use=over") == {"1000.01"}
    assert found("limit_use=from_80") == {"800.00", "1000.00", "1000.01"}
    assert found("limit_use=none") == {"ended", "none"}


@pytest.mark.parametrize("query", ["overdue=maybe", "limit_use=1", "service_type=x", "department=0"])
def test_what_is_no_choice_is_said(query: str) -> None:
    chosen = CustomerFilter(QueryDict(query), queryset=Customer.objects.all(), today=TODAY)
    assert not chosen.form.is_valid()
