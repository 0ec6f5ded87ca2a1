"""A customer's contracts."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from creditrisk.accounts.requests import person_of
from creditrisk.dates import local_today
from creditrisk.exceptions import InvalidInputError, require
from creditrisk.policy.selectors import policy_version_on
from customers import permissions, services
from customers.contract_selectors import open_override_of
from customers.forms import ContractForm
from customers.views.requests import customer_or_404


@require_http_methods(["GET", "POST"])
def contract_create(request: HttpRequest, number: str) -> HttpResponse:
    """Record a contract; refused before the customer's review is approved (P4.1), unless the group leader has granted
    an override."""
    person = person_of(request)
    customer = customer_or_404(request, number)
    today = local_today()
    policy = policy_version_on(today).policy
    require(permissions.manage_contracts_refusal(person, customer))
    override = open_override_of(customer)
    if request.method == "GET":
        require(
            permissions.contract_refusal(person, customer, signed_on=today, policy=policy, override=override)
        )
    form = ContractForm(request.POST or None, customer=customer, by=person, today=today)
    if request.method == "POST" and form.is_valid():
        try:
            contract = services.record_contract(
                customer=customer,
                by=person,
                signed_on=form.cleaned_data["signed_on"],
                submission_key=form.cleaned_data["submission_key"],
                **form.terms,
            )
        except InvalidInputError as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("Contract %(number)s recorded.") % {"number": contract.number})
            return redirect(customer)
    context = {
        "form": form,
        "customer": customer,
        "usual_terms_days": policy.usual_payment_terms_days,
        "override": override,
    }
    return render(request, "customers/contract_create.html", context)
