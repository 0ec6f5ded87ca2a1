"""What the customer forms take and refuse."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.http import QueryDict

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from customers.forms import ContractForm, CustomerForm, NewCustomerFileForm, PortfolioForm
from customers.forms.customer import OPENING_FIELDS
from customers.forms.fields import (
    BankAccountField,
    CurrencyField,
    CustomerNumberField,
    LineField,
    PersonField,
    PhoneField,
    UsccField,
)
from customers.master_data import MASTER_DATA_FIELDS
from customers.models import Customer
from tests.factories.customers import create_active_customer
from tests.factories.people import Team, create_department, create_team, create_user


def error_code(field: Any, value: str) -> str | None:
    with pytest.raises(ValidationError) as refused:
        field.clean(value)
    return refused.value.error_list[0].code


@pytest.mark.parametrize("text", ["李雷", "A & B (Co.), Ltd. #1", "<script>alert(1)</script>", "=1+1"])
def test_line_takes_any_visible_text(text: str) -> None:
    assert LineField().clean(f" {text} ") == text


@pytest.mark.parametrize("char", ["\u202e", "\u200b", "\x07", "\u2028", "\ue000"])
def test_line_refuses_invisible_characters(char: str) -> None:
    assert error_code(LineField(), f"A{char}B") == "invisible_characters"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("+86 21 5555 0100", "+86 21 5555 0100"),
        ("021-55550100 ext 12", "021-55550100 ext 12"),
        ("(021) 5555 0100转12", "(021) 5555 0100转12"),
        ("０２１－５５５５０１００", "021-55550100"),
        ("13800138000", "13800138000"),
        ("", ""),
    ],
)
def test_phone(typed: str, kept: str) -> None:
    assert PhoneField(required=False).clean(typed) == kept


@pytest.mark.parametrize(
    "typed", ["call me", "12", "1380013800a", "+86;DROP TABLE", "021\n5555", "=cmd|'/c'!A1"]
)
def test_no_phone(typed: str) -> None:
    assert error_code(PhoneField(), typed) in {"phone", "invisible_characters"}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("6222 0202 0011 2230", "6222 0202 0011 2230"),
        ("de89 3704 0044", "DE89 3704 0044"),
        ("1234", "1234"),
        ("", ""),
    ],
)
def test_bank_account(typed: str, kept: str) -> None:
    assert BankAccountField(required=False).clean(typed) == kept


@pytest.mark.parametrize("typed", ["123", "账号6222", "6222_0202", "-6222", "6" * 51])
def test_no_bank_account(typed: str) -> None:
    assert error_code(BankAccountField(), typed) == "bank_account"


@pytest.mark.parametrize(
    ("typed", "code"), [("91440300192203821", "uscc_length"), ("914403001922038217", "uscc")]
)
def test_no_code(typed: str, code: str) -> None:
    assert error_code(UsccField(), typed) == code


def test_code_and_no_code() -> None:
    assert UsccField().clean("91440300-1922038216") == "914403001922038216"
    assert UsccField(required=False).clean(" ") is None


def test_number_field() -> None:
    assert CustomerNumberField(required=False).clean("") == ""
    assert CustomerNumberField().clean(" Ｋ1 ") == "K1"
    assert error_code(CustomerNumberField(), "A/1") == "customer_number"


def test_currency_that_is_stored_stays_on_offer() -> None:
    field = CurrencyField()
    assert error_code(field, "XAF") == "invalid_choice"
    field.offer("XAF")
    assert field.clean("XAF") == "XAF"
    field.offer("CNY")
    assert field.clean("CNY") == "CNY"


@pytest.mark.django_db
def test_people_are_shown_with_their_department() -> None:
    field = PersonField(queryset=User.objects.all())
    somebody = create_user(name="李雷", department=create_department(name="市场部"))
    assert field.label_from_instance(somebody) == "李雷 (市场部)"
    assert field.label_from_instance(create_user(name="韩梅梅")) == "韩梅梅"


MINIMAL = {
    "name": "示范公司",
    "registered_capital_currency": "CNY",
    "letter_language": "zh-hans",
    "currency": "CNY",
    "payment_term_days": "30",
}


def posted(**values: object) -> QueryDict:
    data = QueryDict(mutable=True)
    data.update({key: str(value) for key, value in values.items()})
    return data


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "value", "is_good"),
    [
        ("payment_term_days", "0", True),
        ("payment_term_days", "365", True),
        ("payment_term_days", "366", False),
        ("payment_term_days", "-1", False),
        ("registered_capital_amount", "0", True),
        ("registered_capital_amount", "-0.01", False),
        ("registered_capital_amount", "NaN", False),
        ("registered_capital_amount", "1.005", False),
        ("name", " ", False),
        ("name", "x" * 201, False),
        ("currency", "???", False),
        ("postal_code", "２００１２０", True),
        ("postal_code", "20#", False),
        ("enterprise_type", "private", True),
        ("enterprise_type", "guild", False),
    ],
)
def test_master_data(field: str, value: str, is_good: bool) -> None:
    form = CustomerForm(posted(**MINIMAL | {"version": 1, field: value}))
    assert form.is_valid() == is_good
    assert set(form.errors) == (set() if is_good else {field})


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "value", "is_good"),
    [
        ("finance_email", "a@example.com", True),
        ("finance_email", "a@example.com\nBcc: b@example.com", False),
        ("business_phone", "021-55550100", True),
        ("business_phone", "call me", False),
        ("bank_account", "6222 0202 0011 2230", True),
        ("bank_account", "123", False),
    ],
)
def test_contacts_and_bank_are_asked_for_when_the_file_is_opened(
    field: str, value: str, is_good: bool
) -> None:
    key = "1b4e28ba-2fa1-11d2-883f-0016d3cca427"
    form = NewCustomerFileForm(
        posted(**MINIMAL | {"submission_key": key, field: value}), by=create_user(Role.ACCOUNT_MANAGER)
    )
    assert form.is_valid() == is_good
    assert set(form.errors) == (set() if is_good else {field})
    if is_good:
        assert form.master_data[field] == value


@pytest.mark.django_db
def test_later_contacts_and_bank_have_forms_of_their_own() -> None:
    form = CustomerForm(posted(**MINIMAL | {"version": 1}))
    assert form.is_valid()
    assert set(MASTER_DATA_FIELDS) - set(form.master_data) == set(OPENING_FIELDS)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "field",
    [
        "finance_email",
        "bank_account",
        "state",
        "grade",
        "credit_limit_amount",
        "account_manager",
        "number",
        "is_onboarded",
    ],
)
def test_what_is_no_master_data_is_refused(field: str) -> None:
    form = CustomerForm(posted(**MINIMAL | {"version": 1, field: "A"}))
    assert not form.is_valid()
    assert form.non_field_errors()


@pytest.mark.django_db
def test_usual_terms_are_those_of_the_policy() -> None:
    form = CustomerForm(instance=Customer(), usual_terms_days=(30, 60))
    assert form.fields["payment_term_days"].help_text == "Usual terms: 30, 60 days."
    assert not CustomerForm(instance=Customer()).fields["payment_term_days"].help_text


@pytest.mark.django_db
def test_new_file_offers_service_managers_but_not_oneself() -> None:
    manager = create_user(Role.ACCOUNT_MANAGER, Role.SERVICE_MANAGER)
    other = create_user(Role.SERVICE_MANAGER)
    create_user(Role.SERVICE_MANAGER, is_active=False)
    form = NewCustomerFileForm(by=manager)
    assert list(form.fields["service_manager"].queryset) == [other]  # type: ignore[attr-defined]
    assert form["submission_key"].value() != NewCustomerFileForm(by=manager)["submission_key"].value()


@pytest.fixture
def team(db: None) -> Team:
    return create_team()


@pytest.fixture
def customer(team: Team) -> Customer:
    return create_active_customer(
        account_manager=team.account_manager, service_manager=team.service_manager, payment_term_days=60
    )


def contract_form(customer: Customer, **changes: object) -> ContractForm:
    values = {
        "number": "HT-1",
        "service_type": "sales",
        "amount": "100.00",
        "currency": "CNY",
        "signed_on": "2026-06-01",
        "payment_term_days": "60",
        "handler": customer.account_manager_id,
        "submission_key": "1b4e28ba-2fa1-11d2-883f-0016d3cca427",
    }
    manager = customer.account_manager
    assert manager is not None
    return ContractForm(posted(**values | changes), customer=customer, by=manager, today=dt.date(2026, 6, 1))


def test_contract_form_starts_from_the_customers_terms(team: Team, customer: Customer) -> None:
    form = ContractForm(customer=customer, by=team.service_manager, today=dt.date(2026, 6, 1))
    assert form.initial["payment_term_days"] == 60
    assert form.initial["handler"] == team.service_manager.pk


@pytest.mark.parametrize(
    ("field", "value", "is_good"),
    [
        ("signed_on", "2026-06-01", True),
        ("signed_on", "2026-06-02", False),
        ("signed_on", "31.02.2026", False),
        ("amount", "1e400", False),
        ("amount", "Infinity", False),
        ("payment_term_days", "366", False),
        ("service_type", "consulting", False),
    ],
)
def test_contract_form(customer: Customer, field: str, value: str, is_good: bool) -> None:
    form = contract_form(customer, **{field: value})
    assert form.is_valid() == is_good
    assert set(form.errors) == (set() if is_good else {field})


def test_handler_is_one_of_the_two_managers(team: Team, customer: Customer) -> None:
    assert contract_form(customer, handler=team.service_manager.pk).is_valid()
    assert not contract_form(customer, handler=create_user(Role.ACCOUNT_MANAGER).pk).is_valid()


def test_portfolio_form_does_not_take_what_one_may_not_change(team: Team, customer: Customer) -> None:
    other = create_user(Role.ACCOUNT_MANAGER)
    data = posted(account_manager=other.pk, service_manager=team.service_manager.pk, version=1)
    for by, taken in ((team.account_manager, team.account_manager), (team.group_leader, other)):
        form = PortfolioForm(data, customer=customer, by=by)
        assert form.is_valid(), form.errors
        assert form.cleaned_data["account_manager"] == taken


def test_portfolio_form_keeps_a_manager_who_lost_his_role(team: Team, customer: Customer) -> None:
    team.account_manager.role_assignments.all().delete()
    data = posted(account_manager=team.account_manager.pk, service_manager="", version=1)
    assert PortfolioForm(data, customer=customer, by=team.group_leader).is_valid()
