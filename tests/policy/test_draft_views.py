"""The pages of versions and drafts."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.dates import local_today
from creditrisk.policy import services
from creditrisk.policy.forms import SettingsForm, field_name
from creditrisk.policy.models import PolicyDraft, PolicyVersion
from creditrisk.policy.settings_catalogue import SETTINGS, is_edited
from creditrisk.policy.settings_tree import setting_values
from tests.factories.people import create_user
from tests.policy.test_drafts import CHURN, LETTER, begin, change, publish_otherwise, value

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> User:
    return create_user(Role.ADMINISTRATOR, name="Zhao Min")


@pytest.fixture
def client(admin: User) -> Client:
    return logged_in(admin)


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def form_data(draft: PolicyDraft, **changes: Any) -> dict[str, Any]:
    """Return what the editor posts; `changes` by path with __ for dots, or title, note, seen_version."""
    form = SettingsForm(
        rules=draft.rules,
        initial={"title": draft.title, "note": draft.note, "seen_version": draft.version},
    )
    posted = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    return {name: value for name, value in {**posted, **changes}.items() if value is not False}


def edit(client: Client, draft: PolicyDraft, **changes: Any) -> Any:
    return client.post(reverse("policy:draft_edit", args=[draft.pk]), form_data(draft, **changes))


# The editor


def test_the_editor_has_a_field_for_every_setting_but_the_chains(client: Client, admin: User) -> None:
    draft = begin(admin)
    page = client.get(reverse("policy:draft_edit", args=[draft.pk])).content.decode()
    for path, setting in SETTINGS.items():
        assert (f'name="{field_name(path)}"' in page) is is_edited(setting), path
    assert 'value="0.05"' in page, "the daily rate in percent"
    assert reverse("reviews:chains") in page


def test_saving_without_a_change_changes_nothing(client: Client, admin: User) -> None:
    draft = begin(admin)
    assert edit(client, draft).status_code == 302
    assert PolicyDraft.objects.get().version == 1


def test_every_kind_of_field_is_stored_as_the_schema_has_it(client: Client, admin: User) -> None:
    draft = begin(admin)
    answer = edit(
        client,
        draft,
        aging_buckets="0, 30，60、 90",
        usual_payment_terms_days="30,45",
        base_currency="usd",
        dunning__late_payment_daily_ratio="0.1",
        dunning__minimum_amount="250.50",
        dunning__forfeiture="automatic",
        grade_adjustment__upgrades_need_confirmation=False,
        grade_bands__C__limit_factor="0.55",
        warnings__churn_after_days="45",
        title="Many changes",
    )
    assert answer.status_code == 302, answer.context["form"].errors
    stored = PolicyDraft.objects.get()
    assert stored.title == "Many changes"
    for path, expected in {
        "aging_buckets": [0, 30, 60, 90],
        "usual_payment_terms_days": [30, 45],
        "base_currency": "USD",
        "dunning.late_payment_daily_ratio": "0.001",
        "dunning.minimum_amount": "250.50",
        "dunning.forfeiture": "automatic",
        "grade_adjustment.upgrades_need_confirmation": False,
        "grade_bands.C.limit_factor": "0.55",
        "warnings.churn_after_days": 45,
    }.items():
        assert value(stored, path) == expected


@pytest.mark.parametrize(
    ("changes", "field", "text"),
    [
        ({"warnings__churn_after_days": "0"}, "warnings__churn_after_days", "1 or more"),
        (
            {"criteria__responsiveness__points__D": "15"},
            "criteria__responsiveness__points__D",
            "must fall from A to D",
        ),
        (
            {"criteria__responsiveness__points__A": "30"},
            "criteria__responsiveness__points__A",
            "add up to 100 points, not 105",
        ),
        ({"aging_buckets": "0, x"}, "aging_buckets", "Enter whole numbers"),
        ({"aging_buckets": "0, 99999"}, "aging_buckets", "must not be above"),
        ({"aging_buckets": "0, 60, 30"}, "aging_buckets", "The days must rise"),
        ({"warnings__churn_after_days": "99999"}, "warnings__churn_after_days", "less than or equal to 9999"),
        (
            {"dunning__late_payment_cap_ratio": "101"},
            "dunning__late_payment_cap_ratio",
            "between 0 and 100 %",
        ),
        ({"base_currency": "x1"}, "base_currency", "three capital letters"),
        ({"grade_bands__D__from_score": "10"}, "grade_bands__D__from_score", "D begins at 0"),
        ({"surprise": "1"}, "__all__", "fields that it does not have: surprise"),
        ({"approvals__annual": "[]"}, "__all__", "fields that it does not have"),
        ({"title": ""}, "title", "required"),
    ],
)
def test_what_is_wrong_is_told_at_its_field(
    client: Client, admin: User, changes: dict[str, str], field: str, text: str
) -> None:
    draft = begin(admin)
    answer = edit(client, draft, **changes)
    assert answer.status_code == 400
    errors = answer.context["form"].errors
    assert list(errors) == [field]
    assert text in str(errors[field])
    assert PolicyDraft.objects.get().version == 1


def test_a_fault_of_settings_that_nobody_touched_is_told_at_the_first(admin: User) -> None:
    """As after a merge: what the person changed is not what the fault is about."""
    from creditrisk.policy.faults import Fault

    draft = begin(admin)
    form = SettingsForm(form_data(draft, warnings__churn_after_days="45"), rules=draft.rules)
    assert form.is_valid()
    form.add_faults(
        [Fault("apart", ("duplicates.shown", "base_currency")), Fault("whole", ("approvals.annual",))]
    )
    assert form.errors["duplicates__shown"] == ["apart"]
    assert "base_currency" not in form.errors
    assert form.non_field_errors() == ["Chain of the annual review: whole"]


def test_what_somebody_else_changed_is_told_and_kept_and_ones_own_is_not_lost(
    client: Client, admin: User
) -> None:
    draft = begin(admin)
    leader = create_user(Role.GROUP_LEADER, name="Wang Wei")
    change(draft, leader, {CHURN: 45})
    answer = edit(
        client, draft, dunning__stages__dunning_letter__from_day="3", dunning__late_payment_cap_ratio="25"
    )
    assert answer.status_code == 409
    text = answer.content.decode()
    assert "Wang Wei" in text
    assert "60 → 45" in text
    form = answer.context["form"]
    assert form["warnings__churn_after_days"].value() == 45
    assert form["dunning__stages__dunning_letter__from_day"].value() == 3
    assert form["dunning__late_payment_cap_ratio"].value() == "25"
    assert (form["title"].value(), form["note"].value()) == ("Stricter", "Late payers")
    again = {name: form[name].value() for name in form.fields}
    assert client.post(reverse("policy:draft_edit", args=[draft.pk]), again).status_code == 302
    stored = PolicyDraft.objects.get()
    assert (value(stored, CHURN), value(stored, LETTER), stored.version) == (45, 3, 3)


def test_of_title_and_reason_the_stored_ones_are_shown_unless_typed_anew(client: Client, admin: User) -> None:
    """Somebody else changed both meanwhile; the person has typed another reason only."""
    draft = begin(admin)
    change(draft, create_user(Role.GROUP_LEADER), {}, title="Milder", note="Holidays")
    answer = edit(
        client, draft, note="Late payers in the south", dunning__stages__dunning_letter__from_day="3"
    )
    assert answer.status_code == 409
    form = answer.context["form"]
    assert (form["title"].value(), form["note"].value()) == ("Milder", "Late payers in the south")
    for told in ("Title: Stricter → Milder", "Reason: Late payers → Holidays"):
        assert told in answer.content.decode()


@pytest.mark.parametrize("seen", ["77", "x"])
def test_a_forged_version_is_refused(client: Client, admin: User, seen: str) -> None:
    draft = begin(admin)
    answer = edit(client, draft, seen_version=seen, warnings__churn_after_days="45")
    assert answer.status_code == (409 if seen == "77" else 400)
    assert value(PolicyDraft.objects.get(), CHURN) == 60


def test_a_settled_draft_is_not_edited(client: Client, admin: User) -> None:
    draft = services.discard_draft(draft=begin(admin), by=admin)
    assert client.get(reverse("policy:draft_edit", args=[draft.pk])).status_code == 409


def test_a_draft_settled_between_look_and_save_is_refused(
    client: Client, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = begin(admin)

    def settled_now(**asked: Any) -> None:
        monkeypatch.undo()
        services.discard_draft(draft=draft, by=admin)
        services.change_settings(**asked)

    monkeypatch.setattr(services, "change_settings", settled_now)
    answer = edit(client, draft, warnings__churn_after_days="45")
    assert answer.status_code == 409
    assert "it stays as it is" in answer.content.decode()


# Beginning, discarding, bringing up to date, publishing


def test_a_draft_is_begun_once(client: Client) -> None:
    posted = {"title": "A", "note": "why", "begin_from": "", "submission_key": str(uuid4())}
    first = client.post(reverse("policy:draft_create"), posted)
    assert (first.status_code, client.post(reverse("policy:draft_create"), posted).url) == (302, first.url)  # type: ignore[attr-defined]
    assert PolicyDraft.objects.get().note == "why"
    refused = client.post(
        reverse("policy:draft_create"), posted | {"title": "", "submission_key": str(uuid4())}
    )
    assert refused.status_code == 400
    page = client.get(reverse("policy:draft_create")).content.decode()
    assert "Version 1, from 2000-01-01" in page


def test_a_title_of_blanks_is_told_at_its_field(client: Client) -> None:
    posted = {"title": "\u2003x", "note": "", "begin_from": "", "submission_key": str(uuid4())}
    assert client.post(reverse("policy:draft_create"), posted).status_code == 302
    zero = client.post(
        reverse("policy:draft_create"), posted | {"title": "\u2003", "submission_key": str(uuid4())}
    )
    assert zero.status_code == 400


def test_an_earlier_version_is_chosen_by_its_note(client: Client, admin: User) -> None:
    publish_otherwise(admin, {CHURN: 45}, on=local_today())
    first = PolicyVersion.objects.get(number=1)
    assert "Version 2, from" in client.get(reverse("policy:draft_create")).content.decode()
    posted = {"title": "Back", "note": "", "begin_from": str(first.pk), "submission_key": str(uuid4())}
    client.post(reverse("policy:draft_create"), posted)
    assert value(PolicyDraft.objects.get(), CHURN) == 60


def test_discarded_by_a_click(client: Client, admin: User) -> None:
    draft = begin(admin)
    assert client.post(reverse("policy:draft_discard", args=[draft.pk])).url == reverse("policy:drafts")  # type: ignore[attr-defined]
    text = client.get(reverse("policy:drafts")).content.decode()
    assert "state-discarded" in text


def test_the_way_out_for_an_outdated_draft(client: Client, admin: User) -> None:
    draft = begin(admin, warnings__churn_after_days=45)
    newer = publish_otherwise(admin, {"base_currency": "USD", CHURN: 50})
    page = client.get(draft.get_absolute_url()).content.decode()
    rebase = reverse("policy:draft_rebase", args=[draft.pk])
    assert rebase in page
    assert client.get(reverse("policy:draft_publish", args=[draft.pk])).status_code == 409
    shown = client.get(rebase).content.decode()
    for part in ("USD", "50", "45", "Base the draft on version 2"):
        assert part in shown
    assert client.post(rebase, {"onto": newer.number}).status_code == 302
    assert PolicyDraft.objects.get().based_on == newer
    assert client.post(rebase, {"onto": newer.number}).status_code == 302, "twice is once"
    assert client.post(rebase, {"onto": 77}).status_code == 404
    assert client.post(rebase, {"onto": "x"}).status_code == 400


def test_two_policies_that_are_none_together_are_told(client: Client, admin: User) -> None:
    draft = begin(admin, dunning__stages__dunning_letter__from_day=12)
    newer = publish_otherwise(admin, {"dunning.stages.final_demand.from_day": 10})
    answer = client.post(reverse("policy:draft_rebase", args=[draft.pk]), {"onto": newer.number})
    assert answer.status_code == 400
    assert "Each stage must begin after the one before it" in answer.content.decode()


def test_published_from_the_page(client: Client, admin: User) -> None:
    later = local_today() + dt.timedelta(days=100)
    publish_otherwise(admin, {LETTER: 2}, on=later)
    draft = begin(admin, warnings__churn_after_days=45)
    address = reverse("policy:draft_publish", args=[draft.pk])
    page = client.get(address).content.decode()
    assert "Churn: no new business for" in page
    assert "Version 2 takes effect on" in page
    assert f'value="{later.isoformat()}"' in page, "not before what it is based on"
    posted = {
        "effective_on": later.isoformat(),
        "note": "Warned sooner",
        "seen_version": draft.version,
    }
    yesterday = (local_today() - dt.timedelta(days=1)).isoformat()
    past = client.post(address, posted | {"effective_on": yesterday})
    assert past.status_code == 400
    assert '<a href="#id_effective_on"' in past.content.decode()
    assert "cannot take effect in the past" in past.content.decode()
    early = client.post(address, posted | {"effective_on": local_today().isoformat()})
    assert early.status_code == 400
    assert '<a href="#id_effective_on"' in early.content.decode()
    assert "version 1 is in force" in early.content.decode()
    assert client.post(address, posted | {"note": ""}).status_code == 400
    assert client.post(address, posted | {"seen_version": 1}).status_code == 409
    assert client.post(address, posted | {"surprise": 1}).status_code == 400
    answer = client.post(address, posted)
    assert answer.url == "/policy/versions/3/"  # type: ignore[attr-defined]
    assert client.post(address, posted).url == answer.url, "twice is once"  # type: ignore[attr-defined]
    assert client.get(address).status_code == 409
    page = client.get(draft.get_absolute_url()).content.decode()
    assert "Published as version 3" in page
    assert "Warned sooner" in client.get(reverse("policy:versions")).content.decode()


def test_a_draft_against_the_version_in_force(client: Client, admin: User) -> None:
    """Based on version 2, which takes effect next month: against the version in force both changes show."""
    publish_otherwise(admin, {"base_currency": "USD"}, on=local_today() + dt.timedelta(days=30))
    draft = begin(admin, warnings__churn_after_days=45)
    page = client.get(draft.get_absolute_url())
    assert [one.setting.path for part in page.context["sections"] for one in part.differences] == [CHURN]
    assert [one.setting.path for part in page.context["sections_in_force"] for one in part.differences] == [
        "base_currency",
        CHURN,
    ]
    assert "Against version 1, which is in force" in page.content.decode()


def test_a_draft_read_in_words(client: Client, admin: User) -> None:
    draft = begin(admin, warnings__churn_after_days=45)
    text = client.get(reverse("policy:draft_rules", args=[draft.pk])).content.decode()
    assert "no new business for 45 days" in text
    assert "nobody is bound by it" in text


def test_who_sees_drafts() -> None:
    draft = begin(create_user(Role.GROUP_LEADER))
    for role in Role:
        client = logged_in(create_user(role))
        may = role in {Role.ADMINISTRATOR, Role.GROUP_LEADER}
        assert client.get(reverse("policy:drafts")).status_code == (200 if may else 403)
        assert client.get(draft.get_absolute_url()).status_code == (200 if may else 404)
        assert (reverse("policy:drafts") in client.get(reverse("policy:current")).content.decode()) is may


# Versions


def test_everybody_reads_the_versions_and_what_differs(admin: User) -> None:
    publish_otherwise(admin, {CHURN: 45})
    client = logged_in(create_user(Role.SERVICE_MANAGER))
    page = client.get(reverse("policy:versions")).content.decode()
    assert "Zhao Min" in page
    assert "beside" in page
    chosen = client.get(reverse("policy:versions"), {"old": "1", "new": "2"})
    assert chosen.url == reverse("policy:compare", args=[1, 2])  # type: ignore[attr-defined]
    text = client.get(chosen.url).content.decode()  # type: ignore[attr-defined]
    assert "Churn: no new business for" in text
    assert "<del>60</del>" in text
    assert "<ins>45</ins>" in text
    assert "Nothing differs" in client.get(reverse("policy:compare", args=[2, 2])).content.decode()
    assert client.get(reverse("policy:compare", args=[1, 3])).status_code == 404
    assert client.get(reverse("policy:versions"), {"old": "x"}).status_code == 200


def test_lists_ask_the_same_few_questions_however_long(
    client: Client, admin: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    counts = {}
    for rounds in (1, 6):
        for number in range(rounds):
            draft = begin(admin, warnings__churn_after_days=41 + number + rounds)
            services.publish_draft(
                draft=draft,
                effective_on=local_today(),
                note="x",
                seen_version=draft.version,
                today=local_today(),
                by=admin,
            )
        for name in ("policy:versions", "policy:drafts"):
            with django_assert_max_num_queries(30) as asked:
                client.get(reverse(name))
            counts.setdefault(name, []).append(len(asked))
    assert all(before == after for before, after in counts.values()), counts


def test_setting_values_of_a_form_are_those_of_the_draft(admin: User) -> None:
    """What the editor shows and posts back untouched is no change, for every setting."""
    draft = begin(admin)
    form = SettingsForm(form_data(draft), rules=draft.rules)
    assert form.is_valid(), form.errors
    assert form.changes() == {}
    assert set(form.rules) == set(setting_values(draft.rules))
