"""The chain as part of the policy: what leads nowhere is refused, what is published holds for later submissions."""

from __future__ import annotations

import datetime as dt
import importlib
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.db import connection
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from creditrisk.accounts.models import RoleAssignment, User
from creditrisk.accounts.roles import Role
from creditrisk.exceptions import ConflictError, InvalidInputError, NotAllowedError
from creditrisk.policy.approval_chains import ApprovalRules, Chain, Condition, Stage
from creditrisk.policy.default import DEFAULT_POLICY
from creditrisk.policy.models import PolicyVersion
from creditrisk.policy.schema import policy_from_data, policy_to_data
from creditrisk.policy.selectors import policy_version_on
from reviews import services
from reviews.approval_chain import ANNUAL, CHAINS, NEW_CUSTOMER, Facts, chain_for
from reviews.chain_check import APPROVING_ROLES, DeadEnd, dead_ends, named
from reviews.forms import stage_values
from reviews.models import Review
from tests.factories.people import Team
from tests.factories.reviews import NOW, TODAY, approve_all, create_draft, create_submitted, submit

HELD = {role.value for role in APPROVING_ROLES}
LARGE = Condition(Decimal("100000.01"))
LEASING = Condition(service_types=frozenset({"leasing"}))


def stage(*roles: Role, condition: Condition | None = None, limit_days: int | None = 2) -> Stage:
    return Stage("stage", roles, condition, limit_days)


SHORT = [stage(Role.LEGAL_AFFAIRS), stage(Role.GROUP_LEADER, condition=LARGE), stage(Role.GENERAL_MANAGER)]


# The rules --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", CHAINS)
def test_the_chains_of_the_annexes_lead_to_their_end(kind: str) -> None:
    assert dead_ends(kind, CHAINS[kind], held=HELD) == []
    assert named(CHAINS[kind]) == CHAINS[kind]


@pytest.mark.parametrize(
    ("kind", "stages", "found"),
    [
        (NEW_CUSTOMER, [], [DeadEnd("no_stage")]),
        (NEW_CUSTOMER, [stage(Role.GROUP_LEADER, condition=LARGE)], [DeadEnd("all_conditional")]),
        (NEW_CUSTOMER, [stage(Role.GROUP_LEADER)], []),
        (NEW_CUSTOMER, [stage(Role.SERVICE_MANAGER)], []),
        (
            NEW_CUSTOMER,
            [stage(Role.GENERAL_MANAGER), stage(Role.ACCOUNT_MANAGER, Role.ADMINISTRATOR)],
            [
                DeadEnd("not_approving", 1, Role.ACCOUNT_MANAGER),
                DeadEnd("not_approving", 1, Role.ADMINISTRATOR),
            ],
        ),
        (
            ANNUAL,
            [stage(Role.SERVICE_MANAGER), stage(Role.GROUP_LEADER)],
            [DeadEnd("starter", 0, Role.SERVICE_MANAGER)],
        ),
        (ANNUAL, [stage(Role.GENERAL_MANAGER)], [DeadEnd("no_group_leader")]),
        (
            ANNUAL,
            [stage(Role.GENERAL_MANAGER), stage(Role.GROUP_LEADER, condition=LEASING)],
            [DeadEnd("no_group_leader")],
        ),
        (ANNUAL, [stage(Role.GROUP_LEADER, Role.LEGAL_AFFAIRS)], []),
    ],
)
def test_what_leads_nowhere(kind: str, stages: list[Stage], found: list[DeadEnd]) -> None:
    assert dead_ends(kind, named(stages), held=HELD) == found


def test_a_role_that_nobody_holds() -> None:
    found = dead_ends(NEW_CUSTOMER, named(SHORT), held=HELD - {Role.LEGAL_AFFAIRS.value})
    assert found == [DeadEnd("nobody_holds", 0, Role.LEGAL_AFFAIRS)]


