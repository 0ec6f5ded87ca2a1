"""What receivables add to the customer's page: what is open, the latest letters, and how it is being collected; and to
a draft of the policy: whose own dunning terms do not fit it."""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.accounts.requests import person_of
from creditrisk.dates import local_today
from creditrisk.policy.models import DraftState, PolicyDraft
from customers.models import Customer, CustomerState, DisputeState
from customers.open_matters import OpenMatter
from customers.panels import Panel
from receivables.models import AgingSum, PromiseState, ProposalKind
from receivables.permissions import contact_refusal, propose_refusal
from receivables.selectors.contacts import contacts_of
from receivables.selectors.damages import damages_account
from receivables.selectors.dunning import notices_of
from receivables.selectors.dunning_facts import invalid_terms
from receivables.selectors.dunning_terms import terms_list
from receivables.selectors.payables import position_of
from receivables.selectors.promises import promises_of
from receivables.selectors.reports import report_for

SHOWN = 5
TERMS_SHOWN = 20


def receivables_panel(*, customer: Customer, user: User) -> Panel:
    """Return the customer's open and overdue amounts, what we owe him and the net exposure, by currency (P3.4)."""
    context = {"position": position_of(customer, on=local_today()), "customer": customer}
    return Panel(_("Receivables"), "receivables/_customer_receivables.html", context)


def letters_panel(*, customer: Customer, user: User) -> Panel:
    """Return the latest reminders and letters to the customer."""
    return Panel(
        _("Letters"),
        "receivables/_customer_letters.html",
        {"letters": list(notices_of(customer).select_related(None)[:SHOWN]), "customer": customer},
    )


def collection_panel(*, customer: Customer, user: User) -> Panel:
    """Return the last contacts, the open promises and disputes, and what may be done next (P5.2.3, P5.2.4)."""
    contacts = list(contacts_of(customer)[:SHOWN])
    promises = list(promises_of(customer)[:SHOWN])
    suspended = customer.state == CustomerState.SUSPENDED
    kind = ProposalKind.RESUME if suspended else ProposalKind.STOP
    context = {
        "customer": customer,
        "contacts": contacts,
        "next_on": contacts[0].next_on if contacts else None,
        "today": local_today(),
        "promises": [promise for promise in promises if promise.state == PromiseState.OPEN],
        "has_promises": bool(promises),
        "disputes": list(customer.disputes.filter(state=DisputeState.OPEN)[:SHOWN]),
        "may_log": contact_refusal(user, customer) is None,
        "may_propose": propose_refusal(user, customer, kind) is None,
    }
    return Panel(_("Collection"), "receivables/_customer_collection.html", context)


def damages_panel(*, customer: Customer, user: User) -> Panel:
    """Return the customer's liquidated damages today, by currency (P5.2.3)."""
    context = {"account": damages_account(customer.pk, on=local_today()), "customer": customer}
    return Panel(_("Liquidated damages"), "receivables/_customer_damages.html", context)


def open_balances(*, customer: Customer, user: User, on: dt.date) -> list[OpenMatter]:
    """Return what the customer owes or is owed by currency, from the report that describes `on`."""
    report = report_for(on)
    if report is None:
        return []
    sums = AgingSum.objects.filter(report=report, customer=customer).exclude(total_amount=0)
    text = _("%(currency)s %(amount)s are open as of %(date)s; nobody is dunned whose file is closed.")
    url = reverse("receivables:aging_customer", args=[customer.number])
    return [
        OpenMatter(
            text % {"currency": row.currency, "amount": f"{row.total_amount:,.2f}", "date": report.as_of}, url
        )
        for row in sums.order_by("currency")
    ]


def draft_terms_panel(request: HttpRequest, draft: PolicyDraft) -> SafeString:
    """Return the card beside a draft of the policy (`POLICY_DRAFT_PANELS`) that tells which own dunning terms would not
    fit it, as HTML; empty where all do. Customers are named to those who see them."""
    unfit = []
    if draft.state == DraftState.DRAFT:
        unfit = invalid_terms(on=local_today(), rules=draft.policy.dunning)
    if not unfit:
        return SafeString("")
    named = terms_list(person_of(request)).filter(pk__in=[terms.pk for terms in unfit])[:TERMS_SHOWN]
    context = {"count": len(unfit), "terms": named}
    return render_to_string("receivables/_draft_terms_panel.html", context, request)
