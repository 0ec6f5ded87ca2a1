"""The pages of visits: the list with one's own open tasks, one visit, planning, recording, and what follows."""

from __future__ import annotations

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods
from django_tables2 import RequestConfig

from creditrisk.accounts.requests import changing, person_of
from creditrisk.dates import local_today
from creditrisk.exceptions import ConflictError, InvalidInputError, require
from creditrisk.request_size import takes_files
from creditrisk.stored_files import download_response, read_contents
from customers import portfolio_permissions as permissions
from customers import portfolio_selectors as selectors
from customers import services
from customers.forms import FollowUpForm, ReasonForm, VisitFilesForm, VisitPlanForm, VisitRecordForm
from customers.models import Customer, Visit
from customers.portfolio_filters import OPEN, VisitFilter
from customers.portfolio_tables import FollowUpTable, VisitTable
from customers.selectors import visible_customers
from customers.services import VisitRecord

BAD_REQUEST = 400
CONFLICT = 409


def customer_or_404(request: HttpRequest, number: str) -> Customer:
    """Return a customer that the person may see."""
    return get_object_or_404(visible_customers(person_of(request)), number=number)


def _visit_or_404(request: HttpRequest, pk: int) -> Visit:
    return get_object_or_404(selectors.visit_for_page(person_of(request)), pk=pk)


@require_GET
def visit_list(request: HttpRequest) -> HttpResponse:
    """The visits this person may see; with `?mine=open` what he still has to do."""
    person, today = person_of(request), local_today()
    chosen = VisitFilter(
        request.GET, queryset=selectors.visit_list(person), request=request, user=person, today=today
    )
    is_mine = chosen.form.is_valid() and chosen.form.cleaned_data["mine"] == OPEN
    # What is open is read from the most urgent on, a record of the past from its end.
    order_by = "held_on" if is_mine else "-held_on"
    table = VisitTable(chosen.qs, today=today, order_by=order_by)
    follow_ups = FollowUpTable(selectors.my_follow_ups(person), today=today) if is_mine else None
    for part in filter(None, (table, follow_ups)):
        RequestConfig(request).configure(part)
    context = {"filter": chosen, "table": table, "follow_ups": follow_ups, "is_mine": is_mine}
    return render(request, "customers/visit_list.html", context)


