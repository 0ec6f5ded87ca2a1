"""Reviews for tests: made by the services where a state can be reached that way, quickly where many are needed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from stdnum.cn import uscc

from creditrisk.accounts.models import User
from customers.models import Customer
from reviews import services
from reviews.approval_chain import ANNUAL, CHAINS, Chain
from reviews.models import ApprovalStep, NewCustomerForm, Review, StepState
from reviews.services.locked_review import lock_review
from reviews.services.submission import start_round
from tests.factories.customers import create_active_customer, create_customer
from tests.factories.people import Team

NOW = dt.datetime(2026, 3, 2, 9, 30, tzinfo=dt.UTC)
TODAY = dt.date(2026, 3, 2)
VALID_USCC = "91110000600037341L"

COMPLETE_ANSWERS: dict[str, Any] = {
    "name": "上海示范设备有限公司",
    "enterprise_type": "private",
    "registered_capital_amount": Decimal("5000000.00"),
    "registered_capital_currency": "CNY",
    "bank_name": "示范银行上海分行",
    "bank_account": "6222000000000000123",
    "legal_representative": "王建国",
    "person_in_charge": "李红",
    "finance_contact": "赵敏",
    "finance_phone": "021-5555 0101",
    "business_contact": "钱进",
    "business_phone": "021-5555 0102",
    "service_types": ["sales", "leasing"],
    "business_content": "每月采购测试设备,另租赁两台。",
    "uscc": VALID_USCC,
    "business_licence": "provided",
    "business_licence_number": "",
    "business_licence_valid_to_on": dt.date(2030, 6, 30),
    "tax_registration": "",
    "tax_registration_number": "",
    "organisation_code_certificate": "",
    "organisation_code": "",
    "organisation_code_certificate_valid_to_on": None,
    "special_industry_permit": "not_applicable",
    "special_industry_permit_number": "",
    "special_industry_permit_valid_to_on": None,
    "iso_9000": "provided",
    "iso_9000_valid_to_on": dt.date(2028, 12, 31),
    "iso_20000": "missing",
    "iso_20000_valid_to_on": None,
    "bank_credit_rating_evidence": "provided",
    "bank_credit_rating": "AA",
    "bank_credit_rating_valid_to_on": dt.date(2027, 3, 31),
    "tax_credit_rating_evidence": "missing",
    "tax_credit_rating": "B",
    "tax_credit_rating_valid_to_on": None,
    "other_qualifications": "",
    "years_in_business": 8,
    "ability_to_pay": "付款及时。",
    "related_business": "无",
    "adverse_records": "无",
    "expected_monthly_amount": Decimal("100000.00"),
    "currency": "CNY",
    "payment_term_days": 60,
    "account_manager_opinion": "建议合作。",
}
"""A form that may be submitted: 100,000.00 CNY a month on 60 days, so the proposed limit is 120,000.00 at grade C."""


def create_prospect(team: Team, **fields: Any) -> Customer:
    """Return a prospect of the team's account manager and service manager."""
    fields.setdefault("account_manager", team.account_manager)
    fields.setdefault("service_manager", team.service_manager)
    return create_customer(**fields)


def create_draft(team: Team, *, complete: bool = True, **fields: Any) -> Review:
    """Return a draft of the account manager, complete unless told otherwise; `fields` are of the customer."""
    customer = create_prospect(team, **fields)
    review = services.start_review(customer=customer, by=team.account_manager, review_on=TODAY).review
    if complete:
        answers = COMPLETE_ANSWERS | {"name": customer.name, "uscc": uscc_of(customer.pk)}
        NewCustomerForm.objects.filter(pk=review.pk).update(**answers)
    return Review.objects.get(pk=review.pk)


def uscc_of(number: int) -> str:
    """Return a valid unified social credit code that no other number has."""
    body = f"91310000{number:09d}"
    return body + uscc.calc_check_digit(body)


def create_submitted(team: Team, **fields: Any) -> Review:
    """Return a review whose first step waits for the service manager."""
    review = create_draft(team, **fields)
    return submit(review)


def submit(review: Review) -> Review:
    """Submit a draft or a returned form as it is."""
    review = Review.objects.get(pk=review.pk)
    return services.submit_review(
        review=review, by=review.initiator, seen_form_version=review.form_version, now=NOW
    ).review


