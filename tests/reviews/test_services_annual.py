"""Annual reviews (P3.2.6, P4.2, Annex 2): started, scored, submitted, and what they give."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from io import StringIO
from itertools import permutations
from typing import Any
from unittest import mock

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from creditrisk.accounts.roles import Role
from creditrisk.exceptions import BusinessError, ConflictError, InvalidInputError, NotAllowedError
from creditrisk.jobs import units
from creditrisk.notifications.models import Notification
from customers.models import Customer, CustomerState, GradeChange
from reviews import permissions, services
from reviews.models import AnnualForm, Review, ReviewState, Score
from reviews.permissions import Action, sees_scores_of
from reviews.selectors import reviews_to_score
from reviews.services import annual
from tests.factories.customers import create_active_customer, create_contract
from tests.factories.people import Team, create_user, reload
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
    submit,
)

pytestmark = pytest.mark.django_db
YEAR = TODAY.year


def refused(expected: type[BusinessError], code: str, service: Any, **arguments: Any) -> BusinessError:
    with pytest.raises(expected) as raised:
        service(**arguments)
    assert raised.value.code == code
    return raised.value


def stored(review: Review) -> Review:
    return Review.objects.get(pk=review.pk)


# Starting


def test_the_form_is_filled_from_the_data(team: Team) -> None:
    """1,200 of business in 12 months are 100.00 a month; paid within the report's month: 0 days late, B. The first
    contract is of 2019: over 5 years, A."""
    customer = create_reviewed(team, payment_term_days=60)
    contract = create_contract(
        customer=customer,
        handler=team.account_manager,
        signed_on=dt.date(2019, 1, 1),
        amount=Decimal("5000.00"),
    )
    due = dt.date(2026, 2, 10)
    create_report(as_of=dt.date(2026, 1, 31), lines=[Line(customer, due, "1200", "A")])
    create_report(as_of=dt.date(2026, 2, 28))
    review = services.start_annual_review(
        customer=customer, by=team.service_manager, year=YEAR, now=NOW
    ).review
    form = AnnualForm.objects.get(pk=review.pk)
    assert (review.kind, review.year, review.state) == ("annual", YEAR, ReviewState.DRAFT)
    assert (form.monthly_amount, form.currency, form.payment_term_days) == (Decimal("100.00"), "CNY", 60)
    assert [row["number"] for row in form.facts["contracts"]] == [contract.number]
    assert form.facts["payments"][0]["received_amount"] == "1200.00"
    assert form.facts["proposals"] == {
        "repayment_speed": {"answer": "B", "figure": "0.0"},
        "cooperation_history": {"answer": "A", "figure": "7"},
    }
    assert review.business_amount == Decimal("100.00")


def test_a_customer_without_data_gets_an_empty_form(team: Team) -> None:
    form = AnnualForm.objects.get(pk=create_annual_draft(team).pk)
    assert (form.facts["contracts"], form.facts["payments"], form.facts["proposals"]) == ([], [], {})
    assert form.monthly_amount is None


def test_a_second_click_returns_the_same_draft(team: Team) -> None:
    review = create_annual_draft(team)
    done = services.start_annual_review(customer=review.customer, by=team.service_manager, year=YEAR, now=NOW)
    assert (done.review, done.repeated) == (review, True)


def test_the_account_manager_is_asked_for_his_scores(team: Team) -> None:
    create_annual_draft(team)
    (note,) = Notification.objects.filter(user=team.account_manager)
    assert note.title == f"{team.service_manager} started 1 annual review: your scores are asked for."


@pytest.mark.parametrize(
    ("by", "fields", "error", "code"),
    [
        ("account_manager", {}, NotAllowedError, "annual.role"),
        ("group_leader", {}, NotAllowedError, "annual.role"),
        ("service_manager", {"service_manager": None}, NotAllowedError, "annual.not_yours"),
        ("service_manager", {"reviewed_on": None, "grade": ""}, NotAllowedError, "annual.not_reviewed"),
        ("service_manager", {"account_manager": None}, NotAllowedError, "annual.no_account_manager"),
    ],
)
def test_who_starts_it_and_for_whom(
    team: Team, by: str, fields: dict[str, Any], error: type[BusinessError], code: str
) -> None:
    customer = create_reviewed(team, **fields)
    refused(
        error, code, services.start_annual_review, customer=customer, by=team.holder(by), year=YEAR, now=NOW
    )


def test_one_review_a_customer_and_year(team: Team) -> None:
    review = create_annual_approved(team)
    start = services.start_annual_review
    arguments: dict[str, Any] = {"customer": review.customer, "by": team.service_manager, "now": NOW}
    refused(ConflictError, "annual.done", start, year=YEAR, **arguments)
    following = start(year=YEAR + 1, **arguments).review
    refused(ConflictError, "review.create_open", start, year=YEAR + 2, **arguments)
    with pytest.raises(IntegrityError), transaction.atomic():
        Review.objects.filter(pk=following.pk).update(year=YEAR)


def test_after_a_rejection_the_year_can_be_assessed_anew(team: Team) -> None:
    review = create_annual_submitted(team)
    services.reject_step(
        step=step_of(review, "department_manager"),
        by=team.department_manager,
        opinion="not so",
        now=NOW,
        **seen(review),
    )
    again = services.start_annual_review(
        customer=review.customer, by=team.service_manager, year=YEAR, now=NOW
    )
    assert again.review != review


# Launching


def test_all_customers_of_a_service_manager_are_launched_once(team: Team, monkeypatch: Any) -> None:
    """Five of his, one without an account manager, one of somebody else's; steps of two."""
    monkeypatch.setattr(annual, "CHUNK", 2)
    mine = [create_reviewed(team) for _number in range(5)]
    lonely = create_reviewed(team, account_manager=None)
    create_active_customer(service_manager=create_user(Role.SERVICE_MANAGER), reviewed_on=TODAY)
    first = services.launch_annual_reviews(
        year=YEAR, now=NOW, service_manager=team.service_manager, everybody=True
    )
    assert len(first.started) == 5
    assert first.left_out == {lonely.number: "annual.no_account_manager"}
    second = services.launch_annual_reviews(
        year=YEAR, now=NOW, service_manager=team.service_manager, everybody=True
    )
    assert second.started == []
    assert set(Review.objects.values_list("customer", flat=True)) == {customer.pk for customer in mine}


