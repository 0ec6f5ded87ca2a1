"""Statements of account: list, issue (ZIP or mail), one of them with the customer's answer, PDF and Excel."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Iterable
from functools import partial
from typing import IO

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_tables2 import RequestConfig

from creditrisk.accounts.models import User
from creditrisk.accounts.requests import person_of
from creditrisk.dates import local_today
from creditrisk.exceptions import InvalidInputError, require
from creditrisk.stored_files import pdf_response
from creditrisk.workbooks import download, excel_response, table_response
from customers.models import Customer
from receivables import permissions
from receivables.exports import write_statement
from receivables.forms.statements import AnswerForm, StatementsForm
from receivables.list_exports import statements_table
from receivables.models import Statement
from receivables.selectors.aging import aging_of
from receivables.selectors.reports import latest_report
from receivables.selectors.statements import customers_with_balance, statement_list, statement_pdf
from receivables.services import statements
from receivables.tables.statements import StatementTable


def _statement_or_404(request: HttpRequest, number: str) -> Statement:
    return get_object_or_404(statement_list(person_of(request)), number=number)


@require_http_methods(["GET", "POST"])
def statement_list_page(request: HttpRequest) -> HttpResponse | FileResponse:
    """What was issued, with ?format=xlsx or csv as a file; a form to issue more."""
    person = person_of(request)
    latest = latest_report()
    initial = {
        "as_of": latest.as_of if latest else local_today(),
        "customers": request.GET.get("customer", ""),
    }
    form = StatementsForm(request.POST or None, initial=initial)
    if request.method == "POST":
        require(permissions.statements_refusal(person))
        if form.is_valid():
            try:
                return _issued(request, form, person)
            except InvalidInputError as refusal:
                form.add_error(None, str(refusal))
    table = StatementTable(statement_list(person))
    RequestConfig(request).configure(table)
    listed, facts = statements_table(table.data.data), [(_("Downloaded by"), str(person))]
    name = f"statements-{local_today()}"
    if file := table_response(request, name=name, title=_("Statements"), table=listed, facts=facts):
        return file
    context = {"table": table, "form": form, "refusal": permissions.statements_refusal(person)}
    return render(request, "receivables/statement_list.html", context)


def _issued(request: HttpRequest, form: StatementsForm, person: User) -> HttpResponse | FileResponse:
    as_of: dt.date = form.cleaned_data["as_of"]
    send = form.cleaned_data["send"] == "mail"
    issued = statements.issue_statements(
        customers=_customers(form.numbers(), person, as_of=as_of),
        as_of=as_of,
        language=form.cleaned_data["language"],
        send=send,
        today=local_today(),
        by=person,
    )
    unsent = [statement for statement in issued if statement.message is None]
    if sent := len(issued) - len(unsent):
        text = ngettext("%(count)d statement is on its way.", "%(count)d statements are on their way.", sent)
        messages.success(request, text % {"count": sent})
    if send and unsent:
        text = _("Without an address, to be printed: %(numbers)s")
        messages.warning(request, text % {"numbers": ", ".join(str(statement) for statement in unsent)})
    if send:
        return redirect("receivables:statement_list")
    return download(f"statements-{as_of}.zip", "application/zip", partial(_write_zip, statements=issued))


def _customers(numbers: Iterable[str], person: User, *, as_of: dt.date) -> list[Customer]:
    wanted = list(numbers)
    if not wanted:
        return list(customers_with_balance(person, as_of=as_of)[: statements.MOST_AT_ONCE + 1])
    visible = Customer.objects.visible_to(person).filter(number__in=wanted)
    found = list(visible.select_related("account_manager", "service_manager").order_by("number"))
    unknown = sorted({*wanted} - {customer.number for customer in found})
    if unknown:
        raise InvalidInputError(
            "statement.unknown",
            _("No customer of yours has the number: %(numbers)s") % {"numbers": ", ".join(unknown)},
        )
    return found


def _write_zip(file: IO[bytes], *, statements: Iterable[Statement]) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for statement in statements:
            archive.writestr(f"{statement.number}-{statement.customer.number}.pdf", statement_pdf(statement))


@require_GET
def statement_detail(request: HttpRequest, number: str) -> HttpResponse:
    """One statement: what it says, what became of it, and the answer."""
    statement = _statement_or_404(request, number)
    context = {
        "statement": statement,
        "form": AnswerForm(today=local_today()),
        "refusal": permissions.statement_refusal(person_of(request), statement.customer),
    }
    return render(request, "receivables/statement_detail.html", context)


@require_POST
def statement_answer(request: HttpRequest, number: str) -> HttpResponse:
    """Note what the signed slip says."""
    statement = _statement_or_404(request, number)
    form = AnswerForm(request.POST, today=local_today())
    if not form.is_valid():
        raise InvalidInputError("statement.answer", form.errors.as_text())
    statements.note_answer(
        statement=statement, **form.cleaned_data, today=local_today(), by=person_of(request)
    )
    messages.success(request, _("Saved."))
    return redirect(statement)


@require_GET
def statement_file(request: HttpRequest, number: str) -> HttpResponse:
    """The PDF as it was issued."""
    statement = _statement_or_404(request, number)
    return pdf_response(statement_pdf(statement), name=statement.number)


@require_GET
def statement_workbook(request: HttpRequest, number: str) -> FileResponse:
    """The same items as an Excel file, for the customer's own comparison."""
    statement = _statement_or_404(request, number)
    customers = Customer.objects.filter(pk=statement.customer_id)
    report = aging_of(statement.report, as_of=statement.as_of, customers=customers)
    return excel_response(
        f"{statement.number}.xlsx", partial(write_statement, statement=statement, aging=report)
    )
