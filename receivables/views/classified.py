"""The classified detail of receivables: list, one month with its lines, next actions, signing off, download."""

from __future__ import annotations

from functools import partial

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_tables2 import RequestConfig

from creditrisk.accounts.requests import person_of
from creditrisk.dates import local_today
from creditrisk.exceptions import InvalidInputError
from creditrisk.policy.schema import AgingBucket
from creditrisk.workbooks import excel_response
from receivables import permissions
from receivables.exports import write_classified
from receivables.forms.classified import MonthForm, NextActionForm
from receivables.models import ClassifiedDetail, ClassifiedLine
from receivables.selectors.aging import bucket_labels
from receivables.selectors.classified import detail_list, lines_of
from receivables.services import classified
from receivables.tables.classified import DEVIATION_LABELS, DetailTable


def _detail_or_404(request: HttpRequest, pk: int) -> ClassifiedDetail:
    return get_object_or_404(detail_list(person_of(request)), pk=pk)


def _labels(detail: ClassifiedDetail) -> list[str]:
    return bucket_labels([AgingBucket(**bucket) for bucket in detail.buckets])


@require_http_methods(["GET", "POST"])
def classified_list(request: HttpRequest) -> HttpResponse:
    """Every detail the person may see; a service manager draws up his own."""
    person = person_of(request)
    form = MonthForm(request.POST or None, today=local_today())
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(classified.draw_up_detail(month_on=form.cleaned_data["month"], by=person))
        except InvalidInputError as refusal:
            form.add_error("month", str(refusal))
    table = DetailTable(detail_list(person))
    RequestConfig(request).configure(table)
    context = {"table": table, "form": form, "refusal": permissions.classified_refusal(person)}
    return render(request, "receivables/classified_list.html", context)


@require_GET
def classified_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One month: by customer and contract, against the contract's term."""
    detail = _detail_or_404(request, pk)
    lines = list(lines_of(detail))
    context = {
        "detail": detail,
        "labels": _labels(detail),
        "lines": [(line, [DEVIATION_LABELS[name] for name in line.deviations]) for line in lines],
        "sign_refusal": permissions.sign_refusal(person_of(request), detail),
    }
    return render(request, "receivables/classified_detail.html", context)


@require_POST
def classified_action(request: HttpRequest, pk: int, line: int) -> HttpResponse:
    """Say what is done about a line."""
    detail = _detail_or_404(request, pk)
    form = NextActionForm(request.POST)
    if not form.is_valid():
        raise InvalidInputError("classified.action", form.errors.as_text())
    classified.note_next_action(
        line=get_object_or_404(ClassifiedLine, pk=line, detail=detail),
        **form.cleaned_data,
        by=person_of(request),
    )
    messages.success(request, _("Saved."))
    return redirect(f"{detail.get_absolute_url()}#line-{line}")


@require_POST
def classified_sign(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign the detail off."""
    detail = classified.sign_detail(detail=_detail_or_404(request, pk), by=person_of(request))
    messages.success(request, _("The detail is signed and frozen."))
    return redirect(detail)


@require_GET
def classified_export(request: HttpRequest, pk: int) -> FileResponse:
    """The detail as an Excel file."""
    detail = _detail_or_404(request, pk)
    rows = [
        (line, ", ".join(str(DEVIATION_LABELS[name]) for name in line.deviations))
        for line in lines_of(detail)
    ]
    write = partial(write_classified, detail=detail, labels=_labels(detail), rows=rows)
    return excel_response(f"classified-{detail.month_on:%Y-%m}-{detail.service_manager_id}.xlsx", write)
