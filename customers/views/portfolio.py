"""Who manages a customer."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from creditrisk.accounts.requests import person_of
from creditrisk.exceptions import InvalidInputError, require
from customers import permissions, selectors, services
from customers.forms import PortfolioForm
from customers.views.requests import customer_or_404


@require_http_methods(["GET", "POST"])
def portfolio(request: HttpRequest, number: str) -> HttpResponse:
    """Choose who manages the customer (P3.2)."""
    person = person_of(request)
    customer = customer_or_404(request, number)
    require(permissions.service_manager_refusal(person, customer))
    form = PortfolioForm(request.POST or None, customer=customer, by=person)
    if request.method == "POST" and form.is_valid():
        try:
            services.reassign_portfolio(customer=customer, by=person, **form.cleaned_data)
        except InvalidInputError as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("Saved."))
            still_visible = selectors.visible_customers(person).filter(pk=customer.pk).exists()
            return redirect(customer) if still_visible else redirect("customers:list")
    return render(request, "customers/portfolio.html", {"form": form, "customer": customer})
