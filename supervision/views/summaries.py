"""Monthly summaries: the list, one of them with its analysis and signature, PDF and workbook (P3.2.5)."""

from __future__ import annotations

import datetime as dt
from functools import partial

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from creditrisk.accounts.requests import person_of
from creditrisk.dates import add_months, local_today
from creditrisk.exceptions import BusinessError, ConflictError, InvalidInputError
from creditrisk.stored_files import pdf_response
from creditrisk.workbooks import excel_response
from receivables.forms.effectiveness import MonthField
from supervision.exports import write_summary
from supervision.forms.summaries import AnalysisForm
from supervision.models import MonthlySummary
from supervision.selectors.summaries import (
    LISTED_MONTHS,
    addenda_of,
    has_older,
    late_reports,
    latest_month,
    months_shown,
    summaries_beside,
    summaries_between,
    summaries_seen,
    summary_document,
)
from supervision.services.summaries import refresh_summary
from supervision.services.summary_signing import save_analysis, sign_summary
from supervision.summary_document import figure_name, summary_pdf
from supervision.summary_facts import SummaryFacts
from supervision.summary_permissions import write_refusal
from supervision.tables.summary_list import people_by_month
from supervision.tables.summary_page import cards

CONFLICT, NOT_ALLOWED, BAD_REQUEST = 409, 403, 400


def _summary_or_404(request: HttpRequest, pk: int) -> MonthlySummary:
    return get_object_or_404(summaries_seen(person_of(request)), pk=pk)


def _month(text: str) -> dt.date | None:
    """Return the first day of a month written as 2026-05; None for anything else."""
    try:
        month: dt.date | None = MonthField(required=False).clean(text)
    except ValidationError:
        return None
    return month


@require_GET
def summary_list(request: HttpRequest) -> HttpResponse:
    """Months × people with the state of each; with ?until=2026-05 the months up to that one."""
    person, today = person_of(request), local_today()
    newest = latest_month(person)
    last = _month(request.GET.get("until", "")) or newest
    context: dict[str, object] = {"people": [], "months": []}
    if newest is not None and last is not None:
        months = months_shown(min(last, newest))
        listed = summaries_between(person, first=months[-1], last=months[0])
        context = {
            "people": people_by_month(listed, months=months, on=today),
            "months": months,
            "older": add_months(months[-1], -1) if has_older(person, before=months[-1]) else None,
            "newer": min(add_months(months[0], LISTED_MONTHS), newest) if months[0] < newest else None,
        }
    return render(request, "supervision/summary_list.html", context)


@require_GET
def summary_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One summary: its figures with charts, the analysis, the signature, addenda."""
    summary = _summary_or_404(request, pk)
    return _page(request, summary, AnalysisForm(summary=summary))


def _page(
    request: HttpRequest, summary: MonthlySummary, form: AnalysisForm, status: int = 200
) -> HttpResponse:
    person, today, facts = person_of(request), local_today(), summary.figures
    code, label = summary.shown_state(on=today)
    others = summaries_beside(summary)
    is_draft = summary.signed_at is None
    context = {
        "summary": summary,
        "facts": facts,
        "state_code": code,
        "state_label": label,
        "cards": list(cards(summary, facts)),
        "form": form,
        "refusal": write_refusal(person, summary),
        "late": late_reports(summary).all if is_draft else [],
        "addenda": [(addendum, _told(addendum, facts)) for addendum in addenda_of(summary)],
        "others": [(one, *one.shown_state(on=today)) for one in others],
        "unsigned": sum(one.signed_at is None for one in others),
    }
    return render(request, "supervision/summary_detail.html", context, status=status)


def _told(addendum: object, facts: SummaryFacts) -> list[tuple[str, object]]:
    differences = addendum.differences  # type: ignore[attr-defined]
    return [(figure_name(one.figure, facts.buckets), one) for one in differences]


@require_POST
def summary_autosave(request: HttpRequest, pk: int) -> HttpResponse:
    """Save the analysis while it is written. JSON as the autosave of reviews: `form_version`, `saved_at` and `invalid`,
    else `message`; 409 where somebody else has changed it meanwhile.
    """
    summary = _summary_or_404(request, pk)
    form = AnalysisForm(request.POST, summary=summary)
    if not form.is_valid():
        if "seen_form_version" not in form.cleaned_data:
            return JsonResponse(
                {"message": _("The page was not complete. Load it anew.")}, status=BAD_REQUEST
            )
        invalid = {name: str(errors[0]) for name, errors in form.errors.items()}
        return _saved(form.cleaned_data["seen_form_version"], invalid)
    try:
        saved = save_analysis(
            summary=summary,
            by=person_of(request),
            analysis=form.cleaned_data["analysis"],
            seen_version=form.cleaned_data["seen_form_version"],
        )
    except BusinessError as refused:
        status = CONFLICT if isinstance(refused, ConflictError) else NOT_ALLOWED
        return JsonResponse({"message": str(refused)}, status=status)
    return _saved(saved.version, {})


def _saved(version: int, invalid: dict[str, str]) -> JsonResponse:
    now = f"{timezone.localtime():%H:%M:%S}"
    return JsonResponse({"form_version": version, "saved_at": now, "invalid": invalid})


@require_POST
def summary_refresh(request: HttpRequest, pk: int) -> HttpResponse:
    """Compute the figures of a draft anew."""
    summary = _summary_or_404(request, pk)
    refresh_summary(summary=summary, by=person_of(request), now=timezone.now())
    messages.success(request, _("The figures are computed anew."))
    return redirect(summary)


@require_POST
def summary_sign(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign with the analysis as it stands in the form."""
    summary = _summary_or_404(request, pk)
    form = AnalysisForm(request.POST, summary=summary)
    if not form.is_valid():
        return _page(request, summary, form, status=BAD_REQUEST)
    try:
        sign_summary(
            summary=summary,
            by=person_of(request),
            analysis=form.cleaned_data["analysis"],
            seen_version=form.cleaned_data["seen_form_version"],
            now=timezone.now(),
        )
    except InvalidInputError as refusal:
        form.add_error("analysis", str(refusal))
        return _page(request, summary, form, status=BAD_REQUEST)
    messages.success(request, _("Signed: the leader and the deputy leader get it now."))
    return redirect(summary)


@require_GET
def summary_pdf_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The PDF, in the reader's language."""
    summary = _summary_or_404(request, pk)
    pdf = summary_pdf(summary_document(summary), language=get_language() or "en")
    return pdf_response(pdf, name=f"summary-{summary.month:%Y-%m}-{summary.file_name}")


@require_GET
def summary_workbook(request: HttpRequest, pk: int) -> FileResponse:
    """The same figures as an Excel file."""
    summary = _summary_or_404(request, pk)
    name = f"summary-{summary.month:%Y-%m}-{summary.file_name}.xlsx"
    return excel_response(name, partial(write_summary, summary=summary))
