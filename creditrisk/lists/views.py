"""Choosing columns, saving and deleting filters: each leads back to the list."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from creditrisk.accounts.requests import person_of
from creditrisk.exceptions import InvalidInputError
from creditrisk.lists import services
from creditrisk.lists.forms import ColumnsForm, SaveFilterForm
from creditrisk.lists.models import SavedFilter
from creditrisk.lists.pages import is_list


def _back(page: str, query: str = "") -> HttpResponse:
    """Lead back to the list: never to an address that the browser sent."""
    if not is_list(page):
        raise Http404
    return redirect(f"{reverse(page)}?{query}" if query else reverse(page))


@require_POST
def columns(request: HttpRequest) -> HttpResponse:
    """Show these columns of a list from now on."""
    form = ColumnsForm(request.POST)
    if not form.is_valid():
        raise Http404
    page, query = form.cleaned_data["page"], form.cleaned_data["query"]
    try:
        services.choose_columns(user=person_of(request), page=page, shown=form.cleaned_data["shown"])
    except InvalidInputError as refusal:
        messages.error(request, str(refusal))
    return _back(page, query)


@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Save the present filter of a list under a name."""
    form = SaveFilterForm(request.POST)
    if not form.is_valid():
        raise Http404
    page, query = form.cleaned_data["page"], form.cleaned_data["query"]
    try:
        saved = services.save_filter(user=person_of(request), **form.cleaned_data)
    except InvalidInputError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Filter “%(name)s” saved.") % {"name": saved.name})
    return _back(page, query)


@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a saved filter of one's own."""
    person = person_of(request)
    saved = get_object_or_404(SavedFilter.objects.visible_to(person), pk=pk)
    services.delete_filter(saved=saved, by=person)
    messages.success(request, _("Filter “%(name)s” deleted.") % {"name": saved.name})
    return _back(saved.page)
