"""The work list: whom to call today, in which order, and one key for what came of it (P5.2.3)."""

from __future__ import annotations

from uuid import uuid4

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from creditrisk.accounts.requests import person_of
from creditrisk.dates import local_today
from creditrisk.exceptions import InvalidInputError
from creditrisk.policy.selectors import policy_version_on
from creditrisk.workbooks import table_response
from customers.exports import filter_facts
from customers.models import Customer, CustomerQuerySet
from customers.views.requests import customer_or_404
from receivables.collection_exports import work_table
from receivables.forms.contacts import OneKeyForm
from receivables.forms.worklist import WorkListFilter
from receivables.permissions import contact_refusal
from receivables.selectors.reports import latest_report
from receivables.selectors.work_rows import weigh, work_rows
from receivables.selectors.worklist import moment_of, work_list
from receivables.services.contacts import log_contact

PER_PAGE = 25
PASSED_ON = ("q", "person", "reason", "page")


@require_GET
def work_list_page(request: HttpRequest) -> HttpResponse | FileResponse:
    """Whom to call or write to today, the most urgent first; with ?format=xlsx or csv as a file."""
    person, today = person_of(request), local_today()
    policy, report = policy_version_on(today).policy, latest_report()
    visible: CustomerQuerySet = Customer.objects.visible_to(person)
    waiting = work_list(visible, moment_of(report, on=today, policy=policy)) if report else visible.none()
    chosen = WorkListFilter(request.GET, queryset=waiting, user=person)
    weighed = weigh(chosen.qs, report=report, on=today, policy=policy) if report else []
    if report and request.GET.get("format") in ("xlsx", "csv"):
        facts = [*filter_facts(chosen.form), (_("Downloaded by"), str(person))]
        table = work_table(work_rows(weighed, report=report))
        file = table_response(
            request, name=f"work-list-{today}", title=_("Work list"), table=table, facts=facts
        )
        assert file is not None
        return file
    page = Paginator(weighed, PER_PAGE).get_page(request.GET.get("page"))
    rows = work_rows(list(page), report=report) if report else []
    listed = [(row, contact_refusal(person, row.customer) is None, uuid4()) for row in rows]
    context = {
        "filter": chosen,
        "report": report,
        "today": today,
        "rows": listed,
        "has_keys": any(may_log for _row, may_log, _key in listed),
        "base_currency": policy.base_currency,
        "page": page,
        "page_numbers": page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1),
        "query": _passed_on(request.GET),
    }
    return render(request, "receivables/work_list.html", context)


@require_POST
def work_log(request: HttpRequest, number: str) -> HttpResponse:
    """One key: somebody was reached, nobody answered, the number is wrong. The rules say when to try again."""
    customer = customer_or_404(request, number)
    form = OneKeyForm(request.POST)
    if not form.is_valid():
        raise InvalidInputError("contact.form", form.errors.as_text())
    typed, today = form.cleaned_data, local_today()
    contact = log_contact(
        customer=customer,
        result=typed["result"],
        note=typed["note"],
        submission_key=typed["submission_key"],
        happened_on=today,
        today=today,
        by=person_of(request),
    )
    text = _("%(customer)s: %(result)s. Next contact on %(date)s.")
    values = {"customer": customer.name, "result": contact.get_result_display(), "date": contact.next_on}
    messages.success(request, text % values)
    query = _passed_on(QueryDict(typed["query"]))
    return redirect(f"{reverse('receivables:work_list')}{'?' if query else ''}{query}")


def _passed_on(asked: QueryDict) -> str:
    """Return the part of the list's address that leads back to what is shown."""
    kept = QueryDict(mutable=True)
    for name in PASSED_ON:
        if value := str(asked.get(name, "")):
            kept[name] = value
    return kept.urlencode()
