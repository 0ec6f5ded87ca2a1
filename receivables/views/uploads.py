"""The upload pages: list, a new file, how it was understood, commit or discard."""

from __future__ import annotations

import logging
from dataclasses import replace
from decimal import Decimal
from functools import partial
from pathlib import PurePath

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_tables2 import RequestConfig
from kombu.exceptions import OperationalError as BrokerError

from creditrisk.accounts.models import User
from creditrisk.accounts.requests import person_of
from creditrisk.dates import local_today
from creditrisk.exceptions import ConflictError, InvalidInputError, require
from creditrisk.request_size import takes_files
from creditrisk.workbooks import excel_response, table_response
from receivables import permissions
from receivables.exports import write_errors, write_wrong_rows
from receivables.forms.columns import ColumnsForm, ReadingForm
from receivables.forms.uploads import CorrectionsForm, RecheckForm, UnknownCustomersForm, UploadForm
from receivables.list_exports import uploads_table
from receivables.models import Report, ReportState
from receivables.reading.choices import Choices
from receivables.reading.report import SheetPreview
from receivables.selectors import reading_record
from receivables.selectors.column_mappings import mapping_of
from receivables.selectors.comparison import from_data
from receivables.selectors.reports import committed_on, uploads_of
from receivables.selectors.unknown_customers import unknown_customers_of, with_suggestions
from receivables.services import column_choices, corrections, uploads
from receivables.services.column_choices import NAME_CHARACTERS
from receivables.services.progress import progress_of
from receivables.services.unknown_customers import resolve_customers
from receivables.tables.uploads import RowErrorTable, UploadTable
from receivables.tasks import check_upload

logger = logging.getLogger(__name__)

WHOLE_FILE_ROWS = 200_000


def _report_or_404(request: HttpRequest, number: str) -> Report:
    return get_object_or_404(uploads_of(person_of(request)), number=number)


@require_GET
def upload_list(request: HttpRequest) -> HttpResponse | FileResponse:
    """Every upload, for those who see every customer; with ?format=xlsx or csv as a file."""
    person = person_of(request)
    table = UploadTable(uploads_of(person).prefetch_related("superseded_by"))
    RequestConfig(request).configure(table)
    listed, facts = uploads_table(table.data.data), [(_("Downloaded by"), str(person))]
    name = f"uploads-{local_today()}"
    if file := table_response(request, name=name, title=_("Uploads"), table=listed, facts=facts):
        return file
    context = {"table": table, "upload_refusal": permissions.upload_refusal(person)}
    return render(request, "receivables/upload_list.html", context)


@require_http_methods(["GET", "POST"])
@takes_files("CREDITRISK_REPORT_MAX_BYTES")
def upload_create(request: HttpRequest) -> HttpResponse:
    """Take in a file."""
    person = person_of(request)
    require(permissions.upload_refusal(person))
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
    """Check a small file that waits for it at once, leave a long one to the worker.

    Without a broker the schedule finds it later.
    """
    if report.state != ReportState.UPLOADED:
        return
    if not uploads.is_long(report):
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
        "columns_refusal": permissions.columns_refusal(person, report),
        "difference": from_data(report.reading.get("difference", {})),
        "progress": progress_of(report),
        "mapping": mapping_of(report),
    }
    if report.state == ReportState.REFUSED and not permissions.upload_refusal(person):
        has_unknown = report.reading.get("has_unknown_customers")
        unknown = with_suggestions(unknown_customers_of(report)) if has_unknown else []
        context |= {
            "unknown_form": UnknownCustomersForm(unknown=unknown) if unknown else None,
            "corrections_form": CorrectionsForm(),
        }
    return render(request, "receivables/upload_detail.html", context)


@require_GET
def upload_progress(request: HttpRequest, number: str) -> HttpResponse:
    """Asked by the page while a file is being checked: how far it is; the page reloads once it is done."""
    report = _report_or_404(request, number)
    if report.state == ReportState.UPLOADED:
        return render(request, "receivables/_upload_progress.html", {"pct": progress_of(report)})
    return HttpResponse(headers={"HX-Refresh": "true"})


@require_POST
def upload_check(request: HttpRequest, number: str) -> HttpResponse:
    """Check a refused file again."""
    report = _report_or_404(request, number)
    form = RecheckForm(request.POST)
    if not form.is_valid():
        raise InvalidInputError("report.recheck", form.errors.as_text())
    create = form.cleaned_data["create_customers"]
    person = person_of(request)
    _check(uploads.recheck_report(report=report, create_customers=create, by=person), person)
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
    report = _report_or_404(request, number)
    try:
        uploads.discard_report(report=report, by=person_of(request))
    except ConflictError as refusal:
        if refusal.code != "report.busy":
            raise
        messages.info(request, _("The check of %(number)s is being stopped.") % {"number": report.number})
        return redirect(report)
    messages.info(request, _("Upload %(number)s is discarded.") % {"number": report.number})
    return redirect("receivables:upload_list")


@require_GET
def upload_errors(request: HttpRequest, number: str) -> FileResponse:
    """The row errors as an Excel file, to be worked off beside the report."""
    report = _report_or_404(request, number)
    write = partial(write_errors, report=report, errors=report.row_errors.all())
    return excel_response(f"{report.number}-errors.xlsx", write)


