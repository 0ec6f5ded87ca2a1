"""The upload pages: list, a new file, how it was understood, commit or discard."""

from __future__ import annotations

import logging
from decimal import Decimal
from functools import partial

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_tables2 import RequestConfig
from kombu.exceptions import OperationalError as BrokerError

from creditrisk.accounts.models import User
from creditrisk.accounts.requests import person_of
from creditrisk.dates import local_today
from creditrisk.exceptions import ConflictError, InvalidInputError
from creditrisk.request_size import takes_files
from creditrisk.workbooks import excel_response
from receivables import permissions
from receivables.exports import write_errors
from receivables.forms.uploads import RecheckForm, UploadForm
from receivables.models import Report, ReportState
from receivables.selectors import reading_record
from receivables.selectors.reports import committed_on, uploads_of
from receivables.services import uploads
from receivables.tables.uploads import RowErrorTable, UploadTable
from receivables.tasks import check_upload

logger = logging.getLogger(__name__)

CHECK_IN_REQUEST_BYTES = 5 * 1024 * 1024
NO_CONTENT = 204


def _report_or_404(request: HttpRequest, number: str) -> Report:
    return get_object_or_404(uploads_of(person_of(request)), number=number)


@require_GET
def upload_list(request: HttpRequest) -> HttpResponse:
    """Every upload, for those who see every customer."""
    person = person_of(request)
    table = UploadTable(uploads_of(person).prefetch_related("superseded_by"))
    RequestConfig(request).configure(table)
    context = {"table": table, "upload_refusal": permissions.upload_refusal(person)}
    return render(request, "receivables/upload_list.html", context)


@require_http_methods(["GET", "POST"])
@takes_files("CREDITRISK_REPORT_MAX_BYTES")
def upload_create(request: HttpRequest) -> HttpResponse:
    """Take in a file."""
    person = person_of(request)
    permissions.require(permissions.upload_refusal(person))
    form = UploadForm(request.POST or None, request.FILES or None, today=local_today())
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            report = uploads.upload_report(
                file=file,
                file_name=file.name,
                as_of=form.cleaned_data["as_of"],
                today=form.today,
                kind=form.cleaned_data["kind"],
                by=person,
                create_customers=form.cleaned_data["create_customers"],
                submission_key=form.cleaned_data["submission_key"],
            )
        except InvalidInputError as refusal:
            form.add_error("file", str(refusal))
        else:
            _check(report, person)
            return redirect(report)
    return render(request, "receivables/upload_create.html", {"form": form})


def _check(report: Report, person: User) -> None:
    """Check a small file at once, leave a large one to the worker.

    Without a broker the schedule finds it later.
    """
    if report.file_size_bytes <= CHECK_IN_REQUEST_BYTES:
        try:
            uploads.check_report(report=report, by=person)
        except ConflictError:
            logger.info("upload %s is being checked by another request", report.number)
        return
    try:
        check_upload.delay(report.pk)
    except BrokerError:
        logger.warning("the broker is down: upload %s will be checked by the schedule", report.number)


@require_GET
def upload_detail(request: HttpRequest, number: str) -> HttpResponse:
    """How the file was understood, what is wrong in it, and what can be done with it."""
    person = person_of(request)
    report = _report_or_404(request, number)
    errors = RowErrorTable(report.row_errors.all())
    RequestConfig(request).configure(errors)
    replaced = committed_on(report.as_of, kind=report.kind).first()
    context = {
        "report": report,
        "reading": report.reading,
        "totals": [(currency, Decimal(amount)) for currency, amount in sorted(report.totals.items())],
        "stated_totals": reading_record.stated_totals_of(report),
        "warnings": reading_record.warnings_of(report),
        "sample": reading_record.sample_of(report),
        "columns": reading_record.columns_of(report),
        "refusal_text": reading_record.refusal_text_of(report),
        "errors": errors,
        "replaced": replaced if replaced != report else None,
        "later": report.superseded_by.first(),
        "is_checking": report.state == ReportState.UPLOADED,
        "commit_refusal": permissions.commit_refusal(person, report),
        "discard_refusal": permissions.discard_refusal(person, report),
        "upload_refusal": permissions.upload_refusal(person),
        "recheck_form": RecheckForm(initial={"create_customers": report.create_customers}),
    }
    return render(request, "receivables/upload_detail.html", context)


@require_GET
def upload_progress(request: HttpRequest, number: str) -> HttpResponse:
    """Asked by the page while a file is being checked: the page reloads once it is done."""
    report = _report_or_404(request, number)
    if report.state == ReportState.UPLOADED:
        return HttpResponse(status=NO_CONTENT)
    return HttpResponse(headers={"HX-Refresh": "true"})


@require_POST
def upload_check(request: HttpRequest, number: str) -> HttpResponse:
    """Check a refused file again."""
    report = _report_or_404(request, number)
    form = RecheckForm(request.POST)
    if not form.is_valid():
        raise InvalidInputError("report.recheck", form.errors.as_text())
    create = form.cleaned_data["create_customers"]
    uploads.recheck_report(report=report, create_customers=create, by=person_of(request))
    return redirect(report)


@require_POST
def upload_commit(request: HttpRequest, number: str) -> HttpResponse:
    """Put the report in force."""
    report = uploads.commit_report(report=_report_or_404(request, number), by=person_of(request))
    text = _("Report %(number)s as of %(date)s is in force.")
    messages.success(request, text % {"number": report.number, "date": report.as_of})
    return redirect(report)


@require_POST
def upload_discard(request: HttpRequest, number: str) -> HttpResponse:
    """Discard an upload that is not committed."""
    report = uploads.discard_report(report=_report_or_404(request, number), by=person_of(request))
    messages.info(request, _("Upload %(number)s is discarded.") % {"number": report.number})
    return redirect("receivables:upload_list")


@require_GET
def upload_errors(request: HttpRequest, number: str) -> FileResponse:
    """The row errors as an Excel file, to be worked off beside the report."""
    report = _report_or_404(request, number)
    write = partial(write_errors, report=report, errors=report.row_errors.all())
    return excel_response(f"{report.number}-errors.xlsx", write)


@require_GET
def upload_file(request: HttpRequest, number: str) -> FileResponse:
    """The file as it was uploaded, always as a download."""
    report = _report_or_404(request, number)
    return FileResponse(
        report.file.open("rb"),
        as_attachment=True,
        filename=report.file_name,
        content_type="application/octet-stream",
    )
