"""Checking that a review is what was decided on: every hash of the log and of the files is computed anew."""

from __future__ import annotations

import hashlib

from reviews.models import Attachment, Review
from reviews.services.log import verify_decisions


def verify_review(review: Review) -> list[str]:
    """Return what is wrong with a review, in words for who runs the server; empty where nothing is.

    The decision log is replayed (`verify_decisions`). Every file that a decision saw must still be stored, with the
    very bytes it had then, whether it was taken off the form afterwards or not.
    """
    problems = [f"decision {fault.sequence}: {fault.problem}" for fault in verify_decisions(review)]
    stored = {file.pk: file for file in Attachment.objects.filter(review=review)}
    seen: dict[int, str] = {}
    for snapshot in review.decisions.order_by("sequence").values_list("snapshot", flat=True):
        for file in snapshot["attachments"]:
            seen[file["id"]] = file["sha256"]
    for key, file in stored.items():
        problem = _problem_of(file, seen.pop(key, file.sha256))
        if problem:
            problems.append(f"file {file.name}: {problem}")
    problems += [f"file {key}: was decided on and is gone" for key in sorted(seen)]
    return problems


def _problem_of(file: Attachment, decided_on: str) -> str:
    if file.sha256 != decided_on:
        return "its fingerprint is not the one that was decided on"
    try:
        with file.file.open("rb") as content:
            found = hashlib.file_digest(content, "sha256").hexdigest()
    except FileNotFoundError:
        return "its bytes are gone"
    return "" if found == file.sha256 else "its bytes were changed"
