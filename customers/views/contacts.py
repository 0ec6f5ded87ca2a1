"""The contacts of a customer: added, changed, retired."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from creditrisk.accounts.requests import person_of
from customers import services
from customers.forms import ContactForm
from customers.models import Contact, ContactKind
from customers.views.requests import customer_or_404
from customers.views.rows import RowPage, row_form

PAGE = RowPage(
    form=ContactForm,
    template="customers/contact_form.html",
    add=services.add_contact,
    update=services.update_contact,
    argument="contact",
    anchor="contacts",
)


@require_http_methods(["GET", "POST"])
def contact_create(request: HttpRequest, number: str) -> HttpResponse:
    """Add a contact."""
    customer = customer_or_404(request, number)
    kind = request.GET.get("kind", "")
    new = Contact(customer=customer, kind=kind if kind in ContactKind.values else "")
    return row_form(request, customer, new, PAGE)


@require_http_methods(["GET", "POST"])
def contact_edit(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """Change a contact. What somebody else changed meanwhile is shown first (409)."""
    customer = customer_or_404(request, number)
    return row_form(request, customer, get_object_or_404(customer.contacts, pk=pk), PAGE)


@require_POST
def contact_retire(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """Retire a contact."""
    customer = customer_or_404(request, number)
    contact = get_object_or_404(customer.contacts, pk=pk)
    services.retire_contact(contact=contact, by=person_of(request), now=timezone.now())
    messages.success(request, _("%(name)s is retired.") % {"name": contact})
    return redirect(f"{customer.get_absolute_url()}#contacts")
