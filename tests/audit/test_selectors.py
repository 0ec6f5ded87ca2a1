"""The history of an object: complete, masked, and final."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pgtrigger
import pytest
from django.apps import apps
from django.db import ProgrammingError, connection, transaction
from django.test import Client
from django.urls import reverse
from django_fsm import FSMField

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.audit.masking import mask_number
from creditrisk.audit.selectors import changes_since, history_of
from creditrisk.audit.tracking import acting
from creditrisk.money import AmountField
from customers.models import Customer, CustomerState, Grade
from customers.services import suspend_customer, update_customer
from tests.factories.customers import create_active_customer, create_customer
from tests.factories.people import create_department, create_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager() -> User:
    return create_user(Role.ACCOUNT_MANAGER, name="李雷")


def told(customer: Customer) -> list[tuple[str, str, str]]:
    """Return field, old and new value of every change but the first, oldest first."""
    entries = history_of(customer)[:-1]
    return [(change.field, change.old, change.new) for entry in reversed(entries) for change in entry.changes]


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("6222 0202 0011 2230", "•••• 2230"),
        ("12345678", "•••• 5678"),
        ("1234567", "••••"),
        ("", ""),
    ],
)
def test_of_an_account_number_four_characters_are_shown(number: str, masked: str) -> None:
    assert mask_number(number) == masked


def test_first_entry_is_the_creation_with_what_was_filled_in(manager: User) -> None:
    with acting(manager):
        customer = create_customer(name="示范", account_manager=manager)
    [entry] = history_of(customer)
    assert (entry.kind, entry.person) == ("insert", "李雷")
    values = {change.field: (change.label, change.old, change.new) for change in entry.changes}
    assert values["name"] == ("Name", "–", "示范")
    assert values["account_manager"] == ("Account manager", "–", "李雷")
    assert "bank_account" not in values


def test_values_are_as_a_person_reads_them(manager: User) -> None:
    customer = create_active_customer(account_manager=manager, grade="B")
    Customer.objects.filter(pk=customer.pk).update(
        enterprise_type="private",
        registered_capital_amount=Decimal("1234567.5"),
        grade_is_provisional=True,
        reviewed_on=dt.date(2026, 3, 31),
        account_manager=None,
        service_manager=manager,
        bank_account="6222 0202 0011 2230",
    )
    values = {field: (old, new) for field, old, new in told(customer)}
    assert values == {
        "enterprise_type": ("–", "Private enterprise"),
        "registered_capital_amount": ("–", "1,234,567.50"),
        "grade_is_provisional": ("no", "yes"),
        "reviewed_on": ("2026-01-15", "2026-03-31"),
        "account_manager": ("李雷", "–"),
        "service_manager": ("–", "李雷"),
        "bank_account": ("–", "•••• 2230"),
    }


def test_moments_and_people_who_are_gone(manager: User) -> None:
    somebody = create_user(department=None)
    User.objects.filter(pk=somebody.pk).update(date_joined=dt.datetime(2026, 6, 1, 2, 30, tzinfo=dt.UTC))
    [entry, _first] = history_of(somebody)
    assert entry.changes[0].new == "2026-06-01 10:30"  # Shanghai
    customer = create_customer(account_manager=somebody)
    Customer.objects.update(account_manager=None)
    pk = somebody.pk
    somebody.delete()
    assert ("account_manager", f"#{pk}", "–") in told(customer)
    assert history_of(User(pk=pk))[0].kind == "delete"
    assert history_of(User(pk=pk))[0].changes == ()


def test_bulk_updates_and_raw_sql_are_captured() -> None:
    customers = [create_customer(name="A") for _ in range(3)]
    Customer.objects.update(name="B")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE customers_customer SET name = 'C'")
    for customer in customers:
        assert told(customer) == [("name", "A", "B"), ("name", "B", "C")]
        assert len(history_of(customer)) == 3


def test_rows_deleted_by_raw_sql_are_captured() -> None:
    departments = [create_department() for _ in range(3)]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM accounts_department WHERE id <> %s", [departments[2].pk])
    assert [len(history_of(department)) for department in departments] == [2, 2, 1]
    deleted = history_of(departments[0])[0]
    assert (deleted.kind, deleted.person) == ("delete", "")


def test_saving_without_a_change_leaves_no_trace() -> None:
    customer = create_customer()
    customer.save()
    assert len(history_of(customer)) == 1


def test_object_without_history() -> None:
    assert history_of(Customer(pk=0)) == []


def test_only_the_newest_changes_are_shown_and_the_oldest_of_them_is_right() -> None:
    customer = create_customer(name="0")
    for index in range(1, 6):
        Customer.objects.update(name=str(index))
    shown = history_of(customer, limit=3)
    assert [(entry.changes[0].old, entry.changes[0].new) for entry in shown] == [
        ("4", "5"),
        ("3", "4"),
        ("2", "3"),
    ]


def test_changes_since_a_version(manager: User) -> None:
    customer = create_customer(name="A", account_manager=manager, state=CustomerState.ACTIVE)
    update_customer(customer=customer, data={"name": "B"}, version=1, by=manager)
    suspend_customer(customer=customer, reason="late", by=None)
    update_customer(customer=customer, data={"name": "C"}, version=2, by=manager)
    since_1 = [change.new for entry in changes_since(customer, version=1) for change in entry.changes]
    assert since_1 == ["C", "suspended", "late", "B"]
    assert [change.new for entry in changes_since(customer, version=2) for change in entry.changes] == ["C"]
    assert changes_since(customer, version=3) == []
    assert len(changes_since(customer, version=0)) == 4


@pytest.mark.parametrize("count", [1, 50])
def test_history_is_a_constant_number_of_queries(
    manager: User, count: int, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    customer = create_customer(account_manager=manager)
    for index in range(count):
        with acting(create_user()):
            Customer.objects.update(name=str(index), service_manager=create_user())
    with django_assert_max_num_queries(3):
        assert len(history_of(customer)) == count + 1


def test_requests_name_who_acted(manager: User) -> None:
    client = Client()
    client.force_login(manager)
    client.post(reverse("accounts:profile"), {"phone": "021"})
    assert history_of(manager)[0].person == "李雷"


def test_nobody_acting_is_the_system() -> None:
    with acting(None):
        customer = create_customer()
    assert history_of(customer)[0].person == ""


def event_models() -> list[Any]:
    return [
        model for model in apps.get_models() if hasattr(model, "pgh_tracked_model") and model._meta.managed
    ]


def test_money_grades_decisions_and_permissions_are_tracked() -> None:
    tracked = {model.pgh_tracked_model._meta.label_lower for model in event_models()}
    assert {
        "accounts.user",
        "accounts.roleassignment",
        "accounts.department",
        "customers.customer",
        "customers.contract",
        "reviews.review",
        "reviews.newcustomerform",
        "reviews.approvalstep",
        "reviews.attachment",
        "receivables.report",
        "receivables.dunningnotice",
        "company.company",
    } <= tracked


def is_to_be_kept(field: Any) -> bool:
    """Return whether a field holds money, a grade, a decision's state or a role."""
    choices = {value for value, _label in field.flatchoices}
    return (
        isinstance(field, AmountField)
        or isinstance(getattr(field, "base_field", None), AmountField)
        or isinstance(field, FSMField)
        or choices == set(Grade.values)
        or choices == set(Role.values)
    )


