"""A review on paper: every answer, opinion, name and time, in English, Chinese or both, with a code that is checked."""

from __future__ import annotations

import hashlib
import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from reviews import selectors, services
from reviews.models import Decision, Review
from reviews.print_out import review_pdf
from reviews.print_out.content import blocks_of
from reviews.print_out.pdf import _side_by_side
from reviews.verification_code import code_of, hash_start
from tests.factories.absences import stand_in
from tests.factories.people import Team, create_user
from tests.factories.reviews import (
    COMPLETE_ANSWERS,
    NOW,
    TODAY,
    approve_all,
    approve_as,
    create_annual_approved,
    create_annual_draft,
    create_approved,
    create_draft,
    create_submitted,
    step_of,
    tampering,
)

# The code ---------------------------------------------------------------------------------------


@given(st.binary(max_size=8))
def test_a_code_leads_back_to_the_beginning_of_its_hash(content: bytes) -> None:
    sha256 = hashlib.sha256(content).hexdigest()
    code = code_of(sha256)
    assert len(code) == 19
    assert hash_start(code) == sha256[:20]
    assert hash_start(f" {code.lower().replace('-', ' ')} ") == sha256[:20]


def test_what_looks_alike_is_understood() -> None:
    assert hash_start("OIL0-1111-0000-0000") == hash_start("0110-1111-0000-0000")


@pytest.mark.parametrize(
    "code", ["", "1234", "1234-5678-90AB-CDE", "1234-5678-90AB-CDEFG", "U234-5678-90AB-CDEF"]
)
def test_what_is_no_code_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="no verification code"):
        hash_start(code)


# The paper --------------------------------------------------------------------------------------


def loaded(review: Review, reader: User) -> Review:
    return selectors.review_for_page(reader).get(pk=review.pk)


def texts(review: Review, reader: User, language: str = "en") -> str:
    """Everything that stands on the paper, as one JSON text."""
    shown = loaded(review, reader)
    with translation.override(language):
        blocks = blocks_of(
            shown,
            reader=reader,
            chain=selectors.chain_shown(shown, on=TODAY),
            policy=selectors.policy_version_on(TODAY).policy,
        )
    return json.dumps(blocks, ensure_ascii=False)


def printed(review: Review, reader: User, language: str = "en") -> bytes:
    shown = loaded(review, reader)
    return review_pdf(
        shown,
        reader=reader,
        chain=selectors.chain_shown(shown, on=TODAY),
        policy=selectors.policy_version_on(TODAY).policy,
        language=language,
        printed_at=NOW,
    )


@pytest.mark.django_db
def test_the_new_customer_form_has_every_answer_opinion_name_and_time(team: Team) -> None:
    review = create_submitted(team)
    stand_in(team.finance_clerk, person=team.service_manager)
    approve_as(team, review, "service_manager", by=team.finance_clerk, opinion="速办")
    approve_all(team, review)
    text = texts(review, team.general_manager)
    for answer in (
        "bank_account",
        "legal_representative",
        "finance_phone",
        "business_content",
        "ability_to_pay",
    ):
        assert COMPLETE_ANSWERS[answer] in text, answer
    assert f"{team.finance_clerk} on behalf of {team.service_manager}" in text
    assert "速办" in text
    assert COMPLETE_ANSWERS["account_manager_opinion"] in text
    assert (
        text.count("2026-03-02 17:30") >= 16
    )  # seven approvals and a submission, in the form and in the log
    assert "CNY 120,000.00" in text
    for role in ("department_manager", "legal_affairs", "general_manager"):
        assert str(team.holder(role)) in text


@pytest.mark.django_db
def test_the_annual_form_has_scores_and_departments(team: Team) -> None:
    review = create_annual_approved(team)
    text = texts(review, team.group_leader)
    assert "B 20" in text
    assert "average 80.0: grade B" in text or "average 80" in text
    assert "Planning & finance department manager" in text
    assert "Service level" in text
    assert "合同" in texts(review, team.group_leader, "zh-hans")


