"""What a dunning run looks at: the open items of many customers with all that starts or stops their clock.

A fixed number of queries, however many customers.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Literal

from django.db.models import Case, F, Max, Min, Q, QuerySet, Sum, When
from django.utils import timezone

from creditrisk.exchange_rates.conversion import Rates
from creditrisk.exchange_rates.selectors import known_rates
from creditrisk.notifications.models import OutboxMessage
from creditrisk.policy.schema import DunningRules, Policy
from customers.models import Customer, CustomerState
from receivables.disputed import Dispute, ItemKey, OpenPart, disputed_amounts
from receivables.dunning import Decision, DunnableItem, decide, with_own_days
from receivables.models import (
    DueBasis,
    DunnedItem,
    DunningNotice,
    DunningTerms,
    OpenItem,
    PromisedItem,
    PromiseState,
    Report,
    Stage,
)
from receivables.selectors.disputes import open_disputes
from receivables.selectors.item_lines import items_of


@dataclass(frozen=True)
class ReportedItem:
    """An open item of a report with what a letter tells beside the balance.

    `amount` is the document's amount in the item's currency. `letter` is number and date of the dunning
    letter that lists the item, None where there is none yet.
    """

    item: DunnableItem
    document_on: dt.date | None
    amount: Decimal
    letter: tuple[str, dt.date] | None = None
    contract_number: str = ""


@dataclass(frozen=True)
class DunningFacts:
    """All that decides about one customer: his items, the rules as his terms change them, the notices he has with the
    date of the run already, the newest letter before it by currency, and the least amount of a notice by currency."""

    items: Mapping[ItemKey, ReportedItem]
    rules: DunningRules
    issued: frozenset[tuple[str, str]] = frozenset()
    last_letters: Mapping[str, dt.date] = field(default_factory=dict)
    minimum_amounts: Mapping[str, Decimal] = field(default_factory=dict)

    def decision(self, *, on: dt.date) -> Decision:
        """Return the notices that are due on `on`, and what waits with the reason (P5.2.3)."""
        return decide(
            (entry.item for entry in self.items.values()),
            on=on,
            rules=self.rules,
            issued=self.issued,
            last_letters=self.last_letters,
            minimum_amounts=self.minimum_amounts,
        )


@dataclass
class Past:
    """What an item went through: the stages it entered, number and date of its letter, and when that was sent."""

    stages: set[str]
    letter: tuple[str, dt.date] | None = None
    letter_sent_on: dt.date | None = None


def item_key(item: DunnableItem) -> ItemKey:
    """Return what an item of one customer is known by across reports."""
    return item.document, item.due_on, item.currency


def customers_within_reach(report: Report, *, on: dt.date, rules: DunningRules) -> list[int]:
    """Return the primary keys of the customers with an item that could enter a stage on the date `on`, by number.

    Nobody is dunned whose file is closed. Whose terms remind earlier than the policy is within reach earlier.
    """
    earliest = DunningTerms.objects.aggregate(day=Min("reminder_from_day"))["day"]
    first_day = min(rules.stages[0].from_day, 0 if earliest is None else earliest)
    items = dunnable(report).filter(open_amount__gt=0, due_on__lte=on - dt.timedelta(days=first_day))
    customers = Customer.objects.filter(pk__in=items.values("customer")).exclude(state=CustomerState.CLOSED)
    return list(customers.order_by("number").values_list("pk", flat=True))


def dunnable(report: Report) -> QuerySet[OpenItem]:
    """Return the items of a report; the sums of an aging table are none: no letter could name a document."""
    return items_of(report).exclude(due_basis=DueBasis.BUCKET)


def dunning_facts(
    report: Report, *, customers: Iterable[int], on: dt.date, policy: Policy
) -> dict[int, DunningFacts]:
    """Return what decides about each of `customers` (primary keys) on the date `on`."""
    wanted = list(customers)
    lines = reported_items(report, wanted)
    past, promised = past_of(wanted), promised_items(wanted)
    disputes, terms = open_disputes(wanted), terms_in_force(wanted, on=on)
    issued, last_letters = notices_issued_on(on, customers=wanted), last_letters_of(wanted, before=on)
    has_minimum = policy.dunning.minimum_amount or any(
        one.minimum_amount for agreed in terms.values() for one in agreed.values()
    )
    currencies = {line.item.currency for found in lines.values() for line in found} if has_minimum else set()
    rates = known_rates(on, currencies=currencies, base_currency=policy.base_currency)
    return {
        customer: facts_of(
            lines[customer],
            past=past[customer],
            promised=promised[customer],
            disputes=disputes[customer],
            terms=terms[customer],
            issued=issued.get(customer, frozenset()),
            last_letters=last_letters[customer],
            rates=rates,
            policy=policy,
        )
        for customer in wanted
    }


def facts_of(
    lines: list[ReportedItem],
    *,
    past: Mapping[ItemKey, Past],
    promised: set[ItemKey],
    disputes: list[Dispute],
    terms: Mapping[str, DunningTerms],
    issued: frozenset[tuple[str, str]],
    last_letters: Mapping[str, dt.date],
    rates: Rates,
    policy: Policy,
) -> DunningFacts:
    """Return what decides about one customer, from his items and all that starts or stops their clock."""
    own = terms.get("")
    rules = _with_terms(policy.dunning, own) or policy.dunning
    disputed = disputed_amounts(
        (OpenPart(item_key(line.item), line.item.open_amount, line.contract_number) for line in lines),
        disputes,
    )
    items = {}
    for line in lines:
        key = item_key(line.item)
        before, agreed = past.get(key), terms.get(line.contract_number or "") or own
        of_item = rules if agreed is own else _with_terms(rules, agreed)
        item = replace(
            line.item,
            disputed_amount=disputed.get(key, Decimal(0)),
            promised=key in promised,
            stages_entered=frozenset(before.stages) if before else frozenset(),
            letter_sent_on=before.letter_sent_on if before else None,
            rules=of_item or rules,
            stopped_by=_stopped_by(policy.dunning, own, agreed, fits=of_item is not None),
        )
        items[key] = replace(line, item=item, letter=before.letter if before else None)
    return DunningFacts(items, rules, issued, last_letters, _minimum_amounts(rules, rates))


def _stopped_by(
    rules: DunningRules, own: DunningTerms | None, agreed: DunningTerms | None, *, fits: bool
) -> Literal["excluded", "terms_invalid"] | None:
    if any(one.is_excluded for one in (own, agreed) if one):
        return "excluded"
    return None if fits and _with_terms(rules, own) is not None else "terms_invalid"


def invalid_terms(*, on: dt.date, rules: DunningRules) -> list[DunningTerms]:
    """Return the terms in force whose days do not rise within the policy's any more: nobody is dunned by them."""
    found = DunningTerms.objects.select_related("customer", "contract").order_by("pk")
    in_force = [terms for terms in found if terms.is_valid_on(on)]
    own = {terms.customer_id: terms for terms in in_force if terms.contract_id is None}
    return [terms for terms in in_force if not terms_fit(rules, own.get(terms.customer_id), terms)]


