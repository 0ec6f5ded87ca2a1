"""A draft policy replayed on the last quarters, against worlds that are counted by hand."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.dates import local_today
from creditrisk.exceptions import ConflictError, InvalidInputError, NotAllowedError
from creditrisk.jobs.services import alone
from creditrisk.notifications.models import Notification
from creditrisk.policy.default import DEFAULT_POLICY
from creditrisk.policy.models import PolicyDraft
from creditrisk.policy.schema import Policy, policy_from_data, policy_to_data
from creditrisk.policy.services import change_settings, create_draft, discard_draft
from creditrisk.policy.settings_tree import with_settings
from creditrisk.quarters import Quarter
from customers.models import Customer, WarningCase
from receivables.models import Report
from supervision import tasks
from supervision.models import PolicySimulation
from supervision.selectors import policy_simulation as selectors
from supervision.selectors.simulated_aging import simulated_aging
from supervision.selectors.simulated_dunning import simulated_dunning
from supervision.selectors.simulated_grades import simulated_grades
from supervision.selectors.simulated_limits import simulated_limits
from supervision.selectors.simulated_warnings import simulated_warnings
from supervision.services.policy_simulation import request_simulation, run_simulation
from supervision.simulated_parts import (
    ChangedCustomer,
    Question,
    Row,
    SimulatedPart,
    all_changes,
    part_from_data,
    past_quarters,
)
from supervision.simulation_words import summary_of, told_parts
from supervision.views import policy_simulation as views
from tests.factories.customers import create_active_customer
from tests.factories.people import create_user
from tests.factories.reports import Line, create_report
from tests.policy.test_drafts import at_once

ON = dt.date(2026, 10, 5)
JULY, AUGUST = dt.date(2026, 7, 31), dt.date(2026, 8, 31)
Q3 = Quarter(2026, 3)


def changed(**changes: Any) -> Policy:
    """Return the default policy with settings changed: __ for dots."""
    data = with_settings(
        policy_to_data(DEFAULT_POLICY), {path.replace("__", "."): value for path, value in changes.items()}
    )
    return policy_from_data(data)


def question(new: Policy, *, quarters: int = 1) -> Question:
    return Question(old=DEFAULT_POLICY, new=new, quarters=past_quarters(ON, quarters), on=ON)


# Quarters


@pytest.mark.parametrize(
    ("on", "count", "names"),
    [
        (dt.date(2026, 10, 1), 1, ["2026Q3"]),
        (dt.date(2026, 9, 30), 1, ["2026Q2"]),
        (dt.date(2026, 12, 31), 2, ["2026Q2", "2026Q3"]),
        (dt.date(2027, 1, 1), 4, ["2026Q1", "2026Q2", "2026Q3", "2026Q4"]),
        (dt.date(2026, 2, 28), 2, ["2025Q3", "2025Q4"]),
    ],
)
def test_the_last_quarters_are_those_that_ended(on: dt.date, count: int, names: list[str]) -> None:
    assert [str(quarter) for quarter in past_quarters(on, count)] == names


@pytest.mark.parametrize(
    ("on", "first", "last"),
    [
        (dt.date(2024, 4, 1), dt.date(2024, 1, 1), dt.date(2024, 3, 31)),
        (dt.date(2026, 7, 1), dt.date(2026, 4, 1), dt.date(2026, 6, 30)),
        (ON, Q3.first_on, Q3.last_on),
        (dt.date(2027, 1, 1), dt.date(2026, 10, 1), dt.date(2026, 12, 31)),
    ],
)
def test_the_days_of_a_quarter(on: dt.date, first: dt.date, last: dt.date) -> None:
    (quarter,) = past_quarters(on, 1)
    assert (quarter.first_on, quarter.last_on) == (first, last)


def test_a_part_is_read_as_it_was_stored() -> None:
    part = SimulatedPart(
        "dunning",
        (Row("2026-07-31", "reminder", "1", "2"),),
        1,
        (ChangedCustomer("C1", (), (("reminder", "1"),)),),
        ("dunning_replay",),
    )
    assert part_from_data(json.loads(json.dumps(part.as_data()))) == part


# Grades and warnings


@pytest.mark.django_db
def test_a_cap_at_20_days_instead_of_30() -> None:
    """A customer of grade B without a score whose item is 25 days past due at the end of September: by the policy in
    force he stays B, by the draft he is capped at C. Another pays in time and stays A by both."""
    late = create_active_customer(number="C-LATE", grade="B")
    good = create_active_customer(number="C-GOOD", grade="A")
    create_report(as_of=AUGUST, lines=[Line(good, dt.date(2026, 9, 10))])
    create_report(as_of=dt.date(2026, 9, 30), lines=[Line(late, dt.date(2026, 9, 5))])
    part = simulated_grades(question(changed(grade_adjustment__cap_at_c_after_days=20)))
    assert part.rows == (
        Row("2026Q3", "grade_changes", "0", "1"),
        Row("2026Q3", "grade_A", "1", "1"),
        Row("2026Q3", "grade_B", "1", "0"),
        Row("2026Q3", "grade_C", "0", "1"),
        Row("2026Q3", "grade_D", "0", "0"),
    )
    assert part.customers == (ChangedCustomer("C-LATE", (("2026Q3", "B"),), (("2026Q3", "C"),)),)
    assert (part.changed, part.notes) == (1, ("grades_replay",))


@pytest.mark.django_db
def test_each_quarter_of_a_customer_is_listed() -> None:
    """25 days past due at the end of June and again at the end of September: capped in both quarters."""
    late = create_active_customer(number="C-LATE", grade="B")
    create_report(as_of=dt.date(2026, 6, 30), lines=[Line(late, dt.date(2026, 6, 5))])
    create_report(as_of=dt.date(2026, 9, 30), lines=[Line(late, dt.date(2026, 9, 5))])
    part = simulated_grades(question(changed(grade_adjustment__cap_at_c_after_days=20), quarters=2))
    assert part.customers == (
        ChangedCustomer("C-LATE", (("2026Q2", "B"), ("2026Q3", "B")), (("2026Q2", "C"), ("2026Q3", "C"))),
    )
    assert part.changed == 1


def test_changes_of_several_times_are_put_together_by_customer() -> None:
    spring = {"B": ChangedCustomer("B", (("Q1", "A"),), (("Q1", "B"),))}
    summer = {
        "B": ChangedCustomer("B", (("Q2", "C"),), ()),
        "A": ChangedCustomer("A", (), (("Q2", "D"),)),
    }
    assert all_changes(spring, summer) == [
        ChangedCustomer("A", (), (("Q2", "D"),)),
        ChangedCustomer("B", (("Q1", "A"), ("Q2", "C")), (("Q1", "B"),)),
    ]


@pytest.mark.django_db
def test_quarters_without_a_report_are_left_out_of_the_grades() -> None:
    create_active_customer(grade="B")
    part = simulated_grades(question(changed(grade_adjustment__cap_at_c_after_days=20), quarters=2))
    assert (part.rows, part.notes) == ((), ("no_report",))


@pytest.mark.django_db
def test_churn_after_45_days_instead_of_60() -> None:
    """The last document is of 2026-08-11, 50 days before 30 September: only the draft warns. The other customer's is of
    2026-07-01, 91 days before: both do."""
    sooner = create_active_customer(number="C-SOONER", confirmed_on=dt.date(2026, 9, 1))
    both = create_active_customer(number="C-BOTH", confirmed_on=dt.date(2026, 9, 1))
    lines = [Line(sooner, dt.date(2026, 9, 10), document="S"), Line(both, dt.date(2026, 7, 31), document="B")]
    create_report(as_of=JULY, lines=lines[1:])
    create_report(as_of=AUGUST, lines=lines)
    create_report(as_of=dt.date(2026, 9, 30), lines=lines)
    part = simulated_warnings(question(changed(warnings__churn_after_days=45)))
    assert Row("2026-09-30", "churn", "1", "2") in part.rows
    assert part.customers == (ChangedCustomer("C-SOONER", (), (("churn", "2026-09-30"),)),)
    assert not WarningCase.objects.exists()


# Dunning


@pytest.mark.django_db
def test_letters_from_day_6_instead_of_day_1() -> None:
    """Due 2026-07-28: on July's report 3 days, on August's 34. In force: letter, then demand. From day 6: reminder,
    then letter. Due 2026-06-01: letter and demand by both."""
    late, old = create_active_customer(number="C-LATE"), create_active_customer(number="C-OLD")
    for as_of in (JULY, AUGUST):
        lines = [
            Line(late, dt.date(2026, 7, 28), document="A"),
            Line(old, dt.date(2026, 6, 1), document="B"),
        ]
        create_report(as_of=as_of, lines=lines)
    create_report(as_of=dt.date(2026, 6, 30), lines=[Line(late, dt.date(2026, 6, 25), document="before")])
    part = simulated_dunning(question(changed(dunning__stages__dunning_letter__from_day=6)))
    assert [(row.group, row.code, row.old, row.new) for row in part.rows] == [
        ("all_days", "reminder", "0", "1"),
        ("all_days", "dunning_letter", "2", "2"),
        ("all_days", "final_demand", "2", "1"),
        ("2026-07-31", "reminder", "0", "1"),
        ("2026-07-31", "dunning_letter", "2", "1"),
        ("2026-07-31", "final_demand", "0", "0"),
        ("2026-08-31", "reminder", "0", "0"),
        ("2026-08-31", "dunning_letter", "0", "1"),
        ("2026-08-31", "final_demand", "2", "1"),
    ]
    assert part.changed == 1
    assert part.customers == (
        ChangedCustomer(
            "C-LATE",
            (("dunning_letter", "1"), ("final_demand", "1")),
            (("reminder", "1"), ("dunning_letter", "1")),
        ),
    )
    assert summary_of(part) == "1 customer is treated otherwise"


@pytest.mark.django_db
def test_the_same_rules_are_not_replayed_and_without_a_report_nothing_is() -> None:
    assert simulated_dunning(question(changed(warnings__churn_after_days=45))).is_same
    part = simulated_dunning(question(changed(dunning__minimum_amount="100")))
    assert (part.rows, part.notes) == ((), ("no_report",))
    assert summary_of(part) == "nothing would have been otherwise"


# Aging


@pytest.mark.django_db
def test_other_buckets() -> None:
    """40 days: 100, 70 days: 200 less a credit of 50, not due: 30. Buckets 0, 30, 60, … against 0, 45, 60 …"""
    customer = create_active_customer()
    lines = [
        Line(customer, JULY - dt.timedelta(days=40), "100.00"),
        Line(customer, JULY - dt.timedelta(days=70), "200.00"),
        Line(customer, JULY - dt.timedelta(days=70), "-50.00"),
        Line(customer, JULY, "30.00"),
        Line(customer, JULY, "7.00", currency="USD"),
    ]
    create_report(as_of=JULY, lines=lines)
    part = simulated_aging(question(changed(aging_buckets=[0, 45, 60, 90, 180, 365])))
    assert [(row.code, row.old, row.new) for row in part.rows if row.group == "2026-07-31 CNY"] == [
        ("1–30", "0.00", ""),
        ("1–45", "", "100.00"),
        ("31–60", "100.00", ""),
        ("46–60", "", "0.00"),
    ]
    assert [row.group for row in part.rows if row.code == "1–45"] == ["2026-07-31 CNY", "2026-07-31 USD"]
    assert summary_of(part) == "8 figures differ"


@pytest.mark.django_db
def test_buckets_of_the_file_are_changed_by_no_policy() -> None:
    wanted = question(changed(aging_buckets=[0, 45]))
    assert simulated_aging(wanted).notes == ("no_report",)
    report = create_report(as_of=JULY, lines=[Line(create_active_customer(), JULY)])
    Report.objects.filter(pk=report.pk).update(
        own_buckets=[{"key": "not_due", "up_to_days": 0}, {"key": "late", "up_to_days": None}]
    )
    part = simulated_aging(wanted)
    assert (part.rows, part.notes) == ((), ("own_buckets",))
    assert simulated_aging(question(changed(warnings__churn_after_days=45))).is_same


# Limits


@pytest.mark.django_db
def test_other_factors_give_other_limits() -> None:
    """B pays 30 days: 12,000.00 × 12 months of business = 12,000 a month × 1 month × 1.0 = 12,000; by 0.8: 9,600, down
    to 9,000. C: 0.6 × 10,000 = 6,000 by both. D: 0. USD apart. Without a grade or business: none."""
    b = create_active_customer(number="C-B", grade="B", payment_term_days=30)
    c = create_active_customer(number="C-C", grade="C", payment_term_days=30)
    d = create_active_customer(number="C-D", grade="D", payment_term_days=30)
    usd = create_active_customer(number="C-USD", grade="B", payment_term_days=60, currency="USD")
    create_active_customer(number="C-IDLE", grade="A")
    other = create_active_customer(number="C-OTHER", grade="A")
    due_on = dt.date(2026, 9, 20)
    lines = [
        Line(b, due_on, "144000.00"),
        Line(c, due_on, "120000.00"),
        Line(d, due_on, "120000.00"),
        Line(usd, due_on, "60000.00", currency="USD"),
        Line(other, due_on, "9.00", currency="EUR"),
    ]
    create_report(as_of=dt.date(2026, 9, 30), lines=lines)
    part = simulated_limits(question(changed(grade_bands__B__limit_factor="0.8")))
    assert [(row.group, row.code, row.old, row.new) for row in part.rows] == [
        ("", "with_limit", "3", "3"),
        ("CNY", "limits_total", "18000.00", "15000.00"),
        ("USD", "limits_total", "10000.00", "8000.00"),
        ("", "on_hold", "0", "0"),
    ]
    assert part.changed == 2
    assert part.customers == (
        ChangedCustomer("C-B", (("CNY", "12000.00"),), (("CNY", "9000.00"),)),
        ChangedCustomer("C-USD", (("USD", "10000.00"),), (("USD", "8000.00"),)),
    )


@pytest.mark.django_db
@pytest.mark.parametrize(("days", "held"), [(14, "1"), (15, "0")])
def test_who_would_be_on_hold(days: int, held: str) -> None:
    """Due 15 days before the day: more than 14 days past due, not more than 15."""
    customer = create_active_customer(grade="B")
    create_report(as_of=dt.date(2026, 9, 30), lines=[Line(customer, ON - dt.timedelta(days=15))])
    part = simulated_limits(
        question(changed(credit_limit__hold_after_days_past_due=days, duplicates__shown=6))
    )
    if days == 15:
        assert part.is_same
    else:
        assert (part.rows[-1].old, part.rows[-1].new) == ("0", held)


@pytest.mark.django_db
def test_without_a_report_nobody_is_on_hold() -> None:
    part = simulated_limits(question(changed(credit_limit__hold_after_days_past_due=1)))
    assert [row.new for row in part.rows] == ["0", "0"]


# Asking and reckoning


@pytest.fixture
def admin(db: None) -> User:
    return create_user(Role.ADMINISTRATOR, name="Zhao Min")


@pytest.fixture
def draft(admin: User) -> PolicyDraft:
    begun = create_draft(title="Later letters", note="", by=admin)
    return change_settings(
        draft=begun, changes={"dunning.stages.dunning_letter.from_day": 6}, seen_version=1, by=admin
    )


def ask(draft: PolicyDraft, by: User, **more: Any) -> PolicySimulation:
    return request_simulation(**{"draft": draft, "quarters": 1, "today": ON, "by": by, **more})


def test_a_simulation_keeps_the_rules_it_was_asked_for(draft: PolicyDraft, admin: User) -> None:
    create_report(as_of=JULY, lines=[Line(create_active_customer(), dt.date(2026, 7, 28))])
    simulation = ask(draft, admin)
    assert (simulation.state, simulation.draft_version, simulation.compared_with.number) == ("queued", 2, 1)
    change_settings(
        draft=draft, changes={"dunning.stages.dunning_letter.from_day": 1}, seen_version=2, by=admin
    )
    done = run_simulation(simulation=simulation)
    parts = [part_from_data(part) for part in done.result]
    assert [part.code for part in parts] == ["grades", "dunning", "warnings", "aging", "limits"]
    assert parts[1].changed == 1
    assert (done.state, done.is_settled) == ("done", True)
    assert str(done) == "Later letters 2026-10-05"
    before = done.finished_at
    assert run_simulation(simulation=simulation).finished_at == before, "twice is once"


def test_a_form_sent_twice_is_one_simulation(draft: PolicyDraft, admin: User) -> None:
    key = uuid4()
    assert ask(draft, admin, submission_key=key) == ask(draft, admin, submission_key=key)
    assert PolicySimulation.objects.count() == 1


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_a_form_sent_twice_at_once_is_one_simulation() -> None:
    admin = create_user(Role.ADMINISTRATOR)
    draft = create_draft(title="A", note="", by=admin)
    for _round in range(5):
        key = uuid4()
        first, second = at_once(*[lambda key=key: ask(draft, admin, submission_key=key)] * 2)  # type: ignore[misc]
        assert first == second
    assert PolicySimulation.objects.count() == 5


@pytest.mark.parametrize("quarters", [0, 1, 4, 5])
def test_one_to_four_quarters(draft: PolicyDraft, admin: User, quarters: int) -> None:
    if 1 <= quarters <= 4:
        assert ask(draft, admin, quarters=quarters).quarters == quarters
        return
    with pytest.raises(InvalidInputError):
        ask(draft, admin, quarters=quarters)
    with pytest.raises(IntegrityError), transaction.atomic():
        PolicySimulation.objects.filter(pk=ask(draft, admin).pk).update(quarters=quarters)


@pytest.mark.parametrize("role", list(Role))
def test_who_simulates(draft: PolicyDraft, role: Role) -> None:
    person = create_user(role)
    if role in {Role.ADMINISTRATOR, Role.GROUP_LEADER}:
        simulation = ask(draft, person)
        assert list(PolicySimulation.objects.visible_to(person)) == [simulation]
        return
    with pytest.raises(NotAllowedError):
        ask(draft, person)
    assert not PolicySimulation.objects.visible_to(person).exists()  # type: ignore[attr-defined]


def test_a_settled_draft_is_not_simulated(draft: PolicyDraft, admin: User) -> None:
    with pytest.raises(ConflictError):
        ask(discard_draft(draft=draft, by=admin), admin)


def test_what_goes_wrong_is_recorded_and_raised(
    draft: PolicyDraft, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_question: Question) -> SimulatedPart:
        raise ZeroDivisionError("by hand")

    monkeypatch.setattr(selectors, "SIMULATED_PARTS", (broken,))
    simulation = ask(draft, admin)
    with pytest.raises(ZeroDivisionError):
        run_simulation(simulation=simulation, announce=True)
    simulation.refresh_from_db()
    assert (simulation.state, simulation.error) == ("failed", "ZeroDivisionError: by hand")
    assert Notification.objects.filter(user=admin).exists()
    text = page(admin, simulation)
    assert "ZeroDivisionError: by hand" in text


@pytest.mark.django_db(transaction=True)
def test_a_worker_reckons_tells_and_finds_what_was_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    admin = create_user(Role.ADMINISTRATOR)
    draft = create_draft(title="A", note="", by=admin)
    first, killed, fresh = (ask(draft, admin) for _ in range(3))
    tasks.simulate_policy(first.pk)
    first.refresh_from_db()
    assert first.state == "done"
    told = Notification.objects.get(user=admin)
    assert (told.title, told.url) == ("The simulation of “A” is finished.", first.get_absolute_url())
    two_minutes_ago = timezone.now() - dt.timedelta(minutes=2)
    PolicySimulation.objects.filter(pk=killed.pk).update(state="running", requested_at=two_minutes_ago)
    tasks.simulate_waiting_policies()
    states = dict(PolicySimulation.objects.values_list("pk", "state"))
    assert states == {first.pk: "done", killed.pk: "done", fresh.pk: "queued"}

    def busy(**_asked: Any) -> None:
        raise ConflictError("job.running", "busy")

    monkeypatch.setattr(tasks, "run_simulation", busy)
    tasks.simulate_policy(fresh.pk)
    fresh.refresh_from_db()
    assert fresh.state == "queued"


@pytest.mark.django_db(transaction=True)
def test_two_are_not_reckoned_at_once() -> None:
    """Another session holds the lock."""
    from threading import Thread

    from django.db import connection

    admin = create_user(Role.ADMINISTRATOR)
    simulation = ask(create_draft(title="A", note="", by=admin), admin)
    refused: list[BaseException] = []

    def other() -> None:
        try:
            run_simulation(simulation=simulation)
        except ConflictError as refusal:
            refused.append(refusal)
        finally:
            connection.close()

    with alone("policy_simulation"):
        thread = Thread(target=other)
        thread.start()
        thread.join()
    assert len(refused) == 1


# Words


def test_customers_are_named_to_who_sees_them(admin: User) -> None:
    customer = create_active_customer(number="C-1")
    part = SimulatedPart(
        "dunning",
        (Row("2026-07-31", "reminder", "1", "1"), Row("", "grade_x", "1.50", "")),
        3,
        (ChangedCustomer("C-1", (), (("reminder", "1"), ("CNY", "1234.50"))),),
        ("dunning_replay", "new_note"),
    )
    (leaders,) = told_parts([part], reader=create_user(Role.GROUP_LEADER))
    assert [(one.customer, one.old, one.new) for one in leaders.customers] == [
        (customer, "nothing", "Reminders 1, CNY 1,234.50")
    ]
    assert (leaders.hidden, leaders.title, leaders.notes[1]) == (2, "Dunning", "new_note")
    assert [
        (row.label, row.old, row.new, row.is_changed) for _group, rows in leaders.groups for row in rows
    ] == [
        ("Reminders", "1", "1", False),
        ("grade_x", "1.50", "–", True),
    ]
    (admins,) = told_parts([part], reader=admin)
    assert (admins.customers, admins.hidden) == ((), 3)


# Pages


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(user: User, simulation: PolicySimulation) -> str:
    return logged_in(user).get(simulation.get_absolute_url()).content.decode()


def posted(draft: PolicyDraft, client: Client, **more: Any) -> Any:
    data = {"quarters": "2", "submission_key": str(uuid4()), **more}
    return client.post(reverse("supervision:simulation_create", args=[draft.pk]), data)


def last_quarters_report(customer: Customer) -> Report:
    """Return a report of the last quarter before today with an item 3 days past due."""
    today = local_today()
    last = dt.date(today.year, (today.month - 1) // 3 * 3 + 1, 1) - dt.timedelta(days=1)
    return create_report(as_of=last, lines=[Line(customer, last - dt.timedelta(days=3), document="A")])


def test_a_small_company_is_simulated_at_once_and_told_on_both_pages(draft: PolicyDraft, admin: User) -> None:
    customer = create_active_customer(number="C-1")
    last_quarters_report(customer)
    client = logged_in(admin)
    answer = posted(draft, client)
    simulation = PolicySimulation.objects.get()
    assert (answer.status_code, answer.url, simulation.state) == (302, simulation.get_absolute_url(), "done")
    text = client.get(answer.url).content.decode()
    assert "1 customer is not named here" in text
    assert "C-1" in page(create_user(Role.GROUP_LEADER), simulation)
    for name in ("policy:draft", "policy:draft_publish"):
        card = client.get(reverse(name, args=[draft.pk])).content.decode()
        assert "1 customer is treated otherwise" in card, name
    change_settings(draft=draft, changes={"warnings.churn_after_days": 45}, seen_version=2, by=admin)
    assert "simulate it again" in client.get(draft.get_absolute_url()).content.decode()
    assert "simulate it again" in client.get(answer.url).content.decode()
    discard_draft(draft=draft, by=admin)
    assert "simulation_create" not in client.get(draft.get_absolute_url()).content.decode()


def test_the_same_form_again_shows_the_same_simulation(draft: PolicyDraft, admin: User) -> None:
    client, key = logged_in(admin), str(uuid4())
    first = posted(draft, client, submission_key=key)
    assert posted(draft, client, submission_key=key).url == first.url
    assert posted(draft, client, quarters="9").status_code == 400
    assert posted(draft, client, surprise="1").status_code == 400


def test_a_large_company_is_left_to_a_worker(
    draft: PolicyDraft, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    last_quarters_report(create_active_customer())
    monkeypatch.setattr(views, "AT_ONCE_LINES", 0)
    asked: list[int] = []
    monkeypatch.setattr(views.simulate_policy, "delay", asked.append)
    client = logged_in(admin)
    answer = posted(draft, client)
    simulation = PolicySimulation.objects.get()
    assert asked == [simulation.pk]
    progress = reverse("supervision:simulation_progress", args=[simulation.pk])
    assert progress in client.get(answer.url).content.decode()
    assert "waits for its turn" in client.get(progress).content.decode()
    PolicySimulation.objects.update(state="running")
    assert "being reckoned" in client.get(progress).content.decode()
    run_simulation(simulation=simulation)
    assert client.get(progress).headers["HX-Refresh"] == "true"


@pytest.mark.parametrize("error", [BrokerError("down"), ConflictError("job.running", "busy")])
def test_a_broker_that_is_down_or_another_simulation_loses_nothing(
    draft: PolicyDraft, admin: User, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def refuse(**_asked: Any) -> None:
        raise error

    monkeypatch.setattr(views, "run_simulation", refuse)
    assert posted(draft, logged_in(admin)).status_code == 302
    assert PolicySimulation.objects.get().state == "queued"


@pytest.mark.parametrize("role", list(Role))
def test_who_sees_simulations(draft: PolicyDraft, admin: User, role: Role) -> None:
    simulation = ask(draft, admin)
    client = logged_in(create_user(role))
    expected = 200 if role in {Role.ADMINISTRATOR, Role.GROUP_LEADER} else 404
    for name in ("supervision:simulation", "supervision:simulation_progress"):
        assert client.get(reverse(name, args=[simulation.pk])).status_code == expected
    assert posted(draft, client).status_code == (302 if expected == 200 else 404)


def test_the_card_asks_the_same_few_questions_however_many_simulations(
    draft: PolicyDraft, admin: User, django_assert_max_num_queries: Any
) -> None:
    client = logged_in(admin)
    counts = []
    for more in (1, 5):
        for _ in range(more):
            run_simulation(simulation=ask(draft, admin))
        with django_assert_max_num_queries(40) as asked:
            client.get(draft.get_absolute_url())
        counts.append(len(asked))
    assert counts[0] == counts[1]


# The command


def test_the_command_tells_and_keeps_nothing(draft: PolicyDraft, capsys: pytest.CaptureFixture[str]) -> None:
    last_quarters_report(create_active_customer(number="C-1"))
    call_command("simulate_policy", "--draft", str(draft.pk), "--quarters", "1", "--json")
    told = json.loads(capsys.readouterr().out)
    (name,) = (str(quarter) for quarter in past_quarters(local_today(), 1))
    assert (told["draft"], told["draft_version"], told["compared_with"], told["quarters"]) == (
        draft.pk,
        2,
        1,
        [name],
    )
    parts = {part["code"]: part for part in told["parts"]}
    assert parts["dunning"]["changed"] == 1
    call_command("simulate_policy", "--draft", str(draft.pk))
    lines = capsys.readouterr().out.splitlines()
    assert "Dunning: 1 customer is treated otherwise" in lines
    assert any(line.endswith("Reminders: 0 → 1") for line in lines)
    assert not PolicySimulation.objects.exists()
    with pytest.raises(CommandError) as refused:
        call_command("simulate_policy", "--draft", "77")
    assert refused.value.returncode == 2


def test_parts_agree_with_the_rules_in_force() -> None:
    """A policy compared with itself is the same in every part."""
    same = Question(DEFAULT_POLICY, replace(DEFAULT_POLICY), past_quarters(ON, 2), ON)
    assert [part.is_same for part in selectors.simulated(same)] == [True] * len(selectors.SIMULATED_PARTS)
