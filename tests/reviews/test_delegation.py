"""Claimed and transferred steps, deputies, opinions of colleagues, copies: what happens, and that it goes on record."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.exceptions import BusinessError, ConflictError, InvalidInputError, NotAllowedError
from creditrisk.notifications.models import Notification
from reviews import selectors, services
from reviews.models import ApprovalStep, Consultation, DecisionKind, Review, ReviewCopy, ReviewState
from reviews.permissions import Action, refusal
from reviews.progress import signature
from reviews.review_data import review_data
from tests.factories.absences import stand_in
from tests.factories.people import Team, create_user, reload
from tests.factories.reviews import (
    NOW,
    TODAY,
    approve_all,
    approve_as,
    create_approved,
    create_draft,
    create_in_parallel_stage,
    create_submitted,
    seen,
    step_of,
    submit,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def colleague(team: Team) -> User:
    """A second member of legal affairs."""
    return create_user(Role.LEGAL_AFFAIRS, name="Qian Mo")


@pytest.fixture
def asked(team: Team) -> Review:
    """A review that waits for legal affairs."""
    return approve_all(team, create_submitted(team), up_to="legal_affairs")


def waits_for(user: User) -> list[ApprovalStep]:
    person = reload(user)
    person.stands_in_for = person.stands_in_on(TODAY)
    return list(ApprovalStep.objects.pending_for(person))  # type: ignore[attr-defined]


def titles(user: User) -> list[str]:
    return list(Notification.objects.filter(user=user).order_by("pk").values_list("title", flat=True))


def claim(step: ApprovalStep, by: User) -> services.Done:
    return services.claim_step(step=step, by=by, now=NOW)


def transfer(step: ApprovalStep, to: User, by: User, reason: str = "on a journey") -> services.Done:
    return services.transfer_step(step=step, to=to, reason=reason, by=by, now=NOW)


def ask(step: ApprovalStep, asked: User, by: User, question: str = "what of it?") -> Consultation:
    return services.ask_colleague(step=step, asked=asked, question=question, by=by, now=NOW)


# Claim and release ------------------------------------------------------------------------------


def test_a_claimed_step_leaves_the_inbox_of_the_others_and_comes_back_when_released(
    team: Team, asked: Review, colleague: User
) -> None:
    step = step_of(asked, "legal_affairs")
    claim(step, team.legal_affairs)
    assert (waits_for(team.legal_affairs), waits_for(colleague)) == ([step], [])
    with pytest.raises(ConflictError) as raised:
        approve_as(team, asked, "legal_affairs", by=colleague)
    assert raised.value.code == "step.taken_on"
    services.release_step(step=step, by=team.legal_affairs, now=NOW)
    assert (waits_for(team.legal_affairs), waits_for(colleague)) == ([step], [step])
    approve_as(team, asked, "legal_affairs", by=colleague)
    assert services.verify_decisions(asked) == []


def test_a_second_click_on_claim_changes_nothing(team: Team, asked: Review) -> None:
    step = step_of(asked, "legal_affairs")
    assert [claim(step, team.legal_affairs).repeated for _click in range(2)] == [False, True]


def test_who_was_slower_is_told_who_has_it(team: Team, asked: Review, colleague: User) -> None:
    step = step_of(asked, "legal_affairs")
    claim(step, colleague)
    with pytest.raises(ConflictError, match="Qian Mo has taken this step on"):
        claim(step, team.legal_affairs)
    with pytest.raises(ConflictError):
        services.release_step(step=step, by=team.legal_affairs, now=NOW)


@pytest.mark.parametrize("lost", ["role", "activity"])
def test_a_claim_of_who_left_binds_nobody(team: Team, asked: Review, colleague: User, lost: str) -> None:
    step = step_of(asked, "legal_affairs")
    claim(step, colleague)
    if lost == "role":
        colleague.role_assignments.update(role=Role.FINANCE_CLERK)
    else:
        colleague.is_active = False
        colleague.save()
    assert waits_for(team.legal_affairs) == [step]
    assert waits_for(colleague) == []
    approve_as(team, asked, "legal_affairs")


def test_only_what_was_taken_on_is_given_back(team: Team, asked: Review) -> None:
    with pytest.raises(NotAllowedError) as raised:
        services.release_step(step=step_of(asked, "legal_affairs"), by=team.legal_affairs, now=NOW)
    assert raised.value.code == "step.not_taken_on"


def test_a_claim_survives_an_approval_taken_back(team: Team, asked: Review, colleague: User) -> None:
    claim(step_of(asked, "legal_affairs"), colleague)
    services.take_back_step(step=step_of(asked, "department_manager"), by=team.department_manager, now=NOW)
    assert waits_for(colleague) == []
    approve_as(team, asked, "department_manager")
    assert waits_for(colleague) == [step_of(asked, "legal_affairs")]
    assert waits_for(team.legal_affairs) == []


# Transfer ---------------------------------------------------------------------------------------


def test_a_transferred_step_waits_for_its_receiver_alone_and_the_reason_is_on_record(
    team: Team, asked: Review, colleague: User
) -> None:
    step = step_of(asked, "legal_affairs")
    assert transfer(step, colleague, team.legal_affairs).repeated is False
    assert transfer(step, colleague, team.legal_affairs).repeated is True
    assert (waits_for(colleague), waits_for(team.legal_affairs)) == ([step], [])
    logged = asked.decisions.latest("sequence")
    assert (logged.kind, logged.role, logged.opinion) == ("transfer", "legal_affairs", "on a journey")
    assert logged.snapshot["to"]["name"] == "Qian Mo"
    assert titles(colleague)[-1].endswith("it waits for your decision. on a journey")
    approve_as(team, asked, "legal_affairs", by=colleague)
    assert services.verify_decisions(asked) == []


def test_the_step_of_one_customers_service_manager_goes_to_another_who_then_sees_it(team: Team) -> None:
    review, other = create_submitted(team), create_user(Role.SERVICE_MANAGER)
    assert not Review.objects.visible_to(other).exists()  # type: ignore[attr-defined]
    transfer(step_of(review, "service_manager"), other, team.service_manager)
    assert list(Review.objects.visible_to(reload(other))) == [review]  # type: ignore[attr-defined]
    approve_as(team, review, "service_manager", by=other)
    services.take_back_step(step=step_of(review, "service_manager"), by=other, now=NOW)
    services.release_step(step=step_of(review, "service_manager"), by=other, now=NOW)
    assert waits_for(other) == []
    assert waits_for(team.service_manager) == [step_of(review, "service_manager")]


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_transfer_needs_a_reason(team: Team, asked: Review, colleague: User, reason: str) -> None:
    with pytest.raises(InvalidInputError, match="your colleague must know why"):
        transfer(step_of(asked, "legal_affairs"), colleague, team.legal_affairs, reason)
    assert waits_for(team.legal_affairs)


def test_a_step_goes_to_nobody_who_could_not_decide_it(team: Team, asked: Review) -> None:
    for to in (team.finance_clerk, team.account_manager, team.legal_affairs):
        with pytest.raises(NotAllowedError):
            transfer(step_of(asked, "legal_affairs"), to, team.legal_affairs)
    assert list(selectors.possible_receivers(step_of(asked, "legal_affairs"), by=team.legal_affairs)) == []


# Deputies ---------------------------------------------------------------------------------------


def test_a_deputy_decides_open_tasks_too_and_both_names_are_on_record(team: Team, asked: Review) -> None:
    stand_in(team.finance_clerk, person=team.legal_affairs)
    assert waits_for(team.finance_clerk) == [step_of(asked, "legal_affairs")]
    approve_as(team, asked, "legal_affairs", by=team.finance_clerk)
    logged = asked.decisions.latest("sequence")
    assert (logged.by, logged.on_behalf_of) == (team.finance_clerk, team.legal_affairs)
    assert signature(logged) == f"{team.finance_clerk} on behalf of {team.legal_affairs}"
    assert titles(team.legal_affairs)[-1].endswith(": approved.")
    assert services.verify_decisions(asked) == []
    entry = review_data(asked)["decisions"][-1]
    assert (entry["by"], entry["on_behalf_of"]) == (team.finance_clerk.username, team.legal_affairs.username)


def test_a_new_step_is_told_to_the_deputy_too(team: Team, asked: Review) -> None:
    stand_in(team.finance_clerk, person=team.general_management)
    approve_as(team, asked, "legal_affairs")
    assert titles(team.finance_clerk)[-1] == titles(team.general_management)[-1]


@pytest.mark.parametrize(("day", "allowed"), [(-1, False), (0, True), (1, False)])
def test_only_on_the_days_of_the_absence(team: Team, asked: Review, day: int, allowed: bool) -> None:
    stand_in(team.finance_clerk, person=team.legal_affairs)
    now = NOW + dt.timedelta(days=day)
    if allowed:
        assert approve_as(team, asked, "legal_affairs", by=team.finance_clerk, now=now)
    else:
        with pytest.raises(NotAllowedError):
            approve_as(team, asked, "legal_affairs", by=team.finance_clerk, now=now)


def test_the_initiator_is_nobodys_deputy_in_his_own_review(team: Team, asked: Review) -> None:
    stand_in(team.account_manager, person=team.legal_affairs)
    assert waits_for(team.account_manager) == []
    with pytest.raises(NotAllowedError) as raised:
        approve_as(team, asked, "legal_affairs", by=team.account_manager)
    assert raised.value.code == "review.own"


def test_nor_does_his_deputy_decide_what_he_himself_must_not(team: Team) -> None:
    """The initiator holds legal affairs as well; his deputy stands in for him, but not here."""
    team.account_manager.role_assignments.create(role=Role.LEGAL_AFFAIRS)
    review = approve_all(team, create_submitted(team), up_to="legal_affairs")
    stand_in(team.finance_clerk, person=team.account_manager)
    assert waits_for(team.finance_clerk) == []
    with pytest.raises(NotAllowedError) as raised:
        approve_as(team, review, "legal_affairs", by=team.finance_clerk)
    assert raised.value.code == "step.role"


def test_who_has_decided_in_the_round_stands_in_for_nobody_in_it(team: Team, asked: Review) -> None:
    stand_in(team.department_manager, person=team.legal_affairs)
    assert waits_for(team.department_manager) == []
    with pytest.raises(NotAllowedError) as raised:
        approve_as(team, asked, "legal_affairs", by=team.department_manager)
    assert raised.value.code == "step.deputy_decided"
    services.return_step(
        step=step_of(asked, "legal_affairs"), by=team.legal_affairs, opinion="no", now=NOW, **seen(asked)
    )
    submit(asked)
    approve_as(team, asked, "service_manager")
    step = step_of(asked, "department_manager")
    transfer_to = create_user(Role.DEPARTMENT_MANAGER)
    transfer(step, transfer_to, team.department_manager)
    approve_as(team, asked, "department_manager", by=transfer_to)
    assert waits_for(team.department_manager) == [step_of(asked, "legal_affairs")]


def test_a_deputy_takes_back_returns_and_rejects_like_the_absent_person(team: Team, asked: Review) -> None:
    stand_in(team.finance_clerk, person=team.legal_affairs)
    step = step_of(asked, "legal_affairs")
    approve_as(team, asked, "legal_affairs", by=team.finance_clerk)
    services.take_back_step(step=step, by=team.finance_clerk, now=NOW)
    assert titles(team.legal_affairs)[-1].endswith(": approval taken back.")
    services.reject_step(step=step, by=team.finance_clerk, opinion="no", now=NOW, **seen(asked))
    assert titles(team.legal_affairs)[-1].endswith(": rejected.")
    assert services.verify_decisions(asked) == []


def test_the_last_approval_by_a_deputy(team: Team) -> None:
    review = approve_all(team, create_submitted(team), up_to="general_manager")
    stand_in(team.finance_clerk, person=team.general_manager)
    approve_as(team, review, "general_manager", by=team.finance_clerk)
    review.refresh_from_db()
    assert review.state == ReviewState.APPROVED
    assert review.decisions.latest("sequence").on_behalf_of == team.general_manager


def test_a_deputy_who_sees_no_customer_reads_the_review_while_it_waits_and_after_he_decided(
    team: Team,
) -> None:
    stranger = create_user(Role.ACCOUNT_MANAGER)
    review = approve_all(team, create_submitted(team), up_to="legal_affairs")

    def sees() -> bool:
        person = reload(stranger)
        person.stands_in_for = person.stands_in_on(TODAY)
        found = Review.objects.visible_to(person).exists()  # type: ignore[attr-defined]
        assert found == (refusal(Action.VIEW, user=person, review=Review.objects.get(pk=review.pk)) is None)
        return bool(found)

    assert not sees()
    absence = stand_in(stranger, person=team.legal_affairs)
    assert sees()
    absence.delete()
    assert not sees()
    stand_in(stranger, person=team.legal_affairs)
    approve_as(team, review, "legal_affairs", by=stranger)
    assert sees()


# Opinions of colleagues -------------------------------------------------------------------------


def test_a_colleague_is_asked_and_answers_and_the_step_stays_where_it_was(team: Team, asked: Review) -> None:
    stranger = create_user(Role.ACCOUNT_MANAGER, name="Sun Li")
    step = step_of(asked, "legal_affairs")
    question = ask(step, stranger, team.legal_affairs)
    assert list(selectors.questions_to(reload(stranger))) == [question]
    assert list(Review.objects.visible_to(reload(stranger))) == [asked]  # type: ignore[attr-defined]
    assert waits_for(team.legal_affairs) == [step]
    services.give_opinion(consultation=question, by=stranger, opinion=" all is well ", now=NOW)
    question.refresh_from_db()
    assert (question.answer, question.answered_at) == ("all is well", NOW)
    assert list(selectors.questions_to(reload(stranger))) == []
    kinds = [(one.kind, one.role, one.opinion) for one in asked.decisions.order_by("-sequence")[:2]]
    assert kinds == [("advise", "", "all is well"), ("consult", "legal_affairs", "what of it?")]
    assert titles(team.legal_affairs)[-1].startswith("Sun Li gave you his opinion")
    approve_as(team, asked, "legal_affairs")
    assert services.verify_decisions(asked) == []


def test_the_decision_does_not_wait_for_the_answer(team: Team, asked: Review) -> None:
    question = ask(step_of(asked, "legal_affairs"), team.finance_clerk, team.legal_affairs)
    approve_as(team, asked, "legal_affairs")
    assert list(selectors.questions_to(team.finance_clerk)) == []
    with pytest.raises(ConflictError) as raised:
        services.give_opinion(consultation=question, by=team.finance_clerk, opinion="late", now=NOW)
    assert raised.value.code == "advise.decided"


def test_a_colleague_is_asked_once_at_a_time(team: Team, asked: Review) -> None:
    step = step_of(asked, "legal_affairs")
    question = ask(step, team.finance_clerk, team.legal_affairs)
    with pytest.raises(ConflictError) as raised:
        ask(step, team.finance_clerk, team.legal_affairs)
    assert raised.value.code == "consult.asked"
    with pytest.raises(IntegrityError), transaction.atomic():
        Consultation.objects.create(
            step=step, by=team.legal_affairs, asked=team.finance_clerk, question="?", asked_at=NOW
        )
    services.give_opinion(consultation=question, by=team.finance_clerk, opinion="well", now=NOW)
    assert ask(step, team.finance_clerk, team.legal_affairs)


@pytest.mark.parametrize("name", ["account_manager", "legal_affairs"])
def test_who_is_not_asked(team: Team, asked: Review, name: str) -> None:
    with pytest.raises(NotAllowedError):
        ask(step_of(asked, "legal_affairs"), team.holder(name), team.legal_affairs)


def test_question_and_answer_need_words(team: Team, asked: Review) -> None:
    step = step_of(asked, "legal_affairs")
    with pytest.raises(InvalidInputError, match="what you want to know"):
        ask(step, team.finance_clerk, team.legal_affairs, " ")
    question = ask(step, team.finance_clerk, team.legal_affairs)
    with pytest.raises(InvalidInputError, match="Write your opinion"):
        services.give_opinion(consultation=question, by=team.finance_clerk, opinion="", now=NOW)
    with pytest.raises(NotAllowedError):
        services.give_opinion(consultation=question, by=team.general_manager, opinion="x", now=NOW)


def test_who_was_asked_and_lost_his_roles_sees_nothing(team: Team, asked: Review) -> None:
    ask(step_of(asked, "legal_affairs"), team.finance_clerk, team.legal_affairs)
    team.finance_clerk.role_assignments.all().delete()
    gone = reload(team.finance_clerk)
    assert list(selectors.questions_to(gone)) == []
    assert not Review.objects.visible_to(gone).exists()  # type: ignore[attr-defined]


# Copies -----------------------------------------------------------------------------------------


def test_a_reader_sees_the_review_and_is_told_how_it_ends(team: Team) -> None:
    reader, review = create_user(Role.ACCOUNT_MANAGER), create_submitted(team)
    (copy,) = services.send_copies(review=review, readers=[reader], by=team.account_manager, now=NOW)
    assert list(selectors.copies_for(reload(reader))) == [copy]
    assert list(Review.objects.visible_to(reload(reader))) == [review]  # type: ignore[attr-defined]
    assert waits_for(reader) == []
    approve_all(team, review)
    first, last = titles(reader)
    assert first.endswith("to read.")
    assert last.endswith("is approved.")
    assert review_data(review)["copies"] == [reader.username]


@pytest.mark.parametrize("end", ["reject", "withdraw"])
def test_readers_are_told_of_every_end(team: Team, end: str) -> None:
    review = create_submitted(team)
    services.send_copies(review=review, readers=[team.finance_clerk], by=team.service_manager, now=NOW)
    if end == "reject":
        services.reject_step(
            step=step_of(review, "service_manager"),
            by=team.service_manager,
            opinion="no",
            now=NOW,
            **seen(review),
        )
    else:
        services.withdraw_review(review=review, by=team.account_manager, now=NOW)
    assert end in titles(team.finance_clerk)[-1]


def test_nobody_gets_two_copies_nor_one_of_his_own(team: Team) -> None:
    review = create_submitted(team)
    readers = [team.finance_clerk, team.account_manager, team.service_manager, create_user()]

    def send() -> list[User]:
        sent = services.send_copies(review=review, readers=readers, by=team.service_manager, now=NOW)
        return [copy.user for copy in sent]

    assert send() == [team.finance_clerk]
    assert send() == []
    assert ReviewCopy.objects.count() == 1


def test_a_draft_and_an_ended_review_are_sent_to_nobody(team: Team) -> None:
    for review, code in (
        (create_draft(team), "review.not_submitted"),
        (create_approved(team), "review.ended"),
    ):
        with pytest.raises(BusinessError) as raised:
            services.send_copies(
                review=review, readers=[team.finance_clerk], by=team.account_manager, now=NOW
            )
        assert raised.value.code == code
    with pytest.raises(NotAllowedError):
        services.send_copies(
            review=create_submitted(team), readers=[team.finance_clerk], by=team.administrator, now=NOW
        )


# In the browser ---------------------------------------------------------------------------------


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def post(user: User, name: str, review: Review, *more: Any, **data: Any) -> Any:
    return logged_in(user).post(reverse(f"reviews:{name}", args=[review.number, *more]), data, follow=True)


def told(answer: Any) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


def test_taking_on_and_handing_over_by_the_page(team: Team, asked: Review, colleague: User) -> None:
    step = step_of(asked, "legal_affairs")
    page = logged_in(team.legal_affairs).get(asked.get_absolute_url()).content.decode()
    assert reverse("reviews:claim", args=[asked.number, step.pk]) in page
    assert told(post(team.legal_affairs, "claim", asked, step.pk)) == [
        "You have taken this step on: it waits for you alone."
    ]
    assert told(post(colleague, "claim", asked, step.pk)) == [f"{team.legal_affairs} has taken this step on."]
    page = logged_in(team.legal_affairs).get(asked.get_absolute_url()).content.decode()
    assert reverse("reviews:release", args=[asked.number, step.pk]) in page
    assert len(told(post(team.legal_affairs, "release", asked, step.pk))) == 1
    lost = post(team.legal_affairs, "transfer", asked, step.pk, to=colleague.pk, reason="")
    assert lost.context["panels"][0].transfer_form.errors
    assert f'<option value="{colleague.pk}" selected>' in lost.content.decode()
    post(team.legal_affairs, "transfer", asked, step.pk, to=colleague.pk, reason="away")
    assert waits_for(colleague) == [step]


def test_asking_and_answering_by_the_page(team: Team, asked: Review) -> None:
    step = step_of(asked, "legal_affairs")
    kept = post(team.legal_affairs, "consult", asked, step.pk, to=team.finance_clerk.pk, question=" ")
    assert kept.context["panels"][0].consult_form.errors
    post(team.legal_affairs, "consult", asked, step.pk, to=team.finance_clerk.pk, question="paid?")
    question = Consultation.objects.get()
    page = logged_in(team.finance_clerk).get(asked.get_absolute_url()).content.decode()
    assert "Your opinion is asked for" in page
    assert "paid?" in page
    long = post(team.finance_clerk, "advise", asked, question.pk, opinion="x" * 5001)
    assert "An opinion has at most 5000 characters." in long.content.decode()
    assert told(post(team.finance_clerk, "advise", asked, question.pk, opinion="always")) == [
        "Your opinion is on record."
    ]
    page = logged_in(team.legal_affairs).get(asked.get_absolute_url()).content.decode()
    assert "always" in page
    assert told(post(team.finance_clerk, "advise", asked, question.pk, opinion="again")) == [
        "You have given this opinion already."
    ]


def test_copies_by_the_page(team: Team, asked: Review) -> None:
    assert told(post(team.account_manager, "send_copies", asked, to=[team.finance_clerk.pk])) == [
        "Sent to 1 reader."
    ]
    assert post(team.account_manager, "send_copies", asked).context["copy_form"].errors
    page = logged_in(team.finance_clerk).get(asked.get_absolute_url()).content.decode()
    assert f"from {team.account_manager}" in page


def test_the_deputys_page_says_for_whom_he_decides(team: Team, asked: Review) -> None:
    stand_in(
        team.finance_clerk,
        person=team.legal_affairs,
        ends_on=dt.date(2999, 1, 1),
    )
    client = logged_in(team.finance_clerk)
    page = client.get(asked.get_absolute_url()).content.decode()
    assert f"You decide on behalf of {team.legal_affairs}" in page
    assert f"{team.finance_clerk} (deputy)" in page
    assert asked.customer.name in client.get("/reviews/inbox/").content.decode()
    step = step_of(asked, "legal_affairs")
    post(team.finance_clerk, "approve", asked, step.pk, opinion="", **seen(asked))
    page = client.get(asked.get_absolute_url()).content.decode()
    assert f"{team.finance_clerk} on behalf of {team.legal_affairs}" in page


def test_every_entry_of_the_log_is_chained(team: Team) -> None:
    """In the parallel block: one claims, one asks, one transfers, one acts by his deputy."""
    review = create_in_parallel_stage(team)
    second = create_user(Role.PLANNING_FINANCE)
    claim(step_of(review, "legal_affairs"), team.legal_affairs)
    transfer(step_of(review, "planning_finance"), second, team.planning_finance)
    stand_in(team.finance_clerk, person=team.general_management)
    question = ask(step_of(review, "general_management"), second, team.finance_clerk)
    approve_as(team, review, "planning_finance", by=second)
    services.give_opinion(consultation=question, by=second, opinion="yes", now=NOW)
    approve_as(team, review, "legal_affairs")
    approve_as(team, review, "general_management", by=team.finance_clerk)
    kinds = list(review.decisions.order_by("sequence").values_list("kind", flat=True))
    assert kinds == ["submit", "approve", "transfer", "consult", "approve", "advise", "approve", "approve"]
    assert review.decisions.filter(kind=DecisionKind.CONSULT).get().on_behalf_of == team.general_management
    assert services.verify_decisions(review) == []