@require_GET
def upload_rows(request: HttpRequest, number: str) -> FileResponse:
    """The wrong rows to be corrected, or with ?whole=1 the whole table with a column of errors."""
    report = _report_or_404(request, number)
    if report.state != ReportState.REFUSED or report.refusal:
        raise Http404
    whole = request.GET.get("whole") == "1"
    if whole and report.rows > WHOLE_FILE_ROWS:
        raise InvalidInputError(
            "report.whole_too_large",
            _("A table of more than %(limit)d rows is not written again. Download the wrong rows.")
            % {"limit": WHOLE_FILE_ROWS},
        )
    write = partial(write_wrong_rows, report=report, whole=whole)
    return excel_response(f"{report.number}-{'checked' if whole else 'wrong-rows'}.xlsx", write)


@require_POST
@takes_files("CREDITRISK_REPORT_MAX_BYTES")
def upload_correct(request: HttpRequest, number: str) -> HttpResponse:
    """Take corrected rows: they go back into their file, and the whole is checked anew."""
    report = _report_or_404(request, number)
    form = CorrectionsForm(request.POST, request.FILES)
    if not form.is_valid():
        raise InvalidInputError("report.corrections", form.errors.as_text())
    person = person_of(request)
    new = corrections.correct_rows(report=report, file=form.cleaned_data["file"], by=person)
    _check(new, person)
    messages.info(request, _("The corrected rows are in the new upload %(number)s.") % {"number": new.number})
    return redirect(new)


@require_POST
def upload_customers(request: HttpRequest, number: str) -> HttpResponse:
    """Say whom the unknown names of a refused upload mean, and check it again."""
    report = _report_or_404(request, number)
    form = UnknownCustomersForm(request.POST, unknown=with_suggestions(unknown_customers_of(report)))
    if not form.is_valid():
        raise InvalidInputError("report.customers", form.errors.as_text())
    person = person_of(request)
    _check(resolve_customers(report=report, decisions=form.decisions(), by=person), person)
    return redirect(report)


@require_POST
def upload_forget(request: HttpRequest, number: str) -> HttpResponse:
    """Forget the mapping by which this upload was read; the upload stays as it is."""
    person = person_of(request)
    report = _report_or_404(request, number)
    require(permissions.upload_refusal(person))
    if (mapping := mapping_of(report)) is not None:
        column_choices.forget_mapping(mapping=mapping, by=person)
        messages.info(request, _("The mapping “%(name)s” is forgotten.") % {"name": mapping.name})
    return redirect(report)


@require_http_methods(["GET", "POST"])
def upload_columns(request: HttpRequest, number: str) -> HttpResponse:
    """Say which column means what, beside the first rows of the file."""
    person = person_of(request)
    report = _report_or_404(request, number)
    require(permissions.columns_refusal(person, report))
    source = request.POST if request.method == "POST" else request.GET
    asked = _shown_by(source, report)
    preview = column_choices.preview_of(report, choices=asked)
    shown = next((sheet for sheet in preview.sheets if sheet.name == asked.sheet), preview.sheets[0])
    named = [sheet.name for sheet in preview.sheets if sheet.name]
    form = ColumnsForm(
        request.POST if request.method == "POST" else None,
        initial={
            "sheet": shown.name,
            "encoding": (preview.encoding or "").removesuffix("-sig"),
            "day_order": asked.day_order or "",
            "decimal_mark": asked.decimal_mark or "",
            "remember_as": PurePath(report.file_name).stem[:NAME_CHARACTERS],
        },
        sheets=named,
        encoding=preview.encoding,
        kind=report.file_kind,
        shown=shown,
    )
    if request.method == "POST" and form.is_valid():
        try:
            report = column_choices.choose_reading(
                report=report, choices=form.choices(), remember_as=form.cleaned_data["remember_as"], by=person
            )
        except InvalidInputError as refusal:
            form.add_error("remember_as" if refusal.code == "mapping.name_taken" else None, str(refusal))
        else:
            _check(report, person)
            return redirect(report)
    context = {"report": report, "form": form, "shown": shown, "rows": _preview_rows(shown)}
    return render(request, "receivables/upload_columns.html", context)


def _shown_by(source: QueryDict, report: Report) -> Choices:
    """Return the choices by which the file is shown: what was asked for just now, else what was chosen before."""
    before = Choices(**report.choices)
    form = ReadingForm(source, sheets=["-"], encoding="utf-8")
    form.fields["sheet"].choices = [(source.get("sheet", ""),) * 2]  # type: ignore[attr-defined]
    form.is_valid()
    asked = {name: value for name, value in form.cleaned_data.items() if value}
    if "sheet" in asked or "header_row" in asked or "encoding" in asked:
        same = asked.get("header_row") == before.header_row and asked.get("sheet") in (None, before.sheet)
        return replace(before, columns=before.columns if same else {}, **asked)
    return before


def _preview_rows(shown: SheetPreview) -> list[tuple[int, bool, tuple[str, ...]]]:
    """Return number, whether it is the header, and cells of the rows from the header on, and of those before it."""
    width = max((len(row) for row in shown.rows), default=0)
    return [
        (place, place == shown.header_row, row + ("",) * (width - len(row)))
        for place, row in enumerate(shown.rows, start=1)
    ]


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
