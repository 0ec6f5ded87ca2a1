"""Merging two files of one customer: choose, look at what would move, confirm; and the record of it."""

from __future__ import annotations

from django.apps import apps
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from creditrisk.accounts.requests import person_of
from creditrisk.exceptions import InvalidInputError, require
from customers import identity_permissions, services
from customers.forms.merge import MergeChoiceForm, MergeForm
from customers.merge_preview import merge_preview, shown_snapshot
from customers.models import CustomerMerge

LATEST = 20


@require_http_methods(["GET", "POST"])
def merge(request: HttpRequest) -> HttpResponse:
    """Choose two files, see what a merge would do, and confirm it."""
    person = person_of(request)
    require(identity_permissions.merging_refusal(person))
    is_decision = request.method == "POST"
    sent = request.POST if is_decision else request.GET
    numbers = {name: sent[name] for name in ("keep", "drop") if name in sent}
    choice = MergeChoiceForm(numbers or None)
    context = {
        "form": choice,
        "merges": CustomerMerge.objects.select_related("keep", "drop", "merged_by")[:LATEST],
    }
    if not choice.is_valid():
        return render(request, "customers/merge.html", context, status=400 if is_decision else 200)
    keep, drop = choice.cleaned_data["keep"], choice.cleaned_data["drop"]
    preview = merge_preview(keep, drop)
    form = MergeForm(
        request.POST if is_decision else None, initial=numbers, codes_differ=preview.codes_differ
    )
    if is_decision and form.is_valid():
        try:
            done = services.merge_customers(
                keep=keep,
                drop=drop,
                by=person,
                reason=form.cleaned_data["reason"],
                accept_other_code=form.cleaned_data["accept_other_code"],
            )
        except InvalidInputError as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("The two files are one now."))
            return redirect(done)
    context |= {
        "keep": keep,
        "drop": drop,
        "preview": preview,
        "decision": form,
        "refusal": identity_permissions.merge_refusal(person, keep=keep, drop=drop),
    }
    return render(request, "customers/merge.html", context)


@require_GET
def merge_record(request: HttpRequest, pk: int) -> HttpResponse:
    """Who merged which files, when and why, and what moved."""
    records = CustomerMerge.objects.visible_to(person_of(request)).select_related("keep", "drop", "merged_by")
    record = get_object_or_404(records, pk=pk)
    context = {
        "merge": record,
        "counts": [(_named(label), number) for label, number in sorted(record.counts.items())],
        "stayed": [(_named(label), number) for label, number in sorted(record.stayed.items())],
        "snapshot": shown_snapshot(record.snapshot),
    }
    return render(request, "customers/merge_record.html", context)


def _named(label: str) -> str:
    """Return what the table behind a stored label is called today; the label itself where it is no more."""
    app, model, _field = label.split(".")
    try:
        return capfirst(str(apps.get_model(app, model)._meta.verbose_name_plural))
    except LookupError:
        return label
