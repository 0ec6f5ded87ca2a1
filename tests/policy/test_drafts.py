"""Drafts of the rule-book: written by several people, brought up to date, published once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.audit.selectors import history_of
from creditrisk.exceptions import BusinessError, ConflictError, NotAllowedError
from creditrisk.notifications.models import Notification
from creditrisk.policy import services
from creditrisk.policy.faults import UnsoundPolicyError
from creditrisk.policy.models import DraftState, PolicyDraft, PolicyVersion
from creditrisk.policy.schema import policy_from_data
from creditrisk.policy.selectors import newest_version, policy_version_on, rebased
from creditrisk.policy.setting_words import changed_paths, differences
from creditrisk.policy.settings_tree import setting_values, with_settings
from tests.factories.people import create_user

TODAY = dt.date(2026, 6, 1)
LETTER = "dunning.stages.dunning_letter.from_day"
CHURN = "warnings.churn_after_days"


@pytest.fixture
def leader(db: None) -> User:
    return create_user(Role.GROUP_LEADER, name="Wang Wei")


@pytest.fixture
def admin(db: None) -> User:
    return create_user(Role.ADMINISTRATOR, name="Zhao Min")


def begin(by: User, **changes: Any) -> PolicyDraft:
    """Return a draft; `changes` with __ for dots."""
    draft = services.create_draft(title="Stricter", note="Late payers", by=by)
    return change(draft, by, {path.replace("__", "."): value for path, value in changes.items()})


def change(draft: PolicyDraft, by: User, changes: dict[str, Any], **more: Any) -> PolicyDraft:
    return services.change_settings(
        draft=draft, changes=changes, seen_version=more.pop("seen", draft.version), by=by, **more
    )


def publish(draft: PolicyDraft, by: User, **more: Any) -> PolicyVersion:
    asked: dict[str, Any] = {"effective_on": TODAY, "note": "letters later", "seen_version": draft.version}
    return services.publish_draft(draft=draft, today=TODAY, by=by, **{**asked, **more})


def publish_otherwise(by: User, changes: dict[str, Any], *, on: dt.date = TODAY) -> PolicyVersion:
    """Publish the newest rules with some settings changed, beside every draft."""
    return services.publish_policy(
        policy=policy_from_data(with_settings(newest_version().rules, changes)),
        effective_on=on,
        today=TODAY,
        by=by,
        note="beside",
    )


def value(source: PolicyDraft | PolicyVersion, path: str) -> Any:
    return setting_values(source.rules)[path]


def code_of(act: Callable[[], object]) -> str:
    with pytest.raises(BusinessError) as refused, transaction.atomic():
        act()
    return refused.value.code


# Beginning


def test_a_draft_begins_as_the_newest_version(leader: User) -> None:
    later = publish_otherwise(leader, {CHURN: 45}, on=dt.date(2027, 1, 1))
    draft = services.create_draft(title=" Stricter  rules ", note="", by=leader)
    assert (draft.title, draft.based_on, draft.version, draft.state) == ("Stricter rules", later, 1, "draft")
    assert draft.rules == later.rules
    assert policy_version_on(TODAY).number == 1, "a draft binds nobody"
    assert draft.get_absolute_url() == f"/policy/drafts/{draft.pk}/"
    assert str(draft) == "Stricter rules"


def test_a_draft_may_begin_as_an_earlier_version_but_for_the_approval_chains(leader: User) -> None:
    first = newest_version()
    shorter = setting_values(first.rules)["approvals.annual"][1:]
    publish_otherwise(leader, {CHURN: 45, "approvals.annual": shorter})
    draft = services.create_draft(title="Back", note="", by=leader, begin_from=first)
    assert value(draft, CHURN) == 60
    assert value(draft, "approvals.annual") == shorter
    assert draft.based_on.number == 2
    assert changed_paths(draft.based_on.rules, draft.rules) == {CHURN}


def test_a_form_sent_twice_is_one_draft(leader: User) -> None:
    key = uuid4()
    first = services.create_draft(title="A", note="", by=leader, submission_key=key)
    assert services.create_draft(title="A", note="", by=leader, submission_key=key) == first
    assert PolicyDraft.objects.count() == 1


def test_a_draft_needs_a_title(leader: User) -> None:
    assert code_of(lambda: services.create_draft(title="  ", note="", by=leader)) == "draft.title"


@pytest.mark.django_db
@pytest.mark.parametrize("role", list(Role))
def test_who_drafts(role: Role) -> None:
    person, owner = create_user(role), create_user(Role.ADMINISTRATOR)
    draft = services.create_draft(title="A", note="", by=owner)
    acts: list[Callable[[], object]] = [
        lambda: services.create_draft(title="B", note="", by=person),
        lambda: change(draft, person, {CHURN: 50}),
        lambda: services.rebase_draft(draft=draft, onto=newest_version(), by=person),
        lambda: publish(PolicyDraft.objects.get(pk=draft.pk), person),
        lambda: services.discard_draft(draft=services.create_draft(title="C", note="", by=owner), by=person),
    ]
    if role in {Role.ADMINISTRATOR, Role.GROUP_LEADER}:
        for act in acts:
            act()
        assert list(PolicyDraft.objects.visible_to(person)) == list(PolicyDraft.objects.all())  # type: ignore[attr-defined]
        return
    for act in acts:
        with pytest.raises(NotAllowedError):
            act()
    discarded = services.discard_draft(draft=draft, by=owner)
    with pytest.raises(NotAllowedError):
        services.discard_draft(draft=discarded, by=person)
    assert not PolicyDraft.objects.visible_to(person).exists()  # type: ignore[attr-defined]


# Writing


def test_settings_are_changed_and_nothing_else(leader: User, admin: User) -> None:
    draft = begin(leader)
    changed = change(draft, admin, {CHURN: 45, LETTER: 3}, title="Milder", note="Holidays")
    assert changed_paths(draft.based_on.rules, changed.rules) == {CHURN, LETTER}
    assert (changed.title, changed.note, changed.version, changed.changed_by) == (
        "Milder",
        "Holidays",
        2,
        admin,
    )
    entries = history_of(changed)
    assert [(entry.kind, entry.person) for entry in entries] == [
        ("update", "Zhao Min"),
        ("insert", "Wang Wei"),
    ]


def test_sent_twice_it_is_one_change(leader: User) -> None:
    draft = begin(leader)
    first = change(draft, leader, {CHURN: 45})
    again = change(draft, leader, {CHURN: 45}, seen=1)
    assert (first.version, again.version) == (2, 2)
    assert change(draft, leader, {}, seen=1, title="Stricter").version == 2


def test_nobody_overwrites_unseen_what_somebody_else_changed(leader: User, admin: User) -> None:
    draft = begin(leader)
    change(draft, admin, {CHURN: 45, "base_currency": "USD"})
    with pytest.raises(ConflictError) as refused:
        change(draft, leader, {LETTER: 3}, seen=1)
    assert refused.value.code == "draft.changed"
    for told in ("Zhao Min", "Base currency: CNY → USD", "Churn: no new business for: 60 → 45"):
        assert told in str(refused.value)
    assert value(PolicyDraft.objects.get(), LETTER) == 1


def test_a_conflict_about_the_title_says_so(leader: User, admin: User) -> None:
    draft = begin(leader)
    change(draft, admin, {}, title="Other")
    with pytest.raises(ConflictError, match=r"Title: Stricter → Other\. Check it"):
        change(draft, leader, {LETTER: 3}, seen=1)
    change(draft, admin, {CHURN: 45}, seen=2, note="")
    with pytest.raises(ConflictError, match=r"Reason: Late payers → –; Churn: .*: 60 → 45\. Check it"):
        change(draft, leader, {LETTER: 3}, seen=2)
    with pytest.raises(ConflictError, match="title or reason"):
        change(draft, leader, {LETTER: 3}, seen=77)


def test_a_draft_is_always_sound(leader: User) -> None:
    draft = begin(leader)
    with pytest.raises(UnsoundPolicyError, match="Churn: no new business for: It must be 1 or more"):
        change(draft, leader, {CHURN: 0})
    assert change(draft, leader, {CHURN: 1}).version == 2
    assert code_of(lambda: change(draft, leader, {"warnings.churn": 1}, seen=2)) == "draft.unknown_setting"
    assert code_of(lambda: change(draft, leader, {}, seen=2, title=" ")) == "draft.title"


def test_what_is_discarded_stays_as_it_is(leader: User) -> None:
    draft = begin(leader, warnings__churn_after_days=45)
    assert services.discard_draft(draft=draft, by=leader).state == DraftState.DISCARDED
    assert services.discard_draft(draft=draft, by=leader).version == 3, "twice is once"
    assert code_of(lambda: change(draft, leader, {LETTER: 3}, seen=3)) == "draft.settled"
    assert code_of(lambda: publish(draft, leader)) == "draft.settled"
    assert (
        code_of(lambda: services.rebase_draft(draft=draft, onto=draft.based_on, by=leader)) == "draft.settled"
    )


def test_a_published_draft_is_not_discarded(leader: User) -> None:
    draft = begin(leader, warnings__churn_after_days=45)
    publish(draft, leader)
    assert code_of(lambda: services.discard_draft(draft=draft, by=leader)) == "draft.settled"


def test_the_database_holds_state_and_version_together(leader: User) -> None:
    draft = begin(leader)
    for wrong in ({"state": "published"}, {"title": ""}, {"published_as": newest_version()}):
        with pytest.raises(IntegrityError), transaction.atomic():
            PolicyDraft.objects.filter(pk=draft.pk).update(**wrong)


# Publishing


def test_a_draft_is_published_as_the_next_version(leader: User, admin: User) -> None:
    clerk = create_user(Role.FINANCE_CLERK)
    nobody = create_user()
    draft = begin(leader, warnings__churn_after_days=45)
    version = publish(draft, leader, effective_on=dt.date(2026, 7, 1), note="  sooner   warned ")
    assert (version.number, version.note, version.published_by) == (2, "sooner warned", leader)
    assert version.rules == PolicyDraft.objects.get().rules
    assert policy_version_on(dt.date(2026, 6, 30)).number == 1
    assert policy_version_on(dt.date(2026, 7, 1)) == version
    stored = PolicyDraft.objects.get()
    assert (stored.state, stored.published_as) == (DraftState.PUBLISHED, version)
    told = Notification.objects.filter(key="policy:published:2")
    assert {one.user for one in told} == {admin, clerk}
    assert nobody not in {one.user for one in told}
    assert told[0].title == "Version 2 of the policy was published, in force from 2026-07-01."
    assert told[0].url == "/policy/versions/2/"


def test_published_twice_is_once(leader: User) -> None:
    draft = begin(leader, warnings__churn_after_days=45)
    version = publish(draft, leader)
    assert publish(draft, leader) == version
    assert PolicyVersion.objects.count() == 2


def test_what_is_not_published(leader: User, admin: User) -> None:
    unchanged = begin(leader)
    assert code_of(lambda: publish(unchanged, leader)) == "draft.unchanged"
    draft = begin(leader, warnings__churn_after_days=45)
    assert code_of(lambda: publish(draft, leader, note=" ")) == "draft.note"
    assert (
        code_of(lambda: publish(draft, leader, effective_on=TODAY - dt.timedelta(days=1)))
        == "policy.in_the_past"
    )
    change(draft, admin, {LETTER: 3})
    assert code_of(lambda: publish(draft, leader)) == "draft.changed"
    assert PolicyVersion.objects.count() == 1
    assert publish(PolicyDraft.objects.get(pk=draft.pk), leader).number == 2


NEXT_YEAR = dt.date(2027, 1, 1)


def test_a_draft_does_not_put_a_version_to_come_in_force_early(leader: User) -> None:
    """Version 2, from 2027-01-01: churn 45. A draft based on it is not published for a day before; on the day it is."""
    publish_otherwise(leader, {CHURN: 45}, on=NEXT_YEAR)
    draft = begin(leader, dunning__stages__dunning_letter__from_day=3)
    for day in (TODAY, NEXT_YEAR - dt.timedelta(days=1)):
        with pytest.raises(BusinessError, match=r"version 1 is in force, .* based on version 2 .* 60 → 45\."):
            publish(draft, leader, effective_on=day)
    assert publish(draft, leader, effective_on=NEXT_YEAR).number == 3
    assert value(policy_version_on(NEXT_YEAR - dt.timedelta(days=1)), CHURN) == 60


def test_before_a_version_to_come_a_draft_of_the_rules_in_force_is_published(leader: User) -> None:
    first = newest_version()
    publish_otherwise(leader, {CHURN: 45}, on=NEXT_YEAR)
    draft = services.create_draft(title="Urgent", note="", by=leader, begin_from=first)
    version = publish(change(draft, leader, {LETTER: 3}), leader)
    assert changed_paths(first.rules, version.rules) == {LETTER}
    assert value(policy_version_on(NEXT_YEAR), CHURN) == 45


def test_a_draft_does_not_take_back_unseen_what_comes_in_force_by_then(leader: User) -> None:
    """Version 2, from 2027-01-01: churn 45. Version 3, from today: without that. A draft based on version 3 is
    published for a day before version 2 takes effect, not for a later one."""
    first = newest_version()
    publish_otherwise(leader, {CHURN: 45}, on=NEXT_YEAR)
    services.publish_policy(
        policy=first.policy, effective_on=TODAY, today=TODAY, by=leader, note="chains of today"
    )
    draft = begin(leader, dunning__stages__dunning_letter__from_day=3)
    assert code_of(lambda: publish(draft, leader, effective_on=NEXT_YEAR)) == "draft.unseen"
    assert publish(draft, leader, effective_on=NEXT_YEAR - dt.timedelta(days=1)).number == 4


# A version published beside it


def test_an_outdated_draft_is_refused_and_brought_up_to_date(leader: User) -> None:
    """The draft: letter from day 3, churn 45. Version 2 beside it: churn 50, USD, repayment 20. Together: the draft's
    letter and churn, version 2's currency and repayment."""
    draft = begin(leader, dunning__stages__dunning_letter__from_day=3, warnings__churn_after_days=45)
    newer = publish_otherwise(
        leader, {CHURN: 50, "base_currency": "USD", "warnings.repayment_worse_by_days": 20}
    )
    assert code_of(lambda: publish(draft, leader)) == "draft.outdated"
    shown = rebased(PolicyDraft.objects.get(), newer)
    assert [one.setting.path for part in shown.taken for one in part.differences] == [
        "base_currency",
        "warnings.repayment_worse_by_days",
    ]
    assert [(one.setting.path, one.old, one.new) for part in shown.kept for one in part.differences] == [
        (CHURN, "50", "45")
    ]
    fresh = services.rebase_draft(draft=draft, onto=newer, by=leader)
    assert (fresh.based_on, fresh.version) == (newer, 3)
    assert [
        value(fresh, path) for path in (LETTER, CHURN, "base_currency", "warnings.repayment_worse_by_days")
    ] == [*(3, 45, "USD", 20)]
    assert services.rebase_draft(draft=draft, onto=newer, by=leader).version == 3, "twice is once"
    assert publish(fresh, leader).number == 3


