"""Attaching files to the form and taking them off (Annex 1, attachments)."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from creditrisk.exceptions import ConflictError, InvalidInputError, NotAllowedError
from reviews import services
from reviews.models import Attachment, Review
from tests.factories.people import Team
from tests.factories.reviews import NOW, create_draft, create_submitted, submit
from tests.kernel.test_file_content import PDF_BYTES, PNG_BYTES


def attach(team: Team, review: Review, *, name: str = "执照.pdf", content: bytes = PDF_BYTES) -> Attachment:
    return services.add_attachment(
        review=review, by=team.account_manager, name=name, content=content, category="licence"
    )


def form_version(review: Review) -> int:
    return Review.objects.get(pk=review.pk).form_version


def test_a_file_is_stored_under_a_path_of_the_servers_choice_with_its_hash(
    team: Team, media_folder: Path
) -> None:
    review = create_draft(team)
    attachment = attach(team, review, name="../../../etc/执照.pdf")
    stored = Attachment.objects.get(pk=attachment.pk)
    path = Path(stored.file.path)
    assert path.is_relative_to(media_folder / "attachments" / str(review.pk))
    assert "执照" not in path.name
    assert path.read_bytes() == PDF_BYTES
    assert stored.name == "执照.pdf"
    assert stored.sha256 == hashlib.sha256(PDF_BYTES).hexdigest()
    assert (stored.size_bytes, stored.content_type) == (len(PDF_BYTES), "application/pdf")
    assert form_version(review) == 2


def test_the_same_file_twice_is_attached_once(team: Team) -> None:
    review = create_draft(team)
    assert attach(team, review) == attach(team, review)
    assert form_version(review) == 2


def test_the_hash_of_every_file_is_in_the_decisions_snapshot(team: Team) -> None:
    review = create_draft(team)
    kept = attach(team, review)
    removed = attach(team, review, name="old.png", content=PNG_BYTES)
    services.remove_attachment(attachment=removed, by=team.account_manager, now=NOW)
    snapshot = submit(review).decisions.get().snapshot
    assert snapshot["attachments"] == [
        {"id": kept.pk, "category": "licence", "name": "执照.pdf", "sha256": kept.sha256}
    ]


def test_a_removed_file_stays_stored_and_may_be_attached_again(team: Team) -> None:
    review = create_draft(team)
    first = attach(team, review)
    services.remove_attachment(attachment=first, by=team.account_manager, now=NOW)
    stored = Attachment.objects.get(pk=first.pk)
    assert (stored.removed_at, stored.removed_by) == (NOW, team.account_manager)
    assert Path(stored.file.path).exists()
    assert attach(team, review) != first
    assert form_version(review) == 4


def test_removing_twice_is_removing_once(team: Team) -> None:
    review = create_draft(team)
    attachment = attach(team, review)
    for _time in range(2):
        services.remove_attachment(attachment=attachment, by=team.account_manager, now=NOW)
    assert form_version(review) == 3


def test_files_are_locked_with_the_form(team: Team) -> None:
    review = create_draft(team)
    attachment = attach(team, review)
    submit(review)
    with pytest.raises(ConflictError):
        attach(team, review, content=PNG_BYTES)
    with pytest.raises(ConflictError):
        services.remove_attachment(attachment=attachment, by=team.account_manager, now=NOW)


def test_nobody_but_the_initiator_attaches(team: Team) -> None:
    review = create_submitted(team)
    with pytest.raises(NotAllowedError):
        services.add_attachment(
            review=review, by=team.legal_affairs, name="a.pdf", content=PDF_BYTES, category="other"
        )


def test_size_limits_on_both_sides(team: Team, settings: Any) -> None:
    settings.CREDITRISK_ATTACHMENT_MAX_BYTES = len(PDF_BYTES)
    review = create_draft(team)
    attach(team, review)
    with pytest.raises(InvalidInputError) as refused:
        attach(team, review, name="b.pdf", content=PDF_BYTES + b"\n")
    assert refused.value.code == "attachment.too_large"
    with pytest.raises(InvalidInputError) as empty:
        attach(team, review, content=b"")
    assert empty.value.code == "attachment.empty"


def test_count_limit_counts_what_is_still_there(team: Team, settings: Any) -> None:
    settings.CREDITRISK_ATTACHMENTS_MAX_COUNT = 1
    review = create_draft(team)
    first = attach(team, review)
    with pytest.raises(InvalidInputError) as refused:
        attach(team, review, name="b.pdf")
    assert refused.value.code == "attachment.too_many"
    services.remove_attachment(attachment=first, by=team.account_manager, now=NOW)
    attach(team, review, name="b.pdf")


def test_a_refused_file_leaves_nothing_behind(team: Team, media_folder: Path) -> None:
    review = create_draft(team)
    with pytest.raises(InvalidInputError):
        attach(team, review, name="x.pdf", content=b"<html></html>")
    assert list(media_folder.rglob("*")) == []
    assert form_version(review) == 1
