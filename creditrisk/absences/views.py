"""A person's absences and whom he stands in for; an administrator enters them for others too."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from creditrisk.absences import services
from creditrisk.absences.forms import AbsenceForm
from creditrisk.accounts.models import Absence
from creditrisk.accounts.requests import person_of
from creditrisk.accounts.roles import Role
from creditrisk.accounts.selectors import absences_shown_to
from creditrisk.dates import local_today
from creditrisk.exceptions import BusinessError

FIELD_OF_REFUSAL = {
    "absence.reversed": "ends_on",
    "absence.past": "ends_on",
    "absence.self": "deputy",
    "absence.no_role": "deputy",
    "absence.deputy_away": "deputy",
    "absence.overlaps": "starts_on",
}


@require_http_methods(["GET", "POST"])
def absence_list(request: HttpRequest) -> HttpResponse:
    """What is entered, and a form for the next absence."""
    person, today = person_of(request), local_today()
    for_others = person.has_role(Role.ADMINISTRATOR)
    form = AbsenceForm(
        request.POST or None,
        person=person,
        for_others=for_others,
        initial={"person": person.pk, "starts_on": today},
    )
    if request.method == "POST" and form.is_valid():
        given = {"person": person, **form.cleaned_data}
        try:
            services.appoint_deputy(**given, by=person, today=today)
        except BusinessError as refused:
            form.add_error(FIELD_OF_REFUSAL.get(refused.code), str(refused))
        else:
            messages.success(request, _("%(name)s stands in.") % {"name": given["deputy"]})
            return redirect("absences:list")
    shown = absences_shown_to(person)
    context = {
        "form": form,
        "for_others": for_others,
        "rows": [(absence, absence.ends_on >= today) for absence in shown],
        "deputising": Absence.objects.filter(deputy=person, ends_on__gte=today).select_related("person"),
    }
    return render(request, "absences/list.html", context)


@require_POST
def end(request: HttpRequest, absence_id: int) -> HttpResponse:
    """Come back earlier."""
    person = person_of(request)
    absence = get_object_or_404(absences_shown_to(person), pk=absence_id)
    services.end_absence(absence=absence, by=person, today=local_today())
    messages.success(request, _("The absence is ended."))
    return redirect("absences:list")
