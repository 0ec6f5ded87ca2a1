"""The form on paper, and checking a paper against what is stored."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from creditrisk.accounts.requests import person_of
from creditrisk.dates import local_today
from creditrisk.policy.selectors import policy_version_on
from reviews import selectors, services
from reviews.forms import CodeForm
from reviews.permissions import Action, refusal
from reviews.print_out import PRINT_LANGUAGES, review_pdf
from reviews.views.requests import review_or_404


@require_GET
def print_out(request: HttpRequest, number: str) -> HttpResponse:
    """The form as a PDF, in the reader's language or the one asked for."""
    review, today = review_or_404(request, number), local_today()
    language = request.GET.get("language") or get_language() or "en"
    if language not in PRINT_LANGUAGES:
        raise Http404
    version = review.policy_version or policy_version_on(today)
    pdf = review_pdf(
        review,
        reader=person_of(request),
        chain=selectors.chain_shown(review, on=today),
        policy=version.policy,
        language=language,
        printed_at=timezone.now(),
    )
    headers = {"Content-Disposition": f'inline; filename="{review.number}.pdf"'}
    return HttpResponse(pdf, content_type="application/pdf", headers=headers)


@require_GET
def check(request: HttpRequest) -> HttpResponse:
    """What a verification code says: which review it is of, whether that has gone on since, whether it was touched."""
    form = CodeForm(request.GET if "code" in request.GET else None)
    context: dict[str, object] = {"form": form}
    if form.is_bound and form.is_valid():
        decision = selectors.decision_of_code(form.cleaned_data["code"])
        context["asked"] = True
        if decision is not None:
            review = decision.review
            context |= {
                "decision": decision,
                "review": review,
                "may_view": refusal(Action.VIEW, user=person_of(request), review=review) is None,
                "later": review.decisions.filter(sequence__gt=decision.sequence).count(),
                "problems": services.verify_review(review),
            }
    return render(request, "reviews/check.html", context)
