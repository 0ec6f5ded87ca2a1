"""The figures of a month: worked by hand, and on generated data against a plain statement of the same rules."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter, defaultdict
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.policy.selectors import policy_version_on
from customers.models import Customer, CustomerState
from receivables.aging import bucket_index
from receivables.models import PayableSum, Report, ReportKind
from supervision.aging_bridge import BridgeRow, bridge, movement
from supervision.migration import GradeMove, GradeStep, grade_on
from supervision.selectors.summary_aging import reports_of_month
from supervision.selectors.summary_content import content_of_manager, content_of_month
from supervision.selectors.summary_portfolio import managers_of_month, portfolio_of
from supervision.summary_facts import CurrencyAging, PayableTotals
from tests.factories.customers import create_active_customer, create_customer, create_grade_change
from tests.factories.people import create_user
from tests.factories.reports import Line, create_report, store_sums
from tests.supervision.summary_world import MONTH, OCTOBER_END, SEPTEMBER_END, World, create_world, report

pytestmark = pytest.mark.django_db
D = Decimal
ZERO = D("0.00")


@pytest.fixture
def world() -> World:
    return create_world()


def row(opening: str, new: str, paid: str, credit: str, moved: str, closing: str) -> BridgeRow:
    return BridgeRow(*map(D, (opening, new, paid, credit, moved, closing)))


def aging_of(facts: object, currency: str = "CNY") -> CurrencyAging:
    return next(one for one in facts.aging if one.currency == currency)  # type: ignore[attr-defined]


def test_a_month_worked_by_hand(world: World) -> None:
    """The first manager: 1,000 not due on 30 September; 300 paid, 700 are 31 days past due now; 500 new. The group adds
    300 that moved from 1-30 to 31-60, and a credit of 40.
    """
    first, other = world.team.service_manager.pk, world.other.pk
    found = content_of_month(MONTH, [first, other])
    aging = aging_of(found.by_manager[first])
    assert aging.bridge is not None
    assert aging.bridge[:3] == (
        row("1000", "500", "300", "0", "-700", "500"),
        row("0", "0", "0", "0", "0", "0"),
        row("0", "0", "0", "0", "700", "700"),
    )
    assert (aging.total_amount, aging.overdue_amount, aging.opening_total_amount) == (
        D(1200),
        D(700),
        D(1000),
    )
    assert (aging.customers, aging.overdue_customers, aging.items) == (1, 1, 2)
    group = aging_of(found.group)
    assert group.bridge is not None
    assert group.bridge[0] == row("1000", "500", "300", "-40", "-700", "460")
    assert group.bridge[1] == row("300", "0", "0", "0", "-300", "0")
    assert group.bridge[2] == row("0", "0", "0", "0", "1000", "1000")
    assert found.group.bridge_gap is None
    assert found.group.base is not None
    assert found.group.base.overdue_amount == D(1000)
    assert [one.number for one in found.group.overdue] == ["S1", "S2"]
    assert [one.number for one in found.by_manager[other].overdue] == ["S2"]
    assert found.by_manager[other].overdue[0].oldest_bucket == 2
    assert found.customers == {first: [world.first.pk], other: [world.second.pk]}
    assert [point.month for point in found.group.trend] == [dt.date(2026, 9, 1), MONTH]


def test_one_manager_alone_is_the_same(world: World) -> None:
    manager = world.team.service_manager
    assert (
        content_of_manager(MONTH, manager.pk, portfolio_of(manager))
        == (content_of_month(MONTH, [manager.pk]).by_manager[manager.pk])
    )


def test_a_manager_with_nothing_has_nothing() -> None:
    idle = create_user(Role.SERVICE_MANAGER)
    facts = content_of_month(MONTH, [idle.pk]).by_manager[idle.pk]
    assert (facts.bridge_gap, facts.aging, facts.base, facts.customers) == ("no_report", (), None, 0)


def test_a_currency_without_a_rate_is_told_and_not_added(world: World) -> None:
    Report.objects.filter(pk=world.closing.pk).update(state="superseded")
    report(
        OCTOBER_END,
        Line(world.first, SEPTEMBER_END, "10.00", "X", "USD"),
        Line(world.first, SEPTEMBER_END, "7.00", "Y"),
    )
    base = content_of_month(MONTH, []).group.base
    assert base is not None
    assert (base.total_amount, base.missing) == (D(7), ("USD",))


def test_why_there_is_no_bridge(world: World) -> None:
    """November has no report: October's describes its end. In September nothing describes the month before. A report
    with buckets of its own is not compared.
    """
    november, september = dt.date(2026, 11, 1), dt.date(2026, 9, 1)
    assert reports_of_month(november).gap == "same_report"
    facts = content_of_month(november, []).group
    assert (facts.bridge_gap, aging_of(facts).bridge, aging_of(facts).opening_total_amount) == (
        "same_report",
        None,
        None,
    )
    assert reports_of_month(september).gap == "no_report_before"
    Report.objects.filter(pk=world.opening.pk).update(
        own_buckets=[{"key": "0", "up_to_days": 0}, {"key": "1", "up_to_days": None}]
    )
    assert content_of_month(MONTH, []).group.bridge_gap == "other_buckets"
    Report.objects.filter(pk=world.opening.pk).update(own_buckets=[], file_kind="aged_table")
    facts = content_of_month(MONTH, []).group
    assert (facts.bridge_gap, aging_of(facts).opening_total_amount) == ("no_items", D(1300))


def test_items_without_their_sums_are_not_reconciled(world: World) -> None:
    Report.objects.filter(pk=world.closing.pk).update(state="superseded")
    create_report(as_of=OCTOBER_END, lines=[Line(world.first, SEPTEMBER_END, "700.00", "A")])
    facts = content_of_month(MONTH, []).group
    assert facts.bridge_gap == "not_reconciled"
    assert aging_of(facts).bridge is None


def test_payables_beside_receivables(world: World) -> None:
    """We owe the first customer 900 and the second 100, and are owed 1,200 and 260: 900 + 100 could be set off. Whom we
    owe nothing is left out.
    """
    payables = create_report(as_of=OCTOBER_END, state="superseded")  # type: ignore[arg-type]
    Report.objects.filter(pk=payables.pk).update(
        kind=ReportKind.PAYABLES, file_kind="payables", state="committed"
    )
    third = create_active_customer(service_manager=world.other)
    for customer, amount in ((world.first, "900.00"), (world.second, "100.00"), (third, "0.00")):
        PayableSum.objects.create(
            report=payables, customer=customer, currency="CNY", total_amount=D(amount), items=1
        )
    found = content_of_month(MONTH, [world.other.pk])
    assert found.group.payables == (PayableTotals("CNY", 2, D(1460), D(1000), D(1000)),)
    assert [one.number for one in found.group.payable_customers] == ["S1", "S2"]
    assert found.by_manager[world.other.pk].payables == (PayableTotals("CNY", 1, D(260), D(100), D(100)),)
    assert [one.net_amount for one in found.by_manager[world.other.pk].payable_customers] == [D(160)]


def test_the_queries_do_not_grow(world: World) -> None:
    def asked() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            content_of_month(MONTH, list(User.objects.values_list("pk", flat=True)))
        return len(queries)

    before = asked()
    for number in range(5):
        person = create_user(Role.SERVICE_MANAGER)
        customer = create_active_customer(service_manager=person)
        create_grade_change(customer=customer, old="B", new="C", effective_on=dt.date(2026, 10, 2 + number))
    assert asked() == before


def test_grades_on_generated_histories() -> None:
    """Every customer's grade on both days by the pure rule; closed files count for nothing."""
    chance = random.Random(7)
    managers = [create_user(Role.SERVICE_MANAGER) for _number in range(3)]
    expected: Counter[tuple[int, str, str]] = Counter()
    for _number in range(60):
        manager = chance.choice(managers)
        current = chance.choice(["", "A", "B", "C", "D"])
        is_closed = chance.random() < 0.1
        customer = create_customer(
            state=CustomerState.CLOSED if is_closed else CustomerState.ACTIVE,
            service_manager=manager,
            grade=current,
        )
        old, steps = chance.choice(["", "C"]), []
        days = sorted(chance.sample(range(120), chance.randint(0, 4)))
        for offset in days:
            new = chance.choice("ABCD")
            day = dt.date(2026, 8, 1) + dt.timedelta(days=offset)
            create_grade_change(customer=customer, old=old, new=new, effective_on=day)
            steps.append(GradeStep(day, old, new))
            old = new
        if not is_closed:
            both = (grade_on(steps, day, current=current) for day in (SEPTEMBER_END, OCTOBER_END))
            expected[manager.pk, *both] += 1  # type: ignore[index]
    content = content_of_month(MONTH, [manager.pk for manager in managers])
    found = {
        (manager, move.old, move.new): move.customers
        for manager, facts in content.by_manager.items()
        for move in facts.grade_moves
    }
    assert found == dict(expected)
    together: Counter[tuple[str, str]] = Counter()
    for (_manager, old, new), count in expected.items():
        together[old, new] += count
    assert {(move.old, move.new): move.customers for move in content.group.grade_moves} == dict(together)
    assert GradeMove("B", "B", 0) not in content.group.grade_moves


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_aging_on_generated_reports(seed: int) -> None:
    """Items of two month ends, some paid, fallen, risen, new, credits; documents with two lines. The bridge, the sums
    and the ranking against a plain statement of the rules, by manager and for the group.
    """
    chance = random.Random(seed)
    managers: list[User | None] = [create_user(Role.SERVICE_MANAGER) for _number in range(3)] + [None]
    customers = [create_active_customer(service_manager=chance.choice(managers)) for _number in range(12)]
    buckets = policy_version_on(OCTOBER_END).policy.aging_buckets
    was: dict[tuple[int, str, dt.date, str], Decimal] = {}
    now: dict[tuple[int, str, dt.date, str], Decimal] = {}
    for number in range(150):
        customer = chance.choice(customers)
        key = (
            customer.pk,
            f"I-{number}",
            OCTOBER_END - dt.timedelta(days=chance.randint(-60, 420)),
            chance.choice(["CNY", "CNY", "USD"]),
        )
        amount = D(chance.randint(-30_000, 100_000)) / 100
        if chance.random() < 0.7:
            was[key] = amount
        if chance.random() < 0.7:
            now[key] = chance.choice([amount, amount / 2, amount * 2, -amount]).quantize(D("0.01"))
    by_pk = {customer.pk: customer for customer in customers}
    for as_of, listed in ((SEPTEMBER_END, was), (OCTOBER_END, now)):
        lines = []
        for (pk, document, due_on, currency), amount in listed.items():
            half = (amount / 2).quantize(D("0.01"))
            parts = [amount] if chance.random() < 0.8 else [half, amount - half]
            lines += [Line(by_pk[pk], due_on, str(part), document, currency) for part in parts]
        made = create_report(as_of=as_of, lines=lines)
        store_sums(made)
    held = {customer.pk: customer.service_manager_id for customer in customers}
    content = content_of_month(MONTH, [manager.pk for manager in managers if manager])
    for manager in managers:
        if manager is not None:
            mine = {pk for pk, holder in held.items() if holder == manager.pk}
            check(content.by_manager[manager.pk].aging, was, now, mine, buckets)
    check(content.group.aging, was, now, set(held), buckets)
    overdue: dict[tuple[str, int], Decimal] = defaultdict(Decimal)
    for (pk, _document, due_on, currency), amount in now.items():
        if due_on < OCTOBER_END:
            overdue[currency, pk] += amount
    numbers = dict(Customer.objects.values_list("pk", "number"))
    for currency in ("CNY", "USD"):
        most = sorted(
            (
                (amount, numbers[pk])
                for (code, pk), amount in overdue.items()
                if code == currency and amount > 0
            ),
            reverse=True,
        )[:10]
        listed_ = [
            (one.overdue_amount, one.number) for one in content.group.overdue if one.currency == currency
        ]
        assert listed_ == most


