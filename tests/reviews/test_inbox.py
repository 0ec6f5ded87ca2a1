"""The inbox: tabs, filters, sorting, reading beside the list, several approvals at once, phrases, live counts."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.exceptions import InvalidInputError
from reviews import services
from reviews.models import ApprovalStep, Phrase, Review, ReviewState, StepState
from reviews.services import phrases
from reviews.tables import seen_step
from tests.factories.people import Team, create_user
from tests.factories.reviews import NOW, approve_as, create_annual_submitted, create_submitted, seen, step_of

pytestmark = pytest.mark.django_db

THURSDAY, FRIDAY = (dt.datetime(2026, 3, day, 4, tzinfo=dt.UTC) for day in (5, 6))


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def numbers(user: User, **query: str) -> list[str]:
    """The record numbers of the to-do list, in its order, on the Friday after the steps were opened."""
    with time_machine.travel(FRIDAY):
        answer = logged_in(user).get("/reviews/inbox/", query)
    return [row.record.review.number for row in answer.context["table"].rows]


# The list ---------------------------------------------------------------------------------------


def test_the_day_after_the_last_day_a_step_is_marked_overdue(team: Team) -> None:
    create_submitted(team)
    client = logged_in(team.service_manager)
    for now, marked in ((THURSDAY, False), (FRIDAY, True)):
        with time_machine.travel(now):
            page = client.get("/reviews/inbox/").content.decode()
        assert "2026-03-05" in page
        assert ('<span class="state state-rejected">overdue</span>' in page) is marked


def test_the_list_is_narrowed_by_search_kind_stage_and_deadline(team: Team) -> None:
    late, fresh = create_submitted(team, name="Alpha"), create_submitted(team, name="Beta")
    ApprovalStep.objects.filter(review=fresh).update(due_on=dt.date(2026, 3, 9))
    annual = create_annual_submitted(team, name="Gamma")
    team.department_manager.role_assignments.create(role=Role.SERVICE_MANAGER)
    for query, found in (
        ({}, [late, fresh]),
        ({"q": "alpha"}, [late]),
        ({"q": fresh.number}, [fresh]),
        ({"q": late.customer.number}, [late]),
        ({"due": "overdue"}, [late]),
        ({"due": "in_time"}, [fresh]),
        ({"kind": "annual"}, []),
        ({"role": "service_manager"}, [late, fresh]),
        ({"role": "legal_affairs"}, []),
    ):
        assert numbers(team.service_manager, **query) == [review.number for review in found], query
    assert numbers(team.department_manager, kind="annual") == [annual.number]


def test_the_list_is_sorted_by_due_date_amount_and_waiting_time(team: Team) -> None:
    reviews = [create_submitted(team) for _number in range(3)]
    for review, days, amount in zip(reviews, (2, 0, 1), ("20", "30", "10"), strict=True):
        ApprovalStep.objects.filter(review=review).update(
            due_on=dt.date(2026, 3, 9) + dt.timedelta(days=days),
            opened_at=NOW - dt.timedelta(days=days),
        )
        Review.objects.filter(pk=review.pk).update(business_amount=amount)
    first, second, third = (review.number for review in reviews)
    assert numbers(team.service_manager) == [first, third, second]
    assert numbers(team.service_manager, sort="due_on") == [second, third, first]
    assert numbers(team.service_manager, sort="business_amount") == [third, first, second]
    assert numbers(team.service_manager, sort="-business_amount") == [second, first, third]
    assert numbers(team.service_manager, sort="waiting_days") == [second, third, first]


@pytest.mark.parametrize("tab", ["todo", "score", "opinions", "done", "started", "copies"])
def test_a_tab_costs_the_same_however_many_rows_it_has(team: Team, tab: str) -> None:
    def ask_and_copy(review: Review) -> None:
        services.ask_colleague(
            step=step_of(review, "service_manager"),
            asked=team.legal_affairs,
            question="?",
            by=team.service_manager,
            now=NOW,
        )
        services.send_copies(review=review, readers=[team.legal_affairs], by=team.account_manager, now=NOW)

    person = {"opinions": team.legal_affairs, "copies": team.legal_affairs, "started": team.account_manager}
    client = logged_in(person.get(tab, team.service_manager))
    counts = []
    for more in (1, 4):
        for _number in range(more):
            review = create_submitted(team)
            ask_and_copy(review)
            if tab == "done":
                approve_as(team, review, "service_manager")
        with CaptureQueriesContext(connection) as queries:
            rows = client.get("/reviews/inbox/", {"tab": tab}).context["table"].rows
        assert len(rows) == (0 if tab == "score" else 1 if more == 1 else 5)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12


# Several at once --------------------------------------------------------------------------------


def approve_several(user: User, steps: list[str], opinion: str = "agreed") -> list[str]:
    answer = logged_in(user).post(
        reverse("reviews:approve_several"), {"steps": steps, "opinion": opinion}, follow=True
    )
    return [str(message) for message in answer.context["messages"]]


def test_several_steps_are_approved_with_one_opinion(team: Team) -> None:
    reviews = [create_submitted(team) for _number in range(3)]
    steps = [step_of(review, "service_manager") for review in reviews]
    page = logged_in(team.service_manager).get("/reviews/inbox/").content.decode()
    ticked = [seen_step(step) for step in steps[:2]]
    assert all(f'value="{value}"' in page for value in ticked)
    assert approve_several(team.service_manager, ticked) == ["2 reviews approved."]
    found = [step_of(review, "service_manager") for review in reviews]
    assert [step.state for step in found] == [StepState.APPROVED, StepState.APPROVED, StepState.PENDING]
    assert {one.decisions.latest("sequence").opinion for one in reviews[:2]} == {"agreed"}


def test_what_changed_meanwhile_or_is_not_his_is_left_out_and_named(team: Team) -> None:
    changed, foreign, good = (create_submitted(team) for _number in range(3))
    ticked = [seen_step(step_of(review, "service_manager")) for review in (changed, good)]
    ticked.append(seen_step(step_of(foreign, "department_manager")))
    Review.objects.filter(pk=changed.pk).update(form_version=2)
    told = approve_several(team.service_manager, ticked)
    assert len(told) == 3
    assert told[-1] == "1 review approved."
    assert any(one.startswith(f"{changed.number} ") and "was changed" in one for one in told)
    assert any(one.startswith(f"{foreign.number} ") and "stages before" in one for one in told)


@pytest.mark.parametrize("steps", [[], ["1"], ["1.1.x"], ["99999999999999999999.1.1"], ["1.1.1", "; drop"]])
def test_nothing_ticked_or_nonsense_approves_nothing(team: Team, steps: list[str]) -> None:
    create_submitted(team)
    assert approve_several(team.service_manager, steps) == [
        "Tick the reviews that you want to approve first."
    ]
    assert not ApprovalStep.objects.filter(state=StepState.APPROVED).exists()


def test_steps_of_reviews_he_does_not_see_are_as_good_as_none(team: Team) -> None:
    review = create_submitted(team)
    stranger = create_user(Role.SERVICE_MANAGER)
    assert approve_several(stranger, [seen_step(step_of(review, "service_manager"))]) == []


# Beside the list --------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [create_submitted, create_annual_submitted])
def test_a_review_is_read_and_decided_beside_the_list(team: Team, make: Any) -> None:
    review = make(team)
    role = "service_manager" if make is create_submitted else "department_manager"
    client = logged_in(team.holder(role))
    address = reverse("reviews:panel", args=[review.number])
    assert f'data-panel="{address}"' in client.get("/reviews/inbox/").content.decode()
    panel = client.get(address).content.decode()
    assert "<html" not in panel
    assert review.customer.name in panel
    assert '<input type="hidden" name="next" value="/reviews/inbox/">' in panel
    step = step_of(review, role)
    decide = reverse("reviews:approve", args=[review.number, step.pk])
    answer = client.post(decide, {"opinion": "", "next": "/reviews/inbox/", **seen(review)})
    assert answer.url == "/reviews/inbox/"  # type: ignore[attr-defined]
    step.refresh_from_db()
    assert step.state == StepState.APPROVED


def test_a_decision_leads_to_no_foreign_page(team: Team) -> None:
    review = create_submitted(team)
    decide = reverse("reviews:approve", args=[review.number, step_of(review, "service_manager").pk])
    data = {"opinion": "", "next": "https://elsewhere.example/", **seen(review)}
    answer = logged_in(team.service_manager).post(decide, data)
    assert answer.url == review.get_absolute_url()  # type: ignore[attr-defined]


# Phrases ----------------------------------------------------------------------------------------


def test_a_phrase_is_kept_offered_and_forgotten(team: Team) -> None:
    review, client = create_submitted(team), logged_in(team.service_manager)
    client.post(reverse("reviews:phrases"), {"text": " No  objection. "})
    phrase = Phrase.objects.get()
    assert phrase.text == "No objection."
    assert 'data-phrase="No objection."' in client.get(review.get_absolute_url()).content.decode()
    assert "No objection." in client.get(reverse("reviews:phrases")).content.decode()
    other = logged_in(team.legal_affairs)
    assert "No objection." not in other.get(reverse("reviews:phrases")).content.decode()
    remove = reverse("reviews:phrase_remove", args=[phrase.pk])
    assert other.post(remove).status_code == 404
    services.remove_phrase(phrase=phrase, by=team.legal_affairs)
    assert Phrase.objects.exists()
    client.post(remove)
    assert not Phrase.objects.exists()


def test_a_phrase_is_kept_once_and_has_an_end(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    for _time in range(2):
        services.add_phrase(text="x" * 200, by=team.service_manager)
    assert Phrase.objects.count() == 1
    for text, code in (("  ", "phrase.missing"), ("x" * 201, "phrase.too_long")):
        with pytest.raises(InvalidInputError) as raised:
            services.add_phrase(text=text, by=team.service_manager)
        assert raised.value.code == code
    monkeypatch.setattr(phrases, "MOST", 1)
    services.add_phrase(text="x" * 200, by=team.service_manager)
    client = logged_in(team.service_manager)
    refused = client.post(reverse("reviews:phrases"), {"text": "another"})
    assert refused.context["form"].errors == {"text": ["You have 1 phrases: remove one first."]}
    assert 'value="another"' in refused.content.decode()


# Live counts ------------------------------------------------------------------------------------


def test_an_open_page_learns_what_waits_now(team: Team) -> None:
    client = logged_in(team.service_manager)
    assert 'data-counts="/counts/"' in client.get("/reviews/inbox/").content.decode()
    assert client.get("/counts/").json()["/reviews/inbox/"] == 0
    review = create_submitted(team)
    answer = client.get("/counts/")
    assert answer.json()["/reviews/inbox/"] == 1
    assert "no-store" in answer.headers["Cache-Control"]
    services.withdraw_review(review=review, by=team.account_manager, now=NOW)
    assert client.get("/counts/").json()["/reviews/inbox/"] == 0
    assert Review.objects.get(pk=review.pk).state == ReviewState.WITHDRAWN
    assert Client().get("/counts/").status_code == 302