def create_in_parallel_stage(team: Team) -> Review:
    """Return a review on the annual chain (Annex 2) whose three co-operating departments are asked at the same time."""
    review = create_draft(team)
    start_on_chain(review, CHAINS[ANNUAL])
    approve_as(team, review, "department_manager")
    return review


def start_on_chain(review: Review, chain: Chain) -> Review:
    """Submit a draft on `chain`, whatever chain its kind has."""
    with transaction.atomic():
        locked = lock_review(review.pk)
        form = NewCustomerForm.objects.get(pk=locked.pk)
        start_round(locked, chain, form=form, by=locked.initiator, now=NOW)
    return locked


def step_of(review: Review, role: str) -> ApprovalStep:
    """Return the step of `role` in the current round."""
    current = Review.objects.get(pk=review.pk)
    return ApprovalStep.objects.get(review=current, round=current.round, role=role)


def seen(review: Review) -> dict[str, int]:
    """Return round and form version of the review as stored now."""
    current = Review.objects.get(pk=review.pk)
    return {"seen_round": current.round, "seen_form_version": current.form_version}


def approve_as(
    team: Team, review: Review, role: str, *, by: User | None = None, **more: Any
) -> services.Done:
    """Approve the step of `role` in the current round as its holder in the team."""
    return services.approve_step(
        step=step_of(review, role),
        by=by or team.holder(role),
        opinion=more.pop("opinion", "同意"),
        now=more.pop("now", NOW),
        **seen(review),
        **more,
    )


def approve_all(team: Team, review: Review, *, up_to: str = "", **last: Any) -> Review:
    """Approve every open step in order (before the step of `up_to`, if named); `last` goes with the last approval."""
    while True:
        step = (
            ApprovalStep.objects.filter(review=review, state=StepState.PENDING)
            .order_by("stage", "pk")
            .first()
        )
        if step is None or step.role == up_to:
            return Review.objects.get(pk=review.pk)
        rest = ApprovalStep.objects.filter(
            review=review, round=step.round, state__in=(StepState.WAITING, StepState.PENDING)
        )
        approve_as(team, review, step.role, **(last if rest.count() == 1 else {}))


def create_approved(team: Team, **fields: Any) -> Review:
    """Return a review that has passed the whole chain."""
    return approve_all(team, create_submitted(team, **fields))


@contextmanager
def tampering(table: str = "reviews_decision") -> Iterator[Any]:
    """The owner of the tables takes their protection off."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield cursor


ALL_B = dict.fromkeys(
    ("contract_performance", "repayment_speed", "cooperation_history", "responsiveness"), "B"
)
"""Scores of 80: grade B."""


def create_annual_draft(team: Team, *, year: int = TODAY.year, **fields: Any) -> Review:
    """Return an annual review that the team's service manager started; `fields` are of the customer."""
    customer = create_reviewed(team, **fields)
    return services.start_annual_review(customer=customer, by=team.service_manager, year=year, now=NOW).review


def create_reviewed(team: Team, **fields: Any) -> Customer:
    """Return an active customer of the team who passed his first review a year ago."""
    return create_active_customer(
        **{
            "account_manager": team.account_manager,
            "service_manager": team.service_manager,
            "reviewed_on": TODAY - dt.timedelta(days=365),
            "grade": "C",
            **fields,
        }
    )


def score_as(team: Team, review: Review, role: str, **answers: str) -> services.Done:
    """Score as the account manager or service manager: B for all, but for `answers`; reasons where they are needed."""
    given = ALL_B | answers
    return services.give_scores(
        review=review,
        by=team.holder(role),
        answers=given,
        reasons=dict.fromkeys(given, "so it was"),
        now=NOW,
    )


def create_annual_submitted(team: Team, **fields: Any) -> Review:
    """Return an annual review with both scores whose first step waits for the department manager."""
    review = create_annual_draft(team, **fields)
    score_as(team, review, "account_manager")
    score_as(team, review, "service_manager")
    return submit(review)


def create_annual_approved(team: Team, **fields: Any) -> Review:
    """Return an annual review that has passed the whole chain."""
    return approve_all(team, create_annual_submitted(team, **fields))
