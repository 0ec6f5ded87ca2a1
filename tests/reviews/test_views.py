"""The pages of reviews, asked as a browser would."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone

from creditrisk.accounts.models import RoleAssignment, User
from creditrisk.accounts.roles import Role
from customers.models import Customer, CustomerState
from reviews import services
from reviews.models import Attachment, Consultation, NewCustomerForm, Review, ReviewState, StepState
from tests.factories.customers import create_active_customer
from tests.factories.people import Team, create_user
from tests.factories.reports import Line, create_report, store_sums
from tests.factories.reviews import (
    COMPLETE_ANSWERS,
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
    uscc_of,
)
from tests.kernel.test_file_content import PDF_BYTES


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def account_manager(team: Team) -> Client:
    return logged_in(team.account_manager)


def posted(review: Review, **changes: Any) -> dict[str, Any]:
    """What the browser posts for the whole form."""
    answers = COMPLETE_ANSWERS | {"name": review.customer.name, "uscc": uscc_of(review.customer_id)} | changes
    version = Review.objects.get(pk=review.pk).form_version
    return {name: value for name, value in answers.items() if value is not None} | {
        "seen_form_version": version
    }


def stored(review: Review) -> Review:
    return Review.objects.get(pk=review.pk)


def told(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def address(name: str, review: Review, *more: Any) -> str:
    return reverse(f"reviews:{name}", args=[review.number, *more])


def decision(review: Review, **more: Any) -> dict[str, Any]:
    return {"opinion": "", **seen(review), **more}


# Access -----------------------------------------------------------------------------------------


def every_address(review: Review) -> list[str]:
    """Every address of one review, made from the URL configuration itself."""
    step = review.steps.order_by("stage")[0]
    attachment = review.attachments.get()
    question = Consultation.objects.get_or_create(
        step=step, by=review.initiator, asked=review.initiator, question="?", asked_at=NOW
    )[0]
    found = []
    for pattern in get_resolver("reviews.urls").url_patterns:
        values = {
            "number": review.number,
            "step_id": step.pk,
            "attachment_id": attachment.pk,
            "consultation_id": question.pk,
        }
        wanted = pattern.pattern.converters
        if "number" in wanted:
            found.append(reverse(f"reviews:{pattern.name}", kwargs={key: values[key] for key in wanted}))
    return found


def create_with_attachment(team: Team) -> Review:
    review = create_draft(team)
    services.add_attachment(
        review=review, by=team.account_manager, name="执照.pdf", content=PDF_BYTES, category="licence"
    )
    return services.submit_review(review=review, by=team.account_manager, seen_form_version=2, now=NOW).review


@pytest.mark.parametrize(
    "roles",
    [(), (Role.ACCOUNT_MANAGER,), (Role.SERVICE_MANAGER,), (Role.DEPARTMENT_MANAGER,), (Role.ADMINISTRATOR,)],
)
def test_what_a_person_may_not_see_is_not_found_under_any_address(
    team: Team, roles: tuple[Role, ...]
) -> None:
    review = create_with_attachment(team)
    client = logged_in(create_user(*roles, is_superuser=True))
    addresses = every_address(review)
    assert len(addresses) == 24
    for page in addresses:
        found = {"GET": client.get(page).status_code, "POST": client.post(page).status_code}
        assert found["GET"] == 404, page
        assert found["POST"] in {404, 405}, page


def test_a_link_to_an_address_that_changes_something_changes_nothing(team: Team) -> None:
    review = create_with_attachment(team)
    client = logged_in(team.service_manager)
    changing = [
        page
        for page in every_address(review)
        if re.search(r"(submit|withdraw|approve|return|reject|remove)/$", page)
    ]
    assert len(changing) == 6
    for page in [*changing, address("attach", review)]:
        response = client.get(page)
        assert response.status_code == 302
        assert response.url == address("detail", review), page  # type: ignore[attr-defined]
    assert review.decisions.count() == 1


def test_without_log_in_every_address_leads_to_the_log_in_page(team: Team) -> None:
    review = create_with_attachment(team)
    for page in every_address(review):
        response = Client().get(page)
        assert response.status_code == 302, page
        assert response.url.startswith("/account/login/"), page  # type: ignore[attr-defined]


def test_a_draft_is_seen_by_its_initiator_alone(team: Team, account_manager: Client) -> None:
    page = address("detail", create_draft(team))
    assert account_manager.get(page).status_code == 200
    assert logged_in(team.general_manager).get(page).status_code == 404


def test_steps_and_files_of_another_review_are_not_found(team: Team) -> None:
    review, other = create_submitted(team), create_with_attachment(team)
    client = logged_in(team.service_manager)
    step = step_of(other, "service_manager")
    response = client.post(address("approve", review, step.pk), decision(review))
    assert response.status_code == 404
    assert step_of(other, "service_manager").state == StepState.PENDING
    assert client.get(address("attachment", review, other.attachments.get().pk)).status_code == 404


@pytest.mark.parametrize("role", list(Role))
def test_inbox_and_list_open_for_every_role(team: Team, role: Role) -> None:
    create_in_parallel_stage(team)
    client = logged_in(team.holder(role))
    for page in ("/reviews/", "/reviews/inbox/", "/reviews/inbox/?tab=done", "/reviews/inbox/?tab=nonsense"):
        assert client.get(page).status_code == 200


def test_a_review_shows_its_number_of_waiting_days(team: Team) -> None:
    create_submitted(team)
    content = logged_in(team.service_manager).get("/reviews/inbox/").content.decode()
    assert re.search(r'data-label="Days">\d+</td>', content)


def test_sorting_by_what_is_no_column_is_ignored(team: Team, account_manager: Client) -> None:
    create_submitted(team)
    for parameter in ("initiator__password", "-customer__bank_account", "x"):
        assert account_manager.get("/reviews/", {"sort": parameter}).status_code == 200


def test_the_list_is_narrowed_by_state_and_search(team: Team, account_manager: Client) -> None:
    draft, submitted = create_draft(team, name="甲公司"), create_submitted(team, name="乙公司")

    def shown(**parameters: str) -> set[str]:
        content = account_manager.get("/reviews/", parameters).content.decode()
        return {review.number for review in (draft, submitted) if review.number in content}

    assert shown() == {draft.number, submitted.number}
    assert shown(state="draft") == {draft.number}
    assert shown(q="乙公") == {submitted.number}
    assert shown(q=draft.number.lower()) == {draft.number}
    assert shown(kind="annual") == set()


# Starting and writing ---------------------------------------------------------------------------


def test_starting_asks_first_and_then_opens_the_form(team: Team, account_manager: Client) -> None:
    customer = create_prospect(team)
    page = reverse("reviews:create", args=[customer.number])
    assert account_manager.get(page).status_code == 200
    assert not Review.objects.exists()
    response = account_manager.post(page)
    review = Review.objects.get()
    assert response.url == address("edit", review)  # type: ignore[attr-defined]
    assert account_manager.post(page).url == address("edit", review)  # type: ignore[attr-defined]
    assert Review.objects.count() == 1


def test_why_a_review_cannot_be_started_is_shown(team: Team) -> None:
    review = create_submitted(team)
    page = reverse("reviews:create", args=[review.customer.number])
    own = logged_in(team.account_manager).get(page)
    assert review.get_absolute_url() in own.content.decode()
    foreign = logged_in(team.legal_affairs).get(page)
    assert "Only an account manager" in foreign.content.decode()
    assert logged_in(team.legal_affairs).post(page).status_code == 403
    assert logged_in(team.account_manager).post(page).status_code == 409


def test_the_customers_page_offers_the_review_and_lists_it(team: Team, account_manager: Client) -> None:
    customer = create_prospect(team)
    page = customer.get_absolute_url()
    assert reverse("reviews:create", args=[customer.number]) in account_manager.get(page).content.decode()
    review = services.start_review(customer=customer, by=team.account_manager, review_on=NOW.date()).review
    content = account_manager.get(page).content.decode()
    assert review.number in content
    assert f"{review.number} of this customer has not ended yet" in content
    assert review.number not in logged_in(team.legal_affairs).get(page).content.decode()


def test_a_reviewed_customer_has_no_such_button(team: Team, account_manager: Client) -> None:
    customer = create_active_customer(account_manager=team.account_manager)
    assert "Start the review" not in account_manager.get(customer.get_absolute_url()).content.decode()


def test_an_incomplete_draft_is_saved(team: Team, account_manager: Client) -> None:
    review = create_draft(team, complete=False)
    data = posted(review, bank_name="新银行", service_types=[], expected_monthly_amount="")
    data = {**data, "business_content": "", "action": "save"}
    response = account_manager.post(address("edit", review), data, follow=True)
    assert told(response) == ["Draft saved."]
    form = NewCustomerForm.objects.get(pk=review.pk)
    assert (form.bank_name, form.service_types, form.expected_monthly_amount) == ("新银行", [], None)
    assert stored(review).state == ReviewState.DRAFT


def test_every_field_of_the_form_is_stored(team: Team, account_manager: Client) -> None:
    review = create_draft(team, complete=False)
    everything = {
        "business_licence_number": "110000001234567",
        "tax_registration": "provided",
        "tax_registration_number": "110105600037341",
        "organisation_code_certificate": "missing",
        "organisation_code": "60003734-1",
        "special_industry_permit_number": "B2-2026",
        "other_qualifications": "高新技术企业",
    }
    account_manager.post(address("edit", review), posted(review, **everything))
    form = NewCustomerForm.objects.get(pk=review.pk)
    expected = COMPLETE_ANSWERS | everything
    expected |= {"name": review.customer.name, "uscc": uscc_of(review.customer_id)}
    assert form.answers() == expected


def test_a_payment_term_left_empty_stays_as_it_was(team: Team, account_manager: Client) -> None:
    review = create_draft(team)
    account_manager.post(address("edit", review), posted(review, payment_term_days="", bank_name="新"))
    form = NewCustomerForm.objects.get(pk=review.pk)
    assert (form.bank_name, form.payment_term_days) == ("新", 60)


def test_what_submission_needs_is_marked_but_not_demanded_of_a_draft(
    team: Team, account_manager: Client
) -> None:
    review = create_draft(team, complete=False)
    content = account_manager.get(address("edit", review)).content.decode()
    assert re.search(
        r'<label class="form-label" for="id_ability_to_pay">[^<]*<span class="required"', content
    )
    assert re.search(r'<label class="form-label" for="id_bank_credit_rating">[^<]*</label>', content)
    assert "Usual terms: 30, 60 days." in content


def test_submitting_saves_and_hands_in(team: Team, account_manager: Client) -> None:
    review = create_draft(team, complete=False)
    response = account_manager.post(address("edit", review), posted(review) | {"action": "submit"})
    assert response.url == address("detail", review)  # type: ignore[attr-defined]
    assert stored(review).state == ReviewState.IN_APPROVAL
    assert stored(review).customer.state == CustomerState.IN_REVIEW


def test_an_incomplete_form_is_saved_and_each_missing_answer_is_linked(
    team: Team, account_manager: Client
) -> None:
    review = create_draft(team, complete=False)
    data = posted(review, bank_name="", business_content="新内容") | {"action": "submit"}
    response = account_manager.post(address("edit", review), data, follow=True)
    content = response.content.decode()
    assert 'href="#id_bank_name"' in content
    assert 'href="#id_business_content"' not in content
    assert "新内容" in content
    assert stored(review).state == ReviewState.DRAFT


def test_what_cannot_be_understood_is_shown_at_its_field_and_nothing_typed_is_lost(
    team: Team, account_manager: Client
) -> None:
    review = create_draft(team, complete=False)
    wrong = {
        "uscc": "91110000600037341X",
        "expected_monthly_amount": "-1",
        "registered_capital_amount": "-0.01",
        "payment_term_days": "366",
        "years_in_business": "2000",
        "finance_phone": "call me",
        "other_qualifications": "字" * 5001,
        "business_content": "<script>alert(1)</script>",
    }
    response = account_manager.post(address("edit", review), posted(review, **wrong))
    assert set(response.context["form"].errors) == set(wrong) - {"business_content"}
    content = response.content.decode()
    assert "91110000600037341X" in content
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in content
    assert "<script>alert(1)" not in content
    assert stored(review).form_version == 1


@pytest.mark.parametrize("field", ["grade", "state", "review", "initiator", "number", "form_version"])
def test_fields_that_the_form_does_not_have_are_refused(
    team: Team, account_manager: Client, field: str
) -> None:
    review = create_draft(team, complete=False)
    response = account_manager.post(address("edit", review), posted(review) | {field: "A"})
    assert response.context["form"].has_error("__all__", "unknown_fields")
    assert stored(review).form_version == 1


def test_a_stale_page_gets_409_with_what_changed_and_keeps_what_was_typed(
    team: Team, account_manager: Client
) -> None:
    review = create_draft(team)
    page = posted(review, bank_name="我的银行")
    services.save_form(
        review=review,
        by=team.account_manager,
        answers={"bank_name": "别的银行", "expected_monthly_amount": Decimal("7.00")},
        seen_form_version=1,
    )
    response = account_manager.post(address("edit", review), page)
    content = response.content.decode()
    assert response.status_code == 409
    assert "Bank: 别的银行" in content
    assert "Expected average monthly business: CNY 7.00".lower() in content.lower()
    assert 'value="我的银行"' in content
    again = account_manager.post(address("edit", review), page | {"seen_form_version": 2})
    assert again.status_code == 302
    assert NewCustomerForm.objects.get(pk=review.pk).bank_name == "我的银行"


def test_saving_after_the_submission_elsewhere_leads_to_the_review(
    team: Team, account_manager: Client
) -> None:
    review = create_submitted(team)
    response = account_manager.post(address("edit", review), posted(review, bank_name="新"), follow=True)
    assert response.redirect_chain[-1][0] == address("detail", review)
    assert any("locked" in message for message in told(response))


def test_the_locked_form_cannot_be_opened_for_writing(team: Team, account_manager: Client) -> None:
    response = account_manager.get(address("edit", create_submitted(team)), follow=True)
    assert any("locked" in message for message in told(response))


def test_the_approver_cannot_open_the_form_for_writing(team: Team) -> None:
    review = create_submitted(team)
    client = logged_in(team.service_manager)
    assert client.get(address("edit", review)).status_code == 302
    assert client.post(address("edit", review), posted(review, bank_name="x")).status_code == 403


def test_gaps_in_the_chain_are_told_before_and_at_submission(team: Team, account_manager: Client) -> None:
    review = create_draft(team, service_manager=None)
    assert "needs a service manager" in account_manager.get(address("edit", review)).content.decode()
    response = account_manager.post(address("submit", review), {"seen_form_version": 1}, follow=True)
    assert any("needs a service manager" in message for message in told(response))
    assert stored(review).state == ReviewState.DRAFT


def test_a_double_click_on_submit_gets_a_friendly_answer(team: Team, account_manager: Client) -> None:
    review = create_draft(team)
    data = {"seen_form_version": 1}
    first = account_manager.post(address("submit", review), data, follow=True)
    second = account_manager.post(address("submit", review), data, follow=True)
    assert first.status_code == second.status_code == 200
    assert told(second) == ["You have already submitted this review."]
    assert review.decisions.count() == 1


@pytest.mark.parametrize(
    "data", [{}, {"seen_form_version": "x"}, {"seen_form_version": 1, "state": "approved"}]
)
def test_a_submission_that_was_tampered_with_changes_nothing(
    team: Team, account_manager: Client, data: dict[str, Any]
) -> None:
    review = create_draft(team)
    account_manager.post(address("submit", review), data)
    assert stored(review).state == ReviewState.DRAFT


# Withdrawing ------------------------------------------------------------------------------------


def test_withdrawing_and_a_double_click(team: Team, account_manager: Client) -> None:
    review = create_submitted(team)
    first = account_manager.post(address("withdraw", review), {"reason": "取消"}, follow=True)
    second = account_manager.post(address("withdraw", review), {"reason": "取消"}, follow=True)
    assert told(first) == [f"Review {review.number} is withdrawn."]
    assert told(second) == ["You have already withdrawn this review."]
    assert stored(review).state == ReviewState.WITHDRAWN


def test_a_reason_that_is_too_long_withdraws_nothing(team: Team, account_manager: Client) -> None:
    review = create_submitted(team)
    account_manager.post(address("withdraw", review), {"reason": "字" * 501})
    assert stored(review).state == ReviewState.IN_APPROVAL


def test_others_cannot_withdraw(team: Team) -> None:
    review = create_submitted(team)
    response = logged_in(team.general_manager).post(address("withdraw", review), {"reason": ""}, follow=True)
    assert any("Only the initiator" in message for message in told(response))
    assert stored(review).state == ReviewState.IN_APPROVAL


# Deciding ---------------------------------------------------------------------------------------


def test_the_page_shows_the_whole_form_and_the_buttons_to_the_one_who_decides(team: Team) -> None:
    review = create_submitted(team)
    content = logged_in(team.service_manager).get(address("detail", review)).content.decode()
    step = step_of(review, "service_manager")
    for name in ("approve", "return", "reject"):
        assert address(name, review, step.pk) in content
    form = NewCustomerForm.objects.get(pk=review.pk)
    for value in (
        form.bank_account,
        form.uscc,
        "CNY 100,000.00",
        "Sales, Leasing",
        "建议合作。",
        "120,000.00",
    ):
        assert value in content


def test_the_others_see_disabled_buttons_with_the_reason(team: Team, account_manager: Client) -> None:
    review = create_submitted(team)
    foreign = logged_in(team.legal_affairs).get(address("detail", review)).content.decode()
    assert "This step is decided by: Customer service manager." in foreign
    assert address("approve", review, step_of(review, "service_manager").pk) not in foreign
    own = account_manager.get(address("detail", review)).content.decode()
    assert "Nobody decides on a review that he started himself." in own


def test_the_names_of_those_who_decide_next_are_shown(team: Team) -> None:
    review = create_submitted(team)
    approve_as(team, review, "service_manager")
    content = logged_in(team.legal_affairs).get(address("detail", review)).content.decode()
    assert "Waits for Department manager since" in content
    assert team.department_manager.display_name in content


def test_approving_opens_the_next_stage(team: Team) -> None:
    review = create_submitted(team)
    step = step_of(review, "service_manager")
    response = logged_in(team.service_manager).post(
        address("approve", review, step.pk), decision(review, opinion="同意 <b>"), follow=True
    )
    assert told(response) == ["Approved."]
    assert step_of(review, "department_manager").state == StepState.PENDING
    assert "同意 &lt;b&gt;" in response.content.decode()


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("approve", "You have already approved this step."),
        ("return", "You have already returned this review."),
        ("reject", "You have already rejected this review."),
    ],
)
def test_a_double_click_on_a_decision_gets_a_friendly_answer(team: Team, name: str, answer: str) -> None:
    review = create_submitted(team)
    client = logged_in(team.service_manager)
    step = step_of(review, "service_manager")
    data = decision(review, opinion="理由")
    client.post(address(name, review, step.pk), data)
    response = client.post(address(name, review, step.pk), data, follow=True)
    assert response.status_code == 200
    assert told(response)[-1] == answer
    assert review.decisions.count() == 2


@pytest.mark.parametrize("name", ["return", "reject"])
def test_without_a_reason_nothing_happens_and_the_error_is_at_the_field(team: Team, name: str) -> None:
    review = create_submitted(team)
    step = step_of(review, "service_manager")
    response = logged_in(team.service_manager).post(
        address(name, review, step.pk), decision(review, opinion="  ")
    )
    assert response.status_code == 200
    assert "the initiator must know why" in response.content.decode()
    assert stored(review).state == ReviewState.IN_APPROVAL


def test_an_opinion_that_is_too_long_stays_in_the_page(team: Team) -> None:
    review = create_submitted(team)
    step = step_of(review, "service_manager")
    response = logged_in(team.service_manager).post(
        address("approve", review, step.pk), decision(review, opinion="字" * 5001)
    )
    assert response.status_code == 200
    assert "字" * 5001 in response.content.decode()
    assert review.decisions.count() == 1


def test_a_page_of_an_older_round_gets_409_and_keeps_the_opinion(team: Team) -> None:
    review = create_submitted(team)
    old = decision(review, opinion="我的意见")
    services.return_step(
        step=step_of(review, "service_manager"), by=team.service_manager, opinion="x", now=NOW, **seen(review)
    )
    services.submit_review(
        review=review, by=team.account_manager, seen_form_version=seen(review)["seen_form_version"], now=NOW
    )
    step = step_of(review, "service_manager")
    client = logged_in(team.service_manager)
    response = client.post(address("approve", review, step.pk), old)
    assert response.status_code == 409
    assert "我的意见" in response.content.decode()
    assert 'name="seen_round" value="2"' in response.content.decode()
    assert step_of(review, "service_manager").state == StepState.PENDING


def test_the_second_of_two_holders_gets_409_and_the_name_of_the_first(team: Team) -> None:
    review = create_in_parallel_stage(team)
    step = step_of(review, "legal_affairs")
    approve_as(team, review, "legal_affairs")
    response = logged_in(create_user(Role.LEGAL_AFFAIRS)).post(
        address("reject", review, step.pk), decision(review, opinion="不同意")
    )
    assert response.status_code == 409
    assert any(team.legal_affairs.display_name in message for message in told(response))


def test_who_may_not_decide_gets_403_with_the_reason(team: Team) -> None:
    review = create_submitted(team)
    step = step_of(review, "service_manager")
    response = logged_in(team.legal_affairs).post(address("approve", review, step.pk), decision(review))
    assert response.status_code == 403
    assert any("Customer service manager" in message for message in told(response))


def test_a_role_taken_away_while_the_page_was_open_counts_at_the_click(team: Team) -> None:
    review = create_in_parallel_stage(team)
    client = logged_in(team.legal_affairs)
    step = step_of(review, "legal_affairs")
    RoleAssignment.objects.filter(user=team.legal_affairs).update(role=Role.FINANCE_CLERK)
    response = client.post(address("approve", review, step.pk), decision(review))
    assert response.status_code == 403


@pytest.mark.parametrize("field", ["by", "state", "role", "decided_by", "round"])
def test_a_decision_with_fields_it_does_not_have_is_refused(team: Team, field: str) -> None:
    review = create_submitted(team)
    step = step_of(review, "service_manager")
    response = logged_in(team.service_manager).post(
        address("approve", review, step.pk), decision(review, **{field: "1"})
    )
    assert response.status_code == 200
    assert step_of(review, "service_manager").state == StepState.PENDING


def test_one_person_with_two_open_steps_sees_a_form_for_each(team: Team) -> None:
    RoleAssignment.objects.create(user=team.legal_affairs, role=Role.PLANNING_FINANCE)
    review = create_in_parallel_stage(team)
    content = logged_in(team.legal_affairs).get(address("detail", review)).content.decode()
    for role in ("legal_affairs", "planning_finance"):
        assert address("approve", review, step_of(review, role).pk) in content
    assert address("approve", review, step_of(review, "general_management").pk) not in content
    ids = re.findall(r' id="([^"]+)"', content)
    assert len(ids) == len(set(ids))


def test_only_the_last_approver_is_asked_for_a_grade(team: Team) -> None:
    review = approve_all(team, create_submitted(team), up_to="group_leader")
    assert 'name="grade"' not in logged_in(team.group_leader).get(address("detail", review)).content.decode()
    approve_as(team, review, "group_leader")
    client = logged_in(team.general_manager)
    assert 'name="grade"' in client.get(address("detail", review)).content.decode()
    step = step_of(review, "general_manager")
    without = client.post(address("approve", review, step.pk), decision(review, grade="A"))
    assert without.status_code == 200
    assert without.context["panels"][0].form.has_error("grade_reason")
    response = client.post(
        address("approve", review, step.pk), decision(review, grade="A", grade_reason="上市公司"), follow=True
    )
    assert "Approved with grade A and a credit limit of CNY 300,000.00" in response.content.decode()
    assert Customer.objects.get(pk=review.customer_id).grade == "A"


def test_a_grade_with_a_rejection_is_ignored(team: Team) -> None:
    review = approve_all(team, create_submitted(team), up_to="general_manager")
    step = step_of(review, "general_manager")
    logged_in(team.general_manager).post(
        address("reject", review, step.pk), decision(review, opinion="不", grade="A")
    )
    assert stored(review).state == ReviewState.REJECTED


def test_the_initiator_reads_why_the_form_was_returned(team: Team, account_manager: Client) -> None:
    review = create_submitted(team)
    step = step_of(review, "service_manager")
    logged_in(team.service_manager).post(
        address("return", review, step.pk), decision(review, opinion="缺审计报告")
    )
    assert "缺审计报告" in account_manager.get(address("edit", review)).content.decode()
    assert "缺审计报告" in account_manager.get(address("detail", review)).content.decode()


@pytest.mark.parametrize("make", [create_draft, create_submitted, create_in_parallel_stage, create_approved])
def test_the_page_costs_a_bounded_number_of_queries_in_every_state(
    team: Team, account_manager: Client, django_assert_max_num_queries: Any, make: Any
) -> None:
    review = make(team)
    with django_assert_max_num_queries(24):  # steps, people and deputies of a whole parallel stage
        assert account_manager.get(address("detail", review)).status_code == 200


def test_a_draft_withdrawn_before_it_was_submitted_says_so(team: Team, account_manager: Client) -> None:
    review = create_draft(team)
    account_manager.post(address("withdraw", review), {"reason": ""})
    content = account_manager.get(address("detail", review)).content.decode()
    assert "never submitted" in content
    assert address("edit", review) not in content


@pytest.mark.parametrize("language", ["en", "zh-hans", "zh-hant"])
def test_pages_open_in_every_language(team: Team, account_manager: Client, language: str) -> None:
    account_manager.cookies["django_language"] = language
    review = create_draft(team)
    for page in (address("detail", review), address("edit", review), "/reviews/inbox/", "/reviews/new/"):
        response = account_manager.get(page)
        assert response.status_code == 200
        assert f'<html lang="{language}"' in response.content.decode()


# Files ------------------------------------------------------------------------------------------


def upload(client: Client, review: Review, *files: SimpleUploadedFile, **headers: Any) -> Any:
    data = {"category": "licence", "documents": list(files)}
    return client.post(address("attach", review), data, **headers)


def file(name: str = "执照.pdf", content: bytes = PDF_BYTES) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="text/html")


def test_several_files_at_once_and_a_refused_one_keeps_no_other_out(
    team: Team, account_manager: Client
) -> None:
    review = create_draft(team)
    response = upload(account_manager, review, file(), file("x.svg", b"<svg/>"), file("b.pdf"))
    assert response.url == address("edit", review) + "#attachments"
    assert sorted(review.attachments.values_list("name", flat=True)) == ["b.pdf", "执照.pdf"]
    messages = told(account_manager.get(address("edit", review)))
    assert messages[0].startswith("x.svg: Only PDF")
    assert messages[1] == "2 files attached."


def test_with_htmx_the_list_comes_back_with_the_new_form_version(team: Team, account_manager: Client) -> None:
    review = create_draft(team)
    response = upload(account_manager, review, file(), HTTP_HX_REQUEST="true")
    content = response.content.decode()
    assert response.status_code == 200
    assert "执照.pdf" in content
    assert 'name="seen_form_version" value="2"' in content
    assert "<html" not in content
    refused = upload(account_manager, review, file("x.svg", b"<svg/>"), HTTP_HX_REQUEST="true")
    assert refused.status_code == 200
    assert "x.svg" in refused.content.decode()


def test_a_file_that_is_too_large_is_refused_before_it_is_read(
    team: Team, account_manager: Client, settings: Any
) -> None:
    settings.CREDITRISK_ATTACHMENT_MAX_BYTES = 1024 * 1024
    review = create_draft(team)
    large = file("large.pdf", PDF_BYTES + bytes(1024 * 1024))
    response = upload(account_manager, review, large, file("ok.pdf"), HTTP_HX_REQUEST="true")
    assert response.status_code == 200
    assert "at most 1 MB" in response.content.decode()
    assert [attachment.name for attachment in review.attachments.all()] == ["ok.pdf"]


@pytest.mark.parametrize(
    "data",
    [{}, {"category": "licence"}, {"category": "nonsense"}, {"category": "licence", "path": "/etc/passwd"}],
)
def test_an_upload_without_files_or_with_unknown_fields_is_refused(
    team: Team, account_manager: Client, data: dict[str, str]
) -> None:
    review = create_draft(team)
    response = account_manager.post(address("attach", review), data, HTTP_HX_REQUEST="true")
    assert response.status_code == 200
    assert not review.attachments.exists()


def test_removing_a_file(team: Team, account_manager: Client) -> None:
    review = create_draft(team)
    upload(account_manager, review, file())
    attachment = review.attachments.get()
    response = account_manager.post(address("attachment_remove", review, attachment.pk), follow=True)
    assert "执照.pdf removed." in told(response)
    assert account_manager.get(address("attachment", review, attachment.pk)).status_code == 404
    assert Attachment.objects.get(pk=attachment.pk).removed_at is not None


def test_files_of_a_locked_form_cannot_be_removed(team: Team, account_manager: Client) -> None:
    review = create_with_attachment(team)
    page = address("attachment_remove", review, review.attachments.get().pk)
    assert account_manager.post(page).status_code == 409
    assert logged_in(team.legal_affairs).post(page).status_code == 403
    assert upload(account_manager, review, file("b.pdf")).status_code == 409


def test_a_file_is_served_as_a_download_that_no_browser_runs(team: Team) -> None:
    review = create_with_attachment(team)
    response = logged_in(team.legal_affairs).get(address("attachment", review, review.attachments.get().pk))
    assert b"".join(response.streaming_content) == PDF_BYTES  # type: ignore[attr-defined]
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Content-Disposition"] == ("attachment; filename*=utf-8''%E6%89%A7%E7%85%A7.pdf")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response.headers["Cache-Control"] == "private, no-store"


def test_a_file_missing_on_the_server_is_told(team: Team, account_manager: Client) -> None:
    review = create_with_attachment(team)
    attachment = review.attachments.get()
    attachment.file.storage.delete(attachment.file.name)
    response = account_manager.get(address("attachment", review, attachment.pk))
    assert response.status_code == 400
    assert "missing on the server" in response.content.decode()


# Admin ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["review", "approvalstep", "decision", "attachment", "newcustomerform"])
def test_the_admin_shows_reviews_and_changes_nothing(team: Team, model: str) -> None:
    review = create_with_attachment(team)
    keys = {
        "review": review.pk,
        "approvalstep": review.steps.all()[0].pk,
        "decision": review.decisions.get().pk,
        "attachment": review.attachments.get().pk,
        "newcustomerform": review.pk,
    }
    client = logged_in(team.administrator)
    page = reverse(f"admin:reviews_{model}_changelist")
    change = reverse(f"admin:reviews_{model}_change", args=[keys[model]])
    assert client.get(page).status_code == 200
    assert client.get(page, {"q": review.number}).status_code == 200
    shown = client.get(change)
    assert shown.status_code == 200
    assert 'name="_save"' not in shown.content.decode()
    assert client.post(change, {"state": "approved"}).status_code == 403
    assert client.get(reverse(f"admin:reviews_{model}_add")).status_code == 403
    assert client.post(reverse(f"admin:reviews_{model}_delete", args=[keys[model]])).status_code == 403
    assert logged_in(team.general_manager).get(page).status_code == 302


@pytest.mark.parametrize(("amount", "warned"), [("180000.00", False), ("180000.01", True)])
def test_a_proposed_limit_below_the_exposure_is_warned_of(team: Team, amount: str, warned: bool) -> None:
    """300,000.00 a month × 1 month × 0.6 = 180,000.00: that much may be open, a cent more is told."""
    review = create_submitted(team)
    NewCustomerForm.objects.filter(pk=review.pk).update(
        expected_monthly_amount=Decimal("300000.00"), payment_term_days=30, currency="CNY"
    )
    today = timezone.localdate()
    store_sums(create_report(as_of=today, lines=[Line(review.customer, today, amount)]))
    page = logged_in(team.legal_affairs).get(review.get_absolute_url()).content.decode()
    assert ("limit_below_exposure" in page) is warned
    assert (f"exposure CNY {Decimal(amount):,.2f}" in page) is warned


def test_a_withdrawn_review_is_started_anew_with_its_answers(team: Team) -> None:
    review = create_draft(team)
    services.withdraw_review(review=review, by=team.account_manager, now=NOW)
    client = logged_in(team.account_manager)
    page = client.get(review.get_absolute_url()).content.decode()
    assert "Start anew with these answers" in page
    address = reverse("reviews:create", args=[review.customer.number])
    client.post(address, {"copy_of": review.number})
    copy = Review.objects.get(customer=review.customer, state=ReviewState.DRAFT)
    assert copy.new_customer_form.account_manager_opinion == "建议合作。"
    assert "Start anew" not in client.get(review.get_absolute_url()).content.decode()
    assert client.post(address, {"copy_of": "R-0"}).status_code == 404
