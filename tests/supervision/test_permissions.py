"""Who supervises, who holds meetings, who signs them off, who ticks follow-ups off (P3.1, P3.3, P3.4)."""

from __future__ import annotations

import pytest

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.exceptions import require
from supervision import permissions
from supervision.models import CaseFollowUp, CaseReview

SUPERVISORS = {
    Role.GROUP_LEADER,
    Role.DEPUTY_LEADER,
    Role.DEPARTMENT_MANAGER,
    Role.LEGAL_AFFAIRS,
    Role.GENERAL_MANAGEMENT,
    Role.PLANNING_FINANCE,
    Role.GENERAL_MANAGER,
    Role.FINANCE_CLERK,
}
LEADERS = {Role.GROUP_LEADER, Role.DEPUTY_LEADER}


def person(*roles: str, pk: int = 1, stands_in_for: tuple[User, ...] = ()) -> User:
    user = User(pk=pk, username=f"u{pk}")
    user.roles = frozenset(str(role) for role in roles)
    user.stands_in_for = stands_in_for
    return user


def meeting(*, is_closed: bool = False, minutes: str = "纪要") -> CaseReview:
    return CaseReview(state="closed" if is_closed else "open", minutes=minutes)


def code(refusal: permissions.Refusal) -> str | None:
    return refusal.code if refusal else None


@pytest.mark.parametrize("role", Role)
def test_who_reads_what(role: Role) -> None:
    """Supervisors the dashboard; managers only their lines of the table of handlers; administrators neither."""
    user = person(role)
    assert (permissions.dashboard_refusal(user) is None) is (role in SUPERVISORS)
    managers = {Role.ACCOUNT_MANAGER, Role.SERVICE_MANAGER}
    assert (permissions.handlers_refusal(user) is None) is (role in SUPERVISORS | managers)
    assert (permissions.hold_review_refusal(user) is None) is (role in LEADERS)


def test_who_has_no_role_reads_nothing() -> None:
    assert code(permissions.dashboard_refusal(person())) == "supervision.not_allowed"
    assert code(permissions.handlers_refusal(person())) == "supervision.not_allowed"


def test_signed_minutes_are_not_changed() -> None:
    leader, manager = person(Role.DEPUTY_LEADER), person(Role.ACCOUNT_MANAGER)
    assert permissions.change_review_refusal(leader, meeting()) is None
    assert code(permissions.change_review_refusal(leader, meeting(is_closed=True))) == "case_review.closed"
    assert code(permissions.change_review_refusal(manager, meeting())) == "case_review.leaders_only"


def test_the_group_leader_signs_off() -> None:
    leader, deputy = person(Role.GROUP_LEADER, pk=1), person(Role.DEPUTY_LEADER, pk=2)
    standing_in = person(Role.DEPUTY_LEADER, pk=3, stands_in_for=(leader,))
    for_another = person(Role.DEPUTY_LEADER, pk=4, stands_in_for=(person(Role.LEGAL_AFFAIRS, pk=5),))
    assert permissions.close_review_refusal(leader, meeting()) is None
    assert permissions.close_review_refusal(standing_in, meeting()) is None
    for nobody in (deputy, for_another, person()):
        assert code(permissions.close_review_refusal(nobody, meeting())) == "case_review.sign_off_not_allowed"
    assert (
        code(permissions.close_review_refusal(leader, meeting(is_closed=True)))
        == "case_review.closed_already"
    )
    assert code(permissions.close_review_refusal(leader, meeting(minutes=" \n"))) == "case_review.no_minutes"


def test_addenda_belong_to_signed_minutes() -> None:
    leader = person(Role.GROUP_LEADER)
    assert permissions.addendum_refusal(leader, meeting(is_closed=True)) is None
    assert code(permissions.addendum_refusal(leader, meeting())) == "case_review.open"
    refused = permissions.addendum_refusal(person(Role.FINANCE_CLERK), meeting(is_closed=True))
    assert code(refused) == "case_review.leaders_only"


def test_who_ticks_a_follow_up_off() -> None:
    follow_up = CaseFollowUp(responsible_id=7)
    for may in (person(Role.SERVICE_MANAGER, pk=7), person(Role.GROUP_LEADER), person(Role.DEPUTY_LEADER)):
        assert permissions.complete_follow_up_refusal(may, follow_up) is None
    for may_not in (person(Role.SERVICE_MANAGER, pk=8), person(pk=7), person(Role.GENERAL_MANAGER)):
        assert code(permissions.complete_follow_up_refusal(may_not, follow_up)) == "case_follow_up.not_yours"


def test_a_refusal_is_raised() -> None:
    require(None)
    with pytest.raises(permissions.NotAllowedError):
        require(permissions.dashboard_refusal(person()))
