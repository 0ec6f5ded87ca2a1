"""Taking a step on, handing it on, asking a colleague, answering, sending copies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from creditrisk.accounts.requests import person_of
from creditrisk.exceptions import BusinessError, InvalidInputError
from reviews import selectors, services
from reviews.forms import AdviceForm, ConsultForm, CopyForm, TransferForm
from reviews.models import Consultation, Review
from reviews.views.page import place, review_page
from reviews.views.requests import acted, changing, review_or_404


@changing
def claim(request: HttpRequest, number: str, step_id: int) -> HttpResponse:
    """Take a step on for oneself."""
    review = review_or_404(request, number)
    step = get_object_or_404(review.steps, pk=step_id)
    return acted(
        request,
        review,
        lambda: services.claim_step(step=step, by=person_of(request), now=timezone.now()),
        _("You have taken this step on: it waits for you alone."),
    )


@changing
def release(request: HttpRequest, number: str, step_id: int) -> HttpResponse:
    """Give a step back to the role."""
    review = review_or_404(request, number)
    step = get_object_or_404(review.steps, pk=step_id)
    return acted(
        request,
        review,
        lambda: services.release_step(step=step, by=person_of(request), now=timezone.now()),
        _("Given back: the step waits for everybody who holds its role."),
    )


@changing
def transfer(request: HttpRequest, number: str, step_id: int) -> HttpResponse:
    """Hand a step over to a colleague."""
    review, person = review_or_404(request, number), person_of(request)
    step = get_object_or_404(review.steps.select_related("review"), pk=step_id)
    key = place("transfer", step)
    form = TransferForm(request.POST, people=selectors.possible_receivers(step, by=person), auto_id=key)
    return _sent(
        request,
        review,
        key,
        form,
        lambda given: services.transfer_step(step=step, by=person, now=timezone.now(), **given),
        _("Transferred: the step waits for your colleague now."),
    )


@changing
def consult(request: HttpRequest, number: str, step_id: int) -> HttpResponse:
    """Ask a colleague for an opinion."""
    review, person = review_or_404(request, number), person_of(request)
    step = get_object_or_404(review.steps, pk=step_id)
    key = place("consult", step)
    form = ConsultForm(request.POST, people=selectors.possible_advisers(review, by=person), auto_id=key)
    return _sent(
        request,
        review,
        key,
        form,
        lambda given: services.ask_colleague(
            step=step, asked=given["to"], question=given["question"], by=person, now=timezone.now()
        ),
        _("Asked. You can decide at any time, with or without the answer."),
    )


@changing
def advise(request: HttpRequest, number: str, consultation_id: int) -> HttpResponse:
    """Answer a question."""
    review, person = review_or_404(request, number), person_of(request)
    questions = Consultation.objects.filter(step__review=review).select_related("step")
    consultation = get_object_or_404(questions, pk=consultation_id)
    key = place("advise", consultation)
    form = AdviceForm(request.POST, auto_id=key)
    return _sent(
        request,
        review,
        key,
        form,
        lambda given: services.give_opinion(
            consultation=consultation, by=person, now=timezone.now(), **given
        ),
        _("Your opinion is on record."),
    )


@changing
def send_copies(request: HttpRequest, number: str) -> HttpResponse:
    """Send the review to others to read."""
    review, person = review_or_404(request, number), person_of(request)
    key = place("copy", review)
    form = CopyForm(request.POST, people=selectors.possible_advisers(review, by=person), auto_id=key)

    def send(given: dict[str, Any]) -> None:
        copies = services.send_copies(review=review, readers=given["to"], by=person, now=timezone.now())
        text = ngettext("Sent to %(count)s reader.", "Sent to %(count)s readers.", len(copies))
        messages.success(request, text % {"count": len(copies)})

    return _sent(request, review, key, form, send, "")


def _sent(
    request: HttpRequest,
    review: Review,
    key: str,
    form: forms.Form,
    service: Callable[[dict[str, Any]], object],
    success: str,
) -> HttpResponse:
    """Do what the form asks for; where it is refused, what was typed stays on the page."""
    if not form.is_valid():
        return review_page(request, review, typed={key: form})
    try:
        service(form.cleaned_data)
    except InvalidInputError as refused:
        form.add_error(None, str(refused))
        return review_page(request, review, typed={key: form})
    except BusinessError as refused:
        messages.error(request, str(refused))
        return redirect(review)
    if success:
        messages.success(request, success)
    return redirect(review)
