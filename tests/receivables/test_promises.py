"""Promises to pay on PostgreSQL: recorded by the managers, judged by the reports, and what dunning makes of them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.exceptions import BusinessError
from creditrisk.notifications.models import Notification
from creditrisk.policy.default import DEFAULT_POLICY
from customers.models import Customer
from receivables.models import FileKind, Promise, PromiseInstalment, Report, ReportState
from receivables.promises import Instalment
from receivables.selectors.promises import promisable_items, promise_list
from receivables.services import promises
from receivables.services.dunning import run_dunning
from receivables.services.promises import judge_promises, make_promise, withdraw_promise
from tests.factories.customers import create_active_customer
from tests.factories.people import Team, create_team
from tests.factories.reports import Line, create_report

pytestmark = pytest.mark.django_db
DUE = dt.date(2026, 3, 1)
MADE_ON = dt.date(2026, 3, 5)
FIRST, SECOND = dt.date(2026, 3, 20), dt.date(2026, 4, 20)


@pytest.fixture
def team() -> Team:
    return create_team()


@pytest.fixture
def customer(team: Team) -> Customer:
    return create_active_customer(
        account_manager=team.account_manager,
        service_manager=team.service_manager,
        finance_email="f@customer.example",
    )


@pytest.fixture
def report(customer: Customer) -> Report:
    """100.00 of A and 50.00 of B are open in CNY, 30.00 of U in USD, and a credit note."""
    return reported(customer, dt.date(2026, 2, 28))


def reported(customer: Customer, as_of: dt.date, *, a: str = "100.00", b: str = "50.00") -> Report:
    lines = [
        Line(customer, DUE, a, document="A"),
        Line(customer, DUE, b, document="B"),
        Line(customer, DUE, "30.00", document="U", currency="USD"),
        Line(customer, DUE, "-5.00", document="CN"),
    ]
    return create_report(as_of=as_of, lines=[line for line in lines if line.amount != "0.00"])


def promised(customer: Customer, by: User, **changes: Any) -> Promise:
    arguments: dict[str, Any] = {
        "currency": "CNY",
        "items": [("A", DUE), ("B", DUE)],
        "instalments": [Instalment(FIRST, Decimal("100.00")), Instalment(SECOND, Decimal("50.00"))],
        "made_on": MADE_ON,
        "by": by,
    }
    return make_promise(customer=customer, **(arguments | changes))


def refused(act: Any) -> str:
    with pytest.raises(BusinessError) as refusal, transaction.atomic():
        act()
    assert str(refusal.value)
    return refusal.value.code


def judge(report: Report) -> list[tuple[str, str]]:
    """Let a report decide; return number and state of what it decided."""
    return [(one.number, one.state) for one in judge_promises(report=report, policy=DEFAULT_POLICY)]


# Recording ------------------------------------------------------------------------------------------------------------


def test_a_promise_keeps_its_items_and_instalments(team: Team, customer: Customer, report: Report) -> None:
    promise = promised(customer, team.service_manager, promised_by=" Wang ", note=" two parts ")
    assert (promise.number, promise.amount, promise.last_due_on, promise.state) == (
        "PP-2026-000001",
        Decimal("150.00"),
        SECOND,
        "open",
    )
    assert (promise.promised_by, promise.note) == ("Wang", "two parts")
    assert list(promise.items.values_list("document", "open_amount")) == [
        ("A", Decimal("100.00")),
        ("B", Decimal("50.00")),
    ]
    assert [one.amount for one in promise.instalments.all()] == [Decimal("100.00"), Decimal("50.00")]
    assert [item.document for item in promisable_items(customer, report=report) if item.is_promised] == [
        "A",
        "B",
    ]


def parts(*instalments: tuple[dt.date, str]) -> dict[str, Any]:
    return {"instalments": [Instalment(day, Decimal(amount)) for day, amount in instalments]}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"items": []}, "promise.items"),
        ({"items": [(f"X{number}", DUE) for number in range(501)]}, "promise.items"),
        ({"items": [("NONE", DUE)]}, "promise.item"),
        ({"items": [("A", DUE - dt.timedelta(days=1))]}, "promise.item"),
        ({"items": [("U", DUE)]}, "promise.item"),
        ({"items": [("CN", DUE)]}, "promise.item"),
        (parts(), "promise.instalments"),
        (parts(*((FIRST + dt.timedelta(days=n), "1.00") for n in range(61))), "promise.instalments"),
        (parts((MADE_ON - dt.timedelta(days=1), "1.00")), "promise.date"),
        (parts((FIRST, "1.00"), (FIRST, "2.00")), "promise.date"),
        (parts((FIRST, "0.00")), "promise.amount"),
        (parts((FIRST, "-1.00"), (SECOND, "5.00")), "promise.amount"),
        (parts((FIRST, "150.01")), "promise.amount"),
    ],
)
def test_what_is_no_promise(
    team: Team, customer: Customer, report: Report, changes: dict[str, Any], code: str
) -> None:
    assert refused(lambda: promised(customer, team.service_manager, **changes)) == code
    assert not Promise.objects.exists()


@pytest.mark.parametrize("changes", [parts((MADE_ON, "0.01")), parts((FIRST, "150.00"))])
def test_a_cent_on_the_same_day_or_all_of_it(
    team: Team, customer: Customer, report: Report, changes: dict[str, Any]
) -> None:
    assert promised(customer, team.account_manager, **changes).pk


def test_without_a_report_nothing_is_open(team: Team, customer: Customer) -> None:
    assert refused(lambda: promised(customer, team.service_manager)) == "promise.item"


def test_an_item_is_under_one_promise(team: Team, customer: Customer, report: Report) -> None:
    only_a = {"items": [("A", DUE)], **parts((FIRST, "100.00"))}
    first = promised(customer, team.service_manager, **only_a)
    assert refused(lambda: promised(customer, team.service_manager)) == "promise.item"
    withdraw_promise(promise=first, reason="mistake", on=MADE_ON, by=team.service_manager)
    assert promised(customer, team.service_manager).pk


def test_a_form_sent_twice_is_one_promise(team: Team, customer: Customer, report: Report) -> None:
    key = uuid4()
    first = promised(customer, team.service_manager, submission_key=key)
    assert promised(customer, team.service_manager, submission_key=key) == first


@pytest.mark.parametrize("role", list(Role))
def test_the_two_managers_record_and_withdraw(
    team: Team, customer: Customer, report: Report, role: Role
) -> None:
    person = team.holder(role)
    if role in {Role.ACCOUNT_MANAGER, Role.SERVICE_MANAGER}:
        promise = promised(customer, person)
        assert withdraw_promise(promise=promise, reason="r", on=MADE_ON, by=person).state == "withdrawn"
        return
    assert refused(lambda: promised(customer, person)) == "promise.not_allowed"
    promise = promised(customer, team.service_manager)
    withdraw: dict[str, Any] = {"promise": promise, "reason": "r", "on": MADE_ON, "by": person}
    assert refused(lambda: withdraw_promise(**withdraw)) == "promise.not_allowed"


def test_withdrawing(team: Team, customer: Customer, report: Report) -> None:
    promise = promised(customer, team.service_manager)
    withdraw: dict[str, Any] = {"promise": promise, "on": MADE_ON, "by": team.service_manager}
    assert refused(lambda: withdraw_promise(reason=" ", **withdraw)) == "promise.reason_missing"
    done = withdraw_promise(reason=" mistake ", **withdraw)
    assert (done.state, done.withdrawn_reason, done.decided_on, done.decided_by) == (
        "withdrawn",
        "mistake",
        MADE_ON,
        None,
    )
    assert withdraw_promise(reason="mistake", **withdraw) == done
    assert refused(lambda: withdraw_promise(reason="another", **withdraw)) == "promise.decided"


def test_promised_items_are_final(team: Team, customer: Customer, report: Report) -> None:
    item = promised(customer, team.service_manager).items.first()
    assert item is not None
    with pytest.raises(DatabaseError, match="promised_items_are_final"), transaction.atomic():
        item.delete()


def test_promises_are_seen_with_the_customer(team: Team, customer: Customer, report: Report) -> None:
    promise = promised(customer, team.service_manager)
    for person, seen in ((team.service_manager, 1), (team.finance_clerk, 1), (team.administrator, 0)):
        assert promise_list(person).count() == seen
        assert PromiseInstalment.objects.visible_to(person).count() == 2 * seen  # type: ignore[attr-defined]
    assert promise.get_absolute_url().endswith(f"/{promise.number}/")
    assert (str(promise.instalments.all()[0]), str(promise.items.all()[0])) == (
        f"{promise.number} {FIRST}",
        f"{promise.number} A",
    )


# Judging --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("as_of", "a", "b", "state", "instalments"),
    [
        # 100.00 are due on 20 March; the report of the 23rd (three days of grace) decides, that of the 22nd does not.
        (dt.date(2026, 3, 22), "100.00", "50.00", "open", ["open", "open"]),
        (dt.date(2026, 3, 23), "100.00", "50.00", "broken", ["broken", "open"]),
        (dt.date(2026, 3, 23), "0.01", "50.00", "partly", ["partly", "open"]),
        (dt.date(2026, 3, 23), "0.00", "50.00", "open", ["kept", "open"]),
        # Which item was paid does not matter: 50 of A and all of B are 100.
        (dt.date(2026, 3, 23), "50.00", "0.00", "open", ["kept", "open"]),
        (dt.date(2026, 3, 23), "0.00", "0.00", "kept", ["kept", "kept"]),
        (dt.date(2026, 4, 23), "0.00", "50.00", "partly", ["kept", "broken"]),
        (dt.date(2026, 4, 23), "0.00", "0.01", "partly", ["kept", "partly"]),
        # More is open than was: nothing of it counts as a payment.
        (dt.date(2026, 3, 23), "120.00", "50.00", "broken", ["broken", "open"]),
    ],
)
def test_a_report_decides(
    team: Team,
    customer: Customer,
    report: Report,
    as_of: dt.date,
    a: str,
    b: str,
    state: str,
    instalments: list[str],
) -> None:
    promise = promised(customer, team.service_manager)
    later = reported(customer, as_of, a=a, b=b)
    judge(later)
    promise = Promise.objects.get()
    assert (promise.state, [one.state for one in promise.instalments.all()]) == (state, instalments)
    assert (promise.decided_by, promise.decided_on) == ((None, None) if state == "open" else (later, as_of))
    missed = state in ("partly", "broken")
    assert {one.user for one in Notification.objects.all()} == (
        {team.account_manager, team.service_manager} if missed else set()
    )


def test_what_was_paid_so_far_is_kept_up_to_date(team: Team, customer: Customer, report: Report) -> None:
    promised(customer, team.service_manager)
    judge(reported(customer, dt.date(2026, 3, 10), a="70.00"))
    assert Promise.objects.get().paid_amount == Decimal("30.00")
    judge(reported(customer, dt.date(2026, 3, 12), a="20.00"))
    assert Promise.objects.get().paid_amount == Decimal("80.00")


def test_the_managers_are_told_once(team: Team, customer: Customer, report: Report) -> None:
    promised(customer, team.service_manager)
    later = reported(customer, dt.date(2026, 3, 31))
    assert judge(later) == [("PP-2026-000001", "broken")]
    assert judge(later) == []
    assert judge(reported(customer, dt.date(2026, 4, 30))) == []
    assert Notification.objects.count() == 2


def test_a_report_before_the_promise_says_nothing(team: Team, customer: Customer, report: Report) -> None:
    promised(customer, team.service_manager, **parts((MADE_ON, "10.00")))
    assert judge(reported(customer, MADE_ON - dt.timedelta(days=1), a="0.00", b="0.00")) == []
    assert Promise.objects.get().paid_amount == 0
    assert judge(reported(customer, MADE_ON, a="90.00")) == [("PP-2026-000001", "kept")]


def test_an_aging_table_decides_nothing(team: Team, customer: Customer, report: Report) -> None:
    promised(customer, team.service_manager)
    table = create_report(as_of=dt.date(2026, 4, 30))
    Report.objects.filter(pk=table.pk).update(file_kind=FileKind.AGED_TABLE)
    assert judge(Report.objects.get(pk=table.pk)) == []
    assert Promise.objects.get().state == "open"


@pytest.mark.parametrize(
    ("a", "b", "state"),
    [("0.00", "0.00", "kept"), ("0.00", "50.00", "open"), ("99.00", "50.00", "partly")],
)
def test_a_superseded_report_is_judged_anew(
    team: Team, customer: Customer, report: Report, a: str, b: str, state: str
) -> None:
    """The first upload of 31 March showed nothing paid; the corrected one knows better."""
    promised(customer, team.service_manager)
    wrong = reported(customer, dt.date(2026, 3, 31))
    judge(wrong)
    assert Promise.objects.get().state == "broken"
    Report.objects.filter(pk=wrong.pk).update(state=ReportState.SUPERSEDED)
    right = reported(customer, dt.date(2026, 3, 31), a=a, b=b)
    judge(right)
    promise = Promise.objects.get()
    assert (promise.state, promise.decided_by) == (state, None if state == "open" else right)


def test_a_promise_withdrawn_while_the_report_waits_for_its_customer_is_left_alone(
    team: Team, customer: Customer, report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    promised(customer, team.service_manager)
    lock = promises.lock_with_managers

    def lock_after_a_withdrawal(one: int) -> Customer:
        monkeypatch.setattr(promises, "lock_with_managers", lock)
        withdraw_promise(promise=Promise.objects.get(), reason="r", on=MADE_ON, by=team.service_manager)
        return lock(one)

    monkeypatch.setattr(promises, "lock_with_managers", lock_after_a_withdrawal)
    assert judge(reported(customer, dt.date(2026, 3, 31))) == []
    assert Promise.objects.get().state == "withdrawn"


def test_a_customer_without_managers_is_nobody_s_news(team: Team, customer: Customer, report: Report) -> None:
    promised(customer, team.service_manager)
    Customer.objects.update(account_manager=None, service_manager=None)
    assert judge(reported(customer, dt.date(2026, 3, 31))) == [("PP-2026-000001", "broken")]
    assert not Notification.objects.exists()


# Dunning --------------------------------------------------------------------------------------------------------------


def dunned(on: dt.date) -> list[str]:
    return sorted(item.document for notice in run_dunning(on=on, by=None).notices for item in notice.items)


def test_promised_items_wait_and_are_dunned_after_a_broken_promise(
    team: Team, customer: Customer, report: Report
) -> None:
    """A is promised, B is not: B gets its letter, A only once the report of the 31st has broken the promise."""
    promised(customer, team.service_manager, items=[("A", DUE)], **parts((FIRST, "100.00")))
    assert dunned(dt.date(2026, 3, 6)) == ["B", "U"]
    assert dunned(dt.date(2026, 3, 25)) == []
    judge(reported(customer, dt.date(2026, 3, 31)))
    assert dunned(dt.date(2026, 4, 1)) == ["A"]


def test_items_of_a_withdrawn_promise_are_dunned_again(
    team: Team, customer: Customer, report: Report
) -> None:
    promise = promised(customer, team.service_manager)
    assert dunned(dt.date(2026, 3, 6)) == ["U"]
    withdraw_promise(promise=promise, reason="mistake", on=MADE_ON, by=team.service_manager)
    assert dunned(dt.date(2026, 3, 7)) == ["A", "B"]


@pytest.mark.parametrize(
    ("until", "is_taken"), [(dt.date(2036, 3, 5), True), (dt.date(2036, 3, 6), False), (dt.date.max, False)]
)
def test_no_instalment_lies_more_than_ten_years_ahead(
    team: Team, customer: Customer, report: Report, until: dt.date, is_taken: bool
) -> None:
    """A last instalment in the year 9999 would end every report and run that judges it."""
    instalments = [Instalment(FIRST, Decimal("10.00")), Instalment(until, Decimal("10.00"))]
    if is_taken:
        assert promised(customer, team.service_manager, instalments=instalments).last_due_on == until
    else:
        assert (
            refused(lambda: promised(customer, team.service_manager, instalments=instalments))
            == "promise.date"
        )
