"""Receivables of two files that become one: sums are added up, no total changes, nothing is dunned twice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import DatabaseError, connection, transaction

from creditrisk.accounts.roles import Role
from creditrisk.exceptions import BusinessError
from customers.models import Customer, CustomerMerge, CustomerState
from customers.services import merge_customers
from receivables.models import (
    AgingSum,
    AgingTotal,
    DamagesReceipt,
    DamagesWaiver,
    DunnedItem,
    DunningNotice,
    DunningTerms,
    OpenItem,
    Promise,
)
from receivables.promises import Instalment
from receivables.selectors.contacts import contacts_of
from receivables.selectors.customer_matching import customer_register
from receivables.services.contacts import log_contact, log_promise
from receivables.services.uploads import check_report, commit_report, upload_report
from tests.factories.customers import create_active_customer, create_contract
from tests.factories.people import create_user
from tests.factories.reports import create_report

HEAD = "客户编码,发票号,到期日,币种,发票金额,应收余额"
AS_OF = dt.date(2026, 3, 31)


def committed(rows: list[str], *, as_of: dt.date = AS_OF) -> None:
    clerk = create_user(Role.FINANCE_CLERK)
    content = ContentFile("\n".join([HEAD, *rows, ""]).encode(), name="a.csv")
    report = upload_report(file=content, file_name="a.csv", as_of=as_of, today=as_of, by=clerk)
    commit_report(report=check_report(report=report, by=clerk), by=clerk)


def totals() -> list[tuple[Any, ...]]:
    return list(
        AgingTotal.objects.order_by("report", "currency").values_list(
            "currency", "debit_amounts", "credit_amounts", "total_amount", "overdue_amount", "items"
        )
    )


def merge(keep: Customer, drop: Customer) -> CustomerMerge:
    return merge_customers(keep=keep, drop=drop, by=create_user(Role.ADMINISTRATOR), reason="重复")


@pytest.mark.django_db
def test_sums_are_added_up_and_totals_agree() -> None:
    """A: 100 due on 03-01 (30 days, 1–30) and 7 not due; B: 50 of the same bucket, a credit of 20 and USD 5.

    Afterwards A has CNY 107 + 30 = 137, of which 130 are overdue, and USD 5; the report has one customer less.
    """
    keep, drop = create_active_customer(number="A"), create_active_customer(number="B")
    create_active_customer(number="C")
    committed(
        [
            "A,1,2026-03-01,CNY,100.00,100.00",
            "A,2,2026-04-30,CNY,7.00,7.00",
            "B,3,2026-03-01,CNY,50.00,50.00",
            "B,4,2026-03-02,CNY,-20.00,-20.00",
            "B,5,2026-03-02,USD,5.00,5.00",
            "C,6,2026-03-02,CNY,1.00,1.00",
        ]
    )
    committed(["B,7,2026-03-31,CNY,9.00,9.00"], as_of=dt.date(2026, 4, 30))
    before = totals()
    done = merge(keep, drop)
    assert totals() == before
    assert done.counts["receivables.OpenItem.customer"] == 4
    assert done.counts["receivables.AgingSum.customer"] == 3
    assert not OpenItem.objects.filter(customer=drop).exists()
    assert not AgingSum.objects.filter(customer=drop).exists()
    first, usd, later = AgingSum.objects.filter(customer=keep).order_by("report__as_of", "currency")
    assert (first.total_amount, first.overdue_amount, first.items) == (137, 130, 4)
    assert first.debit_amounts[:3] == [Decimal(7), Decimal(150), Decimal(0)]
    assert first.credit_amounts[:3] == [Decimal(0), Decimal(-20), Decimal(0)]
    assert (usd.currency, usd.total_amount) == ("USD", 5)
    assert later.total_amount == 9
    assert dict(AgingTotal.objects.filter(report=first.report).values_list("currency", "customers")) == {
        "CNY": 2,
        "USD": 1,
    }
    for rows in (AgingSum, AgingTotal, OpenItem):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.objects.update(currency="EUR")  # final again


@pytest.mark.django_db
def test_files_that_name_the_merged_one_find_the_kept_one() -> None:
    keep, drop = create_active_customer(number="A", name="甲"), create_active_customer(number="B", name="乙")
    merge(keep, drop)
    known = customer_register()
    for ref, name in (("B", None), ("ZZ", "乙"), ("乙", None), ("A", None)):
        assert known.match(ref, name).customer_id == keep.pk


def notice(customer: Customer, *, stage: str = "dunning_letter", day: int = 1, **more: Any) -> DunningNotice:
    number = DunningNotice.objects.count()
    report = create_report(as_of=dt.date(2025, 1, 1) + dt.timedelta(days=number))
    return DunningNotice.objects.create(
        stage=stage,
        number=f"DL-{number}",
        customer=customer,
        currency="CNY",
        total_amount=1,
        language="en",
        issued_on=dt.date(2026, 3, day),
        report=report,
        policy_version=report.policy_version,
        **more,
    )


def dunned(letter: DunningNotice, document: str) -> DunnedItem:
    return DunnedItem.objects.create(
        notice=letter,
        customer=letter.customer,
        stage=letter.stage,
        document=document,
        due_on=dt.date(2026, 2, 1),
        currency="CNY",
        amount=1,
        days_overdue=28,
    )


@pytest.mark.django_db
def test_letters_and_stages_move_unless_the_kept_file_has_the_same() -> None:
    keep, drop = create_active_customer(), create_active_customer()
    dunned(notice(keep, day=1), "X")
    same_day, other_day = notice(drop, day=1), notice(drop, day=2)
    same_item, other_item = dunned(same_day, "X"), dunned(other_day, "Y")
    done = merge(keep, drop)
    for row in (same_day, other_day, same_item, other_item):
        row.refresh_from_db()
    assert (same_day.customer, other_day.customer) == (drop, keep)
    assert (same_item.customer, other_item.customer) == (drop, keep)
    assert done.stayed == {
        "receivables.DunnedItem.customer": 1,
        "receivables.DunningNotice.customer": 1,
    }


@pytest.mark.django_db
def test_receipts_and_waivers_of_damages_move() -> None:
    keep, drop = create_active_customer(), create_active_customer()
    by = create_user(Role.FINANCE_CLERK)
    money = {"customer": drop, "currency": "CNY", "amount": Decimal(1)}
    receipt = DamagesReceipt.objects.create(received_on=AS_OF, effect_amount=Decimal(1), by=by, **money)
    waiver = DamagesWaiver.objects.create(reason="x", asked_by=by, **money)
    merge(keep, drop)
    for row in (receipt, waiver):
        row.refresh_from_db()
        assert row.customer == keep
    with pytest.raises(DatabaseError), transaction.atomic():
        DamagesReceipt.objects.update(currency="EUR")  # final again


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as executor:
        yield executor
        barrier = Barrier(2)

        def close() -> None:
            barrier.wait(timeout=10)
            connection.close()

        list(executor.map(lambda _number: close(), range(2)))


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_merges_that_cross_end_with_one(pool: ThreadPoolExecutor) -> None:
    by = create_user(Role.ADMINISTRATOR)
    for _round in range(8):
        one, other = create_active_customer(), create_active_customer()
        barrier = Barrier(2)

        def run(pair: tuple[Customer, Customer], barrier: Barrier = barrier) -> Any:
            barrier.wait(timeout=10)
            try:
                return merge_customers(keep=pair[0], drop=pair[1], by=by, reason="x")
            except BusinessError as refusal:
                return refusal

        results = list(pool.map(run, [(one, other), (other, one)]))
        done = [result for result in results if isinstance(result, CustomerMerge)]
        refused = [result.code for result in results if isinstance(result, BusinessError)]
        assert len(done) == 1
        assert refused == ["merge.keep_closed"]
        states = Customer.objects.filter(pk__in=[one.pk, other.pk]).values_list("state", flat=True)
        assert sorted(states) == [CustomerState.ACTIVE, CustomerState.CLOSED]


@pytest.mark.django_db
def test_promises_and_the_log_of_collection_go_along() -> None:
    manager = create_user(Role.SERVICE_MANAGER)
    keep = create_active_customer(number="A", service_manager=manager)
    drop = create_active_customer(number="B", service_manager=manager)
    committed(["B,1,2026-03-01,CNY,50.00,50.00"])
    for customer in (keep, drop):
        log_contact(customer=customer, result="no_answer", happened_on=AS_OF, today=AS_OF, by=manager)
    promise = log_promise(
        customer=drop,
        currency="CNY",
        items=[("1", dt.date(2026, 3, 1))],
        instalments=[Instalment(AS_OF, Decimal("50.00"))],
        made_on=AS_OF,
        today=AS_OF,
        by=manager,
    )
    done = merge(keep, drop)
    assert done.counts["receivables.CollectionContact.customer"] == 2
    assert (contacts_of(keep).count(), contacts_of(drop).count()) == (3, 0)
    assert list(Promise.objects.filter(customer=keep)) == [promise]


@pytest.mark.django_db
def test_own_dunning_terms_go_along_unless_the_kept_file_has_its_own() -> None:
    """How a file as a whole is dunned is one agreement; the terms of contracts move in any case."""
    keep, drop, other = (create_active_customer() for _number in range(3))
    leader = create_user(Role.GROUP_LEADER)
    contract = create_contract(customer=drop, handler=leader)
    for customer, of in ((keep, None), (drop, None), (drop, contract), (other, None)):
        DunningTerms.objects.create(
            customer=customer, contract=of, reason=f"{customer.number}", set_by=leader
        )
    merge(keep, drop)
    assert set(DunningTerms.objects.filter(customer=keep).values_list("contract", "reason")) == {
        (None, keep.number),
        (contract.pk, drop.number),
    }
    new = create_active_customer()
    merge(new, other)
    assert DunningTerms.objects.get(customer=new).reason == other.number
