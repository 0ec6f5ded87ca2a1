"""The pages of early warnings: the list, one case with its log, raising one, and how precise they are (P5.1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods
from django_tables2 import RequestConfig

from creditrisk.accounts.requests import changing, person_of
from creditrisk.dates import add_months, local_today
from creditrisk.exceptions import ConflictError, InvalidInputError, require
from creditrisk.workbooks import table_response
from customers import services
from customers import warning_permissions as permissions
from customers import warning_selectors as selectors
from customers.exports import filter_facts
from customers.forms.warning import (
    CaseForm,
    CloseForm,
    DueForm,
    EntryForm,
    OwnerForm,
    PrecisionForm,
    RaiseForm,
)
from customers.models import WarningCase
from customers.views.requests import customer_or_404
from customers.warning_charts import small_chart
from customers.warning_exports import cases_table
from customers.warning_filters import COUNTED, CaseFilter
from customers.warning_tables import CaseTable, PrecisionTable
from customers.warning_wording import CLAUSES, facts_in_words, sentence

PRECISION_MONTHS = 12
CONFLICT = 409


def _case_or_404(request: HttpRequest, number: str) -> WarningCase:
    return get_object_or_404(selectors.case_for_page(person_of(request)), number=number)


@require_GET
def case_list_page(request: HttpRequest) -> HttpResponse | FileResponse:
    """The cases this person may see, the open ones where nothing is chosen; with ?format=xlsx or csv as a file."""
    person, today = person_of(request), local_today()
    chosen = CaseFilter(
        request.GET, queryset=selectors.case_list(person), request=request, user=person, today=today
    )
    table = CaseTable(chosen.qs, today=today)
    RequestConfig(request).configure(table)
    facts = [*filter_facts(chosen.form), (_("Downloaded by"), str(person))]
    name, title = f"early-warnings-{today}", _("Early warnings")
    listed = cases_table(table.data.data)
    if file := table_response(request, name=name, title=title, table=listed, facts=facts):
        return file
    return render(request, "customers/warning_list.html", {"filter": chosen, "table": table})


@require_GET
def case_detail(request: HttpRequest, number: str) -> HttpResponse:
    """One case: what warns, its log, and what can be done."""
    return _page(request, _case_or_404(request, number))


@require_http_methods(["GET", "POST"])
def case_raise(request: HttpRequest, number: str) -> HttpResponse:
    """Raise a warning about a customer by hand."""
    person, customer = person_of(request), customer_or_404(request, number)
    require(permissions.raise_refusal(person, customer))
    form, status = RaiseForm(request.POST or None), 200
    if request.method == "POST" and form.is_valid():
        try:
            case = services.raise_case(customer=customer, by=person, now=timezone.now(), **form.cleaned_data)
        except InvalidInputError as refusal:
            form.add_refusal(refusal)
        except ConflictError as conflict:  # what was typed must not be lost
            status = CONFLICT
            form.add_error(None, str(conflict))
        else:
            messages.success(request, _("The early warning is raised."))
            return redirect(case)
    context = {"form": form, "customer": customer}
    return render(request, "customers/warning_raise.html", context, status=status)


@changing(_case_or_404, key="number")
def case_entry(request: HttpRequest, case: WarningCase) -> HttpResponse:
    """Write a call, a visit or a note into the log."""
    form = EntryForm(request.POST, case=case, today=local_today(), auto_id="entry_%s")
    return _act(request, case, "entry_form", form, services.add_entry)


@changing(_case_or_404, key="number")
def case_reassign(request: HttpRequest, case: WarningCase) -> HttpResponse:
    """Give the case to another owner."""
    form = OwnerForm(request.POST, case=case, auto_id="owner_%s")
    return _act(request, case, "owner_form", form, services.reassign_case)


@changing(_case_or_404, key="number")
def case_due(request: HttpRequest, case: WarningCase) -> HttpResponse:
    """Give the case another due date."""
    return _act(request, case, "due_form", DueForm(request.POST, auto_id="due_%s"), services.set_due_date)


@changing(_case_or_404, key="number")
def case_close(request: HttpRequest, case: WarningCase) -> HttpResponse:
    """Close the case with what came of it."""
    return _act(request, case, "close_form", CloseForm(request.POST, auto_id="close_%s"), services.close_case)


def _act(
    request: HttpRequest, case: WarningCase, name: str, form: CaseForm, act: Callable[..., object]
) -> HttpResponse:
    if form.is_valid():
        try:
            act(case=case, by=person_of(request), now=timezone.now(), **form.cleaned_data)
        except InvalidInputError as refusal:
            form.add_refusal(refusal)
        except ConflictError as conflict:  # closed meanwhile: what was typed must not be lost
            form.add_error(None, str(conflict))
            page = _page(request, _case_or_404(request, case.number), **{name: form})
            page.status_code = CONFLICT
            return page
        else:
            messages.success(request, _("Saved."))
            return redirect(case)
    return _page(request, case, **{name: form})


def _page(request: HttpRequest, case: WarningCase, **typed: CaseForm) -> HttpResponse:
    person, today = person_of(request), local_today()
    work_refusal = permissions.work_refusal(person, case)
    direct_refusal = permissions.direct_refusal(person, case)
    forms: Mapping[str, Any] = {}
    if work_refusal is None:
        forms = {
            "entry_form": EntryForm(case=case, today=today, auto_id="entry_%s"),
            "close_form": CloseForm(auto_id="close_%s"),
        }
    if direct_refusal is None:
        forms = {
            **forms,
            "owner_form": OwnerForm(case=case, auto_id="owner_%s"),
            "due_form": DueForm(initial={"due_on": case.due_on}, auto_id="due_%s"),
        }
    context = {
        "case": case,
        "customer": case.customer,
        "told": sentence(case.kind, case.numbers, reason=case.reason),
        "clause": CLAUSES[case.kind],
        "facts": facts_in_words(case.numbers),
        "chart": small_chart(case.series, label=str(case.get_kind_display())),
        "is_overdue": case.is_overdue(on=today),
        "work_refusal": work_refusal,
        "direct_refusal": direct_refusal,
        **forms,
        **typed,
    }
    return render(request, "customers/warning_detail.html", context)


@require_GET
def precision(request: HttpRequest) -> HttpResponse:
    """How many warnings of each kind led to action, so that thresholds can be tuned."""
    person, today = person_of(request), local_today()
    form = PrecisionForm(request.GET or None)
    asked: dict[str, dt.date | None] = form.cleaned_data if form.is_valid() else {}
    until = asked.get("until") or today
    since = asked.get("since") or add_months(until, -PRECISION_MONTHS) + dt.timedelta(days=1)
    if not form.is_bound:
        form = PrecisionForm(initial={"since": since, "until": until})
    found = selectors.precision_by_kind(person, since=since, until=until)
    query = urlencode({"since": since, "until": until, "state": COUNTED})
    table = PrecisionTable(found, query=f"{reverse('warnings:list')}?kind={{kind}}&{query}")
    RequestConfig(request, paginate=False).configure(table)
    context = {"form": form, "table": table, "since": since, "until": until}
    return render(request, "customers/warning_precision.html", context)