def test_what_an_interrupted_launch_did_stays_and_the_rest_follows(team: Team, monkeypatch: Any) -> None:
    monkeypatch.setattr(annual, "CHUNK", 2)
    for _number in range(5):
        create_reviewed(team)
    whole, calls = annual.annual_facts, []

    def dies_at_the_second(*args: Any, **kwargs: Any) -> Any:
        calls.append(args)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return whole(*args, **kwargs)

    monkeypatch.setattr(annual, "annual_facts", dies_at_the_second)
    with pytest.raises(KeyboardInterrupt), transaction.atomic():
        annual.launch_annual_reviews(year=YEAR, now=NOW, everybody=True)
    monkeypatch.setattr(annual, "annual_facts", whole)
    annual.launch_annual_reviews(year=YEAR, now=NOW, everybody=True)
    assert Review.objects.count() == AnnualForm.objects.count() == 5


def test_everybody_is_launched_in_the_name_of_his_service_manager(team: Team) -> None:
    other = create_user(Role.SERVICE_MANAGER)
    create_reviewed(team)
    create_reviewed(team, service_manager=other)
    services.launch_annual_reviews(year=YEAR, now=NOW, everybody=True)
    assert set(Review.objects.values_list("initiator", flat=True)) == {team.service_manager.pk, other.pk}


def test_a_year_that_has_not_begun_is_refused() -> None:
    refused(InvalidInputError, "annual.future", services.launch_annual_reviews, year=YEAR + 1, now=NOW)


def test_the_command_tells_what_it_did(team: Team) -> None:
    create_reviewed(team)
    create_reviewed(team, account_manager=None)
    out = StringIO()
    manager = team.service_manager.username
    call_command("launch_annual_reviews", year=2026, csm=manager, everybody=True, stdout=out)
    assert out.getvalue() == "started: 1\nleft out (annual.no_account_manager): 1\n"
    out = StringIO()
    call_command("launch_annual_reviews", year=2026, json=True, stdout=out)
    assert json.loads(out.getvalue())["started"] == []


@pytest.mark.parametrize(
    ("options", "started"),
    [({}, ["busy"]), ({"with_business": True}, ["busy"]), ({"everybody": True}, ["busy", "idle"])],
)
def test_the_command_launches_who_had_business_in_the_year(
    team: Team, options: dict[str, bool], started: list[str]
) -> None:
    """As the December launch does; everybody only where that is asked for."""
    busy = create_reviewed(team, number="busy")
    create_reviewed(team, number="idle")
    create_contract(customer=busy, handler=team.account_manager, signed_on=TODAY)
    call_command("launch_annual_reviews", year=2026, **options, stdout=StringIO())
    found = Review.objects.order_by("customer__number").values_list("customer__number", flat=True)
    assert list(found) == started