def terms_fit(rules: DunningRules, own: DunningTerms | None, terms: DunningTerms) -> bool:
    """Return whether the days of `terms` rise within those of the rules; a contract's come on top of the customer's
    own."""
    if terms.contract_id is None:
        return _with_terms(rules, terms) is not None
    of_customer = _with_terms(rules, own)
    return of_customer is not None and _with_terms(of_customer, terms) is not None


def _with_terms(rules: DunningRules, terms: DunningTerms | None) -> DunningRules | None:
    """Return the rules as the terms change them; None where their days do not rise."""
    if terms is None:
        return rules
    try:
        changed = with_own_days(
            rules,
            reminder=terms.reminder_from_day,
            letter=terms.letter_from_day,
            final=terms.final_demand_from_day,
        )
    except ValueError:
        return None
    if terms.minimum_amount is not None:
        changed = replace(changed, minimum_amount=terms.minimum_amount)
    if terms.letter_interval_days is not None:
        changed = replace(changed, letter_interval_days=terms.letter_interval_days)
    return changed


def _minimum_amounts(rules: DunningRules, rates: Rates) -> dict[str, Decimal]:
    """Return the least amount of a notice by currency; a currency without a rate has none: its letter is written."""
    if not rules.minimum_amount:
        return {}
    return {currency: rules.minimum_amount / rate for currency, rate in rates.by_currency.items()}