def test_stages_get_names_of_their_own() -> None:
    stages = [
        stage(Role.LEGAL_AFFAIRS),
        stage(Role.GROUP_LEADER, Role.LEGAL_AFFAIRS),
        stage(Role.LEGAL_AFFAIRS),
    ]
    assert [one.name for one in named(stages)] == [
        "legal_affairs",
        "group_leader_and_legal_affairs",
        "legal_affairs_2",
    ]


@pytest.mark.parametrize(
    "broken",
    [
        lambda: Stage("x", ()),
        lambda: Stage("x", (Role.LEGAL_AFFAIRS, Role.LEGAL_AFFAIRS)),
        lambda: Stage("x", (Role.LEGAL_AFFAIRS,), limit_days=0),
        lambda: Condition(),
        lambda: Condition(Decimal(0)),
        lambda: ApprovalRules((), CHAINS[ANNUAL], Decimal("0.8")),
        lambda: ApprovalRules(
            (stage(Role.GROUP_LEADER), stage(Role.GROUP_LEADER)), CHAINS[ANNUAL], Decimal("0.8")
        ),
        lambda: ApprovalRules(CHAINS[NEW_CUSTOMER], CHAINS[ANNUAL], Decimal("0")),
        lambda: ApprovalRules(CHAINS[NEW_CUSTOMER], CHAINS[ANNUAL], Decimal("1.01")),
    ],
    ids=[
        "no role",
        "twice",
        "no day",
        "no condition",
        "amount 0",
        "no stage",
        "one name",
        "ratio 0",
        "ratio above 1",
    ],
)
def test_what_no_rule_book_can_say(broken: Any) -> None:
    with pytest.raises(ValueError):
        broken()


CONDITIONS = st.one_of(
    st.none(),
    st.builds(
        Condition,
        from_amount=st.decimals("0.01", "9999999", places=2),
        service_types=st.frozensets(st.sampled_from(["sales", "leasing"])),
    ),
)
STAGES = st.lists(
    st.builds(
        Stage,
        st.just("stage"),
        st.lists(st.sampled_from(APPROVING_ROLES), min_size=1, max_size=3, unique=True).map(tuple),
        CONDITIONS,
        st.one_of(st.none(), st.integers(1, 30)),
    ),
    max_size=6,
)


@given(STAGES, st.decimals("0", "99999999", places=2), st.frozensets(st.sampled_from(["sales", "leasing"])))
def test_a_chain_that_passes_the_check_asks_somebody_whatever_the_form_says(
    stages: list[Stage], amount: Decimal, types: frozenset[str]
) -> None:
    chain: Chain = named(stages)
    if dead_ends(NEW_CUSTOMER, chain, held=HELD):
        return
    asked = chain_for(NEW_CUSTOMER, Facts(amount, "CNY", types), chains={NEW_CUSTOMER: chain})
    assert asked
    assert all(one.roles for one in asked)
    rules = ApprovalRules(chain, CHAINS[ANNUAL], Decimal("0.8"))
    assert rules.chains[NEW_CUSTOMER] == chain


# Publishing -------------------------------------------------------------------------------------


def publish(by: User, **given: Any) -> PolicyVersion:
    return services.publish_chain(
        **{
            "kind": NEW_CUSTOMER,
            "stages": SHORT,
            "effective_on": TODAY,
            "note": "shorter",
            "by": by,
            "seen_version": 1,
            "today": TODAY,
            **given,
        }
    )


def roles_asked(review: Review) -> list[list[str]]:
    return [one["roles"] for one in Review.objects.get(pk=review.pk).chain]


@pytest.mark.django_db
def test_reviews_submitted_from_that_day_on_follow_it_and_those_under_way_keep_theirs(team: Team) -> None:
    """100,000.00 a month is a cent below the amount from which the group leader is asked."""
    old, new = create_submitted(team), create_draft(team)
    publish(team.group_leader)
    submit(new)
    assert len(roles_asked(old)) == 7
    assert roles_asked(new) == [["legal_affairs"], ["general_manager"]]
    assert new.steps.get(role="legal_affairs").due_on == dt.date(2026, 3, 4)
    assert approve_all(team, new).state == "approved"
    assert approve_all(team, old).state == "approved"
    assert policy_version_on(TODAY).policy.approvals.annual == CHAINS[ANNUAL]
    assert services.verify_decisions(new) == []