def test_the_command_names_who_failed_and_ends_with_1(team: Team, monkeypatch: Any) -> None:
    create_reviewed(team, number="C1")
    monkeypatch.setattr(annual, "annual_facts", mock.Mock(side_effect=ValueError("broken")))
    monkeypatch.setattr(units.logger, "exception", lambda *_: None)
    out, errors = StringIO(), StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("launch_annual_reviews", year=2026, everybody=True, json=True, stdout=out, stderr=errors)
    assert ended.value.code == 1
    assert errors.getvalue() == "customer C1: ValueError: broken\n"
    assert json.loads(out.getvalue())["failed"] == {"C1": "ValueError: broken"}


def test_the_command_refuses_a_stranger_and_a_future_year(team: Team) -> None:
    with pytest.raises(CommandError, match="no customer service manager"):
        call_command("launch_annual_reviews", year=2026, csm=team.group_leader.username)
    with pytest.raises(CommandError, match="has not begun"):
        call_command("launch_annual_reviews", year=2999)


# Scores


def test_both_score_independently_and_then_the_scores_stand(team: Team) -> None:
    """The account manager's 80 are hidden from the service manager until his own are in."""
    review = create_annual_draft(team)
    am, csm = team.account_manager, team.service_manager
    score_as(team, review, "account_manager")
    assert sees_scores_of(reload(am), stored(review), Role.ACCOUNT_MANAGER)
    assert not sees_scores_of(reload(csm), stored(review), Role.ACCOUNT_MANAGER)
    score_as(team, review, "account_manager", responsiveness="A")  # his own may change meanwhile
    assert Score.objects.get(review=review).total == 85
    score_as(team, review, "service_manager")
    assert sees_scores_of(reload(csm), stored(review), Role.ACCOUNT_MANAGER)
    refused(
        ConflictError,
        "score.both_in",
        services.give_scores,
        review=review,
        by=am,
        answers=ALL_B,
        reasons={},
        now=NOW,
    )


def test_the_same_scores_twice_change_nothing(team: Team) -> None:
    review = create_annual_draft(team)
    score_as(team, review, "account_manager")
    version = stored(review).form_version
    assert score_as(team, review, "account_manager").repeated
    assert stored(review).form_version == version


@pytest.mark.parametrize(
    "role", [role for role in Role if role not in {"account_manager", "service_manager"}]
)
def test_nobody_else_scores(team: Team, role: Role) -> None:
    review = create_annual_draft(team)
    refused(
        NotAllowedError,
        "score.not_yours",
        services.give_scores,
        review=review,
        by=team.holder(role),
        answers=ALL_B,
        reasons={},
        now=NOW,
    )


@pytest.mark.parametrize(
    ("answers", "reasons", "code"),
    [
        ({}, {}, "score.incomplete"),
        (ALL_B | {"responsiveness": "E"}, {}, "score.incomplete"),
        (ALL_B | {"friendliness": "A"}, {}, "score.incomplete"),
        (ALL_B, {}, "score.reason_missing"),
        (ALL_B, {"cooperation_history": "x" * 501}, "score.reason_too_long"),
    ],
)
def test_scores_that_cannot_be_given(
    team: Team, answers: dict[str, str], reasons: dict[str, str], code: str
) -> None:
    """The contract of this year proposes D for the cooperation history: B needs a reason."""
    customer = create_reviewed(team)
    create_contract(customer=customer, handler=team.account_manager, signed_on=TODAY)
    review = services.start_annual_review(
        customer=customer, by=team.service_manager, year=YEAR, now=NOW
    ).review
    refused(
        InvalidInputError,
        code,
        services.give_scores,
        review=review,
        by=team.account_manager,
        answers=answers,
        reasons=reasons,
        now=NOW,
    )
    assert not Score.objects.exists()


def test_what_waits_for_scores(team: Team) -> None:
    review = create_annual_draft(team)
    am, csm = reload(team.account_manager), reload(team.service_manager)
    assert list(reviews_to_score(am)) == list(reviews_to_score(csm)) == [review]
    assert not reviews_to_score(reload(team.group_leader)).exists()
    score_as(team, review, "account_manager")
    assert not reviews_to_score(am).exists()
    assert reviews_to_score(csm).exists()


def test_the_initiator_is_told_when_the_other_score_comes_last(team: Team) -> None:
    review = create_annual_draft(team)
    score_as(team, review, "service_manager")
    score_as(team, review, "account_manager")
    (note,) = Notification.objects.filter(user=team.service_manager)
    assert "both scores are in" in note.title


# Facts and remarks


