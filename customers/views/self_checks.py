"""A person's tasks: the half-yearly self-checks of the contracts of his customers (P3.2.3)."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods
from django_tables2 import RequestConfig

from creditrisk.accounts.requests import person_of
from creditrisk.dates import local_today
from creditrisk.exceptions import InvalidInputError, require
from customers import contract_selectors, services
from customers.contract_permissions import self_check_refusal
from customers.contract_tables import DoneSelfCheckTable, SelfCheckTable
from customers.forms.contract_work import SelfCheckForm
from customers.models import SelfCheck, SelfCheckState

TABS = {"open": gettext_lazy("To do"), "done": gettext_lazy("Done")}


@require_GET
def task_list(request: HttpRequest) -> HttpResponse:
    """The self-checks that wait for this person, and those that are done."""
    person, today = person_of(request), local_today()
    tab = request.GET.get("tab", "open")
    tab = tab if tab in TABS else "open"
    asked = contract_selectors.self_checks_asked_of(person)
    if tab == "open":
        table = SelfCheckTable(asked.filter(state=SelfCheckState.OPEN), today=today)
    else:
        table = DoneSelfCheckTable(asked.exclude(state=SelfCheckState.OPEN), today=today)
    RequestConfig(request).configure(table)
    context = {
        "table": table,
        "tab": tab,
        "tabs": TABS.items(),
        "waiting_count": contract_selectors.open_self_checks_of(person).count(),
    }
    return render(request, "customers/task_list.html", context)


@require_http_methods(["GET", "POST"])
def task_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer a self-check, or read the answer."""
    person = person_of(request)
    visible = SelfCheck.objects.visible_to(person).select_related("contract__customer", "done_by")
    self_check = get_object_or_404(visible, pk=pk)
    refusal = self_check_refusal(person, self_check)
    form = SelfCheckForm(request.POST or None)
    if request.method == "POST":
        if self_check.state != SelfCheckState.DONE:
            require(refusal)
        if form.is_valid():
            try:
                services.complete_self_check(
                    self_check=self_check, done_on=local_today(), by=person, **form.cleaned_data
                )
            except InvalidInputError as refused:
                form.add_refusal(refused)
            else:
                messages.success(request, _("Recorded in the performance log."))
                return redirect("contracts:tasks")
    context = {
        "self_check": self_check,
        "contract": self_check.contract,
        "customer": self_check.contract.customer,
        "refusal": refusal,
        "form": form,
        "log": contract_selectors.log_of(self_check.contract)[:10],
    }
    return render(request, "customers/task_detail.html", context)
