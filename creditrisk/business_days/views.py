"""The company's calendar for everybody to read; an administrator enters exceptions."""

from __future__ import annotations

import datetime as dt

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from creditrisk.accounts.requests import person_of
from creditrisk.business_days import services
from creditrisk.business_days.calendar import special_days
from creditrisk.business_days.forms import CalendarDayForm
from creditrisk.business_days.models import CalendarDay
from creditrisk.dates import local_today

YEARS = range(2000, 2101)


@require_http_methods(["GET", "POST"])
def calendar(request: HttpRequest, year: int | None = None) -> HttpResponse:
    """The special days of a year: public holidays, make-up working days, the company's exceptions."""
    person, shown = person_of(request), year or local_today().year
    if shown not in YEARS:
        raise Http404
    form = CalendarDayForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.set_day(**form.cleaned_data, by=person)
        messages.success(request, _("Saved."))
        return redirect("business_days:year", form.cleaned_data["day"].year)
    rows = CalendarDay.objects.filter(day__year=shown)
    context = {
        "year": shown,
        "previous": shown - 1 if shown - 1 in YEARS else None,
        "next": shown + 1 if shown + 1 in YEARS else None,
        "days": special_days(
            shown,
            {row.day: (row.is_business_day, row.name) for row in rows},
            language=get_language() or "en",
        ),
        "form": form,
        "may_change": services.refusal_to_change(person) is None,
    }
    return render(request, "business_days/calendar.html", context)


@require_POST
def clear(request: HttpRequest, day: str) -> HttpResponse:
    """Remove an exception."""
    try:
        date = dt.date.fromisoformat(day)
    except ValueError as error:
        raise Http404 from error
    services.clear_day(day=date, by=person_of(request))
    messages.success(request, _("The public calendar decides on this day again."))
    return redirect("business_days:year", date.year)