def test_the_facts_are_read_anew_and_scores_stay(team: Team) -> None:
    review = create_annual_draft(team)
    score_as(team, review, "account_manager")
    version = stored(review).form_version
    refresh: dict[str, Any] = {"review": review, "by": team.service_manager, "now": NOW}
    assert services.refresh_facts(seen_form_version=version, **refresh).repeated
    create_contract(customer=review.customer, handler=team.account_manager, signed_on=TODAY)
    assert not services.refresh_facts(seen_form_version=version, **refresh).repeated
    assert AnnualForm.objects.get(pk=review.pk).facts["proposals"]["cooperation_history"]["answer"] == "D"
    assert Score.objects.count() == 1
    refused(
        ConflictError, "review.form_changed", services.refresh_facts, seen_form_version=version, **refresh
    )


def test_remarks_are_kept_and_guarded(team: Team) -> None:
    review = create_annual_draft(team)
    save: dict[str, Any] = {"review": review, "by": team.service_manager, "seen_form_version": 1}
    assert not services.save_remarks(remarks=" steady ", **save).repeated
    assert services.save_remarks(remarks="steady", **save).repeated
    refused(ConflictError, "review.form_changed", services.save_remarks, remarks="other", **save)
    refused(
        NotAllowedError,
        "review.not_initiator",
        services.save_remarks,
        **save | {"by": team.account_manager, "remarks": "mine"},
    )


# Submitting and deciding


def test_without_both_scores_nothing_is_submitted(team: Team) -> None:
    review = create_annual_draft(team)
    score_as(team, review, "service_manager")
    with pytest.raises(services.IncompleteFormError) as missing:
        submit(review)
    assert list(missing.value.fields) == ["score_account_manager"]


def test_the_whole_chain_gives_grade_limit_and_service_level(team: Team) -> None:
    """85 and 80: 82.5, B. 1,200 in 12 months are 100.00 a month, × 60 / 30 × B 1.0 = 200.00, rounded down to 0; the
    group leader raises the service level with a reason."""
    customer = create_reviewed(team, payment_term_days=60)
    create_report(as_of=dt.date(2026, 2, 28), lines=[Line(customer, dt.date(2026, 3, 30), "1200", "A")])
    review = services.start_annual_review(
        customer=customer, by=team.service_manager, year=YEAR, now=NOW
    ).review
    score_as(team, review, "account_manager", responsiveness="A")
    score_as(team, review, "service_manager")
    submit(review)
    approve_all(team, review, up_to="group_leader")
    approve_as(team, review, "group_leader", service_level="priority", service_level_reason="pays well")
    approved = approve_all(team, review)
    assert approved.state == ReviewState.APPROVED
    form, after = AnnualForm.objects.get(pk=review.pk), Customer.objects.get(pk=customer.pk)
    assert (form.score, form.grade) == (Decimal("82.5"), "B")
    assert (after.grade, after.grade_is_provisional, after.reviewed_on) == ("B", False, TODAY)
    assert (after.credit_limit_amount, after.credit_limit_valid_to_on) == (Decimal(0), dt.date(2027, 3, 2))
    assert (after.service_level, after.service_level_reason) == ("priority", "pays well")
    change = GradeChange.objects.get(customer=customer)
    assert (change.old, change.new, change.source, change.effective_on) == ("C", "B", review.number, TODAY)
    outcome = approved.decisions.order_by("-sequence")[0].snapshot["outcome"]
    assert (outcome["score"], outcome["consequence"], outcome["service_level"]) == (
        "82.5",
        "ordinary",
        "priority",
    )
    assert services.verify_decisions(approved) == []


def test_a_suspended_customer_gets_his_grade_and_stays_suspended(team: Team) -> None:
    customer = create_reviewed(team)
    Customer.objects.filter(pk=customer.pk).update(state=CustomerState.SUSPENDED, state_reason="late")
    review = services.start_annual_review(
        customer=customer, by=team.service_manager, year=YEAR, now=NOW
    ).review
    for role in ("account_manager", "service_manager"):
        score_as(team, review, role, **dict.fromkeys(ALL_B, "D"))
    submit(review)
    approve_all(team, review)
    after = Customer.objects.get(pk=customer.pk)
    assert (after.grade, after.state) == ("D", CustomerState.SUSPENDED)


