"""Importing customers through the browser: hand a file in, look at what it would do, import it."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from creditrisk.accounts.requests import person_of
from creditrisk.exceptions import InvalidInputError, require
from creditrisk.request_size import takes_files
from creditrisk.spreadsheets.writer import write_table
from customers import identity_permissions, services
from customers.forms.import_file import CustomerFile, read_customer_file
from customers.forms.import_upload import ImportForm
from customers.import_rows import ImportResult, RowError
from customers.models import CustomerImport, ImportMode

SHOWN_ERRORS = 100
LATEST = 10
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@takes_files("CREDITRISK_CUSTOMERS_FILE_MAX_BYTES")
@require_http_methods(["GET", "POST"])
def import_create(request: HttpRequest) -> HttpResponse:
    """Hand in a file. Nothing of it is in force yet."""
    person = person_of(request)
    require(identity_permissions.import_refusal(person, ImportMode.INSERT))
    form = ImportForm(request.POST or None, request.FILES or None, by=person)
    if request.method == "POST" and form.is_valid():
        handed_in = form.cleaned_data["file"]
        try:
            stored = services.take_import_file(
                name=handed_in.name,
                content=handed_in.read(),
                mode=form.cleaned_data["mode"],
                by=person,
                submission_key=form.cleaned_data["submission_key"],
            )
        except InvalidInputError as refusal:
            form.add_error("file", str(refusal))
        else:
            return redirect(stored)
    latest = CustomerImport.objects.visible_to(person)[:LATEST]
    return render(request, "customers/import_create.html", {"form": form, "latest": latest})


@require_GET
def import_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """What the file says, and what importing it would do now."""
    stored = _own_import(request, pk)
    context: dict[str, Any] = {"stored": stored}
    if stored.imported_at is None:
        try:
            file, errors, result = _examined(stored, request)
        except InvalidInputError as refusal:
            context["refusal"] = str(refusal)
        else:
            context |= {
                "file": file,
                "result": result,
                "errors": errors[:SHOWN_ERRORS],
                "error_count": len(errors),
                "wrong_rows": len({error.row for error in errors}),
            }
    return render(request, "customers/import_detail.html", context)


@require_POST
def import_commit(request: HttpRequest, pk: int) -> HttpResponse:
    """Import the file: all of it, or nothing."""
    stored = _own_import(request, pk)
    if stored.imported_at is None:
        file = read_customer_file(Path(stored.file.path))
        errors: tuple[RowError, ...] = file.errors
        if not errors:
            errors = services.import_stored_file(
                stored=stored, rows=file.rows, columns=file.header.texts, by=person_of(request)
            ).errors
        if errors:
            messages.error(request, _("The file has errors: nothing was imported."))
            return redirect(stored)
    messages.success(request, _("The customers were imported."))
    return redirect(stored)


@require_GET
def import_errors(request: HttpRequest, pk: int) -> FileResponse:
    """The rows with errors as they are in the file, each with what is wrong: to be corrected and handed in again."""
    stored = _own_import(request, pk)
    file, errors, _result = _examined(stored, request)
    by_row: dict[int, list[str]] = defaultdict(list)
    for error in errors:
        by_row[error.row].append(f"{error.column}: {error.message}")
    first = file.header.index
    width = max(len(cells) for _number, cells in file.table.rows)
    rows = (
        [*cells, *[""] * (width - len(cells)), " ".join(by_row[number])]
        for number, cells in file.table.rows[first + 1 :]
        if number in by_row
    )
    head = file.table.rows[first][1]
    output = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    write_table(output, name=_("Errors"), head=[*head, *[""] * (width - len(head)), _("Error")], rows=rows)
    output.seek(0)
    return FileResponse(output, as_attachment=True, filename="errors.xlsx", content_type=XLSX)


def _own_import(request: HttpRequest, pk: int) -> CustomerImport:
    person = person_of(request)
    stored = get_object_or_404(CustomerImport.objects.visible_to(person), pk=pk)
    require(identity_permissions.import_refusal(person, stored.mode))
    return stored


def _examined(
    stored: CustomerImport, request: HttpRequest
) -> tuple[CustomerFile, list[RowError], ImportResult]:
    """Return the file, all its errors in the order of the rows, and what an import would do."""
    file = read_customer_file(Path(stored.file.path))
    result = services.import_customers(
        rows=file.rows, columns=file.header.texts, mode=stored.mode, by=person_of(request), dry_run=True
    )
    return file, sorted([*file.errors, *result.errors], key=lambda error: error.row), result
