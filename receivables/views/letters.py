"""Reminders, letters and final demands: the list, one of them, its PDF, and noting that it was posted."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_tables2 import RequestConfig

from creditrisk.accounts.requests import person_of
from creditrisk.company.selectors import missing_company_details
from creditrisk.dates import local_today
from creditrisk.exceptions import InvalidInputError
from creditrisk.stored_files import pdf_response
from creditrisk.workbooks import table_response
from customers.exports import filter_facts
from receivables.forms.letters import LetterFilter, PostedForm
from receivables.forms.proposals import ForfeitureRefusalForm
from receivables.list_exports import letters_table
from receivables.models import DunningNotice, Stage
from receivables.permissions import decide_forfeiture_refusal, posted_refusal
from receivables.selectors.delivery import attempts_of
from receivables.selectors.dunning import notice_detail, notice_list, stored_pdf
from receivables.selectors.forfeitures import forfeitures_after
from receivables.services.posting import mark_posted
from receivables.tables.letters import LetterItemTable, LetterTable


def _letter_or_404(request: HttpRequest, pk: int) -> DunningNotice:
    return get_object_or_404(notice_detail(person_of(request)), pk=pk)


@require_GET
def letter_list(request: HttpRequest) -> HttpResponse | FileResponse:
    """The notices to the customers this person may see; with ?format=xlsx or csv as a file."""
    person = person_of(request)
    chosen = LetterFilter(request.GET, queryset=notice_list(person))
    table = LetterTable(chosen.qs)
    RequestConfig(request).configure(table)
    listed, facts = (
        letters_table(table.data.data),
        [*filter_facts(chosen.form), (_("Downloaded by"), str(person))],
    )
    name = f"letters-{local_today()}"
    if file := table_response(request, name=name, title=_("Letters"), table=listed, facts=facts):
        return file
    context = {
        "filter": chosen,
        "table": table,
        "missing_company_details": missing_company_details(),
        "dry_run_to": settings.CREDITRISK_CUSTOMER_MAILS_DRY_RUN_TO,
    }
    return render(request, "receivables/letter_list.html", context)


def _detail(request: HttpRequest, letter: DunningNotice, form: PostedForm, status: int = 200) -> HttpResponse:
    # Damages are claimed by the final demand alone (P5.2.3).
    hidden = () if letter.stage == Stage.FINAL_DEMAND else ("damages_amount",)
    items = LetterItemTable(letter.items.all(), exclude=hidden)
    RequestConfig(request).configure(items)
    context = {
        "letter": letter,
        "items": items,
        "form": form,
        "language_name": dict(settings.LANGUAGES)[letter.language],
        "posted_refusal": posted_refusal(person_of(request), letter),
        "proposals": letter.proposals.all(),
        "forfeitures": [
            (one, decide_forfeiture_refusal(person_of(request), one)) for one in forfeitures_after(letter)
        ],
        "forfeiture_form": ForfeitureRefusalForm(auto_id="forfeiture_%s"),
        "attempts": attempts_of(letter),
        "dry_run_to": settings.CREDITRISK_CUSTOMER_MAILS_DRY_RUN_TO,
    }
    return render(request, "receivables/letter_detail.html", context, status=status)


@require_GET
def letter_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One notice: its items, what became of it, and the rule-book it followed."""
    return _detail(request, _letter_or_404(request, pk), PostedForm(today=local_today()))


@require_GET
def letter_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The notice as it was issued, shown in a tab of its own."""
    letter = _letter_or_404(request, pk)
    return pdf_response(stored_pdf(letter), name=letter.number or f"notice-{letter.pk}")


@require_POST
def letter_posted(request: HttpRequest, pk: int) -> HttpResponse:
    """Note that the notice was posted by hand."""
    letter = _letter_or_404(request, pk)
    form = PostedForm(request.POST, today=local_today())
    if form.is_valid():
        try:
            mark_posted(
                notice=letter,
                on=form.cleaned_data["posted_on"],
                way=form.cleaned_data["way"],
                tracking_number=form.cleaned_data["tracking_number"],
                by=person_of(request),
            )
        except InvalidInputError as refusal:
            form.add_error(form.field_of_refusal[refusal.code], str(refusal))
        else:
            messages.success(request, _("Noted."))
            return redirect(letter)
    return _detail(request, letter, form, status=400)
