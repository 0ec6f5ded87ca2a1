"""Everything that happened to one customer, on a page and on paper."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from creditrisk.accounts.requests import person_of
from creditrisk.dates import local_today
from customers.dossier import dossier_of
from customers.dossier.pdf import dossier_pdf
from customers.forms.timeline import TimelineForm
from customers.timeline import timeline_of
from customers.views.requests import customer_or_404


@require_GET
def timeline(request: HttpRequest, number: str) -> HttpResponse:
    """What happened to the customer, newest first, as far as this person may see it."""
    customer = customer_or_404(request, number)
    form = TimelineForm(request.GET)
    page = timeline_of(customer=customer, person=person_of(request), before=form.before(), **form.chosen())
    address = request.GET.copy()
    address.pop("before", None)
    context: dict[str, Any] = {
        "customer": customer,
        "filter": {"form": form},
        "timeline": page,
        "is_first": form.before() is None,
        "chosen": address.urlencode(),
    }
    return render(request, "customers/customer_timeline.html", context)


@require_GET
def dossier(request: HttpRequest, number: str) -> HttpResponse:
    """The credit dossier as a PDF: the file as it stands today, and the chosen part of the timeline."""
    person = person_of(request)
    customer = customer_or_404(request, number)
    told = dossier_of(
        customer=customer, person=person, on=local_today(), **TimelineForm(request.GET).chosen()
    )
    pdf = dossier_pdf(told, printed_by=person.display_name, printed_at=timezone.now())
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="dossier-{customer.pk}.pdf"'
    return response