@pytest.mark.django_db
def test_nobody_reads_on_paper_what_his_page_hides(team: Team) -> None:
    """The account number for who decides nothing, and the other's scores before one's own are in."""
    team.service_manager.department = None
    team.service_manager.save()
    review, reader = create_submitted(team), create_user(Role.ACCOUNT_MANAGER)
    services.send_copies(review=review, readers=[reader], by=team.account_manager, now=NOW)
    assert COMPLETE_ANSWERS["bank_account"] not in texts(review, reader)
    assert "•••• 0123" in texts(review, reader)
    annual = create_annual_draft(team)
    services.give_scores(
        review=annual,
        by=team.account_manager,
        answers=dict.fromkeys(
            ("contract_performance", "repayment_speed", "cooperation_history", "responsiveness"), "A"
        ),
        reasons=dict.fromkeys(
            ("contract_performance", "repayment_speed", "cooperation_history", "responsiveness"), "so"
        ),
        now=NOW,
    )
    assert "A 25" in texts(annual, team.account_manager)
    assert "A 25" not in texts(annual, team.service_manager)


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "zh-hans", "zh-hant", "both"])
@pytest.mark.parametrize("make", [create_draft, create_approved, create_annual_approved])
def test_the_page_gives_a_pdf_in_every_language(team: Team, make: Any, language: str) -> None:
    review = make(team)
    client = Client()
    client.force_login(review.initiator)
    answer = client.get(reverse("reviews:print", args=[review.number]), {"language": language})
    assert answer.headers["Content-Type"] == "application/pdf"
    assert f'filename="{review.number}.pdf"' in answer.headers["Content-Disposition"]
    assert answer.content.startswith(b"%PDF-")


@pytest.mark.django_db
def test_the_same_paper_has_the_same_bytes_and_an_unknown_language_is_not_found(team: Team) -> None:
    review = create_approved(team)
    assert printed(review, team.group_leader) == printed(review, team.group_leader)
    client = Client()
    client.force_login(team.group_leader)
    assert client.get(reverse("reviews:print", args=[review.number]), {"language": "fr"}).status_code == 404


def test_two_languages_stand_side_by_side_where_they_differ() -> None:
    chinese = {"label": "客户", "rows": [["R-1", "同意"]], "wide": True}
    english = {"label": "Customer", "rows": [["R-1", "approved"]], "wide": True}
    assert _side_by_side(chinese, english) == {
        "label": "客户 Customer",
        "rows": [["R-1", "同意 approved"]],
        "wide": True,
    }


# Checking ---------------------------------------------------------------------------------------


def code_of_last(review: Review) -> str:
    return code_of(review.decisions.latest("sequence").sha256)


def check(user: User, code: str) -> str:
    client = Client()
    client.force_login(user)
    return client.get(reverse("reviews:check"), {"code": code}).content.decode()


@pytest.mark.django_db
def test_a_code_says_which_review_it_is_of_and_whether_that_went_on(team: Team) -> None:
    review = create_submitted(team)
    code = code_of_last(review)
    page = check(team.service_manager, code)
    assert f"The code is that of review {review.number}" in page
    assert "Nothing has been decided since" in page
    assert f'href="{review.get_absolute_url()}"' in page
    approve_as(team, review, "service_manager")
    assert "It has gone on since: 1 later entry." in check(team.service_manager, code)
    assert "Nothing has been decided since" in check(team.service_manager, code_of_last(review))


@pytest.mark.django_db
def test_who_may_not_see_the_review_learns_that_his_paper_is_genuine_and_no_more(team: Team) -> None:
    review = create_submitted(team)
    page = check(create_user(Role.ACCOUNT_MANAGER), code_of_last(review))
    assert review.number in page
    assert review.get_absolute_url() not in page


@pytest.mark.django_db
@pytest.mark.parametrize("code", ["0000-0000-0000-0000", "nonsense"])
def test_an_unknown_code_is_told(team: Team, code: str) -> None:
    create_submitted(team)
    assert "No review has this code" in check(team.service_manager, code)
    client = Client()
    client.force_login(team.service_manager)
    assert "No review has this code" not in client.get(reverse("reviews:check")).content.decode()
    assert client.get(reverse("reviews:check"), {"code": ""}).context["form"].errors


@pytest.mark.django_db
def test_a_touched_log_is_told_on_the_page_and_by_the_command(team: Team) -> None:
    review = create_approved(team)
    code = code_of_last(review)
    out = StringIO()
    call_command("verify_review", code.lower(), stdout=out)
    assert review.number in out.getvalue()
    first = review.decisions.order_by("sequence")[0]
    with tampering() as cursor:
        cursor.execute("UPDATE reviews_decision SET opinion = 'x' WHERE id = %s", [first.pk])
    assert "what is stored is not what was decided on" in check(team.group_leader, code)
    with pytest.raises(CommandError) as raised:
        call_command("verify_review", code, stdout=StringIO())
    assert raised.value.returncode == 1
    with pytest.raises(CommandError) as unknown:
        call_command("verify_review", "0000-0000-0000-0000")
    assert unknown.value.returncode == 2


@pytest.mark.django_db
def test_the_code_is_looked_up_by_an_index(team: Team) -> None:
    create_submitted(team)
    plan = Decision.objects.filter(sha256__startswith="abc")
    with_index = plan.query.get_compiler("default").as_sql()[0]
    assert "LIKE" in with_index
    assert any(index.name == "decision_sha256" for index in Decision._meta.indexes)
    assert step_of(Review.objects.get(), "service_manager")
