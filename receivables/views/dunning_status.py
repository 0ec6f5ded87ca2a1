"""Where dunning stands with one customer, item by item, and why (P5.2.3)."""

from __future__ import annotations

from collections import Counter

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from django_tables2 import RequestConfig

from creditrisk.accounts.requests import person_of
from creditrisk.workbooks import table_response
from customers.views.requests import customer_or_404
from receivables.forms.damages import DamagesDayForm
from receivables.selectors.dunning_status import dunning_status
from receivables.tables.dunning_status import ItemStatusTable, next_text, status_sheet
from receivables.views.damages import day_of

SHOWN_LETTERS = 10


@require_GET
def dunning_status_page(request: HttpRequest, customer_number: str) -> HttpResponse | FileResponse:
    """One customer: his items, what stopped him, letters, promises, disputes, proposals, deposits, terms, damages."""
    customer = customer_or_404(request, customer_number)
    status = dunning_status(customer, on=day_of(request))
    if file := table_response(
        request,
        name=f"dunning-{customer.number}-{status.on}",
        title=_("Dunning"),
        table=status_sheet(status),
        facts=[
            (_("Customer"), str(customer)),
            (_("As-of date"), status.on.isoformat()),
            (_("Downloaded by"), str(person_of(request))),
        ],
    ):
        return file
    table = ItemStatusTable(status)
    RequestConfig(request).configure(table)
    context = {
        "status": status,
        "customer": customer,
        "form": DamagesDayForm({"on": status.on.isoformat()}),
        "table": table,
        "letters": status.letters[:SHOWN_LETTERS],
        "reasons": Counter(next_text(item) for item in status.items).most_common(),
    }
    return render(request, "receivables/dunning_status.html", context)
