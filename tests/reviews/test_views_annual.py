"""The pages of annual reviews, through the real middleware."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any
from unittest import mock

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from creditrisk.accounts.models import User
from creditrisk.jobs import units
from customers.models import Customer
from reviews import services
from reviews.models import Review, ReviewState, Score
from reviews.services import annual
from tests.factories.customers import create_contract
from tests.factories.people import Team
from tests.factories.reports import Line, create_report
from tests.factories.reviews import (
    ALL_B,
    NOW,
    TODAY,
    approve_all,
    approve_as,
    create_annual_approved,
    create_annual_draft,
    create_annual_submitted,
    create_reviewed,
    score_as,
    seen,
    step_of,
)

pytestmark = pytest.mark.django_db
REASONS = {f"reason_{code}": "so it was" for code in ALL_B}


def logged_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def page(client: Client, name: str, *arguments: Any, **more: Any) -> str:
    response = client.get(reverse(f"reviews:{name}", args=arguments), **more)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def messages_of(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


# Starting


def test_one_is_started_from_the_customers_page(team: Team) -> None:
    customer, client = create_reviewed(team), logged_in(team.service_manager)
    address = reverse("reviews:start_annual", args=[customer.number])
    assert address in client.get(customer.get_absolute_url()).content.decode()
    assert address not in logged_in(team.account_manager).get(customer.get_absolute_url()).content.decode()
    assert "Start the annual review" in page(client, "start_annual", customer.number)
    assert not Review.objects.exists()
    response = client.post(address)
    review = Review.objects.get()
    assert response.headers["Location"] == reverse("reviews:edit", args=[review.number])
    assert review.year == timezone.localdate().year
    again = page(client, "start_annual", customer.number)
    assert "has not ended yet" in again
    assert review.number in again


def test_all_are_started_with_one_button(team: Team) -> None:
    customers = [create_reviewed(team) for _number in range(3)]
    lonely = create_reviewed(team, account_manager=None)
    client = logged_in(team.service_manager)
    listed = page(client, "start_annual")
    assert all(customer.name in listed for customer in customers)
    answer = client.post(reverse("reviews:start_annual"), follow=True)
    assert messages_of(answer) == [
        "3 annual reviews started.",
        f"1 customer was left out: {lonely.number}.",
    ]
    assert Review.objects.count() == 3


def test_whose_review_could_not_be_started_is_named(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    failing = create_reviewed(team)
    monkeypatch.setattr(annual, "annual_facts", mock.Mock(side_effect=ValueError("broken")))
    monkeypatch.setattr(units.logger, "exception", lambda *_: None)
    answer = logged_in(team.service_manager).post(reverse("reviews:start_annual"), follow=True)
    assert messages_of(answer) == [
        "0 annual reviews started.",
        f"The annual review of 1 customer could not be started: {failing.number}. Try it again.",
    ]


def test_the_list_of_all_costs_the_same_however_many(team: Team, django_assert_max_num_queries: Any) -> None:
    client = logged_in(team.service_manager)
    for _number in range(12):
        create_reviewed(team)
    with django_assert_max_num_queries(9):
        page(client, "start_annual")


# The form


def test_the_form_shows_facts_with_source_and_date(team: Team) -> None:
    customer = create_reviewed(team)
    contract = create_contract(customer=customer, handler=team.account_manager, signed_on=TODAY)
    create_report(as_of=TODAY, lines=[Line(customer, TODAY, "1200", "A")])
    review = services.start_annual_review(
        customer=customer, by=team.service_manager, year=TODAY.year, now=NOW
    ).review
    text = page(logged_in(team.service_manager), "edit", review.number)
    assert contract.number in text
    assert "From the customer file, as of 2026-03-02" in text
    assert "From the aging reports of 2026-03-02 to 2026-03-02" in text
    assert "1,200.00" in text
    assert "D proposed: 0 full years since the first contract of 2026-03-02." in text
    assert "Account manager and service manager must both have scored" in text


def test_remarks_are_saved_and_the_form_handed_in(team: Team) -> None:
    review = create_annual_draft(team)
    client, address = logged_in(team.service_manager), reverse("reviews:edit", args=[review.number])
    typed = {"remarks": "steady", "seen_form_version": 1, "action": "submit"}
    incomplete = client.post(address, typed, follow=True)
    assert messages_of(incomplete)[0].startswith("Account manager and service manager must both")
    score_as(team, review, "account_manager")
    score_as(team, review, "service_manager")
    version = Review.objects.get().form_version
    client.post(address, typed | {"seen_form_version": version})
    stored = Review.objects.get()
    assert (stored.state, stored.annual_form.remarks) == (ReviewState.IN_APPROVAL, "steady")
    assert client.get(address).headers["Location"] == review.get_absolute_url()


def test_what_was_typed_stays_where_the_form_was_changed_meanwhile(team: Team) -> None:
    review = create_annual_draft(team)
    score_as(team, review, "account_manager")
    client, address = logged_in(team.service_manager), reverse("reviews:edit", args=[review.number])
    answer = client.post(address, {"remarks": "mine", "seen_form_version": 1, "action": "save"})
    assert answer.status_code == 409
    assert "mine" in answer.content.decode()
    assert 'name="seen_form_version" value="2"' in answer.content.decode()


def test_a_too_long_remark_is_refused_at_its_field(team: Team) -> None:
    review = create_annual_draft(team)
    client = logged_in(team.service_manager)
    answer = client.post(
        reverse("reviews:edit", args=[review.number]), {"remarks": "x" * 5001, "seen_form_version": 1}
    )
    assert answer.status_code == 200
    assert "is-invalid" in answer.content.decode()


def test_the_data_is_read_anew(team: Team) -> None:
    review = create_annual_draft(team)
    client, address = logged_in(team.service_manager), reverse("reviews:refresh", args=[review.number])
    same = client.post(address, {"seen_form_version": 1}, follow=True)
    told = messages_of(same)
    create_contract(customer=review.customer, handler=team.account_manager, signed_on=TODAY)
    new = client.post(address, {"seen_form_version": Review.objects.get().form_version}, follow=True)
    assert messages_of(new) == ["The form shows today's data now."]
    assert told  # the day has changed since the review was started in March
    incomplete = client.post(address, follow=True)
    assert "not complete" in messages_of(incomplete)[0]


# Scores


def test_scores_are_given_and_hidden_from_the_other(team: Team) -> None:
    review = create_annual_draft(team)
    am, csm = logged_in(team.account_manager), logged_in(team.service_manager)
    address = reverse("reviews:score", args=[review.number])
    assert "B 20 – pays as contracted" in page(am, "score", review.number)
    answer = am.post(address, ALL_B | REASONS)
    assert answer.headers["Location"] == review.get_absolute_url()
    hidden = page(csm, "edit", review.number)
    assert "The other scores are in" in hidden
    assert "<strong>B</strong>" not in hidden
    assert csm.post(address, ALL_B | REASONS).headers["Location"] == reverse(
        "reviews:edit", args=[review.number]
    )
    both = page(csm, "edit", review.number)
    assert both.count("<strong>B</strong> 20") == 8
    assert "Average 80: grade B" in both
    assert am.get(address).headers["Location"] == review.get_absolute_url()
    late = am.post(address, ALL_B | {"responsiveness": "A"} | REASONS, follow=True)
    assert "Both scores are in" in messages_of(late)[-1]


def test_a_departure_without_a_reason_is_told_at_its_criterion(team: Team) -> None:
    """The contract of 2026-03-02 proposes D: B needs a reason; what was chosen stays."""
    customer = create_reviewed(team)
    create_contract(customer=customer, handler=team.account_manager, signed_on=TODAY)
    review = services.start_annual_review(
        customer=customer, by=team.service_manager, year=TODAY.year, now=NOW
    ).review
    client, address = logged_in(team.account_manager), reverse("reviews:score", args=[review.number])
    answer = client.post(address, ALL_B)
    text = answer.content.decode()
    assert text.count("Give a reason where your answer departs") == 2  # at the field, and above the form
    assert re.search(r'value="B"[^>]*checked', text)
    assert not Score.objects.exists()
    assert client.post(address, ALL_B | {"reason_cooperation_history": "known for long"}).status_code == 302


def test_an_unanswered_criterion_is_told(team: Team) -> None:
    review = create_annual_draft(team)
    answer = logged_in(team.account_manager).post(
        reverse("reviews:score", args=[review.number]), {"responsiveness": "A"}
    )
    assert answer.context["score_form"].errors.keys() == ALL_B.keys() - {"responsiveness"}


def test_the_inbox_lists_what_waits_for_scores(team: Team) -> None:
    review = create_annual_draft(team)
    client = logged_in(team.account_manager)
    text = page(client, "inbox", query_params={"tab": "score"})
    assert reverse("reviews:score", args=[review.number]) in text
    assert 'To score <span class="count">1</span>' in text
    assert 'data-count-of="/reviews/inbox/">1<' in text  # the navigation's badge
    score_as(team, review, "account_manager")
    assert review.number not in page(client, "inbox", query_params={"tab": "score"})


# Deciding


def test_the_group_leader_confirms_the_service_level(team: Team) -> None:
    review = create_annual_submitted(team)
    approve_all(team, review, up_to="group_leader")
    client = logged_in(team.group_leader)
    assert "Reason for another service level" in page(client, "detail", review.number)
    step = step_of(review, "group_leader")
    address = reverse("reviews:approve", args=[review.number, step.pk])
    typed = {"opinion": "yes", "service_level": "priority", **seen(review)}
    refused = client.post(address, typed)
    assert "Say why you give another service level" in refused.content.decode()
    assert client.post(address, typed | {"service_level_reason": "pays well"}).status_code == 302
    approve_all(team, review)
    assert Customer.objects.get(pk=review.customer_id).service_level == "priority"
    final = page(client, "detail", review.number)
    assert "Approved with 80 points: grade B, ordinary cooperation" in final
    assert "pays well" in final


def test_three_departments_are_asked_at_once(team: Team) -> None:
    review = create_annual_submitted(team)
    approve_all(team, review, up_to="legal_affairs")
    text = page(logged_in(team.general_management), "detail", review.number)
    assert text.count("Waits for") == 3
    assert "Co-operating departments" in text
    assert "Your decision" in text


def test_an_ended_review_is_read_by_all_who_see_the_customer(team: Team) -> None:
    review = create_annual_approved(team)
    text = page(logged_in(team.finance_clerk), "detail", review.number)
    assert f"Annual review {TODAY.year}" in text
    assert text.count("<strong>B</strong> 20") == 8


def test_a_draft_is_seen_by_its_two_managers_alone(team: Team) -> None:
    review = create_annual_draft(team)
    for person, status in (
        (team.account_manager, 200),
        (team.service_manager, 200),
        (team.group_leader, 404),
        (team.department_manager, 404),
    ):
        assert logged_in(person).get(review.get_absolute_url()).status_code == status


def test_the_other_kinds_pages_have_no_scores(team: Team) -> None:
    from tests.factories.reviews import create_draft

    review = create_draft(team)
    client = logged_in(team.account_manager)
    assert client.get(reverse("reviews:score", args=[review.number])).status_code == 404


def test_the_page_of_one_costs_the_same_with_scores_and_decisions(
    team: Team, django_assert_max_num_queries: Any
) -> None:
    review = create_annual_approved(team)
    client = logged_in(team.group_leader)
    page(client, "detail", review.number)
    with django_assert_max_num_queries(20):
        page(client, "detail", review.number)


def test_an_approval_is_taken_back_from_the_page(team: Team) -> None:
    review = create_annual_submitted(team)
    client = logged_in(team.department_manager)
    assert "Take back your approval" not in page(client, "detail", review.number)
    approve_as(team, review, "department_manager")
    assert "Take back your approval" in page(client, "detail", review.number)
    address = reverse("reviews:take_back", args=[review.number, step_of(review, "department_manager").pk])
    done = client.post(address, follow=True)
    assert messages_of(done) == ["Your approval is taken back: the step waits for a decision again."]
    assert "approval taken back" in page(client, "detail", review.number)
    assert messages_of(client.post(address, follow=True)) == ["You have already taken this approval back."]
    approve_as(team, review, "department_manager")
    approve_as(team, review, "legal_affairs")
    late = client.post(address, follow=True)
    assert "your approval stands" in messages_of(late)[0]


def test_handing_in_twice_and_without_a_head_is_told(team: Team) -> None:
    review = create_annual_draft(team)
    for role in ("account_manager", "service_manager"):
        score_as(team, review, role)
    client, version = logged_in(team.service_manager), Review.objects.get().form_version
    address = reverse("reviews:submit", args=[review.number])
    team.department_manager.role_assignments.all().delete()
    refused = client.post(address, {"seen_form_version": version}, follow=True)
    assert "department needs a head" in messages_of(refused)[0]
    assert "department needs a head" in page(client, "edit", review.number)
    team.department_manager.role_assignments.create(role="department_manager")
    client.post(address, {"seen_form_version": version})
    again = client.post(address, {"seen_form_version": version}, follow=True)
    assert "You have already submitted this review." in messages_of(again)


def test_saving_a_form_that_was_handed_in_meanwhile_leads_to_the_review(team: Team) -> None:
    review = create_annual_submitted(team)
    typed = {"remarks": "late", "seen_form_version": 3}
    address = reverse("reviews:edit", args=[review.number])
    answer = logged_in(team.service_manager).post(address, typed, follow=True)
    assert "locked" in messages_of(answer)[0]


def test_an_early_payer_is_told_as_one(team: Team) -> None:
    customer = create_reviewed(team)
    create_report(as_of=dt.date(2026, 1, 31), lines=[Line(customer, dt.date(2026, 3, 10), "100", "A")])
    create_report(as_of=dt.date(2026, 2, 28))
    review = services.start_annual_review(
        customer=customer, by=team.service_manager, year=TODAY.year, now=NOW
    ).review
    text = page(logged_in(team.account_manager), "score", review.number)
    assert "A proposed: 10.0 days early on average, weighted by amount, in 12 months." in text