def test_a_draft_is_not_brought_onto_a_version_that_is_not_the_newest(leader: User) -> None:
    draft = begin(leader, warnings__churn_after_days=45)
    second = publish_otherwise(leader, {LETTER: 2})
    publish_otherwise(leader, {LETTER: 3})
    assert (
        code_of(lambda: services.rebase_draft(draft=draft, onto=second, by=leader)) == "draft.newer_version"
    )


def test_two_sound_policies_that_are_none_together(leader: User) -> None:
    """The draft sends letters from day 12 on, version 2 demands from day 10 on."""
    draft = begin(leader, dunning__stages__dunning_letter__from_day=12)
    newer = publish_otherwise(leader, {"dunning.stages.final_demand.from_day": 10})
    with pytest.raises(UnsoundPolicyError, match="Each stage must begin after the one before it"):
        services.rebase_draft(draft=draft, onto=newer, by=leader)
    changed = change(PolicyDraft.objects.get(), leader, {LETTER: 9})
    assert value(services.rebase_draft(draft=changed, onto=newer, by=leader), LETTER) == 9


# Two at once


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Do everything at the same time; return results and refusals in the order of `acts`."""
    barrier, results = Barrier(len(acts)), dict[int, object]()

    def run(place: int, act: Callable[[], object]) -> None:
        barrier.wait()
        try:
            results[place] = act()
        except BusinessError as refusal:
            results[place] = refusal
        finally:
            connection.close()

    threads = [Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [results[place] for place in range(len(acts))]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_two_editors_at_once_one_is_told() -> None:
    leader, admin = create_user(Role.GROUP_LEADER), create_user(Role.ADMINISTRATOR)
    for _round in range(5):
        draft = begin(leader)
        results = at_once(
            lambda draft=draft: change(draft, leader, {CHURN: 45}),  # type: ignore[misc]
            lambda draft=draft: change(draft, admin, {LETTER: 3}),  # type: ignore[misc]
        )
        refused = [one for one in results if isinstance(one, ConflictError)]
        assert [one.code for one in refused] == ["draft.changed"]
        stored = PolicyDraft.objects.get(pk=draft.pk)
        assert (stored.version, len(changed_paths(stored.based_on.rules, stored.rules))) == (2, 1)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_a_form_sent_twice_at_once_is_one_draft() -> None:
    leader = create_user(Role.GROUP_LEADER)
    for _round in range(5):
        key = uuid4()
        first, second = at_once(
            *[lambda key=key: services.create_draft(title="A", note="", by=leader, submission_key=key)] * 2  # type: ignore[misc]
        )
        assert first == second
    assert PolicyDraft.objects.count() == 5


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_published_at_once_one_draft_is_one_version_and_of_two_one_is_outdated() -> None:
    leader, admin = create_user(Role.GROUP_LEADER), create_user(Role.ADMINISTRATOR)
    one, other = begin(leader, warnings__churn_after_days=45), begin(admin, warnings__churn_after_days=50)
    results = at_once(*(lambda: publish(one, leader) for _ in range(3)), lambda: publish(other, admin))
    versions = {result for result in results if isinstance(result, PolicyVersion)}
    assert len(versions) == 1
    assert PolicyVersion.objects.count() == 2
    refused = [result for result in results if isinstance(result, ConflictError)]
    assert {refusal.code for refusal in refused} == {"draft.outdated"}
    assert PolicyDraft.objects.filter(state="published").count() == 1


# What differs


@pytest.mark.django_db
def test_differences_name_what_went_and_what_came(leader: User) -> None:
    old = newest_version().rules
    chain = setting_values(old)["approvals.annual"]
    conditional = {
        **chain[0],
        "name": "extra",
        "roles": ["deputy_leader"],
        "limit_days": None,
        "condition": {"from_amount": "500000", "currency": "CNY", "service_types": ["sales", "leasing"]},
    }
    by_type = {
        **conditional,
        "name": "by_type",
        "condition": {"from_amount": None, "currency": "CNY", "service_types": ["sales"]},
    }
    new = with_settings(
        old,
        {
            "aging_buckets": [0, 30, 90],
            "customer_file.qualification_reminder_days": [60, 14],
            "approvals.annual": [conditional, by_type, *chain[1:]],
            "grade_adjustment.upgrades_need_confirmation": False,
            "dunning.late_payment_daily_ratio": "0.0010",
            "dunning.minimum_amount": "1500",
            "dunning.forfeiture": "automatic",
        },
    )
    found = {one.setting.path: one for part in differences(old, new) for one in part.differences}
    assert set(found) == changed_paths(old, new) and len(found) == 7  # noqa: PT018
    buckets = found["aging_buckets"]
    assert buckets.removed == ("31–60", "61–90", "91–180", "181–365", "> 365")
    assert buckets.added == ("31–90", "> 90")
    assert (buckets.old.startswith("≤ 0, 1–30, 31–60"), buckets.new) == (True, "≤ 0, 1–30, 31–90, > 90")
    days = found["customer_file.qualification_reminder_days"]
    assert (days.removed, days.added) == (("30", "7"), ("14",))
    chains = found["approvals.annual"]
    assert chains.removed == ("Department manager (within 5 business days)",)
    assert chains.added == (
        "Deputy leader (Market department manager) (from CNY 500,000.00 a month on; Leasing / Sales)",
        "Deputy leader (Market department manager) (Sales)",
    )
    told = {path: (one.old, one.new) for path, one in found.items()}
    assert told["grade_adjustment.upgrades_need_confirmation"] == ("yes", "no")
    assert told["dunning.late_payment_daily_ratio"] == ("0.05 %", "0.1 %")
    assert told["dunning.minimum_amount"] == ("0.00", "1,500.00")
    assert told["dunning.forfeiture"] == ("when a person has confirmed it", "at once")


@pytest.mark.django_db
def test_the_same_number_written_otherwise_is_no_difference(leader: User) -> None:
    old = newest_version().rules
    assert differences(old, with_settings(old, {"grade_bands.B.limit_factor": "1.00"})) == []
    assert changed_paths(old, with_settings(old, {"grade_bands.B.limit_factor": "1.01"}))
    assert changed_paths(old, with_settings(old, {"grade_adjustment.upgrades_need_confirmation": 1}))
    assert changed_paths(old, with_settings(old, {"base_currency": "-"}))


@pytest.mark.django_db
def test_a_version_from_before_a_setting_is_compared_by_its_default(leader: User) -> None:
    """Contact rules came later: versions published before them have none in their data, and the defaults in force."""
    version = newest_version()
    old_data = {
        **version.data,
        "dunning": {k: v for k, v in version.data["dunning"].items() if k != "contacts"},
    }
    older = PolicyVersion.objects.create(number=2, effective_on=TODAY, data=old_data)
    assert differences(version.rules, older.rules) == []
    draft = services.create_draft(title="A", note="", by=leader)
    assert change(draft, leader, {"dunning.contacts.reached_days": 5}).version == 2