@pytest.mark.django_db
def test_a_returned_form_follows_the_chain_of_the_day_it_is_submitted_again(team: Team) -> None:
    review = create_submitted(team)
    services.return_step(
        step=review.steps.get(role="service_manager"),
        by=team.service_manager,
        opinion="no",
        seen_round=1,
        seen_form_version=review.form_version,
        now=NOW,
    )
    publish(team.group_leader)
    submit(review)
    assert roles_asked(review) == [["legal_affairs"], ["general_manager"]]
    assert approve_all(team, review).state == "approved"


@pytest.mark.django_db
def test_an_annual_chain_is_published_alike(team: Team) -> None:
    stages = [stage(Role.GROUP_LEADER), stage(Role.GENERAL_MANAGER)]
    publish(team.administrator, kind=ANNUAL, stages=stages)
    approvals = policy_version_on(TODAY).policy.approvals
    assert [one.roles for one in approvals.annual] == [(Role.GROUP_LEADER,), (Role.GENERAL_MANAGER,)]
    assert approvals.new_customer == CHAINS[NEW_CUSTOMER]


@pytest.mark.django_db
def test_what_is_not_published(team: Team) -> None:
    with pytest.raises(NotAllowedError):
        publish(team.general_manager)
    with pytest.raises(InvalidInputError) as past:
        publish(team.group_leader, effective_on=TODAY - dt.timedelta(days=1))
    assert past.value.code == "policy.in_the_past"
    RoleAssignment.objects.filter(role=Role.LEGAL_AFFAIRS).delete()
    with pytest.raises(InvalidInputError, match="Stage 1: nobody holds the role Legal affairs") as dead:
        publish(team.group_leader)
    assert dead.value.code == "chain.nobody_holds"
    assert PolicyVersion.objects.count() == 1


@pytest.mark.django_db
def test_of_two_who_change_it_at_once_the_second_is_told(team: Team) -> None:
    publish(team.group_leader)
    with pytest.raises(ConflictError) as raised:
        publish(team.administrator)
    assert raised.value.code == "chain.policy_changed"
    assert publish(team.administrator, seen_version=2).number == 3


@pytest.mark.django_db
def test_versions_from_before_get_the_chains_of_the_annexes() -> None:
    data = policy_to_data(DEFAULT_POLICY)
    del data["approvals"]
    old = PolicyVersion.objects.create(number=2, effective_on=TODAY, data=data)
    migration = importlib.import_module("creditrisk.policy.migrations.0003_approval_chains")
    with connection.schema_editor() as editor:
        migration.add_chains(apps, editor)
    old = PolicyVersion.objects.get(pk=old.pk)
    assert policy_from_data(old.data) == DEFAULT_POLICY


# The page ---------------------------------------------------------------------------------------


def as_posted(chain: Chain | list[Stage], **more: Any) -> dict[str, Any]:
    data: dict[str, Any] = {"form-TOTAL_FORMS": len(chain) + 1, "form-INITIAL_FORMS": len(chain)}
    for number, values in enumerate([*stage_values(tuple(chain)), {"currency": "CNY"}]):
        for name, value in values.items():
            data[f"form-{number}-{name}"] = "" if value is None else value
        data[f"form-{number}-ORDER"] = number + 1
    return {
        **data,
        "seen_version": 1,
        "effective_on": "2026-03-02",
        "note": "shorter",
        "action": "publish",
        **more,
    }


def post(user: User, kind: str, data: dict[str, Any]) -> Any:
    client = Client()
    client.force_login(user)
    with time_machine.travel(NOW):
        return client.post(reverse("reviews:chain_edit", args=[kind]), data, follow=True)


