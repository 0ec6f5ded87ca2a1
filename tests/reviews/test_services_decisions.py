"""Approving, returning and rejecting a step (Annex 1, Annex 2)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.db.utils import DatabaseError

from creditrisk.accounts.models import RoleAssignment, User
from creditrisk.accounts.roles import Role
from creditrisk.exceptions import BusinessError, ConflictError, InvalidInputError, NotAllowedError
from creditrisk.notifications.models import Notification
from customers.models import Customer, CustomerState, GradeChange
from customers.services import update_customer
from reviews import services
from reviews.decision_log import Fault
from reviews.models import ApprovalStep, Decision, NewCustomerForm, Review, ReviewState, StepState
from tests.factories.people import Team, create_user
from tests.factories.reviews import (
    NOW,
    approve_all,
    approve_as,
    create_approved,
    create_draft,
    create_in_parallel_stage,
    create_prospect,
    create_submitted,
    seen,
    step_of,
    submit,
    tampering,
)

LAST = "general_manager"


def return_as(team: Team, review: Review, role: str, opinion: str = "补充资料") -> services.Done:
    return services.return_step(
        step=step_of(review, role), by=team.holder(role), opinion=opinion, now=NOW, **seen(review)
    )


def reject_as(team: Team, review: Review, role: str, opinion: str = "风险太大") -> services.Done:
    return services.reject_step(
        step=step_of(review, role), by=team.holder(role), opinion=opinion, now=NOW, **seen(review)
    )


def pending_roles(review: Review) -> set[str]:
    return set(review.steps.filter(state=StepState.PENDING).values_list("role", flat=True))


# Approving ---------------------------------------------------------------


def test_an_approval_opens_the_next_stage_and_tells_it(team: Team) -> None:
    review = create_submitted(team)
    approve_as(team, review, "service_manager", opinion=" 同意 ")
    assert pending_roles(review) == {"department_manager"}
    assert Notification.objects.filter(user=team.department_manager).count() == 1
    decision = review.decisions.get(sequence=2)
    assert (decision.by, decision.opinion, decision.role) == (team.service_manager, "同意", "service_manager")


def test_seven_approvals_make_the_customer_active_with_grade_limit_and_the_data_of_the_form(
    team: Team,
) -> None:
    """100,000.00 a month × 60 days = 2 months × 0.6 = 120,000.00; provisional C; valid for 12 months."""
    review = create_submitted(team, name="旧名")
    NewCustomerForm.objects.filter(pk=review.pk).update(name="新名")
    approve_all(team, review)
    stored = Review.objects.get(pk=review.pk)
    customer = Customer.objects.get(pk=review.customer_id)
    assert (stored.state, stored.ended_at) == (ReviewState.APPROVED, NOW)
    assert customer.state == CustomerState.ACTIVE
    assert (customer.grade, customer.grade_is_provisional) == ("C", True)
    assert customer.credit_limit_amount == Decimal("120000.00")
    assert customer.reviewed_on == dt.date(2026, 3, 2)
    assert customer.credit_limit_valid_to_on == dt.date(2027, 3, 2)
    assert (customer.name, customer.bank_account) == ("新名", "6222000000000000123")
    change = GradeChange.objects.get(customer=customer)
    assert (change.new, change.source, change.decided_by) == ("C", review.number, team.general_manager)
    assert change.policy_version == stored.policy_version


def test_initiator_and_service_manager_are_told_of_the_approval(team: Team) -> None:
    review = approve_all(team, create_submitted(team))
    told = Notification.objects.filter(title__contains="is approved")
    assert {message.user for message in told} == {team.account_manager, team.service_manager}
    assert {message.url for message in told} == {review.get_absolute_url()}


def test_the_last_decision_carries_the_outcome_in_its_snapshot(team: Team) -> None:
    review = approve_all(team, create_submitted(team))
    assert review.decisions.get(sequence=8).snapshot["outcome"] == {
        "grade": "C",
        "is_provisional": "True",
        "grade_reason": "",
        "consequence": "reduce",
        "credit_limit_amount": "120000.00",
        "currency": "CNY",
        "credit_limit_valid_to_on": "2027-03-02",
        "kept_fields": [],
    }


def test_the_last_approval_keeps_what_was_changed_in_the_file_meanwhile_and_says_so(team: Team) -> None:
    """The form says 6222…, the file had nothing when it was handed in, somebody then entered 9558…."""
    review = create_submitted(team)
    team.account_manager.language = "zh-hans"
    team.account_manager.save()
    customer = Customer.objects.get(pk=review.customer_id)
    update_customer(
        customer=customer,
        data={"bank_name": "新银行", "bank_account": "9558 8000 0000 0000 001"},
        version=customer.version,
        by=team.service_manager,
    )
    approve_all(team, review)
    customer.refresh_from_db()
    assert (customer.bank_name, customer.bank_account) == ("新银行", "9558 8000 0000 0000 001")
    assert customer.legal_representative == "王建国", "the rest of the form is taken over"
    assert review.decisions.get(sequence=8).snapshot["outcome"]["kept_fields"] == [
        "bank_name",
        "bank_account",
    ]
    told = Notification.objects.filter(title__contains="is approved").get()
    assert told.user == team.service_manager
    assert told.title.endswith("Changed in the customer file meanwhile and kept there: Bank, Account number.")
    told = Notification.objects.filter(user=team.account_manager).latest("pk")
    assert "开户银行" in told.title
    assert services.verify_decisions(review) == []


def test_a_change_before_the_form_came_in_again_is_known_to_the_form(team: Team) -> None:
    """Round 2 is handed in with the file as it is then: its answers are the newer ones."""
    review = create_submitted(team)
    return_as(team, review, "service_manager")
    customer = Customer.objects.get(pk=review.customer_id)
    update_customer(
        customer=customer, data={"bank_name": "新银行"}, version=customer.version, by=team.account_manager
    )
    approve_all(team, submit(review))
    customer.refresh_from_db()
    assert customer.bank_name == "示范银行上海分行"
    assert customer.credit_limit_currency == "CNY"


def test_the_last_approver_may_give_another_grade_with_a_reason(team: Team) -> None:
    """100,000.00 × 2 × 1.0 (grade B) = 200,000.00."""
    review = approve_all(team, create_submitted(team), grade="B", grade_reason="上市公司")
    customer = Customer.objects.get(pk=review.customer_id)
    assert (customer.grade, customer.grade_is_provisional) == ("B", True)
    assert customer.credit_limit_amount == Decimal("200000.00")
    assert GradeChange.objects.get(customer=customer).reason == "上市公司"
    assert NewCustomerForm.objects.get(pk=review.pk).grade_reason == "上市公司"


def test_naming_the_proposed_grade_needs_no_reason(team: Team) -> None:
    review = approve_all(team, create_submitted(team), grade="C", grade_reason="ignored")
    assert GradeChange.objects.get(customer=review.customer).reason == ""


@pytest.mark.parametrize(
    ("given", "code"),
    [({"grade": "B", "grade_reason": " "}, "grade.reason_missing"), ({"grade": "E"}, "grade.unknown")],
)
def test_another_grade_without_a_reason_or_an_unknown_one_is_refused(
    team: Team, given: dict[str, str], code: str
) -> None:
    review = approve_all(team, create_submitted(team), up_to=LAST)
    with pytest.raises(InvalidInputError) as refused:
        approve_as(team, review, LAST, **given)
    assert refused.value.code == code
    assert pending_roles(review) == {LAST}


def test_nobody_but_the_last_approver_gives_a_grade(team: Team) -> None:
    review = create_submitted(team)
    with pytest.raises(InvalidInputError) as refused:
        approve_as(team, review, "service_manager", grade="A", grade_reason="x")
    assert refused.value.code == "grade.not_last"
    assert pending_roles(review) == {"service_manager"}


def test_an_opinion_of_5000_characters_is_taken_and_one_more_is_not(team: Team) -> None:
    review = create_submitted(team)
    with pytest.raises(InvalidInputError) as refused:
        approve_as(team, review, "service_manager", opinion="字" * 5001)
    assert refused.value.code == "opinion.too_long"
    approve_as(team, review, "service_manager", opinion="字" * 5000)


def test_a_code_that_another_file_took_meanwhile_stops_the_last_approval(team: Team) -> None:
    review = approve_all(team, create_submitted(team), up_to=LAST)
    create_prospect(team, uscc=NewCustomerForm.objects.get(pk=review.pk).uscc)
    with pytest.raises(InvalidInputError):
        approve_as(team, review, LAST)
    assert Review.objects.get(pk=review.pk).state == ReviewState.IN_APPROVAL
    assert pending_roles(review) == {LAST}


# Parallel ---------------------------------------------------------------


def test_the_cooperating_departments_are_open_together_and_all_must_approve(team: Team) -> None:
    review = create_in_parallel_stage(team)
    assert pending_roles(review) == {"legal_affairs", "general_management", "planning_finance"}
    approve_as(team, review, "planning_finance")
    approve_as(team, review, "legal_affairs")
    assert pending_roles(review) == {"general_management"}
    approve_as(team, review, "general_management")
    assert pending_roles(review) == {"group_leader"}


def test_a_return_in_the_block_closes_the_open_siblings_and_keeps_the_finished_opinion(team: Team) -> None:
    review = create_in_parallel_stage(team)
    approve_as(team, review, "legal_affairs", opinion="无异议")
    return_as(team, review, "planning_finance")
    states = dict(review.steps.values_list("role", "state"))
    assert states == {
        "department_manager": StepState.APPROVED,
        "legal_affairs": StepState.APPROVED,
        "planning_finance": StepState.RETURNED,
        "general_management": StepState.SUPERSEDED,
        "group_leader": StepState.SUPERSEDED,
        "general_manager": StepState.SUPERSEDED,
    }
    assert review.decisions.get(role="legal_affairs").opinion == "无异议"
    assert services.verify_decisions(review) == []


# Returning, rejecting ---------------------------------------------------------------


def test_a_return_tells_the_initiator_and_leaves_the_customer_in_review(team: Team) -> None:
    review = create_submitted(team)
    return_as(team, review, "service_manager", opinion=" 缺执照 ")
    stored = Review.objects.get(pk=review.pk)
    assert stored.state == ReviewState.RETURNED
    assert stored.ended_at is None
    assert review.decisions.last().opinion == "缺执照"  # type: ignore[union-attr]
    assert Notification.objects.get(user=team.account_manager).url == review.get_absolute_url()
    assert Customer.objects.get(pk=review.customer_id).state == CustomerState.IN_REVIEW


def test_a_rejection_ends_the_review_and_the_customer_is_a_prospect_again(team: Team) -> None:
    review = approve_all(team, create_submitted(team), up_to="legal_affairs")
    reject_as(team, review, "legal_affairs")
    stored = Review.objects.get(pk=review.pk)
    assert (stored.state, stored.ended_at) == (ReviewState.REJECTED, NOW)
    assert [step.state for step in stored.steps.order_by("stage")] == [
        StepState.APPROVED,
        StepState.APPROVED,
        StepState.REJECTED,
        *[StepState.CANCELLED] * 4,
    ]
    customer = Customer.objects.get(pk=review.customer_id)
    assert customer.state == CustomerState.PROSPECT
    assert (customer.state_reason_code, customer.state_reason) == ("review_rejected", review.number)
    assert services.verify_decisions(review) == []


@pytest.mark.parametrize("decide", [services.return_step, services.reject_step])
@pytest.mark.parametrize("opinion", ["", " \n "])
def test_a_return_or_rejection_needs_a_reason(team: Team, decide: Any, opinion: str) -> None:
    review = create_submitted(team)
    step = step_of(review, "service_manager")
    with pytest.raises(InvalidInputError) as refused:
        decide(step=step, by=team.service_manager, opinion=opinion, now=NOW, **seen(review))
    assert refused.value.code == "opinion.missing"
    assert pending_roles(review) == {"service_manager"}
    assert review.decisions.count() == 1


# Who was faster ---------------------------------------------------------------


@pytest.mark.parametrize("decide", [approve_as, return_as, reject_as])
def test_a_second_click_of_the_same_person_changes_nothing(team: Team, decide: Any) -> None:
    review = create_submitted(team)
    step = step_of(review, "service_manager")
    assert not decide(team, review, "service_manager").repeated
    before = (review.decisions.count(), Notification.objects.count())
    action = {
        approve_as: services.approve_step,
        return_as: services.return_step,
        reject_as: services.reject_step,
    }
    again = action[decide](
        step=step, by=team.service_manager, opinion="again", now=NOW, seen_round=1, seen_form_version=1
    )
    assert again.repeated
    assert (review.decisions.count(), Notification.objects.count()) == before


def test_the_second_of_two_holders_learns_who_was_faster(team: Team) -> None:
    review = create_in_parallel_stage(team)
    approve_as(team, review, "legal_affairs")
    colleague = create_user(Role.LEGAL_AFFAIRS)
    with pytest.raises(ConflictError, match=team.legal_affairs.display_name) as told:
        approve_as(team, review, "legal_affairs", by=colleague)
    assert told.value.code == "step.decided"


def test_changing_ones_mind_is_no_second_click(team: Team) -> None:
    review = create_submitted(team)
    approve_as(team, review, "service_manager")
    with pytest.raises(ConflictError):
        return_as(team, review, "service_manager")


def test_an_approval_after_the_return_of_a_sibling_is_refused(team: Team) -> None:
    review = create_in_parallel_stage(team)
    return_as(team, review, "planning_finance")
    with pytest.raises(ConflictError) as refused:
        approve_as(team, review, "legal_affairs")
    assert refused.value.code == "step.superseded"


def test_an_approval_after_the_withdrawal_is_refused(team: Team) -> None:
    review = create_submitted(team)
    services.withdraw_review(review=review, by=team.account_manager, now=NOW)
    with pytest.raises(ConflictError) as refused:
        approve_as(team, review, "service_manager")
    assert refused.value.code == "review.ended"


def test_a_page_of_an_older_round_is_refused(team: Team) -> None:
    review = create_submitted(team)
    return_as(team, review, "service_manager")
    submit(review)
    step = step_of(review, "service_manager")
    with pytest.raises(ConflictError) as refused:
        services.approve_step(step=step, by=team.service_manager, now=NOW, seen_round=1, seen_form_version=1)
    assert refused.value.code == "review.round_changed"


def test_a_page_older_than_the_form_is_refused(team: Team) -> None:
    review = create_submitted(team)
    with pytest.raises(ConflictError) as refused:
        services.approve_step(
            step=step_of(review, "service_manager"),
            by=team.service_manager,
            now=NOW,
            seen_round=1,
            seen_form_version=review.form_version - 1,
        )
    assert refused.value.code == "review.form_changed"


# Who may ---------------------------------------------------------------


def test_a_step_before_its_turn_is_refused(team: Team) -> None:
    review = create_submitted(team)
    with pytest.raises(NotAllowedError) as refused:
        approve_as(team, review, LAST)
    assert refused.value.code == "step.not_open"


def test_nobody_approves_what_he_started_not_even_a_superuser_with_every_role(team: Team) -> None:
    initiator = team.account_manager
    review = create_submitted(team)
    initiator.is_superuser = initiator.is_staff = True
    initiator.save()
    Customer.objects.filter(pk=review.customer_id).update(service_manager=initiator)
    RoleAssignment.objects.create(user=initiator, role=Role.SERVICE_MANAGER)
    with pytest.raises(NotAllowedError) as refused:
        approve_as(team, review, "service_manager", by=initiator)
    assert refused.value.code == "review.own"


def test_a_role_taken_away_counts_from_the_next_click_on(team: Team) -> None:
    review = create_in_parallel_stage(team)
    assert team.legal_affairs.has_role(Role.LEGAL_AFFAIRS)
    RoleAssignment.objects.filter(user=team.legal_affairs).delete()
    with pytest.raises(NotAllowedError) as refused:
        approve_as(team, review, "legal_affairs")
    assert refused.value.code == "step.role"


def test_who_left_the_company_decides_nothing(team: Team) -> None:
    review = create_in_parallel_stage(team)
    team.legal_affairs.is_active = False
    team.legal_affairs.save()
    with pytest.raises(NotAllowedError):
        approve_as(team, review, "legal_affairs")


def test_two_roles_of_one_person_are_signed_one_by_one(team: Team) -> None:
    RoleAssignment.objects.create(user=team.legal_affairs, role=Role.PLANNING_FINANCE)
    review = create_in_parallel_stage(team)
    approve_as(team, review, "legal_affairs")
    assert pending_roles(review) == {"general_management", "planning_finance"}
    approve_as(team, review, "planning_finance", by=team.legal_affairs)
    assert list(review.decisions.filter(by=team.legal_affairs).values_list("role", flat=True)) == [
        "legal_affairs",
        "planning_finance",
    ]


# The log ---------------------------------------------------------------


def test_a_whole_log_verifies_also_before_and_between_decisions(team: Team) -> None:
    review = create_draft(team)
    assert services.verify_decisions(review) == []
    submit(review)
    assert services.verify_decisions(review) == []
    approve_as(team, review, "service_manager")
    assert services.verify_decisions(review) == []


def test_the_database_refuses_to_change_or_delete_a_decision(team: Team) -> None:
    review = create_submitted(team)
    for change in (
        lambda: Decision.objects.filter(review=review).update(opinion="x"),
        lambda: Decision.objects.filter(review=review).delete(),
    ):
        with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
            change()


def test_tampering_below_the_application_shows(team: Team) -> None:
    review = create_submitted(team)
    approve_as(team, review, "service_manager")
    with tampering() as cursor:
        cursor.execute(
            "UPDATE reviews_decision SET opinion = 'x' WHERE review_id = %s AND sequence = 2", [review.pk]
        )
    assert services.verify_decisions(review) == [Fault(2, "was changed after it was made")]


def test_a_decision_cut_off_shows_because_the_state_does_not_follow(team: Team) -> None:
    review = create_submitted(team)
    approve_as(team, review, "service_manager")
    with tampering() as cursor:
        cursor.execute("DELETE FROM reviews_decision WHERE review_id = %s AND sequence = 2", [review.pk])
    assert services.verify_decisions(review) == [
        Fault(1, "the review's state is not what the decisions lead to")
    ]


def test_a_first_decision_cut_off_cannot_be_replayed(team: Team) -> None:
    review = create_submitted(team)
    approve_as(team, review, "service_manager")
    with tampering() as cursor:
        cursor.execute("DELETE FROM reviews_decision WHERE review_id = %s AND sequence = 1", [review.pk])
    problems = [fault.problem for fault in services.verify_decisions(review)]
    assert problems[:2] == ["decision 1 is missing", "does not follow the decision before it"]
    assert problems[2].startswith("impossible decision")


def test_a_step_approved_around_the_services_shows(team: Team) -> None:
    review = create_submitted(team)
    ApprovalStep.objects.filter(review=review, role="legal_affairs").update(
        state="approved", decided_at=NOW, decided_by=team.legal_affairs
    )
    assert [fault.problem for fault in services.verify_decisions(review)] == [
        "the review's state is not what the decisions lead to"
    ]


# Taking back


def take_back(review: Review, role: str, by: User) -> services.Done:
    return services.take_back_step(step=step_of(review, role), by=by, now=NOW)


def test_an_approval_is_taken_back_and_given_again(team: Team) -> None:
    review = create_submitted(team)
    approve_as(team, review, "service_manager")
    take_back(review, "service_manager", team.service_manager)
    step, following = step_of(review, "service_manager"), step_of(review, "department_manager")
    assert (step.state, step.decided_by, step.decided_at) == ("pending", None, None)
    assert (following.state, following.opened_at) == ("waiting", None)
    assert services.verify_decisions(review) == []
    (note,) = Notification.objects.filter(user=team.department_manager, title__contains="took back")
    assert "does not wait for you now" in note.title
    assert take_back(review, "service_manager", team.service_manager).repeated
    approve_as(team, review, "service_manager")
    approved = approve_all(team, review)
    assert approved.state == ReviewState.APPROVED
    assert services.verify_decisions(approved) == []


def test_only_the_last_of_a_parallel_stage_closes_the_next(team: Team) -> None:
    """Two of three have approved: one takes back, the third is not touched; all three, and the leader waits again."""
    review = create_in_parallel_stage(team)
    approve_as(team, review, "legal_affairs")
    approve_as(team, review, "general_management")
    take_back(review, "legal_affairs", team.legal_affairs)
    assert step_of(review, "general_management").state == "approved"
    assert step_of(review, "planning_finance").state == "pending"
    approve_as(team, review, "legal_affairs")
    approve_as(team, review, "planning_finance")
    assert step_of(review, "group_leader").state == "pending"
    take_back(review, "planning_finance", team.planning_finance)
    assert step_of(review, "group_leader").state == "waiting"
    assert services.verify_decisions(review) == []


@pytest.mark.parametrize(
    ("role", "by", "error", "code"),
    [
        ("service_manager", "service_manager", ConflictError, "step.next_decided"),
        ("department_manager", "service_manager", NotAllowedError, "step.not_your_approval"),
        ("legal_affairs", "legal_affairs", NotAllowedError, "step.not_your_approval"),
    ],
)
def test_an_approval_that_stands(
    team: Team, role: str, by: str, error: type[BusinessError], code: str
) -> None:
    """Service and department manager have approved; legal affairs have not."""
    review = approve_all(team, create_submitted(team), up_to="legal_affairs")
    with pytest.raises(error) as raised:
        take_back(review, role, team.holder(by))
    assert raised.value.code == code


def test_nothing_is_taken_back_after_a_return_or_the_end(team: Team) -> None:
    review = approve_all(team, create_submitted(team), up_to="department_manager")
    services.return_step(
        step=step_of(review, "department_manager"),
        by=team.department_manager,
        opinion="look again",
        now=NOW,
        **seen(review),
    )
    with pytest.raises(ConflictError):
        take_back(review, "service_manager", team.service_manager)
    approved = create_approved(team)
    with pytest.raises(ConflictError) as raised:
        take_back(approved, "general_manager", team.general_manager)
    assert raised.value.code == "review.ended"


def test_who_has_lost_the_role_takes_nothing_back(team: Team) -> None:
    review = approve_all(team, create_submitted(team), up_to="general_management")
    team.legal_affairs.role_assignments.all().delete()
    with pytest.raises(NotAllowedError) as raised:
        take_back(review, "legal_affairs", team.legal_affairs)
    assert raised.value.code == "step.role"
