"""Attaching files to the form and taking them off (Annex 1, attachments)."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from creditrisk.exceptions import ConflictError, InvalidInputError, NotAllowedError
from reviews import selectors, services
from reviews.models import Attachment, NewCustomerForm, Review
from tests.factories.people import Team
from tests.factories.reviews import NOW, TODAY, create_draft, create_submitted, submit
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
        {
            "id": kept.pk,
            "category": "licence",
            "item": "",
            "version": 1,
            "name": "执照.pdf",
            "sha256": kept.sha256,
        }
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


def test_another_file_of_the_same_name_is_the_next_version_and_the_one_before_stays_stored(
    team: Team,
) -> None:
    review = create_draft(team)
    first = attach(team, review)
    second = attach(team, review, content=PDF_BYTES + b"\n% corrected")
    first.refresh_from_db()
    assert (first.version, second.version) == (1, 2)
    assert first.removed_at is not None
    assert first.removed_by == team.account_manager
    assert Path(first.file.path).read_bytes() == PDF_BYTES
    assert list(review.attachments.filter(removed_at__isnull=True)) == [second]
    shown = selectors.review_for_page(team.account_manager).get(pk=review.pk)
    assert shown.earlier_files == [first]
    assert [one["version"] for one in submit(review).decisions.get().snapshot["attachments"]] == [2]
    assert services.verify_review(Review.objects.get(pk=review.pk)) == []


def test_a_full_review_still_takes_another_version(team: Team, settings: Any) -> None:
    settings.CREDITRISK_ATTACHMENTS_MAX_COUNT = 1
    review = create_draft(team)
    attach(team, review)
    assert attach(team, review, content=PDF_BYTES + b"\n").version == 2
    with pytest.raises(InvalidInputError):
        attach(team, review, name="other.pdf")


def test_a_scan_belongs_to_a_review_item(team: Team) -> None:
    review = create_draft(team)
    given = {"review": review, "by": team.account_manager, "content": PDF_BYTES, "category": "licence"}
    scan = services.add_attachment(name="a.pdf", item="business_licence", **given)
    assert scan.item_label == "Business licence"
    assert services.add_attachment(name="a.pdf", item="iso_9000", **given) != scan, "of another item"
    with pytest.raises(InvalidInputError) as raised:
        services.add_attachment(name="b.pdf", item="passport", **given)
    assert raised.value.code == "attachment.item"


@pytest.mark.parametrize(
    ("state", "valid_to_on", "past"),
    [
        ("provided", TODAY, []),
        ("provided", TODAY - dt.timedelta(days=1), ["iso_9000"]),
        ("missing", TODAY - dt.timedelta(days=1), []),
        ("provided", None, []),
        ("", TODAY - dt.timedelta(days=1), []),
    ],
)
def test_an_item_is_past_the_day_after_its_last(
    state: str, valid_to_on: dt.date | None, past: list[str]
) -> None:
    form = NewCustomerForm(iso_9000=state, iso_9000_valid_to_on=valid_to_on)
    assert form.items_past(TODAY) == past


def test_the_page_warns_of_items_past_links_their_scans_and_shows_what_can_be_shown(team: Team) -> None:
    review = create_draft(team)
    given = {"review": review, "by": team.account_manager, "category": "licence"}
    scan = services.add_attachment(name="iso.png", content=PNG_BYTES, item="iso_9000", **given)
    old = attach(team, review)
    pdf = attach(team, review, content=PDF_BYTES + b"\n")
    text = services.add_attachment(name="a.txt", content=b"plain words\n", **given)
    NewCustomerForm.objects.filter(pk=review.pk).update(iso_9000_valid_to_on=TODAY - dt.timedelta(days=1))
    client = Client()
    client.force_login(team.account_manager)
    page = client.get(review.get_absolute_url()).content.decode()
    assert "No longer valid on the review date: ISO 9000." in page
    addresses = {
        file.pk: {
            name: reverse(f"reviews:{name}", args=[review.number, file.pk])
            for name in ("attachment", "attachment_preview")
        }
        for file in (scan, old, pdf, text)
    }
    assert f'<img loading="lazy" src="{addresses[scan.pk]["attachment_preview"]}"' in page
    assert f'<iframe loading="lazy" src="{addresses[pdf.pk]["attachment_preview"]}"' in page
    assert addresses[text.pk]["attachment_preview"] not in page
    assert addresses[old.pk]["attachment"] in page
    shown = client.get(addresses[pdf.pk]["attachment_preview"])
    assert shown.headers["Content-Disposition"].startswith("inline")
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in shown.headers["Content-Security-Policy"]
    assert shown.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert client.get(addresses[text.pk]["attachment_preview"]).status_code == 404
    assert b"".join(shown.streaming_content) == PDF_BYTES + b"\n"  # type: ignore[attr-defined]
    earlier = client.get(addresses[old.pk]["attachment"])
    assert b"".join(earlier.streaming_content) == PDF_BYTES, "an earlier version is kept to be read"
    services.remove_attachment(attachment=pdf, by=team.account_manager, now=NOW)
    for file in (pdf, old):
        assert client.get(addresses[file.pk]["attachment"]).status_code == 404, (
            "removed with all its versions"
        )