@pytest.mark.django_db
def test_everybody_sees_the_chains_and_the_leader_changes_one(team: Team) -> None:
    client = Client()
    client.force_login(team.finance_clerk)
    page = client.get(reverse("reviews:chains")).content.decode()
    assert "3 business days" in page
    assert reverse("reviews:chain_edit", args=[NEW_CUSTOMER]) not in page
    assert client.get(reverse("reviews:chain_edit", args=[NEW_CUSTOMER])).status_code == 403
    client.force_login(team.group_leader)
    assert client.get(reverse("reviews:chain_edit", args=[NEW_CUSTOMER])).status_code == 200
    assert client.get(reverse("reviews:chain_edit", args=["monthly"])).status_code == 404
    answer = post(team.group_leader, NEW_CUSTOMER, as_posted(SHORT))
    assert [str(one) for one in answer.context["messages"]] == [
        "Published as version 2 of the policy, in force from 2026-03-02."
    ]
    chain = policy_version_on(TODAY).policy.approvals.new_customer
    assert chain == named(SHORT)
    assert "only from CNY 100,000.01 a month" in answer.content.decode()


@pytest.mark.django_db
def test_stages_are_moved_removed_and_drawn_before_they_are_published(team: Team) -> None:
    data = as_posted(SHORT, action="draw", note="")
    data |= {
        "form-0-ORDER": 9,
        "form-1-DELETE": "on",
        "form-3-roles": ["deputy_leader"],
        "form-3-service_types": ["sales"],
    }
    answer = post(team.group_leader, NEW_CUSTOMER, data)
    drawn = [[str(step.label) for step in row.steps] for row in answer.context["stages"]]
    assert drawn == [
        [Role.GENERAL_MANAGER.label],
        [Role.DEPUTY_LEADER.label],
        [Role.LEGAL_AFFAIRS.label],
    ]
    assert "only for Sales" in answer.content.decode()
    assert answer.context["form"].errors == {}
    assert PolicyVersion.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"form-3-limit_days": "3"}, "Choose who approves, or remove the stage."),
        ({"form-0-limit_days": "0"}, "greater than or equal to 1"),
        ({"note": ""}, "This field is required."),
        ({"effective_on": "2026-03-01"}, "cannot take effect in the past"),
        ({"form-0-DELETE": "on", "form-2-DELETE": "on"}, "could pass without any approval"),
        ({"seen_version": 7}, "not the one you changed"),
        ({"form-0-roles": ["administrator"]}, "administrator is not one of the available choices"),
        ({f"form-{number}-DELETE": "on" for number in range(3)}, "at least one stage"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_published(
    team: Team, changes: dict[str, Any], told: str
) -> None:
    answer = post(team.group_leader, NEW_CUSTOMER, as_posted(SHORT, **changes))
    assert told in answer.content.decode()
    assert PolicyVersion.objects.count() == 1


@pytest.mark.django_db
def test_who_was_told_that_the_policy_changed_may_go_on(team: Team) -> None:
    """A version for the 10th was published meanwhile: what he publishes for the 20th is meant to change that."""
    publish(team.administrator, effective_on=dt.date(2026, 3, 10))
    data = as_posted(SHORT[:1], effective_on="2026-03-20")
    answer = post(team.group_leader, NEW_CUSTOMER, data)
    page = answer.content.decode()
    assert "version 2, not the one you changed" in page
    assert 'name="seen_version" value="2"' in page
    post(team.group_leader, NEW_CUSTOMER, data | {"seen_version": 2})
    assert policy_version_on(dt.date(2026, 3, 20)).number == 3


@pytest.mark.django_db
def test_the_page_draws_what_it_refuses(team: Team) -> None:
    stages = [stage(Role.SERVICE_MANAGER), stage(Role.GENERAL_MANAGER)]
    answer = post(team.group_leader, ANNUAL, as_posted(stages, action="draw"))
    page = answer.content.decode()
    assert "is the initiator, who does not approve" in page
    assert "who confirms the service level" in page
    assert len(answer.context["stages"]) == 2
