"""The page that gives chosen customers of the list to other managers."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from creditrisk.accounts.requests import person_of
from creditrisk.dates import local_today
from creditrisk.exceptions import ConflictError, InvalidInputError, NotAllowedError, require
from customers import services
from customers.filters import CustomerFilter
from customers.forms.reassignment import AssignmentForm, tick_of
from customers.permissions import account_manager_refusal
from customers.portfolio_permissions import assign_refusal
from customers.selectors import visible_customers
from customers.views.reassignments import CONFLICT, SHOWN


@require_http_methods(["GET", "POST"])
def assign(request: HttpRequest) -> HttpResponse:
    """Choose among the customers that the filter of the list leaves; what changed meanwhile is told (409)."""
    by = person_of(request)
    require(assign_refusal(by))
    form = AssignmentForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        try:
            count = services.assign_customers(chosen=data.pop("customers"), by=by, now=timezone.now(), **data)
        except (InvalidInputError, NotAllowedError) as refusal:
            form.add_error(None, str(refusal))
        except ConflictError as conflict:
            status = CONFLICT
            form.add_error(None, str(conflict))
        else:
            text = ngettext("%(count)s customer assigned.", "%(count)s customers assigned.", count)
            messages.success(request, text % {"count": count})
            return redirect(f"{reverse('customers:list')}?{request.GET.urlencode()}")
    visible = visible_customers(by).defer("bank_account")
    chosen = CustomerFilter(request.GET, queryset=visible, request=request, today=local_today())
    found = list(chosen.qs.order_by("number")[: SHOWN + 1])
    rows = [
        (customer, tick_of(customer), customer.pk in form.ticked)
        for customer in found[:SHOWN]
        if account_manager_refusal(by, customer) is None
    ]
    context = {
        "form": form,
        "filter": chosen,
        "rows": rows,
        "has_more": len(found) > SHOWN,
        "shown": SHOWN,
        "query": request.GET.urlencode(),
    }
    return render(request, "customers/assign.html", context, status=status)
