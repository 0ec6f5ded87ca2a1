"""The exchange rates for everybody to read; finance enters and uploads them."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST
from django_tables2 import RequestConfig

from creditrisk.accounts.requests import person_of
from creditrisk.dates import local_today
from creditrisk.exceptions import InvalidInputError
from creditrisk.exchange_rates import services
from creditrisk.exchange_rates.forms import RateForm, RatesFileForm
from creditrisk.exchange_rates.models import ExchangeRate
from creditrisk.exchange_rates.tables import RateTable
from creditrisk.policy.selectors import policy_version_on
from creditrisk.request_size import takes_files
from creditrisk.stored_files import on_disk


@require_http_methods(["GET", "POST"])
def rates(request: HttpRequest) -> HttpResponse:
    """The rates, newest first, and a form for a new one."""
    person = person_of(request)
    may_change = services.refusal_to_change(person) is None
    base = policy_version_on(local_today()).policy.base_currency
    form = RateForm(request.POST or None, initial={"valid_on": local_today()})
    if request.method == "POST" and form.is_valid():
        try:
            services.set_rate(**form.cleaned_data, base_currency=base, by=person)
        except InvalidInputError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect("exchange_rates:rates")
    table = RateTable(ExchangeRate.objects.select_related("entered_by"), may_change=may_change)
    RequestConfig(request).configure(table)
    context = {
        "table": table,
        "form": form,
        "file_form": RatesFileForm(),
        "may_change": may_change,
        "base": base,
    }
    return render(request, "exchange_rates/rates.html", context)


@require_POST
@takes_files("CREDITRISK_ATTACHMENT_MAX_BYTES")
def upload(request: HttpRequest) -> HttpResponse:
    """Take a file of rates."""
    form = RatesFileForm(request.POST, request.FILES)
    if not form.is_valid():
        raise InvalidInputError("rate.file", form.errors.as_text())
    base = policy_version_on(local_today()).policy.base_currency
    with on_disk(form.cleaned_data["file"]) as path:
        count = services.upload_rates(path=path, base_currency=base, by=person_of(request))
    text = ngettext("%(count)d rate was entered.", "%(count)d rates were entered.", count)
    messages.success(request, text % {"count": count})
    return redirect("exchange_rates:rates")


@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove a rate."""
    services.remove_rate(rate=get_object_or_404(ExchangeRate, pk=pk), by=person_of(request))
    messages.success(request, _("Removed."))
    return redirect("exchange_rates:rates")
