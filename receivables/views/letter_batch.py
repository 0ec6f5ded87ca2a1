"""Printing many letters as one PDF, and noting that all of them were posted."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST
from django_tables2 import RequestConfig

from creditrisk.accounts.requests import person_of
from creditrisk.dates import local_today
from creditrisk.exceptions import InvalidInputError, Refusal
from creditrisk.stored_files import pdf_response
from receivables.forms.letters import AllPostedForm, PrintFilter, PrintForm
from receivables.models import DunningNotice
from receivables.permissions import posted_refusal
from receivables.selectors.dunning import notice_list
from receivables.selectors.letter_batch import batch_pdf, letters_to_print
from receivables.services.posting import mark_all_posted
from receivables.tables.letters import PrintTable


@dataclass(frozen=True)
class _Batch:
    chosen: PrintFilter
    form: PrintForm
    letters: list[DunningNotice]


def _batch(request: HttpRequest) -> _Batch:
    chosen = PrintFilter(request.GET, queryset=notice_list(person_of(request)))
    form = PrintForm(request.GET)
    form.is_valid()
    return _Batch(chosen, form, letters_to_print(chosen.qs, order=form.chosen_order))


@require_GET
def letter_print(request: HttpRequest) -> HttpResponse:
    """The letters to be printed, in their order, with the way to their one PDF."""
    batch = _batch(request)
    keys = ",".join(str(letter.pk) for letter in batch.letters)
    form = AllPostedForm(today=local_today(), initial={"letters": keys, "posted_on": local_today()})
    return _page(request, batch, form)


def _page(request: HttpRequest, batch: _Batch, form: AllPostedForm, status: int = 200) -> HttpResponse:
    table = PrintTable(batch.letters)
    RequestConfig(request).configure(table)
    context = {
        "filter": batch.chosen,
        "print_form": batch.form,
        "table": table,
        "letters": batch.letters,
        "without_post_code": sum(not letter.customer.postal_code for letter in batch.letters),
        "form": form,
        "refusal": _refusal(request, batch.letters),
    }
    return render(request, "receivables/letter_print.html", context, status=status)


def _refusal(request: HttpRequest, letters: list[DunningNotice]) -> Refusal:
    person = person_of(request)
    return next(filter(None, (posted_refusal(person, letter) for letter in letters)), None)


@require_GET
def letter_print_file(request: HttpRequest) -> HttpResponse:
    """The letters as one PDF, for a tab of its own. Nothing is noted."""
    batch = _batch(request)
    today = local_today()
    pdf, _pages = batch_pdf(batch.letters, on=today, is_duplex=batch.form.cleaned_data["duplex"])
    return pdf_response(pdf, name=f"letters-{today}")


@require_POST
def letter_print_posted(request: HttpRequest) -> HttpResponse:
    """Note that all letters that the page showed were posted on one day: all or none."""
    person = person_of(request)
    form = AllPostedForm(request.POST, today=local_today())
    if form.is_valid():
        keys = form.cleaned_data["letters"]
        if notice_list(person).filter(pk__in=keys).count() < len(set(keys)):
            raise Http404
        try:
            count = mark_all_posted(notices=keys, on=form.cleaned_data["posted_on"], by=person)
        except InvalidInputError as refusal:
            form.add_error("posted_on", str(refusal))
        else:
            text = ngettext(
                "%(count)d letter is noted as posted.", "%(count)d letters are noted as posted.", count
            )
            messages.success(request, text % {"count": count})
            return redirect("receivables:letter_list")
    return _page(request, _batch(request), form, status=400)
