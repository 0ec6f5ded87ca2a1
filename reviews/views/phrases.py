"""A person's phrases for opinions."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from creditrisk.accounts.requests import person_of
from creditrisk.exceptions import InvalidInputError
from reviews import selectors, services
from reviews.forms import PhraseForm


@require_http_methods(["GET", "POST"])
def phrase_list(request: HttpRequest) -> HttpResponse:
    """The person's phrases, and a field for the next."""
    person = person_of(request)
    form = PhraseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.add_phrase(text=form.cleaned_data["text"], by=person)
        except InvalidInputError as refused:
            form.add_error("text", str(refused))
        else:
            messages.success(request, _("Saved."))
            return redirect("reviews:phrases")
    context = {"form": form, "phrases": selectors.phrases_of(person)}
    return render(request, "reviews/phrases.html", context)


@require_POST
def remove(request: HttpRequest, phrase_id: int) -> HttpResponse:
    """Forget a phrase."""
    person = person_of(request)
    phrase = get_object_or_404(selectors.phrases_of(person), pk=phrase_id)
    services.remove_phrase(phrase=phrase, by=person)
    messages.success(request, _("Removed."))
    return redirect("reviews:phrases")
