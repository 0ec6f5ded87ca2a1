"""Annual reviews (P4.2, Annex 2): starting them, scoring, and the form of the service manager."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods
from django_tables2 import RequestConfig

from creditrisk.accounts.requests import person_of
from creditrisk.accounts.roles import Role
from creditrisk.dates import local_today
from creditrisk.exceptions import ConflictError, InvalidInputError, NotAllowedError
from creditrisk.policy.schema import Policy
from creditrisk.policy.selectors import policy_version_on
from customers.models import Customer
from reviews import permissions, selectors, services
from reviews.annual_view import contracts_of, payments_of, score_sheet, service_types_of
from reviews.forms import AttachmentForm, RemarksForm, ScoreForm, SubmitForm
from reviews.models import Review, ReviewKind
from reviews.permissions import Action, scoring_role
from reviews.tables import LaunchableTable
from reviews.views.requests import changing, hand_in, review_or_404

CONFLICT = 409


@require_http_methods(["GET", "POST"])
def start_all(request: HttpRequest) -> HttpResponse:
    """The customers whose annual review of this year is missing, and the button that starts them all (P3.2.6)."""
    person = person_of(request)
    if not person.has_role(Role.SERVICE_MANAGER):
        raise NotAllowedError(
            "annual.role", _("Only a customer service manager starts an annual review (P3.2.6).")
        )
    year = local_today().year
    if request.method == "POST":
        launched = services.launch_annual_reviews(
            year=year, now=timezone.now(), service_manager=person, everybody=True
        )
        text = ngettext(
            "%(count)s annual review started.", "%(count)s annual reviews started.", len(launched.started)
        )
        messages.success(request, text % {"count": len(launched.started)})
        if launched.left_out:
            text = ngettext(
                "%(count)s customer was left out: %(numbers)s.",
                "%(count)s customers were left out: %(numbers)s.",
                len(launched.left_out),
            )
            numbers = ", ".join(sorted(launched.left_out))
            messages.warning(request, text % {"count": len(launched.left_out), "numbers": numbers})
        if launched.failed:
            text = ngettext(
                "The annual review of %(count)s customer could not be started: %(numbers)s. Try it again.",
                "The annual reviews of %(count)s customers could not be started: %(numbers)s. Try it again.",
                len(launched.failed),
            )
            numbers = ", ".join(sorted(launched.failed))
            messages.error(request, text % {"count": len(launched.failed), "numbers": numbers})
        return redirect("reviews:start_annual")
    table = LaunchableTable(selectors.customers_to_launch(person, year=year))
    RequestConfig(request).configure(table)
    return render(request, "reviews/annual_start.html", {"table": table, "year": year})


@require_http_methods(["GET", "POST"])
def start_one(request: HttpRequest, customer_number: str) -> HttpResponse:
    """Start the annual review of one customer: a question first, as a link must change nothing."""
    person, year = person_of(request), local_today().year
    visible = Customer.objects.visible_to(person).select_related("service_manager", "account_manager")
    customer = get_object_or_404(visible, number=customer_number)
    if request.method == "POST":
        corrected = request.POST.get("corrects")
        if corrected:
            earlier = get_object_or_404(
                selectors.reviews_of(customer, person=person), number=corrected, kind=ReviewKind.ANNUAL
            )
            done = services.correct_annual_review(review=earlier, by=person, now=timezone.now())
        else:
            done = services.start_annual_review(customer=customer, by=person, year=year, now=timezone.now())
        return redirect("reviews:edit", done.review.number)
    found = selectors.annual_review_of(customer, year=year)
    refused = permissions.refusal_to_start_annual(
        user=person, customer=customer, year=year, found=found, at_work=selectors.managers_at_work()
    )
    may_view = found and permissions.refusal(Action.VIEW, user=person, review=found) is None
    context = {
        "customer": customer,
        "year": year,
        "refusal": refused,
        "open_review": found if may_view else None,
    }
    return render(request, "reviews/annual_create.html", context)


def rules_of(review: Review) -> Policy:
    """Return the rules an annual review runs under: those it was submitted by, or today's."""
    return (review.policy_version or policy_version_on(local_today())).policy


def annual_context(request: HttpRequest, review: Review) -> dict[str, object]:
    """Return what every page of an annual review shows of its form."""
    form = review.annual_form
    return {
        "review": review,
        "form": form,
        "contracts": contracts_of(form.facts),
        "payments": payments_of(form.facts),
        "service_types": service_types_of(form.facts),
        "sheet": score_sheet(review, form, user=person_of(request), policy=rules_of(review)),
    }


