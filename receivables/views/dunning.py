"""The dunning run before and after: preview, release, history; and customers who are dunned differently (P5.2.3)."""

from __future__ import annotations

import datetime as dt
import logging

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_tables2 import RequestConfig
from kombu.exceptions import OperationalError as BrokerError

from creditrisk.accounts.requests import person_of
from creditrisk.accounts.roles import Role
from creditrisk.dates import local_today
from creditrisk.exceptions import InvalidInputError, require
from creditrisk.policy.selectors import policy_version_on
from customers.views.requests import customer_or_404
from receivables import permissions
from receivables.dunning_wording import WAITS
from receivables.forms.dunning import DunningTermsForm, PreviewFilter, ReleaseForm
from receivables.models import DunningRelease
from receivables.selectors.dunning_facts import invalid_terms
from receivables.selectors.dunning_runs import Preview, preview_of, previewed_customers, release_list
from receivables.selectors.dunning_terms import terms_list, terms_of
from receivables.services import dunning_release, dunning_terms
from receivables.tables.dunning import PreviewTable, ReleaseTable, TermsTable
from receivables.tasks import write_released_notices

logger = logging.getLogger(__name__)

SHOWN_RELEASES = 20
BUSINESS_ROLES = frozenset(Role) - {Role.ADMINISTRATOR}
"""An administrator may release a run, but sees no customer (he keeps people and rules, not files)."""


@require_GET
def dunning(request: HttpRequest) -> HttpResponse:
    """What a run of the day would write to the customers this person sees, what waits, and what was released."""
    return _page(request, None)


@require_POST
def release(request: HttpRequest) -> HttpResponse:
    """Release the notices of the chosen stages; a worker writes them."""
    form = ReleaseForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=400)
    try:
        asked = dunning_release.release_notices(
            by=person_of(request), today=local_today(), **form.cleaned_data
        )
    except InvalidInputError as refusal:
        form.add_error("stages", str(refusal))
        return _page(request, form, status=400)
    transaction.on_commit(lambda: _wake(asked))
    messages.success(request, _("Released: the notices are being written."))
    return redirect(f"{reverse('receivables:dunning')}?on={asked.on}#releases")


def _wake(asked: DunningRelease) -> None:
    try:
        write_released_notices.delay(asked.pk)
    except BrokerError:
        logger.warning("The broker is down: release %s will be written by the schedule.", asked.pk)


def _page(request: HttpRequest, form: ReleaseForm | None, status: int = 200) -> HttpResponse:
    person, today = person_of(request), local_today()
    chosen = PreviewFilter(request.GET or None)
    on: dt.date = (form.cleaned_data.get("on") if form else None) or chosen.day(today=today)
    refusal = permissions.run_dunning_refusal(person)
    preview = preview_of(on=on, customers=previewed_customers(person, may_release=refusal is None))
    lines = _chosen_lines(preview, chosen) if person.has_role(*BUSINESS_ROLES) else []
    table = PreviewTable(lines)
    RequestConfig(request).configure(table)
    releases = ReleaseTable(release_list()[:SHOWN_RELEASES], prefix="releases-", orderable=False)
    totals = preview.totals() if preview else []
    if preview and form is None:
        form = ReleaseForm(
            initial={
                "on": on,
                "fingerprint": preview.fingerprint,
                "stages": [total.stage for total in totals if total.by_person and total.count],
            },
            stages=[total.stage for total in totals if total.count],
        )
    context = {
        "on": on,
        "preview": preview,
        "totals": totals,
        "waiting": [(WAITS[code], count) for code, count in preview.waiting.items()] if preview else [],
        "chosen": chosen if chosen.is_bound else PreviewFilter(initial={"on": on}),
        "table": table,
        "releases": releases if refusal is None else None,
        "invalid_terms": invalid_terms(on=on, rules=preview.policy_version.policy.dunning) if preview else [],
        "stale_days": (on - preview.report.as_of).days if preview and preview.is_stale else None,
        "form": form,
        "refusal": refusal,
        "is_today": on == today,
    }
    return render(request, "receivables/dunning.html", context, status=status)


def _chosen_lines(preview: Preview | None, chosen: PreviewFilter) -> list[object]:
    if preview is None:
        return []
    typed = chosen.cleaned_data if chosen.is_bound and chosen.is_valid() else {}
    text, stage = str(typed.get("customer") or "").strip().lower(), typed.get("stage")
    return [
        line
        for line in preview.lines
        if (not stage or line.stage == stage)
        and (text in line.customer.lower() or text in line.customer_number.lower())
    ]


@require_GET
def terms_list_page(request: HttpRequest) -> HttpResponse:
    """The customers and contracts that are dunned differently from the policy."""
    table = TermsTable(terms_list(person_of(request)))
    RequestConfig(request).configure(table)
    return render(request, "receivables/dunning_terms_list.html", {"table": table})


@require_http_methods(["GET", "POST"])
def terms(request: HttpRequest, customer_number: str) -> HttpResponse:
    """How a customer is dunned, and agreeing on another way."""
    person, customer = person_of(request), customer_or_404(request, customer_number)
    refusal = permissions.dunning_terms_refusal(person)
    form = DunningTermsForm(request.POST or None, customer=customer)
    if request.method == "POST":
        require(refusal)
        if form.is_valid():
            values = dict(form.cleaned_data)
            try:
                dunning_terms.agree_dunning_terms(
                    customer=customer,
                    contract=values.pop("contract"),
                    values=values,
                    policy=policy_version_on(local_today()).policy,
                    by=person,
                )
            except InvalidInputError as refused:
                form.add_refusal(refused)
            else:
                messages.success(request, _("Saved."))
                return redirect("receivables:dunning_terms", customer.number)
    context = {
        "customer": customer,
        "form": form,
        "refusal": refusal,
        "agreed": terms_of(customer),
        "policy": policy_version_on(local_today()).policy,
    }
    return render(request, "receivables/dunning_terms.html", context)


@require_POST
def terms_end(request: HttpRequest, pk: int) -> HttpResponse:
    """The policy counts again."""
    agreed = get_object_or_404(terms_list(person_of(request)), pk=pk)
    dunning_terms.end_dunning_terms(terms=agreed, by=person_of(request))
    messages.success(request, _("The policy counts again."))
    return redirect("receivables:dunning_terms", agreed.customer.number)
