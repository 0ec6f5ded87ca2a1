"""The customer's way through the states, with grade and limit (P4.1, P4.2, P5.2.3)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, transaction
from django.utils.translation import override

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.audit.selectors import history_of
from creditrisk.exceptions import InvalidInputError, NotAllowedError
from creditrisk.policy.selectors import policy_version_on
from customers.models import Customer, CustomerState, GradeChange, StateReasonCode
from customers.models.state_reason import STATE_REASONS
from customers.selectors import master_data_of
from customers.services import (
    Activated,
    activate_after_review,
    enter_review,
    leave_review,
    reinstate_customer,
    stop_cooperation,
    suspend_customer,
)
from tests.factories.customers import create_active_customer, create_customer
from tests.factories.people import create_user

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 6, 1)


@pytest.fixture
def leader(db: None) -> User:
    return create_user(Role.GROUP_LEADER)


def in_state(state: CustomerState, **fields: Any) -> Customer:
    return create_customer(state=state, state_reason="why", **fields)


def approve(customer: Customer, by: User, **changes: Any) -> Customer:
    return approve_and_tell(customer, by, **changes).customer


def approve_and_tell(customer: Customer, by: User, **changes: Any) -> Activated:
    arguments: dict[str, Any] = {
        "reviewed_on": DAY,
        "grade": "C",
        "is_provisional": True,
        "credit_limit_amount": Decimal("60000.00"),
        "credit_limit_currency": "CNY",
        "credit_limit_valid_to_on": dt.date(2027, 6, 1),
        "master_data": {},
        "file_then": master_data_of(customer),
        "source": "XK-2026-0001",
        "reason": "P4.1",
        "policy_version": policy_version_on(DAY),
    }
    return activate_after_review(customer=customer, by=by, **(arguments | changes))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (CustomerState.PROSPECT, CustomerState.IN_REVIEW),
        (CustomerState.IN_REVIEW, CustomerState.IN_REVIEW),
        (CustomerState.ACTIVE, CustomerState.ACTIVE),
        (CustomerState.WATCH, CustomerState.WATCH),
        (CustomerState.SUSPENDED, CustomerState.SUSPENDED),
    ],
)
def test_entering_a_review(leader: User, before: CustomerState, after: CustomerState) -> None:
    customer = enter_review(customer=in_state(before), by=leader)
    customer.refresh_from_db()
    assert customer.state == after


def test_closed_customer_enters_no_review_and_is_not_activated(leader: User) -> None:
    closed = in_state(CustomerState.CLOSED)
    with pytest.raises(NotAllowedError):
        enter_review(customer=closed, by=leader)
    with pytest.raises(NotAllowedError):
        approve(closed, leader)


@pytest.mark.parametrize("before", list(CustomerState))
def test_leaving_a_review(leader: User, before: CustomerState) -> None:
    customer = leave_review(
        customer=in_state(before), by=leader, code=StateReasonCode.REVIEW_WITHDRAWN, number="XK-1"
    )
    customer.refresh_from_db()
    was_in_review = before == CustomerState.IN_REVIEW
    assert customer.state == (CustomerState.PROSPECT if was_in_review else before)
    assert customer.state_reason_text == ("Review XK-1 was withdrawn." if was_in_review else "why")


@pytest.mark.parametrize(
    ("code", "english", "simplified", "traditional"),
    [
        ("review_withdrawn", "Review N-1 was withdrawn.", "评审 N-1 已被撤回。", "評審 N-1 已被撤回。"),
        ("review_rejected", "Review N-1 was rejected.", "评审 N-1 已被拒绝。", "評審 N-1 已被拒絕。"),
        ("final_demand", "Final demand N-1 (P5.2.3)", "最终催款函 N-1（P5.2.3）", "最終催款函 N-1（P5.2.3）"),
        ("", "N-1", "N-1", "N-1"),
    ],
)
def test_the_software_s_reason_is_told_in_each_reader_s_language_and_a_typed_one_as_typed(
    code: str, english: str, simplified: str, traditional: str
) -> None:
    customer = create_customer(state=CustomerState.SUSPENDED, state_reason="N-1", state_reason_code=code)
    told = []
    for language in ("en", "zh-hans", "zh-hant"):
        with override(language):
            told.append(customer.state_reason_text)
    assert told == [english, simplified, traditional]


def test_every_code_of_a_reason_has_its_text() -> None:
    assert set(STATE_REASONS) == set(StateReasonCode)


def test_a_code_needs_its_number() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        create_customer(state_reason_code=StateReasonCode.REVIEW_REJECTED, state_reason="")


def test_the_history_tells_the_software_s_reason_in_the_reader_s_language(leader: User) -> None:
    with override("zh-hans"):
        customer = suspend_customer(
            customer=create_active_customer(), reason="DL-1", code=StateReasonCode.FINAL_DEMAND, by=None
        )
    shown = {}
    for language in ("en", "zh-hans"):
        with override(language):
            changes = history_of(customer)[0].changes
            shown[language] = {change.field: change.new for change in changes}
    assert shown["en"] == {
        "state": "suspended",
        "state_reason_code": "final demand",
        "state_reason": "DL-1",
    }
    assert shown["zh-hans"]["state_reason_code"] == "最终催款函"


def test_a_reason_that_is_typed_takes_the_place_of_the_software_s(leader: User) -> None:
    customer = in_state(CustomerState.SUSPENDED, state_reason_code=StateReasonCode.FINAL_DEMAND)
    customer = reinstate_customer(customer=customer, reason="paid", by=leader)
    customer.refresh_from_db()
    assert (customer.state_reason_code, customer.state_reason_text) == ("", "paid")


@pytest.mark.parametrize("move", [enter_review, approve])
def test_a_review_that_goes_on_clears_the_software_s_reason(leader: User, move: Any) -> None:
    customer = in_state(CustomerState.PROSPECT, state_reason_code=StateReasonCode.REVIEW_REJECTED)
    customer = move(customer=customer, by=leader)
    customer.refresh_from_db()
    assert (customer.state_reason_code, customer.state_reason) == ("", "")


def test_last_approval_makes_the_customer_active(leader: User) -> None:
    customer = in_state(CustomerState.IN_REVIEW)
    approve(customer, leader, master_data={"name": "新名", "bank_name": ""}, grade="C")
    customer = Customer.objects.get()
    assert customer.state == CustomerState.ACTIVE
    assert customer.state_reason == ""
    assert (customer.grade, customer.grade_is_provisional) == ("C", True)
    assert customer.credit_limit_amount == Decimal("60000.00")
    assert customer.credit_limit_valid_to_on == dt.date(2027, 6, 1)
    assert customer.reviewed_on == DAY
    assert (customer.name, customer.version) == ("新名", 2)
    change = GradeChange.objects.get()
    assert (change.old, change.new, change.is_provisional) == ("", "C", True)
    assert (change.effective_on, change.source, change.reason) == (DAY, "XK-2026-0001", "P4.1")
    assert change.decided_by == leader
    assert str(change) == "– → C"


def test_what_the_form_leaves_empty_stays(leader: User) -> None:
    customer = in_state(CustomerState.IN_REVIEW, bank_name="工商银行", uscc=None)
    customer = approve(customer, leader, master_data={"bank_name": "", "uscc": "", "name": customer.name})
    customer.refresh_from_db()
    assert (customer.bank_name, customer.uscc, customer.version) == ("工商银行", None, 1)


def test_what_somebody_changed_in_the_file_meanwhile_stays(leader: User) -> None:
    customer = in_state(CustomerState.IN_REVIEW, address="旧址", legal_representative="王")
    then = master_data_of(customer)
    Customer.objects.update(address="新址")
    done = approve_and_tell(
        customer,
        leader,
        master_data={"address": "表上的地址", "legal_representative": "李"},
        file_then=then,
    )
    stored = Customer.objects.get()
    assert (stored.address, stored.legal_representative) == ("新址", "李")
    assert done.kept_fields == ("address",)
    assert stored.grade == "C"


@pytest.mark.parametrize(
    ("changed", "kept"),
    [
        (
            {"registered_capital_currency": "USD"},
            ("registered_capital_amount", "registered_capital_currency"),
        ),
        ({"bank_name": "建设银行"}, ("bank_name", "bank_account")),
        ({"finance_phone": "021"}, ("finance_contact", "finance_phone")),
        ({"business_contact": "周"}, ("business_contact", "business_phone")),
    ],
)
def test_what_says_one_thing_together_stays_together(
    leader: User, changed: dict[str, str], kept: tuple[str, str]
) -> None:
    """Never half of the file with half of the form: the amount of one with the currency of the other."""
    customer = in_state(CustomerState.IN_REVIEW)
    form: dict[str, object] = {
        "registered_capital_amount": Decimal(5),
        "registered_capital_currency": "EUR",
        "bank_name": "工商银行",
        "bank_account": "6222 0202 0011 2230",
        "finance_contact": "赵",
        "finance_phone": "022",
        "business_contact": "钱",
        "business_phone": "023",
    }
    then = master_data_of(customer)
    Customer.objects.update(**changed)
    done = approve_and_tell(customer, leader, master_data=form, file_then=then)
    assert done.kept_fields == kept
    stored = Customer.objects.get()
    assert {field: getattr(stored, field) for field in changed} == changed
    others = set(form) - set(kept)
    assert {field: getattr(stored, field) for field in others} == {field: form[field] for field in others}


def test_what_was_changed_to_what_the_form_says_is_no_difference(leader: User) -> None:
    customer = in_state(CustomerState.IN_REVIEW, address="旧址")
    then = master_data_of(customer)
    Customer.objects.update(address="新址")
    done = approve_and_tell(customer, leader, master_data={"address": "新址"}, file_then=then)
    assert done.kept_fields == ()


def test_a_log_that_does_not_know_the_file_lets_the_form_through(leader: User) -> None:
    done = approve_and_tell(
        in_state(CustomerState.IN_REVIEW), leader, master_data={"address": "新址"}, file_then={}
    )
    assert (done.customer.address, done.kept_fields) == ("新址", ())


def test_review_without_a_limit(leader: User) -> None:
    customer = approve(
        in_state(CustomerState.PROSPECT),
        leader,
        grade="D",
        credit_limit_amount=None,
        credit_limit_currency="",
        credit_limit_valid_to_on=None,
    )
    assert customer.state == CustomerState.ACTIVE
    assert customer.credit_limit_amount is None


def test_later_review_keeps_state_and_adds_to_the_grade_history(leader: User) -> None:
    customer = create_active_customer(grade="B")
    approve(customer, leader, grade="A", is_provisional=False)
    assert [(change.old, change.new) for change in GradeChange.objects.all()] == [("B", "A")]


def test_approval_does_not_lift_a_suspension(leader: User) -> None:
    customer = approve(in_state(CustomerState.SUSPENDED), leader)
    assert (customer.state, customer.state_reason) == (CustomerState.SUSPENDED, "why")
    assert customer.grade == "C"


def test_approval_refuses_a_code_of_another_file(leader: User) -> None:
    create_customer(uscc="914403001922038216")
    customer = in_state(CustomerState.IN_REVIEW)
    with pytest.raises(InvalidInputError) as refused:
        approve(customer, leader, master_data={"uscc": "914403001922038216"})
    assert refused.value.code == "customer.uscc_taken"
    assert Customer.objects.get(pk=customer.pk).state == CustomerState.IN_REVIEW
    assert not GradeChange.objects.exists()


@pytest.mark.parametrize("before", list(CustomerState))
def test_suspending_by_the_rules(before: CustomerState) -> None:
    customer = suspend_customer(customer=in_state(before), reason=" 45 days late ", by=None)
    customer.refresh_from_db()
    stopped_already = before in {CustomerState.SUSPENDED, CustomerState.CLOSED}
    assert customer.state == (before if stopped_already else CustomerState.SUSPENDED)
    assert customer.state_reason == ("why" if stopped_already else "45 days late")


def test_suspending_needs_a_reason(leader: User) -> None:
    customer = in_state(CustomerState.ACTIVE)
    with pytest.raises(InvalidInputError):
        suspend_customer(customer=customer, reason=" ", by=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        create_customer(state=CustomerState.SUSPENDED, state_reason="")


def test_leader_stops_cooperation(leader: User) -> None:
    customer = stop_cooperation(customer=in_state(CustomerState.ACTIVE), reason="disputes", by=leader)
    assert customer.state == CustomerState.SUSPENDED
    assert history_of(customer)[0].person == str(leader)
    again = stop_cooperation(customer=customer, reason="disputes", by=leader)
    assert again.state == CustomerState.SUSPENDED
    with pytest.raises(NotAllowedError) as refused:
        stop_cooperation(customer=customer, reason="something else", by=leader)
    assert refused.value.code == "customer.not_cooperating"


def test_others_do_not_stop_cooperation() -> None:
    with pytest.raises(NotAllowedError):
        stop_cooperation(
            customer=in_state(CustomerState.ACTIVE), reason="x", by=create_user(Role.ACCOUNT_MANAGER)
        )


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({"reviewed_on": DAY}, CustomerState.ACTIVE),
        ({"is_onboarded": True}, CustomerState.ACTIVE),
        ({}, CustomerState.PROSPECT),
    ],
)
def test_lifting_a_suspension_makes_nobody_active_without_review(
    leader: User, fields: dict[str, Any], state: CustomerState
) -> None:
    customer = in_state(CustomerState.SUSPENDED, **fields)
    customer = reinstate_customer(customer=customer, reason="paid", by=leader)
    assert (customer.state, customer.state_reason) == (state, "paid")
    again = reinstate_customer(customer=customer, reason="paid", by=leader)
    assert again.state == state
    with pytest.raises(NotAllowedError):
        reinstate_customer(customer=customer, reason="another", by=leader)


def test_lifting_a_suspension_needs_the_group_leader_and_a_reason(leader: User) -> None:
    customer = in_state(CustomerState.SUSPENDED)
    with pytest.raises(NotAllowedError):
        reinstate_customer(customer=customer, reason="paid", by=create_user(Role.DEPUTY_LEADER))
    with pytest.raises(InvalidInputError):
        reinstate_customer(customer=customer, reason="  ", by=leader)


def test_state_is_changed_by_nothing_else() -> None:
    customer = in_state(CustomerState.PROSPECT)
    with pytest.raises(AttributeError):
        customer.state = CustomerState.ACTIVE


def test_grade_history_is_final(leader: User) -> None:
    approve(in_state(CustomerState.PROSPECT), leader)
    with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
        GradeChange.objects.update(new="A")
    with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
        GradeChange.objects.all().delete()


@pytest.mark.parametrize(
    "fields",
    [
        {"number": "A/1"},
        {"number": "new"},
        {"name": ""},
        {"uscc": ""},
        {"grade_is_provisional": True},
        {"credit_limit_amount": Decimal(1)},
        {"credit_limit_amount": Decimal(1), "credit_limit_valid_to_on": DAY},
        {"credit_limit_amount": Decimal(1), "credit_limit_currency": "CNY"},
        {"credit_limit_currency": "CNY"},
        {"credit_limit_valid_to_on": DAY},
        {
            "credit_limit_amount": Decimal(-1),
            "credit_limit_currency": "CNY",
            "credit_limit_valid_to_on": DAY,
        },
    ],
)
def test_database_refuses_what_no_service_would_write(fields: dict[str, Any]) -> None:
    values = {"number": "N1", "name": "N"} | fields
    with pytest.raises(IntegrityError), transaction.atomic():
        Customer.objects.bulk_create([Customer(**values)])