def reported_items(report: Report, customers: list[int]) -> dict[int, list[ReportedItem]]:
    """Return the items by customer. Lines of one document, due date and currency are one item."""
    found: dict[int, list[ReportedItem]] = defaultdict(list)
    lines = (
        dunnable(report)
        .filter(customer__in=customers)
        .values_list("customer_id", "document", "due_on", "currency")
        .annotate(Sum("open_amount"), Sum("amount"), Min("document_on"), Max("contract_number"))
        .filter(open_amount__sum__gt=0)
    )
    for customer, document, due_on, currency, open_amount, amount, document_on, contract in lines.iterator():
        item = DunnableItem(document, due_on, currency, open_amount)
        found[customer].append(ReportedItem(item, document_on, amount, contract_number=contract))
    return found


def past_of(customers: list[int], *, before: dt.date | None = None) -> dict[int, dict[ItemKey, Past]]:
    """Return what the items of each customer went through, all of it or by notices issued before a day."""
    past: dict[int, dict[ItemKey, Past]] = defaultdict(dict)
    found = DunnedItem.objects.filter(customer__in=customers)
    if before is not None:
        found = found.filter(notice__issued_on__lt=before)
    dunned = found.values_list(
        "customer_id",
        "document",
        "due_on",
        "currency",
        "stage",
        "notice__number",
        "notice__issued_on",
        "notice__posted_on",
        # What came back, or went to the dry-run address, was not sent to him (P5.2.3).
        Case(
            When(
                notice__message__state=OutboxMessage.State.SENT,
                notice__message__dry_run_to="",
                then=F("notice__message__sent_at"),
            )
        ),
    )
    for (
        customer,
        document,
        due_on,
        currency,
        stage,
        number,
        issued_on,
        posted_on,
        sent_at,
    ) in dunned.iterator():
        entry = past[customer].setdefault((document, due_on, currency), Past(set()))
        entry.stages.add(stage)
        if stage == Stage.DUNNING_LETTER and number is not None:
            mailed_on = timezone.localdate(sent_at) if sent_at else None
            entry.letter = number, issued_on
            entry.letter_sent_on = min(filter(None, (mailed_on, posted_on)), default=None)
    return past


def promised_items(customers: list[int], *, on: dt.date | None = None) -> dict[int, set[ItemKey]]:
    """Return the items under a promise that is neither kept nor broken yet, or was not on the day `on`."""
    found: dict[int, set[ItemKey]] = defaultdict(set)
    rows = PromisedItem.objects.filter(promise__customer__in=customers)
    if on is None:
        rows = rows.filter(promise__state=PromiseState.OPEN)
    else:
        undecided = Q(promise__decided_on__isnull=True) | Q(promise__decided_on__gt=on)
        rows = rows.filter(undecided, promise__made_on__lte=on)
    for customer, document, due_on, currency in rows.order_by().values_list(
        "promise__customer_id", "document", "due_on", "promise__currency"
    ):
        found[customer].add((document, due_on, currency))
    return found


def terms_in_force(customers: list[int], *, on: dt.date) -> dict[int, dict[str, DunningTerms]]:
    """Return the terms in force by contract number; "" is the customer himself."""
    found: dict[int, dict[str, DunningTerms]] = defaultdict(dict)
    for terms in DunningTerms.objects.filter(customer__in=customers).select_related("contract"):
        if terms.is_valid_on(on):
            found[terms.customer_id][terms.contract.number if terms.contract else ""] = terms
    return found


def notices_issued_on(on: dt.date, *, customers: Iterable[int]) -> dict[int, frozenset[tuple[str, str]]]:
    """Return stage and currency of the notices with the date `on`, by the primary key of the customer; who has
    none is left out. One query.
    """
    issued: dict[int, set[tuple[str, str]]] = defaultdict(set)
    rows = DunningNotice.objects.filter(issued_on=on, customer__in=list(customers)).order_by()
    for customer, stage, currency in rows.values_list("customer", "stage", "currency"):
        issued[customer].add((stage, currency))
    return {customer: frozenset(notices) for customer, notices in issued.items()}


def last_letters_of(customers: list[int], *, before: dt.date) -> dict[int, dict[str, dt.date]]:
    """Return the date of each customer's newest numbered letter before a date, by currency."""
    found: dict[int, dict[str, dt.date]] = defaultdict(dict)
    rows = (
        DunningNotice.objects.filter(customer__in=customers, issued_on__lt=before, number__isnull=False)
        .order_by()
        .values_list("customer", "currency")
        .annotate(Max("issued_on"))
    )
    for customer, currency, issued_on in rows:
        found[customer][currency] = issued_on
    return found
