"""Grades that the quarterly adjustment changes, many at once (P5.2.2)."""

from __future__ import annotations

import datetime as dt

import pytest

from creditrisk.exceptions import ConflictError
from creditrisk.policy.selectors import policy_version_on
from customers.models import Customer, GradeChange
from customers.services import Regrade, regrade_customers
from tests.factories.customers import create_active_customer

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 10, 1)


def regraded(*regrades: Regrade) -> dict[int, GradeChange]:
    return regrade_customers(
        regrades=regrades, effective_on=TODAY, source="x", by=None, policy_version=policy_version_on(TODAY)
    )


def test_each_customer_gets_his_own_grade_and_line() -> None:
    down, up = create_active_customer(grade="B"), create_active_customer(grade="C", grade_is_provisional=True)
    changes = regraded(Regrade(up.pk, "C", "B", "because " * 100), Regrade(down.pk, "B", "D", ""))
    assert {pk: (change.old, change.new) for pk, change in changes.items()} == {
        up.pk: ("C", "B"),
        down.pk: ("B", "D"),
    }
    assert (changes[up.pk].is_provisional, len(changes[up.pk].reason)) == (True, 500)
    assert set(Customer.objects.values_list("grade", "version")) == {("B", 1), ("D", 1)}
    assert regraded() == {}


@pytest.mark.parametrize(("state", "grade"), [("closed", "B"), ("active", "A")])
def test_where_one_is_no_longer_as_he_was_thought_to_be_none_is_changed(state: str, grade: str) -> None:
    customer, other = create_active_customer(grade="B"), create_active_customer(grade="B")
    Customer.objects.filter(pk=other.pk).update(state=state, grade=grade)
    with pytest.raises(ConflictError) as refused:
        regraded(Regrade(customer.pk, "B", "C", ""), Regrade(other.pk, "B", "C", ""))
    assert refused.value.code == "grade.changed"
    assert Customer.objects.get(pk=customer.pk).grade == "B"
    assert not GradeChange.objects.exists()
