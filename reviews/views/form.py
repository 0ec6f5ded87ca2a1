"""Starting a review, writing its form, handing it in and taking it back."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods
from django_tables2 import RequestConfig

from creditrisk.accounts.requests import person_of
from creditrisk.dates import local_today
from creditrisk.exceptions import BusinessError, ConflictError
from creditrisk.policy.selectors import policy_version_on
from customers.models import Customer
from reviews import permissions, selectors, services
from reviews.forms import AnswersForm, AttachmentForm, SubmitForm, WithdrawForm
from reviews.models import Decision, DecisionKind, Review, ReviewKind
from reviews.permissions import Action
from reviews.tables import StartableTable
from reviews.views.annual import edit_annual, submit_annual
from reviews.views.requests import changing, hand_in, review_or_404

CONFLICT = 409


@require_GET
def choose_customer(request: HttpRequest) -> HttpResponse:
    """The customers whose review this person may start now."""
    table = StartableTable(selectors.startable_customers(person_of(request)))
    RequestConfig(request).configure(table)
    return render(request, "reviews/review_choose_customer.html", {"table": table})


@require_http_methods(["GET", "POST"])
def create(request: HttpRequest, customer_number: str) -> HttpResponse:
    """Start the review of one customer (P4.1): a question first, as a link must change nothing."""
    person = person_of(request)
    visible = Customer.objects.visible_to(person).select_related("service_manager")
    customer = get_object_or_404(visible, number=customer_number)
    open_review = selectors.open_review_of(customer)
    if request.method == "POST":
        copied = request.POST.get("copy_of")
        earlier = review_or_404(request, copied) if copied else None
        done = services.start_review(customer=customer, by=person, review_on=local_today(), copy_of=earlier)
        return redirect("reviews:edit", done.review.number)
    context = {
        "customer": customer,
        "refusal": permissions.refusal_to_create(user=person, customer=customer, open_review=open_review),
        "open_review": open_review if open_review and _may_view(request, open_review) else None,
    }
    return render(request, "reviews/review_create.html", context)


def _may_view(request: HttpRequest, review: Review) -> bool:
    return permissions.refusal(Action.VIEW, user=person_of(request), review=review) is None


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, number: str) -> HttpResponse:
    """Write the form. "Submit" saves first, so that nothing typed is lost where something is missing."""
    person, review = person_of(request), review_or_404(request, number)
    if review.kind == ReviewKind.ANNUAL:
        return edit_annual(request, review)
    if request.method == "GET":
        refused = permissions.refusal(Action.EDIT, user=person, review=review)
        if refused is not None:
            messages.warning(request, str(refused))
            return redirect(review)
        form = answers_form(review)
        return _edit_page(request, review, form, asked="check" in request.GET)
    form = answers_form(review, request)
    if not form.is_valid():
        return _edit_page(request, review, form)
    try:
        saved = services.save_form(
            review=review,
            by=person,
            answers=form.answers,
            seen_form_version=form.cleaned_data["seen_form_version"],
        ).review
    except ConflictError as conflict:
        return _edit_conflict(request, number, form, conflict)
    if request.POST.get("action") == "submit":
        return _submitted(request, saved, saved.form_version)
    messages.success(request, _("Draft saved."))
    return redirect("reviews:edit", number)


def answers_form(review: Review, request: HttpRequest | None = None) -> AnswersForm:
    """Return the form of a new-customer review, bound to what was sent, if anything was."""
    version = review.policy_version or policy_version_on(local_today())
    return AnswersForm(
        request.POST if request else None,
        instance=review.new_customer_form,
        form_version=review.form_version,
        usual_terms_days=version.policy.usual_payment_terms_days,
    )


def _edit_page(
    request: HttpRequest,
    review: Review,
    form: AnswersForm,
    *,
    asked: bool = False,
    conflict: ConflictError | None = None,
    stored: Sequence[tuple[str, str]] = (),
) -> HttpResponse:
    questions = selectors.questions_before_submission(review.new_customer_form)
    if asked:
        form.show_questions(questions)
    form.mark_what_submission_needs()
    gaps = selectors.roles_nobody_can_sign(review, selectors.planned_chain(review, on=local_today()))
    context = {
        "review": review,
        "form": form,
        "attachment_form": AttachmentForm(auto_id="attach_%s"),
        "gaps": [permissions.refusal_of_gap(role) for role in gaps],
        "conflict": conflict,
        "stored": stored,
        "returned": _last_return(review),
    }
    return render(request, "reviews/review_edit.html", context, status=CONFLICT if conflict else 200)


def _last_return(review: Review) -> Decision | None:
    last = max(review.decisions.all(), key=lambda decision: decision.sequence, default=None)
    return last if last and last.kind == DecisionKind.RETURN else None


def _edit_conflict(
    request: HttpRequest, number: str, form: AnswersForm, conflict: ConflictError
) -> HttpResponse:
    review = review_or_404(request, number)
    if permissions.refusal(Action.EDIT, user=person_of(request), review=review) is not None:
        messages.error(request, str(conflict))
        return redirect(review)
    # What was typed stays; saving once more is meant against what is stored now.
    stored = form.rebase(review.new_customer_form, form_version=review.form_version)
    return _edit_page(request, review, form, conflict=conflict, stored=stored)


@changing
def submit(request: HttpRequest, number: str) -> HttpResponse:
    """Hand the form in as it is stored, from the review's page."""
    review = review_or_404(request, number)
    form = SubmitForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("The page was not complete. Read the form again, then submit."))
        return redirect(review)
    submitted = submit_annual if review.kind == ReviewKind.ANNUAL else _submitted
    return submitted(request, review, form.cleaned_data["seen_form_version"])


def _submitted(request: HttpRequest, review: Review, seen_form_version: int) -> HttpResponse:
    def incomplete(_missing: services.IncompleteFormError) -> HttpResponse:
        messages.warning(request, _("The draft is saved, but the form is not complete yet."))
        return redirect(f"{reverse('reviews:edit', args=[review.number])}?check=1")

    return hand_in(request, review, seen_form_version, incomplete=incomplete)


@changing
def withdraw(request: HttpRequest, number: str) -> HttpResponse:
    """Take the form back for good."""
    review = review_or_404(request, number)
    form = WithdrawForm(request.POST)
    if not form.is_valid():
        messages.error(request, form.errors.as_text())
        return redirect(review)
    try:
        done = services.withdraw_review(
            review=review, by=person_of(request), now=timezone.now(), reason=form.cleaned_data["reason"]
        )
    except BusinessError as refused:
        messages.error(request, str(refused))
        return redirect(review)
    if done.repeated:
        messages.info(request, _("You have already withdrawn this review."))
    else:
        messages.success(request, _("Review %(number)s is withdrawn.") % {"number": review.number})
    return redirect(review)