def is_final(model: Any) -> bool:
    """Return whether the database refuses every change of a row: then the row itself is its history."""
    return any(
        isinstance(trigger, pgtrigger.Protect) and str(trigger.operation) == "UPDATE OR DELETE"
        for trigger in getattr(model._meta, "triggers", ())
    )


def kept_models() -> list[Any]:
    return [
        model
        for model in apps.get_models()
        if not hasattr(model, "pgh_tracked_model")
        and any(is_to_be_kept(field) for field in model._meta.concrete_fields)
    ]


@pytest.mark.parametrize("model", kept_models(), ids=lambda model: model._meta.label_lower)
def test_no_model_with_money_grades_decisions_or_roles_changes_without_a_trace(model: Any) -> None:
    tracked = {event.pgh_tracked_model for event in event_models()}
    assert model in tracked or is_final(model)


def test_the_walk_finds_each_kind() -> None:
    found = {model._meta.label_lower for model in kept_models()}
    assert {
        "accounts.roleassignment",
        "customers.contract",
        "customers.gradechange",
        "receivables.agingsum",
        "reviews.approvalstep",
    } <= found


@pytest.mark.parametrize("statement", ["UPDATE {table} SET pgh_label = 'x'", "DELETE FROM {table}"])
def test_history_itself_is_final(manager: User, statement: str) -> None:
    """In the ORM and in raw SQL alike: the refusal is a trigger's."""
    create_customer(account_manager=manager)
    for table in ("customers_customerevent", "accounts_userevent", "accounts_roleassignmentevent"):
        with (
            pytest.raises(ProgrammingError, match="Cannot update or delete"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement.format(table=table))


def test_every_event_table_refuses_changes() -> None:
    for model in event_models():
        names = {trigger.name for trigger in model._meta.triggers}
        assert "append_only" in names, model


def test_passwords_are_in_no_history(manager: User) -> None:
    [model] = [model for model in event_models() if model.pgh_tracked_model is User]
    assert "password" not in {field.name for field in model._meta.fields}
