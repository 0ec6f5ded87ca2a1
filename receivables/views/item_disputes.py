"""Opening a dispute about single items of a customer (P3.3); its page is that of every dispute."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from creditrisk.accounts.requests import person_of
from creditrisk.dates import local_today
from creditrisk.exceptions import InvalidInputError, require
from customers.contract_permissions import open_item_dispute_refusal
from customers.views.requests import customer_or_404
from receivables.forms.item_disputes import ItemDisputeForm
from receivables.selectors.collectable import collectable
from receivables.services.contacts import log_dispute
from receivables.views.promises import chosen_currency


@require_http_methods(["GET", "POST"])
def dispute_create(request: HttpRequest, number: str) -> HttpResponse:
    """Open a dispute about items, with the contact in which the customer raised it; the rest goes on."""
    person, customer, today = person_of(request), customer_or_404(request, number), local_today()
    require(open_item_dispute_refusal(person, customer))
    found = collectable(customer, on=today)
    currency = chosen_currency(request, found)
    listed = [item for item in found.items if item.currency == currency]
    form = ItemDisputeForm(request.POST or None, listed=listed, initial={"currency": currency})
    if request.method == "POST" and form.is_valid():
        try:
            dispute = log_dispute(
                customer=customer,
                items=form.disputed(),
                opened_on=today,
                way=form.cleaned_data["way"],
                submission_key=form.cleaned_data["submission_key"],
                by=person,
                **form.facts(),
            )
        except InvalidInputError as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("The dispute is open; its owner was told."))
            return redirect(dispute)
    context = {"customer": customer, "form": form, "found": found, "currency": currency}
    return render(request, "receivables/item_dispute_create.html", context)
