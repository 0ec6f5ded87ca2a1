"""The log of collection: the list, and a new entry with all its facts (P5.2.3)."""

from __future__ import annotations

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods
from django_tables2 import RequestConfig

from creditrisk.accounts.requests import person_of
from creditrisk.dates import local_today
from creditrisk.exceptions import InvalidInputError, require
from creditrisk.workbooks import table_response
from customers.exports import filter_facts
from customers.views.requests import customer_or_404
from receivables import permissions
from receivables.collection_exports import contacts_table
from receivables.forms.contacts import ContactFilter, ContactForm
from receivables.selectors.contacts import contact_list, contacts_of
from receivables.services.contacts import log_contact
from receivables.tables.collections import ContactTable
from receivables.views.promises import after_contact

SHOWN = 5


@require_GET
def contact_list_page(request: HttpRequest) -> HttpResponse | FileResponse:
    """The contacts with the customers this person may see; with ?format=xlsx or csv as a file."""
    person = person_of(request)
    chosen = ContactFilter(request.GET, queryset=contact_list(person))
    table = ContactTable(chosen.qs)
    RequestConfig(request).configure(table)
    facts = [*filter_facts(chosen.form), (_("Downloaded by"), str(person))]
    name, title = f"contacts-{local_today()}", _("Contact log")
    listed = contacts_table(table.data.data)
    if file := table_response(request, name=name, title=title, table=listed, facts=facts):
        return file
    return render(request, "receivables/contact_list.html", {"filter": chosen, "table": table})


@require_http_methods(["GET", "POST"])
def contact_create(request: HttpRequest, number: str) -> HttpResponse:
    """Write an attempt to reach the customer into his log."""
    person, customer = person_of(request), customer_or_404(request, number)
    require(permissions.contact_refusal(person, customer))
    form = ContactForm(request.POST or None, today=local_today())
    if request.method == "POST" and form.is_valid():
        try:
            contact = log_contact(customer=customer, today=local_today(), by=person, **form.cleaned_data)
        except InvalidInputError as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("Recorded. Next contact on %(date)s.") % {"date": contact.next_on})
            return after_contact(request, customer)
    context = {"customer": customer, "form": form, "contacts": contacts_of(customer)[:SHOWN]}
    return render(request, "receivables/contact_create.html", context)