@require_GET
def visit_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One visit: plan, findings, files and follow-ups."""
    return _page(request, _visit_or_404(request, pk))


def _page(
    request: HttpRequest,
    visit: Visit,
    *,
    follow_up_form: FollowUpForm | None = None,
    files_form: VisitFilesForm | None = None,
    status: int = 200,
) -> HttpResponse:
    person, today = person_of(request), local_today()
    form = follow_up_form or FollowUpForm(customer=visit.customer, by=person)
    may_follow_up = permissions.follow_up_refusal(person, visit) is None
    for follow_up in visit.follow_ups.all():
        follow_up.visit = visit  # with the customer loaded: no query for each button
    context = {
        "visit": visit,
        "is_overdue": visit.is_overdue(on=today),
        "settle_refusal": permissions.settle_visit_refusal(person, visit),
        "manages": permissions.manages(person, visit.customer),
        "follow_up_form": form if may_follow_up else None,
        "files_form": (files_form or VisitFilesForm())
        if permissions.attach_refusal(person, visit) is None
        else None,
        "follow_ups": [
            (
                follow_up,
                follow_up.is_overdue(on=today),
                permissions.complete_refusal(person, follow_up) is None,
            )
            for follow_up in visit.follow_ups.all()
        ],
    }
    return render(request, "customers/visit_detail.html", context, status=status)


@require_http_methods(["GET", "POST"])
def visit_plan(request: HttpRequest, number: str) -> HttpResponse:
    """Plan a visit to a customer (P5.1.3)."""
    person = person_of(request)
    customer = customer_or_404(request, number)
    require(permissions.visit_refusal(person, customer))
    form = VisitPlanForm(request.POST or None, customer=customer, by=person)
    if request.method == "POST" and form.is_valid():
        try:
            visit = services.plan_visit(customer=customer, by=person, now=timezone.now(), **form.cleaned_data)
        except InvalidInputError as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("Visit planned."))
            return redirect(visit)
    return render(request, "customers/visit_plan.html", {"form": form, "customer": customer})


@takes_files("CREDITRISK_ATTACHMENTS_AT_ONCE_MAX_BYTES")
@require_http_methods(["GET", "POST"])
def visit_record_new(request: HttpRequest, number: str) -> HttpResponse:
    """Record a visit that nobody had planned (P5.1.3)."""
    customer = customer_or_404(request, number)
    require(permissions.visit_refusal(person_of(request), customer))
    return _record(request, customer, visit=None)


@takes_files("CREDITRISK_ATTACHMENTS_AT_ONCE_MAX_BYTES")
@require_http_methods(["GET", "POST"])
def visit_record(request: HttpRequest, pk: int) -> HttpResponse:
    """Record a planned visit with its findings (P5.1.3)."""
    visit = _visit_or_404(request, pk)
    if request.method == "GET":
        require(permissions.settle_visit_refusal(person_of(request), visit))
    return _record(request, visit.customer, visit=visit)


def _record(request: HttpRequest, customer: Customer, *, visit: Visit | None) -> HttpResponse:
    form = VisitRecordForm(request.POST or None, request.FILES or None, visit=visit, today=local_today())
    status = 200
    if request.method == "POST" and form.is_valid():
        told = dict(form.cleaned_data)
        documents, submission_key = told.pop("documents"), told.pop("submission_key")
        try:
            stored = services.record_visit(
                customer=customer,
                visit=visit,
                record=VisitRecord(**told),
                files=read_contents(documents),
                by=person_of(request),
                now=timezone.now(),
                submission_key=submission_key,
            )
        except InvalidInputError as refusal:
            form.add_refusal(refusal)
        except ConflictError as conflict:  # what was typed must not be lost
            status = CONFLICT
            form.add_error(None, str(conflict))
        else:
            messages.success(request, _("Visit recorded."))
            return redirect(stored)
    context = {"form": form, "customer": customer, "visit": visit}
    return render(request, "customers/visit_record.html", context, status=status)


@require_http_methods(["GET", "POST"])
def visit_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Cancel a planned visit, with the reason."""
    visit = _visit_or_404(request, pk)
    if request.method == "GET":
        require(permissions.settle_visit_refusal(person_of(request), visit))
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.cancel_visit(
            visit=visit, reason=form.cleaned_data["reason"], by=person_of(request), now=timezone.now()
        )
        messages.success(request, _("Visit cancelled."))
        return redirect(visit)
    return render(request, "customers/visit_cancel.html", {"form": form, "visit": visit})


@takes_files("CREDITRISK_ATTACHMENTS_AT_ONCE_MAX_BYTES")
@changing(_visit_or_404)
def visit_attach(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Add photos and documents."""
    require(permissions.attach_refusal(person_of(request), visit))
    form = VisitFilesForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            added = services.attach_visit_files(
                visit=visit, files=read_contents(form.cleaned_data["documents"]), by=person_of(request)
            )
        except InvalidInputError as refusal:
            form.add_error("documents", str(refusal))
        else:
            text = ngettext("%(count)s file added.", "%(count)s files added.", added)
            messages.success(request, text % {"count": added})
            return redirect(visit)
    return _page(request, visit, files_form=form, status=BAD_REQUEST)


@require_GET
def visit_file(request: HttpRequest, pk: int, file_id: int) -> FileResponse:
    """Send a photo or document as a download."""
    visit = _visit_or_404(request, pk)
    return download_response(get_object_or_404(visit.files, pk=file_id))


@changing(_visit_or_404)
def follow_up_add(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Note what is to be done after the visit."""
    person = person_of(request)
    require(permissions.follow_up_refusal(person, visit))
    form = FollowUpForm(request.POST, customer=visit.customer, by=person)
    if form.is_valid():
        try:
            services.add_follow_up(visit=visit, by=person, **form.cleaned_data)
        except InvalidInputError as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("Follow-up noted."))
            return redirect(visit)
    return _page(request, visit, follow_up_form=form, status=BAD_REQUEST)


@changing(_visit_or_404)
def follow_up_complete(request: HttpRequest, visit: Visit, *, follow_up_id: int) -> HttpResponse:
    """Tick a follow-up off."""
    follow_up = get_object_or_404(visit.follow_ups, pk=follow_up_id)
    services.complete_follow_up(follow_up=follow_up, by=person_of(request), now=timezone.now())
    messages.success(request, _("Follow-up completed."))
    return redirect(visit)
