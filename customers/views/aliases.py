"""Adding and removing aliases, from the customer's page."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from creditrisk.accounts.requests import person_of
from creditrisk.exceptions import InvalidInputError
from customers import selectors, services
from customers.forms.alias import AliasForm
from customers.views.requests import customer_or_404


@require_POST
def alias_add(request: HttpRequest, number: str) -> HttpResponse:
    """Add a name under which files know the customer."""
    person = person_of(request)
    customer = customer_or_404(request, number)
    form = AliasForm(request.POST)
    if not form.is_valid():
        for error in (error for errors in form.errors.values() for error in errors):
            messages.error(request, str(error))
        return redirect(customer)
    try:
        alias = services.add_alias(customer=customer, name=form.cleaned_data["name"], by=person)
    except InvalidInputError as refusal:
        messages.error(request, str(refusal))
        return redirect(customer)
    if selectors.is_alias_shared(alias):
        messages.warning(
            request,
            _(
                "Another customer carries this alias too: rows of a file that name it are refused as ambiguous."
            ),
        )
    else:
        messages.success(request, _("Alias “%(name)s” added.") % {"name": alias.name})
    return redirect(customer)


@require_POST
def alias_remove(request: HttpRequest, number: str, alias: int) -> HttpResponse:
    """Remove an alias."""
    person = person_of(request)
    customer = customer_or_404(request, number)
    services.remove_alias(customer=customer, alias=alias, by=person)
    messages.success(request, _("Alias removed."))
    return redirect(customer)