@require_http_methods(["GET", "POST"])
def score(request: HttpRequest, number: str) -> HttpResponse:
    """Score the customer as his account manager or service manager (Annex 2)."""
    person, review = person_of(request), _annual_or_404(request, number)
    refused = permissions.refusal(Action.SCORE, user=person, review=review)
    if request.method == "GET" and refused is not None:
        messages.warning(request, str(refused))
        return redirect(review)
    given = next((one for one in review.scores.all() if one.role == scoring_role(person, review)), None)
    form = ScoreForm(
        request.POST if request.method == "POST" else None,
        policy=rules_of(review),
        facts=review.annual_form.facts,
        given=given,
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.give_scores(
                review=review, by=person, answers=form.answers, reasons=form.reasons, now=timezone.now()
            )
        except InvalidInputError as missing:
            form.show_missing_reasons(str(missing))
        except (ConflictError, NotAllowedError) as refusal:
            messages.error(request, str(refusal))
            return redirect(review)
        else:
            messages.success(request, _("Your scores are in."))
            return redirect("reviews:edit" if review.initiator_id == person.pk else "reviews:detail", number)
    return render(
        request,
        "reviews/annual_score.html",
        annual_context(request, review) | {"score_form": form},
    )


def _annual_or_404(request: HttpRequest, number: str) -> Review:
    visible = selectors.review_for_page(person_of(request))
    return get_object_or_404(visible, number=number, kind=ReviewKind.ANNUAL)


def edit_annual(request: HttpRequest, review: Review) -> HttpResponse:
    """The service manager's page of an annual review: facts, remarks, files, both scores, and handing it in."""
    person = person_of(request)
    if request.method == "GET":
        refused = permissions.refusal(Action.EDIT, user=person, review=review)
        if refused is not None:
            messages.warning(request, str(refused))
            return redirect(review)
        return _edit_page(request, review, _remarks_form(review))
    form = RemarksForm(request.POST)
    if not form.is_valid():
        return _edit_page(request, review, form)
    try:
        saved = services.save_remarks(review=review, by=person, **form.cleaned_data).review
    except ConflictError as conflict:
        now = review_or_404(request, review.number)
        if permissions.refusal(Action.EDIT, user=person, review=now) is not None:
            messages.error(request, str(conflict))
            return redirect(now)
        typed = RemarksForm(
            initial={"remarks": form.cleaned_data["remarks"], "seen_form_version": now.form_version}
        )
        return _edit_page(request, now, typed, conflict=conflict)
    if request.POST.get("action") == "submit":
        return submit_annual(request, saved, saved.form_version)
    messages.success(request, _("Draft saved."))
    return redirect("reviews:edit", review.number)


def _remarks_form(review: Review) -> RemarksForm:
    return RemarksForm(
        initial={"remarks": review.annual_form.remarks, "seen_form_version": review.form_version}
    )


def _edit_page(
    request: HttpRequest, review: Review, form: RemarksForm, *, conflict: ConflictError | None = None
) -> HttpResponse:
    gaps = selectors.roles_nobody_can_sign(review, selectors.planned_chain(review, on=local_today()))
    context = annual_context(request, review) | {
        "remarks_form": form,
        "conflict": conflict,
        "attachment_form": AttachmentForm(auto_id="attach_%s"),
        "gaps": [permissions.refusal_of_gap(role) for role in gaps],
        "score_refusal": permissions.refusal(Action.SCORE, user=person_of(request), review=review),
        "questions": list(dict.fromkeys(selectors.questions_before_submission(review.annual_form).values())),
    }
    return render(request, "reviews/annual_edit.html", context, status=CONFLICT if conflict else 200)


def submit_annual(request: HttpRequest, review: Review, seen_form_version: int) -> HttpResponse:
    """Hand the annual form in; what keeps it from that is told on the page it came from."""

    def incomplete(missing: services.IncompleteFormError) -> HttpResponse:
        messages.warning(request, " ".join(dict.fromkeys(map(str, missing.fields.values()))))
        return redirect("reviews:edit", review.number)

    return hand_in(request, review, seen_form_version, incomplete=incomplete)


@changing
def refresh(request: HttpRequest, number: str) -> HttpResponse:
    """Read contracts, payments and proposals anew."""
    review = _annual_or_404(request, number)
    form = SubmitForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("The page was not complete. Read the form again, then submit."))
        return redirect(review)
    done = services.refresh_facts(
        review=review, by=person_of(request), now=timezone.now(), **form.cleaned_data
    )
    if done.repeated:
        messages.info(request, _("The data has not changed since."))
    else:
        messages.success(request, _("The form shows today's data now."))
    return redirect("reviews:edit", number)
