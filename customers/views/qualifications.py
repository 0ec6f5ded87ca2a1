"""The qualifications of a customer with their scans, and the list of those that end soon."""

from __future__ import annotations

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_tables2 import RequestConfig

from creditrisk.accounts.requests import person_of
from creditrisk.dates import local_today
from creditrisk.policy.selectors import policy_version_on
from creditrisk.request_size import takes_files
from creditrisk.stored_files import download_response
from customers import selectors, services
from customers.filters import QualificationFilter
from customers.forms import QualificationForm
from customers.models import Customer, Qualification, QualificationScan
from customers.tables import QualificationTable
from customers.views.requests import customer_or_404
from customers.views.rows import RowPage, row_form

PAGE = RowPage(
    form=QualificationForm,
    template="customers/qualification_form.html",
    add=services.add_qualification,
    update=services.update_qualification,
    argument="qualification",
    anchor="qualifications",
)


@require_GET
def qualification_list(request: HttpRequest) -> HttpResponse:
    """What ends soon, or has ended, of the customers this person may see (P4.3)."""
    today = local_today()
    reminder_days = policy_version_on(today).policy.customer_file.qualification_reminder_days
    chosen = QualificationFilter(
        request.GET,
        queryset=selectors.ending_qualifications(person_of(request)),
        request=request,
        today=today,
        usual_days=reminder_days[0],
    )
    table = QualificationTable(chosen.qs, today=today, ending_within_days=reminder_days[0])
    RequestConfig(request).configure(table)
    return render(request, "customers/qualification_list.html", {"filter": chosen, "table": table})


@takes_files("CREDITRISK_ATTACHMENTS_AT_ONCE_MAX_BYTES")
@require_http_methods(["GET", "POST"])
def qualification_create(request: HttpRequest, number: str) -> HttpResponse:
    """Add a qualification with its scans."""
    customer = customer_or_404(request, number)
    return row_form(request, customer, Qualification(customer=customer), PAGE)


@takes_files("CREDITRISK_ATTACHMENTS_AT_ONCE_MAX_BYTES")
@require_http_methods(["GET", "POST"])
def qualification_edit(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """Change a qualification and add scans. What somebody else changed meanwhile is shown first (409)."""
    customer = customer_or_404(request, number)
    found = get_object_or_404(selectors.qualifications_of(customer), pk=pk)
    return row_form(request, customer, found, PAGE)


@require_POST
def qualification_retire(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """Retire a qualification."""
    customer = customer_or_404(request, number)
    qualification = get_object_or_404(customer.qualifications, pk=pk)
    services.retire_qualification(qualification=qualification, by=person_of(request), now=timezone.now())
    messages.success(request, _("%(name)s is retired.") % {"name": qualification})
    return redirect(f"{customer.get_absolute_url()}#qualifications")


def _scan_or_404(customer: Customer, pk: int, scan_id: int, **conditions: bool) -> QualificationScan:
    qualification = get_object_or_404(customer.qualifications, pk=pk)
    return get_object_or_404(qualification.scans, pk=scan_id, **conditions)


@require_GET
def scan(request: HttpRequest, number: str, pk: int, scan_id: int) -> FileResponse:
    """Send a scan as a download, never to be shown by the browser, and never from anybody's cache."""
    customer = customer_or_404(request, number)
    return download_response(_scan_or_404(customer, pk, scan_id, removed_at__isnull=True))


@require_POST
def scan_remove(request: HttpRequest, number: str, pk: int, scan_id: int) -> HttpResponse:
    """Take a scan off its qualification."""
    found = _scan_or_404(customer_or_404(request, number), pk, scan_id)
    services.remove_scan(scan=found, by=person_of(request), now=timezone.now())
    messages.success(request, _("%(name)s removed.") % {"name": found.name})
    return redirect(reverse("customers:qualification_edit", args=[number, pk]))
