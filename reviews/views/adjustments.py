"""Quarterly adjustments of grades: the list, one with every number explained, and what the leaders decide (P5.2.2)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST
from django_tables2 import RequestConfig

from creditrisk.accounts.requests import person_of
from creditrisk.dates import local_today
from creditrisk.exceptions import InvalidInputError
from creditrisk.workbooks import table_response
from customers.exports import filter_facts
from reviews import adjustment_selectors as selectors
from reviews.adjustment_exports import adjustments_table
from reviews.adjustment_filters import AdjustmentFilter
from reviews.adjustment_permissions import follow_adjustment_refusal, refuse_adjustment_refusal
from reviews.adjustment_tables import AdjustmentTable
from reviews.adjustment_view import limits_by_grade
from reviews.adjustment_wording import reason_rows
from reviews.forms import AmendForm, BulkDecisionForm, RefusalForm
from reviews.models import GradeAdjustment
from reviews.services import adjustment_decisions

SHOWN_REFUSALS = 10


@require_GET
def adjustment_list(request: HttpRequest) -> HttpResponse | FileResponse:
    """The adjustments of a quarter (the latest, unless another is asked for), to decide for the leaders; with
    ?format=xlsx or csv as a file."""
    person = person_of(request)
    query = request.GET.copy()
    quarters = selectors.quarters_adjusted()
    if "quarter" not in query and quarters:
        query["quarter"] = quarters[0]
    chosen = AdjustmentFilter(query, queryset=selectors.adjustment_list(person))
    may_decide = selectors.adjustments_waiting_for(person).exists()
    table = AdjustmentTable(chosen.qs, may_decide=may_decide)
    RequestConfig(request).configure(table)
    facts = [*filter_facts(chosen.form), (_("Downloaded by"), str(person))]
    name, title = f"grade-adjustments-{local_today()}", _("Grade adjustments")
    if file := table_response(
        request, name=name, title=title, table=adjustments_table(table.data.data), facts=facts
    ):
        return file
    context = {
        "filter": chosen,
        "table": table,
        "may_decide": may_decide,
        "bulk_form": BulkDecisionForm(initial={"query": query.urlencode()}),
    }
    return render(request, "reviews/adjustment_list.html", context)


@require_POST
def decide_several(request: HttpRequest) -> HttpResponse:
    """Decide the ticked adjustments one by one; those that are refused do not keep the others out."""
    form = BulkDecisionForm(request.POST)
    back = f"{reverse('reviews:adjustment_list')}?{QueryDict(request.POST.get('query', '')).urlencode()}"
    if not form.is_valid():
        if "adjustments" in form.errors:
            messages.error(request, _("Tick the adjustments that you want to decide first."))
        else:
            for name, texts in form.errors.items():
                messages.error(request, f"{form[name].label}: {' '.join(map(str, texts))}")
        return redirect(back)
    given = form.cleaned_data
    decided, declined = adjustment_decisions.decide_adjustments(
        keys=given["adjustments"],
        decision=given["decision"],
        grade=given["grade"],
        reason=given["reason"],
        batch=given["submission_key"],
        by=person_of(request),
        now=timezone.now(),
    )
    if decided:
        text = ngettext("%(count)s adjustment decided.", "%(count)s adjustments decided.", len(decided))
        messages.success(request, text % {"count": len(decided)})
    for one in declined[:SHOWN_REFUSALS]:
        customer = one.adjustment.customer
        messages.error(request, f"{customer.number} {customer.name}: {one.refusal}")
    if len(declined) > SHOWN_REFUSALS:
        text = _("%(count)s more were not decided either.")
        messages.error(request, text % {"count": len(declined) - SHOWN_REFUSALS})
    return redirect(back)


@require_GET
def adjustment(request: HttpRequest, pk: int) -> HttpResponse:
    """One adjustment: every number it used, its clause, and the decision."""
    return _page(request, _adjustment_or_404(request, pk))


@require_POST
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """The proposed grade is in force."""
    decided = adjustment_decisions.confirm_adjustment(
        adjustment=_adjustment_or_404(request, pk), by=person_of(request), now=timezone.now()
    )
    messages.success(request, _("Decided."))
    return redirect(decided)


@require_POST
def amend(request: HttpRequest, pk: int) -> HttpResponse:
    """Another grade is in force, for a reason."""
    return _decide(
        request, pk, AmendForm(request.POST, auto_id="amend_%s"), adjustment_decisions.amend_adjustment
    )


@require_POST
def refuse(request: HttpRequest, pk: int) -> HttpResponse:
    """The grade stays, for a reason."""
    return _decide(
        request, pk, RefusalForm(request.POST, auto_id="refuse_%s"), adjustment_decisions.refuse_adjustment
    )


def _decide(
    request: HttpRequest, pk: int, form: AmendForm | RefusalForm, act: Callable[..., GradeAdjustment]
) -> HttpResponse:
    found = _adjustment_or_404(request, pk)
    if form.is_valid():
        try:
            decided = act(adjustment=found, by=person_of(request), now=timezone.now(), **form.cleaned_data)
        except InvalidInputError as refusal:
            form.add_error("grade" if "grade" in form.fields else "reason", str(refusal))
        else:
            messages.success(request, _("Decided."))
            return redirect(decided)
    return _page(request, found, form, status=400)


def _adjustment_or_404(request: HttpRequest, pk: int) -> GradeAdjustment:
    return get_object_or_404(selectors.adjustment_for_page(person_of(request)), pk=pk)


def _page(
    request: HttpRequest,
    found: GradeAdjustment,
    form: AmendForm | RefusalForm | None = None,
    status: int = 200,
) -> HttpResponse:
    person = person_of(request)
    later = selectors.later_changes(found) if found.state == "proposed" else []
    context: dict[str, Any] = {
        "adjustment": found,
        "customer": found.customer,
        "reasons": reason_rows(found.reasons),
        "speeds": [_amounts(speed) for speed in found.facts["speeds"]],
        "oldest": found.facts["oldest"] and _amounts(found.facts["oldest"]),
        "reports": found.facts["reports"],
        "last_on": found.facts["last_on"],
        "limits": limits_by_grade(found) if found.is_downgrade or found.state == "proposed" else None,
        "later_changes": later,
        "follow_refusal": follow_adjustment_refusal(person, found, later_changes=later),
        "refuse_refusal": refuse_adjustment_refusal(person, found),
        "amend_form": form if isinstance(form, AmendForm) else AmendForm(auto_id="amend_%s"),
        "refusal_form": form if isinstance(form, RefusalForm) else RefusalForm(auto_id="refuse_%s"),
        "form": form,
    }
    return render(request, "reviews/adjustment_detail.html", context, status=status)


def _amounts(stored: dict[str, Any]) -> dict[str, Any]:
    """Return stored facts with their amounts as Decimals."""
    return {name: Decimal(value) if name.endswith("_amount") else value for name, value in stored.items()}
