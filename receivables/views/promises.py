"""Promises to pay: the list, a new one, one with what became of it, and its withdrawal (P5.2.3)."""

from __future__ import annotations

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_tables2 import RequestConfig

from creditrisk.accounts.requests import person_of
from creditrisk.dates import local_today
from creditrisk.exceptions import InvalidInputError, require
from creditrisk.workbooks import table_response
from customers.exports import filter_facts
from customers.models import Customer
from customers.views.requests import customer_or_404
from receivables import permissions
from receivables.collection_exports import promises_table
from receivables.forms.promises import PromiseFilter, PromiseForm, WithdrawPromiseForm
from receivables.models import Promise
from receivables.selectors.collectable import Collectable, collectable
from receivables.selectors.promises import promise_list
from receivables.services.contacts import log_promise
from receivables.services.promises import withdraw_promise
from receivables.tables.collections import PromiseTable


@require_GET
def promise_list_page(request: HttpRequest) -> HttpResponse | FileResponse:
    """The promises of the customers this person may see; with ?format=xlsx or csv as a file."""
    person = person_of(request)
    chosen = PromiseFilter(request.GET, queryset=promise_list(person))
    table = PromiseTable(chosen.qs)
    RequestConfig(request).configure(table)
    facts = [*filter_facts(chosen.form), (_("Downloaded by"), str(person))]
    name, title = f"promises-{local_today()}", _("Promises to pay")
    listed = promises_table(table.data.data)
    if file := table_response(request, name=name, title=title, table=listed, facts=facts):
        return file
    return render(request, "receivables/promise_list.html", {"filter": chosen, "table": table})


@require_http_methods(["GET", "POST"])
def promise_create(request: HttpRequest, number: str) -> HttpResponse:
    """Record what a customer promises to pay, with the contact in which he did."""
    person, customer, today = person_of(request), customer_or_404(request, number), local_today()
    require(permissions.promise_refusal(person, customer))
    found = collectable(customer, on=today)
    currency = chosen_currency(request, found)
    listed = [item for item in found.items if item.currency == currency]
    form = PromiseForm(request.POST or None, listed=listed, today=today, initial={"currency": currency})
    if request.method == "POST" and request.POST.get("action") == "split":
        if (typed := form.in_equal_parts()) is not None:
            form = PromiseForm(listed=listed, today=today, initial=typed)
    elif request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            promise = log_promise(
                customer=customer,
                currency=currency,
                items=[(item.document, item.due_on) for item in form.chosen()],
                instalments=form.instalments(),
                made_on=typed["made_on"],
                way=typed["way"],
                promised_by=typed["promised_by"],
                note=typed["note"],
                submission_key=typed["submission_key"],
                today=today,
                by=person,
            )
        except InvalidInputError as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(
                request, _("The promise is recorded: its items are not dunned while it is open.")
            )
            return after_contact(request, promise)
    context = {"customer": customer, "form": form, "found": found, "currency": currency}
    return render(request, "receivables/promise_create.html", context)


def chosen_currency(request: HttpRequest, found: Collectable) -> str:
    """Return the currency whose items a page offers: the one asked for, else that of the oldest item."""
    asked = request.POST.get("currency") or request.GET.get("currency", "")
    known = found.currencies
    return asked if asked in known else next(iter(known), "")


def after_contact(request: HttpRequest, about: Promise | Customer) -> HttpResponse:
    """Lead back to the work list who came from there (`?from=work`), everybody else to what was recorded."""
    return redirect("receivables:work_list" if request.GET.get("from") == "work" else about)


@require_GET
def promise_detail(request: HttpRequest, number: str) -> HttpResponse:
    """One promise: its items and instalments, and what the reports say."""
    return _page(request, _promise_or_404(request, number), WithdrawPromiseForm())


@require_POST
def promise_withdraw(request: HttpRequest, number: str) -> HttpResponse:
    """Take a promise back that was a mistake, or that another one replaces."""
    promise = _promise_or_404(request, number)
    form = WithdrawPromiseForm(request.POST)
    if form.is_valid():
        withdrawn = withdraw_promise(
            promise=promise, reason=form.cleaned_data["reason"], on=local_today(), by=person_of(request)
        )
        messages.success(request, _("Withdrawn: its items are dunned again."))
        return redirect(withdrawn)
    return _page(request, promise, form, status=400)


def _promise_or_404(request: HttpRequest, number: str) -> Promise:
    return get_object_or_404(promise_list(person_of(request)), number=number)


def _page(
    request: HttpRequest, promise: Promise, form: WithdrawPromiseForm, status: int = 200
) -> HttpResponse:
    context = {
        "promise": promise,
        "customer": promise.customer,
        "items": promise.items.all(),
        "instalments": promise.instalments.all(),
        "contacts": promise.contacts.select_related("by"),
        "form": form,
        "today": local_today(),
        "withdraw_refusal": permissions.withdraw_promise_refusal(person_of(request), promise),
    }
    return render(request, "receivables/promise_detail.html", context, status=status)
