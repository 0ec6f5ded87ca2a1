"""The commands on reviews: one as data, and whether it is what was decided on."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from reviews import services
from reviews.models import Attachment, Review
from tests.factories.people import Team
from tests.factories.reviews import (
    approve_as,
    create_annual_approved,
    create_draft,
    submit,
    tampering,
)

pytestmark = pytest.mark.django_db
PDF_BYTES = b"%PDF-1.4\n%%EOF\n"


def printed(name: str, *arguments: str, **options: Any) -> str:
    out = StringIO()
    call_command(name, *arguments, stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def review(team: Team) -> Review:
    draft = create_draft(team)
    services.add_attachment(
        review=draft, by=team.account_manager, name="执照.pdf", content=PDF_BYTES, category="licence"
    )
    submitted = submit(draft)
    approve_as(team, submitted, "service_manager")
    return Review.objects.get(pk=submitted.pk)


def test_a_review_as_data(review: Review, team: Team) -> None:
    data = json.loads(printed("review", review.number, json=True))
    assert (data["number"], data["kind"], data["state"]) == (review.number, "new_customer", "in_approval")
    assert data["form"]["name"] == review.customer.name
    assert data["form"]["bank_account"].endswith("0123")
    assert "6222" not in data["form"]["bank_account"]
    assert [one["kind"] for one in data["decisions"]] == ["submit", "approve"]
    assert data["decisions"][1]["previous_sha256"] == data["decisions"][0]["sha256"]
    assert data["decisions"][1]["by"] == team.service_manager.username
    assert [step["state"] for step in data["steps"][:3]] == ["approved", "pending", "waiting"]
    assert data["attachments"][0]["name"] == "执照.pdf"


def test_an_annual_review_as_data(team: Team) -> None:
    data = json.loads(printed("review", create_annual_approved(team).number, json=True))
    assert [score["total"] for score in data["form"]["scores"]] == [80, 80]
    assert data["decisions"][-1]["outcome"]["grade"] == "B"


def test_a_review_in_words(review: Review, team: Team) -> None:
    text = printed("review", review.number)
    assert review.number in text
    assert str(team.service_manager) in text


def test_an_untouched_review_is_verified(review: Review) -> None:
    assert printed("verify_review", review.number) == f"{review.number}: nothing was changed.\n"
    told = json.loads(printed("verify_review", review.number, json=True))
    assert told == {"number": review.number, "decisions": 2, "problems": []}


def test_a_file_that_was_taken_off_the_form_is_still_verified(team: Team) -> None:
    draft = create_draft(team)
    file = services.add_attachment(
        review=draft, by=team.account_manager, name="a.pdf", content=PDF_BYTES, category="other"
    )
    services.remove_attachment(attachment=file, by=team.account_manager, now=draft.created_at)
    assert services.verify_review(submit(draft)) == []


def problems_of(review: Review) -> list[str]:
    with pytest.raises(CommandError, match="not what was decided on") as raised:
        call_command("verify_review", review.number, stdout=(out := StringIO()))
    assert raised.value.returncode == 1
    return out.getvalue().splitlines()


def test_a_changed_opinion_is_found(review: Review) -> None:
    with tampering() as cursor:
        cursor.execute(
            "UPDATE reviews_decision SET opinion = 'x' WHERE review_id = %s AND sequence = 2", [review.pk]
        )
    assert problems_of(review) == ["decision 2: was changed after it was made"]


def test_changed_and_missing_bytes_are_found(review: Review) -> None:
    file = Attachment.objects.get(review=review)
    with file.file.storage.open(file.file.name, "wb") as content:
        content.write(b"%PDF-1.4\nother")
    assert problems_of(review) == ["file 执照.pdf: its bytes were changed"]
    file.file.storage.delete(file.file.name)
    assert problems_of(review) == ["file 执照.pdf: its bytes are gone"]


def test_another_fingerprint_and_a_missing_row_are_found(review: Review) -> None:
    with tampering("reviews_attachment") as cursor:
        cursor.execute(
            "UPDATE reviews_attachment SET sha256 = repeat('0', 64) WHERE review_id = %s", [review.pk]
        )
    assert problems_of(review) == ["file 执照.pdf: its fingerprint is not the one that was decided on"]
    (key,) = Attachment.objects.filter(review=review).values_list("pk", flat=True)
    with tampering("reviews_attachment") as cursor:
        cursor.execute("DELETE FROM reviews_attachment WHERE review_id = %s", [review.pk])
    assert problems_of(review) == [f"file {key}: was decided on and is gone"]


@pytest.mark.parametrize("name", ["review", "verify_review"])
def test_an_unknown_number_is_exit_2(name: str, db: None) -> None:
    with pytest.raises(CommandError, match="There is no review R-0") as raised:
        call_command(name, "R-0")
    assert raised.value.returncode == 2
