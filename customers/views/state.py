"""Stopping cooperation with a customer by hand, and letting it go on."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from creditrisk.accounts.requests import person_of
from creditrisk.exceptions import require
from customers import permissions, services
from customers.forms import ReasonForm
from customers.models import Customer
from customers.views.requests import customer_or_404


@require_http_methods(["GET", "POST"])
def stop(request: HttpRequest, number: str) -> HttpResponse:
    """Stop cooperation by hand (P3.1, P5.2.3)."""
    customer = customer_or_404(request, number)
    if request.method == "GET":
        require(permissions.suspend_refusal(person_of(request), customer))
    return _with_reason(request, customer, act=services.stop_cooperation, template="customers/stop.html")


@require_http_methods(["GET", "POST"])
def reinstate(request: HttpRequest, number: str) -> HttpResponse:
    """Let cooperation go on (P3.1)."""
    customer = customer_or_404(request, number)
    if request.method == "GET":
        require(permissions.reinstate_refusal(person_of(request), customer))
    return _with_reason(
        request, customer, act=services.reinstate_customer, template="customers/reinstate.html"
    )


def _with_reason(
    request: HttpRequest, customer: Customer, *, act: Callable[..., Customer], template: str
) -> HttpResponse:
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        act(customer=customer, reason=form.cleaned_data["reason"], by=person_of(request))
        messages.success(request, _("Saved."))
        return redirect(customer)
    return render(request, template, {"form": form, "customer": customer})
