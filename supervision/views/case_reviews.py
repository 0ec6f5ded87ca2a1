"""The log of case reviews: the list, one meeting, its minutes, and what follows (P3.1 d)."""

from __future__ import annotations

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods
from django_tables2 import RequestConfig

from creditrisk.accounts.models import User
from creditrisk.accounts.requests import changing, person_of
from creditrisk.dates import local_today
from creditrisk.exceptions import ConflictError, InvalidInputError, require
from creditrisk.request_size import takes_files
from creditrisk.stored_files import download_response, read_contents
from supervision import permissions
from supervision.forms.case_reviews import (
    AddendumForm,
    CaseFollowUpFilter,
    CaseFollowUpForm,
    CaseReviewFilter,
    CaseReviewForm,
    CloseForm,
    DoneForm,
    FilesForm,
    PointForm,
)
from supervision.models import CaseReview
from supervision.selectors import case_reviews as selectors
from supervision.services import case_reviews as services
from supervision.services import follow_ups
from supervision.tables.lists import CaseFollowUpTable, CaseReviewTable

BAD_REQUEST, CONFLICT = 400, 409


def _review_or_404(request: HttpRequest, number: str) -> CaseReview:
    return get_object_or_404(selectors.case_review_for_page(person_of(request)), number=number)


@require_GET
def case_review_list(request: HttpRequest) -> HttpResponse:
    """The meetings this person may see."""
    person = person_of(request)
    narrowed = CaseReviewFilter(request.GET, queryset=selectors.case_review_list(person))
    table = CaseReviewTable(narrowed.qs)
    RequestConfig(request).configure(table)
    context = {"filter": narrowed, "table": table, "hold_refusal": permissions.hold_review_refusal(person)}
    return render(request, "supervision/case_review_list.html", context)


@require_GET
def follow_up_list(request: HttpRequest) -> HttpResponse:
    """What is to be done after meetings, as far as this person may see it."""
    person, today = person_of(request), local_today()
    narrowed = CaseFollowUpFilter(
        request.GET, queryset=selectors.follow_up_list(person), user=person, today=today
    )
    table = CaseFollowUpTable(narrowed.qs, today=today)
    RequestConfig(request).configure(table)
    return render(request, "supervision/follow_up_list.html", {"filter": narrowed, "table": table})


@require_GET
def case_review(request: HttpRequest, number: str) -> HttpResponse:
    """One meeting: minutes, the customers discussed, follow-ups, files and addenda."""
    return _page(request, _review_or_404(request, number))


def _page(
    request: HttpRequest,
    review: CaseReview,
    *,
    point_form: PointForm | None = None,
    follow_up_form: CaseFollowUpForm | None = None,
    files_form: FilesForm | None = None,
    addendum_form: AddendumForm | None = None,
    status: int = 200,
) -> HttpResponse:
    person, today = person_of(request), local_today()
    may_change = permissions.change_review_refusal(person, review) is None
    reads_all = selectors.reads_all_of(person, review)
    is_leader = permissions.hold_review_refusal(person) is None
    close_refusal = permissions.close_review_refusal(person, review)
    context = {
        "review": review,
        "reads_all": reads_all,
        "may_change": may_change,
        "is_leader": is_leader,
        "close_refusal": close_refusal if is_leader else None,
        "may_sign_off": close_refusal is None,
        "close_form": CloseForm(initial={"version": review.version}),
        "points": selectors.points_of(review, person),
        "follow_ups": [
            (
                one,
                one.is_overdue(on=today),
                one.done_at is None and permissions.complete_follow_up_refusal(person, one) is None,
            )
            for one in selectors.follow_ups_of(review, person)
        ],
        "done_form": DoneForm(auto_id=False),
        "files": review.files.select_related("uploaded_by") if reads_all else (),
        "addenda": review.addenda.select_related("added_by") if reads_all else (),
        "point_form": point_form or _point_form(person, review) if may_change else None,
        "follow_up_form": (follow_up_form or CaseFollowUpForm(user=person, auto_id="follow_up_%s"))
        if may_change
        else None,
        "files_form": (files_form or FilesForm()) if may_change else None,
        "addendum_form": (addendum_form or AddendumForm())
        if permissions.addendum_refusal(person, review) is None
        else None,
    }
    return render(request, "supervision/case_review.html", context, status=status)


@require_http_methods(["GET", "POST"])
def case_review_create(request: HttpRequest) -> HttpResponse:
    """Open the minutes of a meeting."""
    person = person_of(request)
    require(permissions.hold_review_refusal(person))
    form = CaseReviewForm(request.POST or None, today=local_today())
    if request.method == "POST" and form.is_valid():
        try:
            review = services.open_case_review(
                minutes=form.written(), by=person, submission_key=form.cleaned_data["submission_key"]
            )
        except InvalidInputError as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(
                request, _("The minutes are open: note the customers discussed and the follow-ups.")
            )
            return redirect(review)
    return render(request, "supervision/case_review_form.html", {"form": form, "review": None})


@require_http_methods(["GET", "POST"])
def case_review_edit(request: HttpRequest, number: str) -> HttpResponse:
    """Write the minutes anew."""
    person, review = person_of(request), _review_or_404(request, number)
    # Who may read one point alone must not get at the minutes by way of their form.
    require(permissions.hold_review_refusal(person))
    if request.method == "GET":
        require(permissions.change_review_refusal(person, review))
    posted = request.POST if request.method == "POST" else None
    form = CaseReviewForm(posted, review=review, today=local_today())
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            services.change_case_review(
                review=review,
                minutes=form.written(),
                version=form.cleaned_data["version"] or 0,
                by=person,
            )
        except InvalidInputError as refusal:
            form.add_refusal(refusal)
        except ConflictError as conflict:  # what was typed must not be lost
            status = CONFLICT
            form.add_error(None, str(conflict))
        else:
            messages.success(request, _("Minutes saved."))
            return redirect(review)
    context = {"form": form, "review": review}
    return render(request, "supervision/case_review_form.html", context, status=status)


