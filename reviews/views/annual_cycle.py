"""The year's annual reviews as a whole: how far they are, what is missing, and the leader's sitting (P4.2, P3.1 f)."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods
from django_tables2 import RequestConfig

from creditrisk.accounts.requests import person_of
from creditrisk.accounts.roles import Role
from creditrisk.dates import local_today
from creditrisk.exceptions import BusinessError, require
from customers.models import Customer, ServiceLevel
from reviews import services
from reviews.annual_progress import STANDINGS, annual_progress, customers_to_assess, years_of_annual_reviews
from reviews.filters import MissingAnnualFilter, ServiceLevelFilter
from reviews.forms import ServiceLevelForm
from reviews.permissions import annual_list_refusal, sitting_refusal
from reviews.selectors import reviews_of_year
from reviews.tables import MissingAnnualTable, ServiceLevelTable


def _year(request: HttpRequest, years: list[int]) -> int:
    """Return the year asked for; else the newest that has annual reviews."""
    asked = request.GET.get("year", "")
    return int(asked) if asked.isascii() and asked.isdigit() and int(asked) in years else years[0]


@require_GET
def board(request: HttpRequest) -> HttpResponse:
    """How far the annual reviews of a year are, by service manager (P3.2.6)."""
    person = person_of(request)
    require(annual_list_refusal(person))
    years = years_of_annual_reviews(local_today())
    year = _year(request, years)
    progress = annual_progress(year, user=person)
    context = {
        "year": year,
        "years": years,
        "progress": progress,
        "links": {
            standing: f"{reverse('reviews:annual_missing')}?year={year}&standing={standing}"
            for standing in STANDINGS
        },
        "may_start": person.has_role(Role.SERVICE_MANAGER),
        "may_confirm": sitting_refusal(person) is None,
    }
    return render(request, "reviews/annual_board.html", context)


@require_GET
def missing(request: HttpRequest) -> HttpResponse:
    """Customer by customer where the annual review of a year stands; those that are not done unless asked otherwise."""
    person = person_of(request)
    require(annual_list_refusal(person))
    years = years_of_annual_reviews(local_today())
    year = _year(request, years)
    visible = Customer.objects.visible_to(person).values("pk")
    chosen = MissingAnnualFilter(
        request.GET, queryset=customers_to_assess(year).filter(pk__in=visible), years=years, year=year
    )
    table = MissingAnnualTable(chosen.qs)
    RequestConfig(request).configure(table)
    context = {"year": year, "filter": chosen, "table": table}
    return render(request, "reviews/annual_missing.html", context)


@require_http_methods(["GET", "POST"])
def service_levels(request: HttpRequest) -> HttpResponse:
    """The group leader re-confirms the service levels of a year's reviews in one sitting (P3.1 f)."""
    person = person_of(request)
    require(sitting_refusal(person))
    years = years_of_annual_reviews(local_today())
    year = _year(request, years)
    reviews = reviews_of_year(year)
    refused: dict[int, str] = {}
    form = ServiceLevelForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        done = 0
        wanted = form.cleaned_data["chosen"]
        for review in reviews.filter(pk__in=wanted):
            level, reason = form.answer_for(review.pk)
            try:
                services.reconfirm_service_level(
                    review=review, level=level, reason=reason, by=person, now=timezone.now()
                )
                done += 1
            except BusinessError as refusal:
                refused[review.pk] = str(refusal)
        if done:
            text = ngettext("%(count)s service level confirmed.", "%(count)s service levels confirmed.", done)
            messages.success(request, text % {"count": done})
        if not refused:
            query = request.GET.urlencode()
            return redirect(f"{reverse('reviews:service_levels')}{f'?{query}' if query else ''}")
        text = ngettext(
            "%(count)s was not: see its row.", "%(count)s were not: see their rows.", len(refused)
        )
        messages.error(request, text % {"count": len(refused)})
    chosen = ServiceLevelFilter(request.GET, queryset=reviews_of_year(year), years=years, year=year)
    table = ServiceLevelTable(
        chosen.qs,
        levels=ServiceLevel.choices,
        typed=form.typed() if form.is_bound else {},
        refused=refused,
    )
    RequestConfig(request).configure(table)
    context = {"year": year, "filter": chosen, "table": table, "form": form}
    return render(request, "reviews/service_levels.html", context)