def check(agings: object, was: object, now: object, mine: set[int], buckets: object) -> None:
    """Compare with a plain bridge over the items of the customers `mine`."""
    currencies = sorted({key[3] for key in {*was, *now} if key[0] in mine})  # type: ignore[misc]
    assert [one.currency for one in agings] == currencies  # type: ignore[attr-defined]
    for aging in agings:  # type: ignore[attr-defined]
        keys = [key for key in {*was, *now} if key[0] in mine and key[3] == aging.currency]  # type: ignore[misc]
        opening, closing = ([ZERO] * len(buckets) for _side in range(2))  # type: ignore[arg-type]
        moves = []
        for key in keys:
            places = [bucket_index((day - key[2]).days, buckets) for day in (SEPTEMBER_END, OCTOBER_END)]  # type: ignore[arg-type]
            sides = [
                (place, listed[key]) if key in listed else None  # type: ignore[operator,index]
                for place, listed in zip(places, (was, now), strict=True)
            ]
            for side, sums in zip(sides, (opening, closing), strict=True):
                if side is not None:
                    sums[side[0]] += side[1]
            moves.append(movement(opening=sides[0], closing=sides[1]))
        assert list(aging.bucket_amounts) == closing
        assert aging.total_amount == sum(closing)
        assert aging.overdue_amount == sum(closing[1:])
        assert aging.opening_total_amount == sum(opening)
        assert aging.bridge == bridge(moves, opening=opening, closing=closing)
        assert aging.bridge is not None