@changing(_review_or_404, key="number")
def case_review_close(request: HttpRequest, review: CaseReview) -> HttpResponse:
    """Sign the minutes off."""
    form = CloseForm(request.POST)
    version = form.cleaned_data["version"] if form.is_valid() else 0
    services.close_case_review(review=review, version=version, by=person_of(request), now=timezone.now())
    messages.success(request, _("The minutes are signed off."))
    return redirect(review)


@changing(_review_or_404, key="number")
def point_note(request: HttpRequest, review: CaseReview) -> HttpResponse:
    """Note what was said about a customer."""
    person = person_of(request)
    require(permissions.hold_review_refusal(person))
    form, status = PointForm(request.POST, user=person, auto_id="point_%s"), BAD_REQUEST
    if form.is_valid():
        try:
            services.discuss_customer(review=review, by=person, **form.cleaned_data)
        except InvalidInputError as refusal:
            form.add_refusal(refusal)
        except ConflictError as conflict:  # what was typed must not be lost
            status = CONFLICT
            form.add_error(None, str(conflict))
        else:
            messages.success(request, _("Noted."))
            return redirect(review)
    return _page(request, review, point_form=form, status=status)


def _point_form(person: User, review: CaseReview) -> PointForm:
    return PointForm(user=person, initial={"version": review.version}, auto_id="point_%s")


@changing(_review_or_404, key="number")
def point_remove(request: HttpRequest, review: CaseReview, *, pk: int) -> HttpResponse:
    """Take what was noted about a customer out."""
    person = person_of(request)
    point = selectors.points_of(review, person).filter(pk=pk).first()
    require(permissions.change_review_refusal(person, review))
    if point is not None:
        services.leave_customer_out(review=review, customer=point.customer, by=person)
    messages.success(request, _("Removed."))
    return redirect(review)


@changing(_review_or_404, key="number")
def follow_up_ask(request: HttpRequest, review: CaseReview) -> HttpResponse:
    """Note what somebody is to do."""
    person = person_of(request)
    require(permissions.hold_review_refusal(person))
    form = CaseFollowUpForm(request.POST, user=person, auto_id="follow_up_%s")
    if form.is_valid():
        try:
            follow_ups.ask_follow_up(review=review, by=person, **form.cleaned_data)
        except InvalidInputError as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("Follow-up noted."))
            return redirect(review)
    return _page(request, review, follow_up_form=form, status=BAD_REQUEST)


@changing(_review_or_404, key="number")
def follow_up_remove(request: HttpRequest, review: CaseReview, *, pk: int) -> HttpResponse:
    """Take a follow-up out that was noted by mistake."""
    person = person_of(request)
    require(permissions.change_review_refusal(person, review))
    if (follow_up := selectors.follow_ups_of(review, person).filter(pk=pk).first()) is not None:
        follow_ups.leave_follow_up_out(follow_up=follow_up, by=person)
    messages.success(request, _("Removed."))
    return redirect(review)


@require_http_methods(["GET", "POST"])
def follow_up_done(request: HttpRequest, pk: int) -> HttpResponse:
    """Tick a follow-up off, with what came of it."""
    person = person_of(request)
    follow_up = get_object_or_404(selectors.follow_up_list(person), pk=pk)
    if request.method == "POST":
        form = DoneForm(request.POST)
        if not form.is_valid():
            told = " ".join(str(text) for text in form.errors.get("result", ()))
            raise InvalidInputError("case_follow_up.result", told)
        done = follow_ups.complete_follow_up(
            follow_up=follow_up, result=form.cleaned_data["result"], by=person, now=timezone.now()
        )
        if done.done_by_id == person.pk:
            messages.success(request, _("Follow-up completed."))
        else:
            text = _("%(person)s had completed it already.")
            messages.info(request, text % {"person": done.done_by})
    return redirect(follow_up.review)


@takes_files("CREDITRISK_ATTACHMENTS_AT_ONCE_MAX_BYTES")
@changing(_review_or_404, key="number")
def files_add(request: HttpRequest, review: CaseReview) -> HttpResponse:
    """Add documents."""
    person = person_of(request)
    require(permissions.change_review_refusal(person, review))
    form = FilesForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            added = services.attach_case_review_files(
                review=review, files=read_contents(form.cleaned_data["documents"]), by=person
            )
        except InvalidInputError as refusal:
            form.add_error("documents", str(refusal))
        else:
            text = ngettext("%(count)s file added.", "%(count)s files added.", added)
            messages.success(request, text % {"count": added})
            return redirect(review)
    return _page(request, review, files_form=form, status=BAD_REQUEST)


@require_GET
def file_download(request: HttpRequest, number: str, pk: int) -> FileResponse:
    """Send a document as a download."""
    review = _review_or_404(request, number)
    if not selectors.reads_all_of(person_of(request), review):
        raise Http404
    return download_response(get_object_or_404(review.files, pk=pk))


@changing(_review_or_404, key="number")
def addendum_add(request: HttpRequest, review: CaseReview) -> HttpResponse:
    """Add to minutes that are signed off."""
    person = person_of(request)
    require(permissions.addendum_refusal(person, review))
    form = AddendumForm(request.POST)
    if form.is_valid():
        try:
            services.add_addendum(review=review, by=person, now=timezone.now(), **form.cleaned_data)
        except InvalidInputError as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("Addendum added."))
            return redirect(review)
    return _page(request, review, addendum_form=form, status=BAD_REQUEST)
