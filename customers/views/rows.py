"""One page for adding a row to a customer file and for changing it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from creditrisk.accounts.requests import person_of
from creditrisk.exceptions import ConflictError, InvalidInputError, NotAllowedError, require
from customers.forms.rows import RowForm
from customers.models import Customer
from customers.models.retirable import Retirable
from customers.permissions import edit_refusal

CONFLICT = 409


@dataclass(frozen=True)
class RowPage:
    """How the rows of one kind are edited: their form, page and services. `argument` is what `update` calls the row;
    `anchor` is their card on the customer's page."""

    form: type[RowForm]
    template: str
    add: Callable[..., Retirable]
    update: Callable[..., Retirable]
    argument: str
    anchor: str


def row_form(request: HttpRequest, customer: Customer, row: Any, page: RowPage) -> HttpResponse:
    """Answer with the form of a new or stored `row`, or save it and go back to the customer.

    Raises NotAllowedError for who does not keep the file, and for a retired row.
    """
    person = person_of(request)
    require(edit_refusal(person, customer))
    if row.is_retired:
        raise NotAllowedError(
            "row.retired", _("This is retired and kept for the record: it does not change.")
        )
    form = page.form(request.POST or None, request.FILES or None, instance=row)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            _save(form, customer, row, page, person)
        except InvalidInputError as refusal:
            form.add_refusal(refusal)
        except ConflictError as conflict:
            status = CONFLICT
            form.add_conflict(
                conflict, version=type(row).objects.values_list("version", flat=True).get(pk=row.pk)
            )
        else:
            messages.success(request, _("Saved."))
            return redirect(f"{customer.get_absolute_url()}#{page.anchor}")
    context = {"form": form, "customer": customer, "row": row, "anchor": page.anchor}
    return render(request, page.template, context, status=status)


def _save(form: RowForm, customer: Customer, row: Retirable, page: RowPage, person: Any) -> None:
    files = {}
    if "scans" in form.fields:
        # Read one after the other, when the service comes to it.
        files["scans"] = ((file.name or "", file.read()) for file in form.cleaned_data["scans"])
    if row.pk is None:
        page.add(
            customer=customer,
            data=form.row_data,
            by=person,
            submission_key=form.cleaned_data["submission_key"],
            **files,
        )
    else:
        version = form.cleaned_data["version"]
        page.update(**{page.argument: row}, data=form.row_data, version=version, by=person, **files)
