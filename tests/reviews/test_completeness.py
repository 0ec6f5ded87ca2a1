"""What Annex 1 must say before it is submitted."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from reviews.completeness import ALWAYS_ASKED, open_questions
from tests.factories.reviews import COMPLETE_ANSWERS, VALID_USCC


def asked(**changes: Any) -> list[str]:
    return list(open_questions(COMPLETE_ANSWERS | changes))


def test_a_complete_form_has_no_open_question() -> None:
    assert asked() == []


@pytest.mark.parametrize("field", ALWAYS_ASKED)
def test_every_required_field_is_asked_for(field: str) -> None:
    empty: Any = [] if field == "service_types" else None if field in NUMBERS else ""
    assert asked(**{field: empty}) == [field]


NUMBERS = {"years_in_business", "expected_monthly_amount", "payment_term_days"}


def test_questions_come_in_the_order_of_the_form() -> None:
    assert asked(account_manager_opinion="", bank_name="", business_content="") == [
        "bank_name",
        "business_content",
        "account_manager_opinion",
    ]


def test_zero_years_in_business_is_an_answer() -> None:
    assert asked(years_in_business=0) == []


@pytest.mark.parametrize(
    ("kind", "questions"),
    [("private", ["registered_capital_amount"]), ("institution", []), ("sole_proprietor", [])],
)
def test_only_companies_have_a_registered_capital(kind: str, questions: list[str]) -> None:
    assert asked(enterprise_type=kind, registered_capital_amount=None) == questions


def test_a_unified_code_must_have_the_right_check_character() -> None:
    wrong = VALID_USCC[:-1] + ("0" if VALID_USCC[-1] != "0" else "1")
    assert asked(uscc=wrong) == ["uscc"]


def test_either_the_unified_code_or_the_three_older_numbers() -> None:
    assert asked(uscc="") == ["uscc"]
    older = {
        "uscc": "",
        "business_licence_number": "110000001234567",
        "tax_registration": "provided",
        "tax_registration_number": "110105600037341",
        "organisation_code_certificate": "provided",
        "organisation_code": "60003734-1",
    }
    assert asked(**older) == []


def test_an_older_number_is_asked_for_unless_its_certificate_does_not_apply() -> None:
    older = {"uscc": "", "business_licence_number": "110000001234567"}
    assert asked(**older) == [
        "tax_registration",
        "tax_registration_number",
        "organisation_code_certificate",
        "organisation_code",
    ]
    without = {"tax_registration": "not_applicable", "organisation_code_certificate": "not_applicable"}
    assert asked(**older, **without) == []
    missing = {"tax_registration": "missing", "organisation_code_certificate": "not_applicable"}
    assert asked(**older, **missing) == ["tax_registration_number"]


@pytest.mark.parametrize(("amount", "is_asked"), [("0.00", True), ("0.01", False)])
def test_the_expected_business_must_be_more_than_nothing(amount: str, is_asked: bool) -> None:
    assert asked(expected_monthly_amount=Decimal(amount)) == (["expected_monthly_amount"] if is_asked else [])


@pytest.mark.parametrize(("days", "is_asked"), [(0, True), (1, False), (365, False), (366, True)])
def test_a_payment_term_has_1_to_365_days(days: int, is_asked: bool) -> None:
    assert asked(payment_term_days=days) == (["payment_term_days"] if is_asked else [])
