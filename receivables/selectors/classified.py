"""What the classified detail of receivables is drawn up from, and which are there (P5.2.2)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict

from django.db.models import Count, Q, QuerySet

from creditrisk.accounts.models import User
from creditrisk.dates import end_of_month
from creditrisk.policy.schema import AgingBucket
from customers.models import Contract, Customer
from receivables.classification import ClassifiedItem, ContractTerm, deviations
from receivables.models import ClassifiedDetail, ClassifiedLine, OpenItem, Report
from receivables.selectors.aging import aging_of
from receivables.selectors.item_lines import items_of
from receivables.selectors.reports import report_for


def report_of_month(month_on: dt.date) -> Report | None:
    """Return the report in force that describes the end of a month and is of that month; None where there is none."""
    report = report_for(end_of_month(month_on))
    return report if report is not None and report.as_of >= month_on.replace(day=1) else None


def classified_lines(
    manager: User, *, report: Report, on: dt.date
) -> tuple[tuple[AgingBucket, ...], list[ClassifiedLine]]:
    """Return the buckets, and a line (not saved) for each customer of a service manager, contract and currency, aged to
    the day `on` and compared with the contract's term. Five queries.
    """
    customers: QuerySet[Customer] = Customer.objects.filter(service_manager=manager)
    aging = aging_of(report, as_of=on, customers=customers)
    by_number = {customer.number: customer for customer in customers}
    contracts = {
        (contract.customer_id, contract.number): contract
        for contract in Contract.objects.filter(customer__in=customers)
    }
    items: dict[tuple[int, str, str], list[OpenItem]] = defaultdict(list)
    for item in items_of(report).filter(customer__in=customers):
        items[item.customer_id, item.contract_number, item.currency].append(item)
    usual_days = aging.policy_version.policy.usual_payment_terms_days
    lines = []
    for row in aging.rows(by="contract"):
        customer = by_number[row.customer]
        contract = contracts.get((customer.pk, row.contract))
        own = items[customer.pk, row.contract, row.currency]
        debts = [item.due_on for item in own if item.open_amount > 0]
        term = ContractTerm(contract.payment_term_kind, contract.payment_term_days) if contract else None
        facts = [ClassifiedItem(item.document_on, item.due_on, item.open_amount) for item in own]
        lines.append(
            ClassifiedLine(
                customer=customer,
                contract=contract,
                contract_number=row.contract,
                payment_term=contract.payment_term if contract else "",
                currency=row.currency,
                amounts=list(row.bucket_amounts(netted=True)),
                total_amount=row.total_amount,
                overdue_amount=row.overdue_amount,
                items=row.items,
                oldest_days=(aging.aged_to - min(debts)).days if debts else None,
                deviations=list(deviations(facts, term, on=aging.aged_to, usual_days=usual_days)),
            )
        )
    return aging.buckets, lines


def detail_list(user: User) -> QuerySet[ClassifiedDetail]:
    """Return the details `user` may see, newest month first, each with how many lines, overdue ones and deviations."""
    visible: QuerySet[ClassifiedDetail] = ClassifiedDetail.objects.visible_to(user)
    return visible.select_related("service_manager", "report").annotate(
        line_count=Count("lines"),
        overdue_count=Count("lines", filter=Q(lines__overdue_amount__gt=0)),
        deviation_count=Count("lines", filter=Q(lines__deviations__len__gt=0)),
    )


def lines_of(detail: ClassifiedDetail) -> QuerySet[ClassifiedLine]:
    """Return the lines of a detail with their customers, the largest overdue amounts first."""
    return detail.lines.select_related("customer")
