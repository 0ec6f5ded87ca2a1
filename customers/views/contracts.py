"""A customer's contracts."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from creditrisk.accounts.requests import person_of
from creditrisk.dates import local_today
from creditrisk.exceptions import InvalidInputError
from creditrisk.policy.selectors import policy_version_on
from customers import permissions, services
from customers.forms import ContractForm
from customers.views.requests import customer_or_404


@require_http_methods(["GET", "POST"])
def contract_create(request: HttpRequest, number: str) -> HttpResponse:
    """Record a contract; refused before the customer's review is approved (P4.1)."""
    person = person_of(request)
    customer = customer_or_404(request, number)
    today = local_today()
    policy = policy_version_on(today).policy
    permissions.require(permissions.contract_refusal(person, customer, signed_on=today, policy=policy))
    form = ContractForm(request.POST or None, customer=customer, by=person, today=today)
    if request.method == "POST" and form.is_valid():
        try:
            contract = services.record_contract(customer=customer, by=person, **form.cleaned_data)
        except InvalidInputError as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("Contract %(number)s recorded.") % {"number": contract.number})
            return redirect(customer)
    context = {"form": form, "customer": customer, "usual_terms_days": policy.usual_payment_terms_days}
    return render(request, "customers/contract_create.html", context)
