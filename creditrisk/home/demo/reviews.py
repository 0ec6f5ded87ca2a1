"""Reviews in every state, each brought there by the services as its people would have done it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from creditrisk.accounts.models import User
from creditrisk.home.demo.companies import Company
from customers.models import Customer
from reviews import services
from reviews.models import ApprovalStep, AttachmentCategory, Review, StepState

OPINIONS = (
    "同意。资料齐全,信誉良好。",
    "Agreed. Documents are complete.",
    "同意,建议首单预付 30 %。",
    "Agreed; watch the first two payments.",
)
Plan = tuple[tuple[str, int], ...]
PLAN: Plan = (
    ("draft", 0), ("draft", 0), ("draft", 0),
    ("in_approval", 0), ("in_approval", 0), ("in_approval", 1), ("in_approval", 2), ("in_approval", 3),
    ("in_approval", 4), ("in_approval", 5), ("in_approval", 6),
    ("returned", 2), ("returned", 4),
    ("rejected", 3), ("rejected", 5),
    ("withdrawn", 1), ("withdrawn", 0),
    ("approved", 7), ("approved", 7), ("approved", 7),
)  # fmt: skip
"""State to reach and how many steps approve before it."""

LICENCE_PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)


def answers_of(company: Company) -> dict[str, object]:
    """Return a complete Annex 1 form for a made-up company."""
    return {
        "name": company.name,
        "enterprise_type": company.enterprise_type,
        "registered_capital_amount": company.capital_amount,
        "registered_capital_currency": "CNY",
        "bank_name": company.bank_name,
        "bank_account": company.bank_account,
        "legal_representative": company.legal_representative,
        "person_in_charge": company.legal_representative,
        "finance_contact": company.contact,
        "finance_phone": company.phone,
        "business_contact": company.contact,
        "business_phone": company.phone,
        "service_types": [company.service_type],
        "business_content": "设备供应与售后服务 / Equipment and after-sales service",
        "uscc": company.uscc,
        "business_licence": "provided",
        "business_licence_number": "",
        "tax_registration": "",
        "tax_registration_number": "",
        "organisation_code_certificate": "",
        "organisation_code": "",
        "special_industry_permit": "not_applicable",
        "special_industry_permit_number": "",
        "iso_9000": "provided",
        "iso_20000": "not_applicable",
        "bank_credit_rating": "AA",
        "tax_credit_rating": "A",
        "other_qualifications": "",
        "years_in_business": 8,
        "ability_to_pay": "现金流稳定,近两年无违约。",
        "related_business": "无",
        "adverse_records": "未发现",
        "expected_monthly_amount": company.monthly_amount,
        "currency": company.currency,
        "payment_term_days": company.payment_term_days,
        "account_manager_opinion": "客户资质良好,建议合作。",
    }


def create_reviews(
    prospects: list[tuple[Customer, Company]], plan: Plan, users: dict[str, User], today: dt.date
) -> list[Review]:
    """Start one review per prospect and bring it to the state that `plan` says; return them."""
    return [
        _bring(customer, company, state, approvals, users, today - dt.timedelta(days=30 - index))
        for index, ((customer, company), (state, approvals)) in enumerate(zip(prospects, plan, strict=True))
    ]


def _bring(
    customer: Customer,
    company: Company,
    state: str,
    approvals: int,
    users: dict[str, User],
    started_on: dt.date,
) -> Review:
    initiator = _present(customer.account_manager)
    clock = Clock(started_on)
    review = services.start_review(customer=customer, by=initiator, review_on=started_on).review
    answers = answers_of(company)
    if state == "draft":
        answers |= {"ability_to_pay": "", "expected_monthly_amount": None, "account_manager_opinion": ""}
    services.save_form(review=review, by=initiator, answers=answers, seen_form_version=review.form_version)
    services.add_attachment(
        review=review,
        by=initiator,
        name="营业执照.pdf",
        content=LICENCE_PDF,
        category=AttachmentCategory.LICENCE,
    )
    review.refresh_from_db()
    if state == "draft":
        return review
    services.submit_review(
        review=review, by=initiator, seen_form_version=review.form_version, now=clock.next()
    )
    for index in range(approvals):
        _decide(review, users, clock, index)
    if state == "returned":
        _step_then(
            services.return_step,
            review,
            users,
            clock,
            "请补充最近一期审计报告。 Please add the audit report.",
        )
    elif state == "rejected":
        _step_then(
            services.reject_step, review, users, clock, "存在诉讼风险,不同意合作。 Pending litigation."
        )
    elif state == "withdrawn":
        services.withdraw_review(review=review, by=initiator, now=clock.next(), reason="客户取消项目")
    review.refresh_from_db()
    return review


class Clock:
    """Working hours of the days after a date; each call is some hours later."""

    def __init__(self, day: dt.date) -> None:
        self.at = dt.datetime.combine(day, dt.time(1, 30), tzinfo=dt.UTC)

    def next(self) -> dt.datetime:
        self.at += dt.timedelta(hours=26)
        return self.at


def _present(user: User | None) -> User:
    """Return the person that every demo customer has in this place."""
    if user is None:
        raise ValueError("a demo customer lacks one of his people")
    return user


def decider_of(review: Review, step: ApprovalStep, users: dict[str, User]) -> User:
    """Return who decides the step in the demo company."""
    department = _present(review.customer.account_manager).department
    by_role = {
        "service_manager": _present(review.customer.service_manager),
        "department_manager": _present(department.head if department else None),
        "legal_affairs": users["legal"],
        "general_management": users["office"],
        "planning_finance": users["planning"],
        "group_leader": users["vp"],
        "general_manager": users["manager"],
    }
    return by_role[step.role]


def _decider(review: Review, users: dict[str, User]) -> tuple[ApprovalStep, User]:
    step = review.steps.get(round=review.round, state=StepState.PENDING)
    return step, decider_of(review, step, users)


def _decide(review: Review, users: dict[str, User], clock: Clock, index: int) -> None:
    review.refresh_from_db()
    step, by = _decider(review, users)
    services.approve_step(
        step=step, by=by, seen_round=review.round, seen_form_version=review.form_version, now=clock.next(),
        opinion=OPINIONS[index % len(OPINIONS)],
    )  # fmt: skip


def _step_then(
    action: Callable[..., object], review: Review, users: dict[str, User], clock: Clock, opinion: str
) -> None:
    review.refresh_from_db()
    step, by = _decider(review, users)
    action(
        step=step, by=by, opinion=opinion, seen_round=review.round, seen_form_version=review.form_version,
        now=clock.next(),
    )  # fmt: skip