def test_who_has_a_summary(world: World) -> None:
    """Managers with customers, and who gave his last one away in the month or later; not who gave it away before, not
    who lost the role, not who never had any.
    """
    starts_at, ends_at = (dt.datetime(2026, month, 1, tzinfo=dt.UTC) for month in (10, 11))
    gone = create_user(Role.SERVICE_MANAGER)
    lost = create_user(Role.ACCOUNT_MANAGER)
    create_user(Role.SERVICE_MANAGER)
    customer = create_active_customer(service_manager=gone)
    create_active_customer(service_manager=lost)
    Customer.objects.filter(pk=customer.pk).update(service_manager=world.other)
    events = Customer.pgh_event_model.objects.filter(pgh_obj=customer).order_by("pk")  # type: ignore[attr-defined]
    assert events.count() == 2

    def found(given_on: dt.date) -> set[int]:
        """Say when he got the customer and gave him away: the history itself cannot be changed."""
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE customers_customerevent DISABLE TRIGGER ALL")
            first, second = events
            for event, day in ((first, dt.date(2026, 1, 1)), (second, given_on)):
                cursor.execute(
                    "UPDATE customers_customerevent SET pgh_created_at = %s WHERE pgh_id = %s",
                    [day, event.pk],
                )
            cursor.execute("ALTER TABLE customers_customerevent ENABLE TRIGGER ALL")
        return {person.pk for person in managers_of_month(starts_at=starts_at, ends_at=ends_at)}

    always = {world.team.service_manager.pk, world.other.pk}
    assert found(dt.date(2026, 9, 15)) == always
    assert found(dt.date(2026, 10, 15)) == always | {gone.pk}
    assert found(dt.date(2026, 11, 15)) == always | {gone.pk}
