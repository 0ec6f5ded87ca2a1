"""The pages on which a leaver's customers are given to his successors."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods
from django_tables2 import RequestConfig

from creditrisk.accounts.requests import person_of
from creditrisk.exceptions import ConflictError, InvalidInputError, require
from customers import portfolio_permissions as permissions
from customers import portfolio_selectors as selectors
from customers import services
from customers.forms import ReassignmentForm
from customers.forms.reassignment import tick_of
from customers.models import Reassignment
from customers.portfolio_filters import PortfolioFilter
from customers.portfolio_tables import PeopleTable
from customers.reassignment import moved_in_words

CONFLICT = 409
SHOWN = 1000
"""A page holds at most so many customers; who has more does it in two goes (a form takes 2,000 fields)."""


@require_GET
def people(request: HttpRequest) -> HttpResponse:
    """The people whose customers this person may give to others."""
    person = person_of(request)
    require(permissions.reassign_anybody_refusal(person))
    table = PeopleTable(selectors.people_with_customers(person))
    RequestConfig(request).configure(table)
    return render(request, "customers/reassign_people.html", {"table": table})


@require_http_methods(["GET", "POST"])
def reassign(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose customers of one person and who takes them over; what changed meanwhile is told (409)."""
    by = person_of(request)
    require(permissions.reassign_anybody_refusal(by))
    leaver = get_object_or_404(selectors.people_under(by), pk=pk)
    form = ReassignmentForm(request.POST or None, person=leaver)
    status = 200
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        try:
            done = services.reassign_customers(
                person=leaver, chosen=data.pop("customers"), by=by, now=timezone.now(), **data
            )
        except InvalidInputError as refusal:
            form.add_refusal(refusal)
        except ConflictError as conflict:
            status = CONFLICT
            form.add_error(None, str(conflict))
        else:
            _tell(request, done)
            return redirect("portfolio:reassign_people")
    chosen = PortfolioFilter(request.GET, queryset=selectors.portfolio_of(leaver), request=request)
    found = list(chosen.qs.order_by("number")[: SHOWN + 1])
    context = {
        "form": form,
        "leaver": leaver,
        "filter": chosen,
        "rows": [(customer, tick_of(customer), customer.pk in form.ticked) for customer in found[:SHOWN]],
        "has_more": len(found) > SHOWN,
        "shown": SHOWN,
    }
    return render(request, "customers/reassign.html", context, status=status)


def _tell(request: HttpRequest, done: Reassignment) -> None:
    count = len(done.customer_numbers)
    text = ngettext("%(count)s customer reassigned.", "%(count)s customers reassigned.", count)
    moved = ", ".join(f"{label}: {number}" for label, number in moved_in_words(done.moved))
    messages.success(request, " ".join(filter(None, [text % {"count": count}, moved])))
