"""The partials of the design system, and the pages for errors."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.template.loader import get_template, render_to_string

from tests.architecture.test_templates import Reader

NOON = dt.datetime(2026, 11, 24, 4, 0, tzinfo=dt.UTC)


def step(state: str, **changes: Any) -> SimpleNamespace:
    facts = {"label": "Legal affairs", "person": "", "state": state, "state_label": state, "decided_at": None}
    return SimpleNamespace(**facts | changes)


def stage(state: str, *steps: SimpleNamespace) -> SimpleNamespace:
    return SimpleNamespace(state=state, steps=steps or (step(state),))


@pytest.mark.parametrize("name", ["400.html", "403_csrf.html", "413.html", "500.html"])
def test_bare_error_pages_need_neither_request_nor_database(name: str) -> None:
    html = get_template(name).render()
    assert Reader(html).forbidden == []
    assert "<h1>" in html


def test_stepper_marks_the_stage_that_is_waited_for() -> None:
    stages = [stage("approved"), stage("pending", step("approved"), step("pending")), stage("waiting")]
    html = render_to_string("partials/_stepper.html", {"stages": stages})
    assert html.count('aria-current="step"') == 1
    assert html.count('class="stage-step ') == 4


def test_stepper_shows_who_decided_and_when_in_the_companys_time() -> None:
    decided = step("approved", person="<Li>", decided_at=NOON)
    html = render_to_string("partials/_stepper.html", {"stages": [stage("approved", decided)]})
    assert "&lt;Li&gt;" in html
    assert "11-24 12:00" in html


def test_timeline_escapes_opinions_and_keeps_their_lines() -> None:
    event = {"at": NOON, "title": "Approved", "text": "<b>yes</b>\nand no", "icon": "check-lg"}
    html = render_to_string("partials/_timeline.html", {"events": [event]})
    assert "&lt;b&gt;yes&lt;/b&gt;<br>and no" in html


def test_errors_stay_and_successes_go_away() -> None:
    messages = [
        Message(constants.ERROR, "No."),
        Message(constants.SUCCESS, "Saved."),
        Message(constants.INFO, "FYI"),
    ]
    html = render_to_string("partials/_messages.html", {"messages": messages})
    assert html.count("data-dismiss-after") == 2
    assert (
        html.index("alert-danger") < html.index("No.") < html.index("notice-success") < html.index("Saved.")
    )


def test_refused_action_says_why() -> None:
    context = {"label": "Approve", "code": "own_review", "reason": "You started this review."}
    html = render_to_string("partials/_refusal_button.html", context)
    assert 'aria-describedby="refused-own_review"' in html
    assert "disabled" in html
