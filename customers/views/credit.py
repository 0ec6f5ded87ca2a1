"""Limits, service level, group and the credit check of one customer."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from creditrisk.accounts.requests import person_of
from creditrisk.dates import local_today
from creditrisk.exceptions import InvalidInputError, require
from creditrisk.policy.selectors import policy_version_on
from customers import credit_permissions, services
from customers.credit_check import CreditDecision, CreditRequest, check_credit
from customers.credit_facts import credit_facts
from customers.credit_limits import Cover
from customers.forms.credit import (
    CreditCheckForm,
    ParentForm,
    ServiceLevelForm,
    TemporaryLimitForm,
    VersionedReasonForm,
)
from customers.models import Customer
from customers.selectors import visible_customers


def _customer_or_404(request: HttpRequest, number: str) -> Customer:
    return get_object_or_404(visible_customers(person_of(request)), number=number)


def _standing_today(customer: Customer) -> CreditDecision:
    today = local_today()
    facts = credit_facts(customer, on=today)
    return check_credit(facts, request=None, on=today, policy=policy_version_on(today).policy)


def _warn_where_exceeded(request: HttpRequest, cover: Cover) -> None:
    """A limit below the exposure is the leader's to set; he is told what follows."""
    if cover.is_exceeded:
        text = _(
            "The limit %(currency)s %(limit)s lies below the exposure %(exposure)s: new business is on hold."
        )
        told = {
            "currency": cover.currency,
            "limit": f"{cover.limit_amount:,.2f}",
            "exposure": f"{cover.exposure_amount:,.2f}",
        }
        messages.warning(request, text % told)


@require_http_methods(["GET", "POST"])
def temporary_limit(request: HttpRequest, number: str) -> HttpResponse:
    """Grant a temporary limit, or change the one there is (P3.1, P3.4)."""
    person = person_of(request)
    customer = _customer_or_404(request, number)
    require(credit_permissions.temporary_limit_refusal(person, customer))
    form = TemporaryLimitForm(request.POST or None, customer=customer)
    if request.method == "POST" and form.is_valid():
        try:
            changed = services.grant_temporary_limit(
                customer=customer, by=person, today=local_today(), **form.cleaned_data
            )
        except InvalidInputError as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("Saved."))
            _warn_where_exceeded(request, _standing_today(changed).own)
            return redirect(customer)
    context = {"customer": customer, "form": form, "decision": _standing_today(customer)}
    return render(request, "customers/temporary_limit.html", context)


@require_http_methods(["GET", "POST"])
def temporary_limit_end(request: HttpRequest, number: str) -> HttpResponse:
    """End the temporary limit before its day."""
    person = person_of(request)
    customer = _customer_or_404(request, number)
    if request.method == "GET":
        require(credit_permissions.end_temporary_limit_refusal(person, customer))
    form = VersionedReasonForm(request.POST or None, initial={"version": customer.version})
    if request.method == "POST" and form.is_valid():
        changed = services.end_temporary_limit(customer=customer, by=person, **form.cleaned_data)
        messages.success(request, _("Saved."))
        _warn_where_exceeded(request, _standing_today(changed).own)
        return redirect(customer)
    context = {
        "customer": customer,
        "form": form,
        "title": _("End the temporary limit"),
        "text": _("From now on the permanent limit counts alone."),
    }
    return render(request, "customers/decision.html", context)


@require_http_methods(["GET", "POST"])
def service_level(request: HttpRequest, number: str) -> HttpResponse:
    """Set the service level (P3.1 f)."""
    person = person_of(request)
    customer = _customer_or_404(request, number)
    require(credit_permissions.service_level_refusal(person, customer))
    form = ServiceLevelForm(request.POST or None, customer=customer)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        services.set_service_level(
            customer=customer,
            level=values["service_level"],
            reason=values["reason"],
            version=values["version"],
            by=person,
        )
        messages.success(request, _("Saved."))
        return redirect(customer)
    context = {
        "customer": customer,
        "form": form,
        "title": _("Set the service level"),
        "text": _("What we do for the customer; the year-end review confirms it (P3.1 f)."),
    }
    return render(request, "customers/decision.html", context)


@require_http_methods(["GET", "POST"])
def parent(request: HttpRequest, number: str) -> HttpResponse:
    """Say which company stands above the customer."""
    person = person_of(request)
    customer = _customer_or_404(request, number)
    require(credit_permissions.parent_refusal(person, customer))
    form = ParentForm(request.POST or None, customer=customer, by=person)
    if request.method == "POST" and form.is_valid():
        try:
            services.set_parent(
                customer=customer, parent=form.parent, version=form.cleaned_data["version"], by=person
            )
        except InvalidInputError as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("Saved."))
            return redirect(customer)
    context = {
        "customer": customer,
        "form": form,
        "title": _("Change the group"),
        "text": _("What the group owes is summed and kept within the limit of the company at its head."),
    }
    return render(request, "customers/decision.html", context)


@require_GET
def credit_check(request: HttpRequest, number: str) -> HttpResponse:
    """Whether the customer gets new business of an amount, with every reason why not."""
    customer = _customer_or_404(request, number)
    form = CreditCheckForm(request.GET or None, customer=customer, today=local_today())
    context: dict[str, object] = {"customer": customer, "form": form}
    if form.is_bound and form.is_valid():
        values = form.cleaned_data
        facts = credit_facts(customer, on=values["on"])
        asked = CreditRequest(amount=values["amount"], currency=values["currency"])
        policy = policy_version_on(values["on"]).policy
        context |= {
            "asked": asked,
            "on": values["on"],
            "decision": check_credit(facts, request=asked, on=values["on"], policy=policy),
            "receivables": facts.receivables,
        }
    return render(request, "customers/credit_check.html", context)
