"""Who sees which review, what waits for whom, and that rows cost no queries."""

from __future__ import annotations

from typing import Any

import pytest

from creditrisk.accounts.models import RoleAssignment
from creditrisk.accounts.roles import Role
from customers.models import Customer
from reviews import selectors, services
from reviews.models import ApprovalStep, Review
from reviews.permissions import Action, refusal
from tests.factories.customers import RELATIONS, create_active_customer, create_customer
from tests.factories.people import Team, create_department, create_team, create_user, reload
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
)


@pytest.fixture
def reviews(team: Team) -> list[Review]:
    """Reviews of two teams, in many states."""
    found = []
    for one in (team, create_team()):
        found += [
            create_draft(one),
            create_submitted(one),
            create_in_parallel_stage(one),
            create_approved(one),
        ]
        returned = create_submitted(one)
        services.return_step(
            step=step_of(returned, "service_manager"),
            by=one.service_manager,
            opinion="x",
            now=NOW,
            **seen(returned),
        )
        handed_over = create_draft(one)
        Customer.objects.filter(pk=handed_over.customer_id).update(
            account_manager=create_user(Role.ACCOUNT_MANAGER)
        )
        found += [returned, handed_over]
    return found


def test_the_page_and_the_permission_agree_on_who_sees_what(team: Team, reviews: list[Review]) -> None:
    everybody = [
        *[team.holder(role) for role in Role],
        create_user(),
        create_user(*Role),
        create_user(is_superuser=True),
        *{review.customer.account_manager for review in Review.objects.select_related("customer")},
    ]
    for person in everybody:
        assert person is not None
        visible = set(Review.objects.visible_to(person).values_list("pk", flat=True))  # type: ignore[attr-defined]
        allowed = {
            review.pk
            for review in Review.objects.select_related("customer__account_manager__department")
            if refusal(Action.VIEW, user=person, review=review) is None
        }
        assert visible == allowed, person


@pytest.mark.parametrize("relation", [*RELATIONS, "initiator"])
@pytest.mark.parametrize("state", ["draft", "in approval"])
def test_page_and_permission_agree_for_every_role_in_every_relation(
    team: Team, relation: str, state: str
) -> None:
    """Each role alone, and none: 12 people in each of 6 relations to the customer."""
    review = create_draft(team) if state == "draft" else create_submitted(team)
    for roles in [(), *[(role,) for role in Role]]:
        person = create_user(*roles)
        if relation == "initiator":
            Review.objects.filter(pk=review.pk).update(initiator=person)
        else:
            RELATIONS[relation](review.customer, person)
        stored = Review.objects.get(pk=review.pk)
        is_visible = Review.objects.visible_to(person).filter(pk=review.pk).exists()  # type: ignore[attr-defined]
        refused = refusal(Action.VIEW, user=person, review=stored)
        assert is_visible is (refused is None), (roles, refused)


def test_the_inbox_and_the_permission_agree_on_who_decides_what(team: Team, reviews: list[Review]) -> None:
    RoleAssignment.objects.create(user=team.account_manager, role=Role.LEGAL_AFFAIRS)
    people = [*[reload(team.holder(role)) for role in Role], create_user(*Role), create_user()]
    for person in people:
        waiting = set(selectors.steps_to_decide(person).values_list("pk", flat=True))
        allowed = set()
        for step in ApprovalStep.objects.select_related(
            "review__customer__account_manager__department", "decided_by"
        ):
            if refusal(Action.APPROVE, user=person, review=step.review, step=step) is None:
                allowed.add(step.pk)
        assert waiting == allowed, person
        assert selectors.inbox_count(person) == len(allowed)


def test_deciders_are_those_whom_the_permission_lets_through(team: Team) -> None:
    colleague = create_user(Role.LEGAL_AFFAIRS)
    create_user(Role.LEGAL_AFFAIRS, is_active=False)
    review = create_submitted(team)
    assert list(selectors.deciders(review, Role.SERVICE_MANAGER)) == [team.service_manager]
    assert list(selectors.deciders(review, Role.DEPARTMENT_MANAGER)) == [team.department_manager]
    assert set(selectors.deciders(review, Role.LEGAL_AFFAIRS)) == {team.legal_affairs, colleague}


def test_a_head_of_two_departments_decides_once(team: Team) -> None:
    create_department(head=team.department_manager)
    review = create_submitted(team)
    assert list(selectors.deciders(review, Role.DEPARTMENT_MANAGER)) == [team.department_manager]


def test_after_a_handover_the_step_waits_for_the_new_service_manager(team: Team) -> None:
    review = create_submitted(team)
    successor = create_user(Role.SERVICE_MANAGER)
    Customer.objects.filter(pk=review.customer_id).update(service_manager=successor)
    assert selectors.inbox_count(team.service_manager) == 0
    assert selectors.inbox_count(successor) == 1
    approve_as(team, review, "service_manager", by=successor)


def test_startable_are_my_unreviewed_customers_without_an_open_review(team: Team) -> None:
    prospect = create_prospect(team)
    onboarded = create_active_customer(reviewed_on=None, account_manager=team.account_manager)
    withdrawn = create_draft(team)
    services.withdraw_review(review=withdrawn, by=team.account_manager, now=NOW)
    create_draft(team)
    create_submitted(team)
    create_approved(team)
    create_customer(account_manager=create_user(Role.ACCOUNT_MANAGER))
    found = set(selectors.startable_customers(team.account_manager))
    assert found == {prospect, onboarded, withdrawn.customer}
    assert not selectors.startable_customers(team.service_manager).exists()


def test_done_lists_what_i_decided_and_may_still_see(team: Team) -> None:
    review = create_submitted(team)
    approve_as(team, review, "service_manager")
    assert [step.role for step in selectors.steps_decided(team.service_manager)] == ["service_manager"]
    Customer.objects.filter(pk=review.customer_id).update(service_manager=create_user(Role.SERVICE_MANAGER))
    assert not selectors.steps_decided(team.service_manager).exists()


def test_started_lists_all_of_mine_newest_first(team: Team) -> None:
    reviews = [create_draft(team), create_submitted(team), approve_all(team, create_submitted(team))]
    assert list(selectors.reviews_started(team.account_manager)) == reviews[::-1]
    assert not selectors.reviews_started(team.service_manager).exists()


@pytest.mark.parametrize(
    ("role", "address"),
    [
        (Role.SERVICE_MANAGER, "/reviews/inbox/"),
        (Role.SERVICE_MANAGER, "/reviews/inbox/?tab=done"),
        (Role.ACCOUNT_MANAGER, "/reviews/inbox/?tab=started"),
        (Role.LEGAL_AFFAIRS, "/reviews/"),
        (Role.SERVICE_MANAGER, "/reviews/?q=示例&state=in_approval"),
        (Role.ACCOUNT_MANAGER, "/reviews/new/"),
    ],
)
def test_lists_cost_the_same_few_queries_for_5_rows_and_for_50(
    team: Team, client: Any, django_assert_max_num_queries: Any, role: Role, address: str
) -> None:
    client.force_login(team.holder(role))
    counts = []
    for more in (5, 45):
        for _number in range(more):
            create_row(team, address)
        with django_assert_max_num_queries(12) as queries:
            response = client.get(address)
        counts.append(len(queries))
    assert response.status_code == 200
    assert response.content.decode().count("<tr") == 50 + 1
    assert counts[0] == counts[1]


def create_row(team: Team, address: str) -> None:
    if address.endswith("new/"):
        create_prospect(team)
        return
    review = create_submitted(team)
    if "done" in address:
        approve_as(team, review, "service_manager")