@pytest.mark.parametrize(
    ("role", "more", "code"),
    [
        ("group_leader", {"service_level": "golden"}, "service_level.unknown"),
        ("group_leader", {"service_level": "priority"}, "service_level.reason_missing"),
        ("department_manager", {"service_level": "priority"}, "service_level.not_asked"),
        ("general_manager", {"grade": "A"}, "grade.follows_scores"),
    ],
)
def test_what_an_approver_cannot_give(team: Team, role: str, more: dict[str, str], code: str) -> None:
    review = create_annual_submitted(team)
    approve_all(team, review, up_to=role)
    with pytest.raises(InvalidInputError) as raised:
        approve_as(team, review, role, **more)
    assert raised.value.code == code
    assert step_of(review, role).state == "pending"


def test_after_a_return_the_scores_may_change_and_the_next_round_counts(team: Team) -> None:
    review = create_annual_submitted(team)
    services.return_step(
        step=step_of(review, "department_manager"),
        by=team.department_manager,
        opinion="look again",
        now=NOW,
        **seen(review),
    )
    score_as(team, review, "account_manager", **dict.fromkeys(ALL_B, "A"))
    submit(review)
    approve_all(team, review)
    assert AnnualForm.objects.get(pk=review.pk).score == Decimal("90.0")
    assert services.verify_decisions(stored(review)) == []


def test_the_form_is_locked_while_it_is_in_approval(team: Team) -> None:
    review = create_annual_submitted(team)
    save: dict[str, Any] = {"review": review, "by": team.service_manager, "seen_form_version": 3}
    refused(ConflictError, "review.locked", services.save_remarks, remarks="late", **save)
    refused(ConflictError, "review.locked", services.refresh_facts, now=NOW, **save)


def test_its_service_manager_withdraws_it(team: Team) -> None:
    review = create_annual_draft(team)
    withdraw: dict[str, Any] = {"review": review, "now": NOW}
    refused(
        NotAllowedError, "review.not_initiator", services.withdraw_review, by=team.account_manager, **withdraw
    )
    services.withdraw_review(by=team.service_manager, **withdraw)
    assert stored(review).state == ReviewState.WITHDRAWN
    assert Customer.objects.get(pk=review.customer_id).state == CustomerState.ACTIVE


def test_a_closed_file_is_given_no_grade(team: Team) -> None:
    review = create_annual_submitted(team)
    approve_all(team, review, up_to="general_manager")
    Customer.objects.filter(pk=review.customer_id).update(state=CustomerState.CLOSED, state_reason="gone")
    with pytest.raises(NotAllowedError) as raised:
        approve_as(team, review, "general_manager")
    assert raised.value.code == "customer.closed"
    assert stored(review).state == ReviewState.IN_APPROVAL


def test_after_a_handover_the_new_service_manager_finds_the_draft_and_may_withdraw_it(team: Team) -> None:
    review, successor = create_annual_draft(team), create_user(Role.SERVICE_MANAGER)
    Customer.objects.filter(pk=review.customer_id).update(service_manager=successor)
    assert permissions.refusal(Action.VIEW, user=reload(successor), review=stored(review)) is None
    assert list(Review.objects.visible_to(reload(successor))) == [review]
    save: dict[str, Any] = {"review": review, "seen_form_version": 1, "remarks": "x"}
    refused(NotAllowedError, "review.not_initiator", services.save_remarks, by=successor, **save)
    refused(NotAllowedError, "review.handed_over", services.save_remarks, by=team.service_manager, **save)
    services.withdraw_review(review=review, by=successor, now=NOW)
    assert stored(review).state == ReviewState.WITHDRAWN


@pytest.mark.parametrize(
    "order", list(permutations(("legal_affairs", "general_management", "planning_finance")))
)
def test_the_three_departments_may_sign_in_every_order(team: Team, order: tuple[str, ...]) -> None:
    review = create_annual_submitted(team)
    approve_as(team, review, "department_manager")
    for role in order:
        assert step_of(review, "group_leader").state == "waiting"
        approve_as(team, review, role)
    assert step_of(review, "group_leader").state == "pending"
    assert approve_all(team, review).state == ReviewState.APPROVED
    assert services.verify_decisions(stored(review)) == []


@pytest.mark.parametrize("role", ["account_manager", "service_manager"])
@pytest.mark.parametrize("gone", ["inactive", "without the role"])
def test_a_customer_whose_manager_is_gone_is_left_out(team: Team, role: str, gone: str) -> None:
    """Who is gone cannot score: the review would wait for ever."""
    customer, person = create_reviewed(team), team.holder(role)
    if gone == "inactive":
        person.is_active = False
        person.save()
    else:
        person.role_assignments.all().delete()
    launched = services.launch_annual_reviews(year=YEAR, now=NOW, everybody=True)
    assert (launched.started, launched.left_out) == ([], {customer.number: f"annual.no_{role}"})
