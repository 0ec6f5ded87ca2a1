"""Starting, writing, submitting and withdrawing a new-customer review (P4.1, Annex 1)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from creditrisk.accounts.models import RoleAssignment
from creditrisk.accounts.roles import Role
from creditrisk.exceptions import ConflictError, NotAllowedError
from creditrisk.notifications.models import Notification
from customers.models import Customer, CustomerState
from reviews import services
from reviews.models import DecisionKind, NewCustomerForm, Review, ReviewState, StepState
from tests.factories.customers import create_active_customer
from tests.factories.people import Team, create_department, create_user
from tests.factories.reviews import (
    NOW,
    TODAY,
    approve_all,
    approve_as,
    create_draft,
    create_prospect,
    create_submitted,
    seen,
    step_of,
    submit,
)

# Starting ---------------------------------------------------------------


def test_a_review_starts_as_a_draft_filled_in_from_the_customer_file(team: Team) -> None:
    customer = create_prospect(
        team, name="上海示范", uscc="91110000600037341L", bank_account="6222", payment_term_days=60
    )
    review = services.start_review(customer=customer, by=team.account_manager, review_on=TODAY).review
    form = review.new_customer_form
    assert (review.state, review.round, review.form_version) == (ReviewState.DRAFT, 1, 1)
    assert (form.name, form.uscc, form.bank_account, form.payment_term_days) == (
        "上海示范",
        "91110000600037341L",
        "6222",
        60,
    )
    assert Customer.objects.get(pk=customer.pk).state == CustomerState.PROSPECT


def test_numbers_run_without_gaps_within_the_year_of_the_review_date(team: Team) -> None:
    days = [dt.date(2031, 12, 31), dt.date(2031, 12, 31), dt.date(2032, 1, 1)]
    numbers = [
        services.start_review(
            customer=create_prospect(team), by=team.account_manager, review_on=day
        ).review.number
        for day in days
    ]
    assert numbers == ["R-2031-000001", "R-2031-000002", "R-2032-000001"]


def test_a_second_click_on_start_gives_the_same_draft(team: Team) -> None:
    customer = create_prospect(team)
    first = services.start_review(customer=customer, by=team.account_manager, review_on=TODAY)
    second = services.start_review(customer=customer, by=team.account_manager, review_on=TODAY)
    assert (first.repeated, second.repeated) == (False, True)
    assert first.review == second.review
    assert Review.objects.filter(customer=customer).count() == 1


def test_one_open_review_per_customer(team: Team) -> None:
    review = create_submitted(team)
    with pytest.raises(ConflictError, match=review.number):
        services.start_review(customer=review.customer, by=team.account_manager, review_on=TODAY)


def test_only_the_customers_own_account_manager_starts(team: Team) -> None:
    customer = create_prospect(team)
    with pytest.raises(NotAllowedError) as other:
        services.start_review(customer=customer, by=create_user(Role.ACCOUNT_MANAGER), review_on=TODAY)
    assert other.value.code == "review.create_not_yours"
    with pytest.raises(NotAllowedError) as csm:
        services.start_review(customer=customer, by=team.service_manager, review_on=TODAY)
    assert csm.value.code == "review.create_role"


def test_an_onboarded_customer_needs_a_review_and_a_reviewed_one_does_not(team: Team) -> None:
    onboarded = create_active_customer(reviewed_on=None, account_manager=team.account_manager)
    assert services.start_review(customer=onboarded, by=team.account_manager, review_on=TODAY).review.pk
    reviewed = create_active_customer(account_manager=team.account_manager)
    with pytest.raises(NotAllowedError) as refused:
        services.start_review(customer=reviewed, by=team.account_manager, review_on=TODAY)
    assert refused.value.code == "review.create_not_needed"


# Writing ---------------------------------------------------------------


def test_saving_stores_the_answers_and_raises_the_form_version(team: Team) -> None:
    review = create_draft(team, complete=False)
    done = services.save_form(
        review=review,
        by=team.account_manager,
        answers={"business_content": "设备", "years_in_business": 3},
        seen_form_version=1,
    )
    form = NewCustomerForm.objects.get(pk=review.pk)
    assert (form.business_content, form.years_in_business) == ("设备", 3)
    assert done.review.form_version == Review.objects.get(pk=review.pk).form_version == 2


def test_the_same_answers_twice_change_nothing_even_from_a_stale_page(team: Team) -> None:
    review = create_draft(team, complete=False)
    answers = {"business_content": "设备"}
    for repeated in (False, True):
        done = services.save_form(
            review=review, by=team.account_manager, answers=answers, seen_form_version=1
        )
        assert done.repeated is repeated
    assert done.review.form_version == 2


def test_a_stale_page_overwrites_nothing(team: Team) -> None:
    review = create_draft(team, complete=False)
    services.save_form(
        review=review, by=team.account_manager, answers={"bank_name": "甲"}, seen_form_version=1
    )
    with pytest.raises(ConflictError) as conflict:
        services.save_form(
            review=review, by=team.account_manager, answers={"bank_name": "乙"}, seen_form_version=1
        )
    assert conflict.value.code == "review.form_changed"
    assert NewCustomerForm.objects.get(pk=review.pk).bank_name == "甲"


def test_the_grade_is_no_answer_of_the_form(team: Team) -> None:
    review = create_draft(team)
    with pytest.raises(TypeError, match="grade"):
        services.save_form(
            review=review, by=team.account_manager, answers={"grade": "A"}, seen_form_version=1
        )


def test_the_form_is_locked_while_it_is_in_approval(team: Team) -> None:
    review = create_submitted(team)
    with pytest.raises(ConflictError) as locked:
        services.save_form(
            review=review,
            by=team.account_manager,
            answers={"bank_name": "乙"},
            seen_form_version=review.form_version,
        )
    assert locked.value.code == "review.locked"


# Submitting ---------------------------------------------------------------


def test_submitting_opens_the_first_step_and_the_customer_is_in_review(team: Team) -> None:
    review = create_submitted(team)
    steps = list(review.steps.order_by("stage"))
    assert [step.role for step in steps] == [
        "service_manager",
        "department_manager",
        "legal_affairs",
        "general_management",
        "planning_finance",
        "group_leader",
        "general_manager",
    ]
    assert [step.state for step in steps] == [StepState.PENDING] + [StepState.WAITING] * 6
    assert steps[0].opened_at == NOW
    assert review.policy_version is not None
    assert len(review.chain) == 7
    assert Customer.objects.get(pk=review.customer_id).state == CustomerState.IN_REVIEW


def test_the_submission_is_the_first_decision_with_the_account_managers_opinion(team: Team) -> None:
    review = create_submitted(team)
    decision = review.decisions.get()
    assert (decision.kind, decision.sequence, decision.role) == (DecisionKind.SUBMIT, 1, Role.ACCOUNT_MANAGER)
    assert decision.opinion == "建议合作。"
    assert decision.snapshot["form"]["expected_monthly_amount"] == "100000.00"
    assert decision.snapshot["form"]["service_types"] == ["sales", "leasing"]
    assert decision.snapshot["form"]["years_in_business"] == 8


def test_the_one_who_must_decide_is_told_in_his_language(team: Team) -> None:
    team.service_manager.language = "zh-hans"
    team.service_manager.save()
    review = create_submitted(team, name="示范公司")
    told = Notification.objects.get(user=team.service_manager)
    assert told.title == (f"示范公司 的评审 {review.number} 等待您审批（客服经理）。")
    assert told.url == f"/reviews/{review.number}/"
    assert not Notification.objects.exclude(user=team.service_manager).exists()


def test_a_second_click_on_submit_changes_nothing(team: Team) -> None:
    review = create_submitted(team)
    done = services.submit_review(
        review=review, by=team.account_manager, seen_form_version=review.form_version, now=NOW
    )
    assert done.repeated
    assert review.decisions.count() == 1
    assert review.steps.count() == 7


def test_an_incomplete_form_is_refused_with_a_reason_for_each_field(team: Team) -> None:
    review = create_draft(team)
    NewCustomerForm.objects.filter(pk=review.pk).update(bank_name="", expected_monthly_amount=None)
    with pytest.raises(services.IncompleteFormError) as incomplete:
        submit(review)
    assert set(incomplete.value.fields) == {"bank_name", "expected_monthly_amount"}
    assert Review.objects.get(pk=review.pk).state == ReviewState.DRAFT


def test_a_code_of_another_customer_is_refused(team: Team) -> None:
    review = create_draft(team)
    code = NewCustomerForm.objects.get(pk=review.pk).uscc
    create_prospect(team, uscc=code)
    with pytest.raises(services.IncompleteFormError) as refused:
        submit(review)
    assert set(refused.value.fields) == {"uscc"}


def test_submitting_from_a_stale_page_is_refused(team: Team) -> None:
    review = create_draft(team)
    services.save_form(
        review=review, by=team.account_manager, answers={"bank_name": "乙"}, seen_form_version=1
    )
    with pytest.raises(ConflictError):
        services.submit_review(review=review, by=team.account_manager, seen_form_version=1, now=NOW)


def test_without_a_service_manager_the_remedy_is_named(team: Team) -> None:
    review = create_draft(team, service_manager=None)
    with pytest.raises(NotAllowedError, match="customer file") as refused:
        submit(review)
    assert refused.value.code == "submit.nobody_service_manager"


def test_a_service_manager_who_is_the_initiator_himself_is_no_approver(team: Team) -> None:
    RoleAssignment.objects.create(user=team.account_manager, role=Role.SERVICE_MANAGER)
    review = create_draft(team, service_manager=team.account_manager)
    with pytest.raises(NotAllowedError) as refused:
        submit(review)
    assert refused.value.code == "submit.nobody_service_manager"


def test_a_department_without_a_head_who_holds_the_role_is_refused(team: Team) -> None:
    review = create_draft(team)
    RoleAssignment.objects.filter(user=team.department_manager).delete()
    with pytest.raises(NotAllowedError, match="administrator") as refused:
        submit(review)
    assert refused.value.code == "submit.nobody_department_manager"


def test_an_account_manager_who_heads_his_own_department_needs_another_head(team: Team) -> None:
    RoleAssignment.objects.create(user=team.account_manager, role=Role.DEPARTMENT_MANAGER)
    team.market.head = team.account_manager
    team.market.save()
    with pytest.raises(NotAllowedError) as refused:
        submit(create_draft(team))
    assert refused.value.code == "submit.nobody_department_manager"


def test_a_role_that_nobody_holds_is_refused(team: Team) -> None:
    RoleAssignment.objects.filter(role=Role.LEGAL_AFFAIRS).delete()
    with pytest.raises(NotAllowedError, match="Legal affairs") as refused:
        submit(create_draft(team))
    assert refused.value.code == "submit.nobody_legal_affairs"


def test_an_onboarded_customer_stays_active_while_he_is_reviewed(team: Team) -> None:
    customer = create_active_customer(
        reviewed_on=None, account_manager=team.account_manager, service_manager=team.service_manager
    )
    review = services.start_review(customer=customer, by=team.account_manager, review_on=TODAY).review
    complete = NewCustomerForm.objects.get(pk=create_draft(team).pk).answers() | {
        "uscc": "91110000600037341L"
    }
    NewCustomerForm.objects.filter(pk=review.pk).update(**complete)
    submit(review)
    assert Customer.objects.get(pk=customer.pk).state == CustomerState.ACTIVE
    services.withdraw_review(review=review, by=team.account_manager, now=NOW)
    assert Customer.objects.get(pk=customer.pk).state == CustomerState.ACTIVE


# Withdrawing ---------------------------------------------------------------


def test_a_withdrawal_cancels_the_open_steps_and_the_customer_is_a_prospect_again(team: Team) -> None:
    review = create_submitted(team)
    approve_as(team, review, "service_manager")
    services.withdraw_review(review=review, by=team.account_manager, now=NOW, reason=" 客户取消 ")
    review = Review.objects.get(pk=review.pk)
    states = [step.state for step in review.steps.order_by("stage")]
    assert (review.state, review.ended_at) == (ReviewState.WITHDRAWN, NOW)
    assert states == [StepState.APPROVED] + [StepState.CANCELLED] * 6
    assert review.decisions.last().opinion == "客户取消"  # type: ignore[union-attr]
    customer = Customer.objects.get(pk=review.customer_id)
    assert customer.state == CustomerState.PROSPECT
    assert (customer.state_reason_code, customer.state_reason) == ("review_withdrawn", review.number)
    assert services.verify_decisions(review) == []


def test_who_had_the_step_in_his_inbox_is_told_of_the_withdrawal(team: Team) -> None:
    review = create_submitted(team)
    services.withdraw_review(review=review, by=team.account_manager, now=NOW)
    titles = Notification.objects.filter(user=team.service_manager).values_list("title", flat=True)
    assert any("withdrawn" in title for title in titles)


def test_a_draft_may_be_withdrawn_and_a_new_review_started(team: Team) -> None:
    review = create_draft(team)
    services.withdraw_review(review=review, by=team.account_manager, now=NOW)
    assert services.verify_decisions(review) == []
    again = services.start_review(customer=review.customer, by=team.account_manager, review_on=TODAY)
    assert not again.repeated
    assert again.review.number != review.number


def test_a_second_click_on_withdraw_changes_nothing(team: Team) -> None:
    review = create_draft(team)
    services.withdraw_review(review=review, by=team.account_manager, now=NOW)
    assert services.withdraw_review(review=review, by=team.account_manager, now=NOW).repeated
    assert review.decisions.count() == 1


def test_only_the_initiator_or_the_customers_account_manager_withdraws(team: Team) -> None:
    review = create_submitted(team)
    with pytest.raises(NotAllowedError):
        services.withdraw_review(review=review, by=team.general_manager, now=NOW)
    successor = create_user(Role.ACCOUNT_MANAGER, department=create_department())
    Customer.objects.filter(pk=review.customer_id).update(account_manager=successor)
    services.withdraw_review(review=review, by=successor, now=NOW)
    with pytest.raises(ConflictError):
        services.withdraw_review(review=review, by=team.account_manager, now=NOW)


def test_an_approved_review_cannot_be_withdrawn(team: Team) -> None:
    review = approve_all(team, create_submitted(team))
    with pytest.raises(ConflictError) as ended:
        services.withdraw_review(review=review, by=team.account_manager, now=NOW)
    assert ended.value.code == "review.ended"


def test_after_a_handover_the_former_account_manager_cannot_submit(team: Team) -> None:
    review = create_draft(team)
    Customer.objects.filter(pk=review.customer_id).update(account_manager=create_user(Role.ACCOUNT_MANAGER))
    with pytest.raises(NotAllowedError) as refused:
        submit(review)
    assert refused.value.code == "review.handed_over"


# Round 2 ---------------------------------------------------------------


def test_after_a_return_all_steps_run_again_as_round_2(team: Team) -> None:
    review = create_submitted(team)
    approve_as(team, review, "service_manager")
    services.return_step(
        step=step_of(review, "department_manager"),
        by=team.department_manager,
        opinion="补充资料",
        now=NOW,
        **seen(review),
    )
    returned = Review.objects.get(pk=review.pk)
    assert (returned.state, returned.round) == (ReviewState.RETURNED, 1)
    services.save_form(
        review=returned,
        by=team.account_manager,
        answers={"expected_monthly_amount": Decimal("80000.00")},
        seen_form_version=returned.form_version,
    )
    again = submit(returned)
    assert (again.state, again.round) == (ReviewState.IN_APPROVAL, 2)
    second = list(again.steps.filter(round=2).order_by("stage"))
    assert [step.state for step in second] == [StepState.PENDING] + [StepState.WAITING] * 6
    assert [step.state for step in again.steps.filter(round=1).order_by("stage")] == [
        StepState.APPROVED,
        StepState.RETURNED,
        *[StepState.SUPERSEDED] * 5,
    ]
    snapshots = [decision.snapshot["form"]["expected_monthly_amount"] for decision in again.decisions.all()]
    assert snapshots == ["100000.00", "100000.00", "100000.00", "80000.00"]
    assert approve_all(team, again).state == ReviewState.APPROVED
    assert services.verify_decisions(again) == []


# Copying


def ended(team: Team, state: str) -> Review:
    """Return a rejected or withdrawn review with a file on its form and one that was taken off it."""
    draft = create_draft(team)
    for name in ("a.pdf", "b.pdf"):
        services.add_attachment(
            review=draft,
            by=team.account_manager,
            name=name,
            content=b"%PDF-1.4\n" + name.encode(),
            category="other",
        )
    off = draft.attachments.get(name="b.pdf")
    services.remove_attachment(attachment=off, by=team.account_manager, now=NOW)
    review = submit(draft)
    if state == ReviewState.WITHDRAWN:
        return services.withdraw_review(review=review, by=team.account_manager, now=NOW).review
    return services.reject_step(
        step=step_of(review, "service_manager"),
        by=team.service_manager,
        opinion="no",
        now=NOW,
        **seen(review),
    ).review


@pytest.mark.parametrize("state", [ReviewState.REJECTED, ReviewState.WITHDRAWN])
def test_an_ended_review_is_copied_with_answers_and_files_and_no_decision(team: Team, state: str) -> None:
    earlier = ended(team, state)
    copy = services.start_review(
        customer=earlier.customer, by=team.account_manager, review_on=TODAY, copy_of=earlier
    ).review
    assert (copy.state, copy.round, copy.decisions.count()) == (ReviewState.DRAFT, 1, 0)
    assert copy.new_customer_form.answers() == earlier.new_customer_form.answers()
    assert copy.business_amount == Decimal("100000.00")
    (file,) = copy.attachments.all()
    with file.file.open("rb") as content:
        assert (file.name, content.read()) == ("a.pdf", b"%PDF-1.4\na.pdf")
    assert file.file.name != earlier.attachments.get(name="a.pdf").file.name
    assert services.verify_review(submit(copy)) == []


def test_what_cannot_be_copied(team: Team) -> None:
    start: dict[str, Any] = {"by": team.account_manager, "review_on": TODAY}
    running, other = create_submitted(team), create_draft(team)
    services.withdraw_review(review=other, by=team.account_manager, now=NOW)
    other.refresh_from_db()
    customer = create_prospect(team)
    for copied, code in ((running, "review.not_copyable"), (other, "review.copy_other")):
        with pytest.raises(NotAllowedError) as raised:
            services.start_review(customer=customer, copy_of=copied, **start)
        assert raised.value.code == code
    assert not Review.objects.filter(customer=customer).exists()
