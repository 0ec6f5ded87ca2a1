"""Case reviews as forms: minutes, a customer discussed, a follow-up, an addendum; and the filters of their lists."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar
from uuid import uuid4

import django_filters
from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from creditrisk.accounts.selectors import people_at_work
from creditrisk.exceptions import InvalidInputError
from creditrisk.forms import DayField, SeveralFilesField, StrictForm
from customers.forms.fields import LineField, PersonField
from customers.forms.visit import PeopleField
from customers.models import Customer
from customers.numbers import clean_number
from supervision.models import CaseFollowUp, CaseReview, CaseReviewKind, CaseReviewState
from supervision.models.case_review import MINUTES_MAX_LENGTH, POINT_MAX_LENGTH, CaseFollowUpQuerySet
from supervision.services.case_reviews import Minutes

RESULT_MAX_LENGTH = 500


class CaseReviewFilter(django_filters.FilterSet):
    """Title or number, kind, state, and when it was held."""

    q = django_filters.CharFilter(
        label=_("Search"),
        field_name="title",
        lookup_expr="icontains",
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=CaseReviewKind.choices)
    state = django_filters.ChoiceFilter(label=_("State"), choices=CaseReviewState.choices)
    held_from = django_filters.DateFilter(label=_("held from"), field_name="held_on", lookup_expr="gte")
    held_to = django_filters.DateFilter(label=_("held to"), field_name="held_on", lookup_expr="lte")

    class Meta:
        model = CaseReview
        fields: tuple[str, ...] = ()


class CaseFollowUpFilter(django_filters.FilterSet):
    """Open, overdue or done; one's own."""

    state = django_filters.ChoiceFilter(
        label=_("State"),
        method="in_state",
        choices=[("open", _("open")), ("overdue", _("overdue")), ("done", _("done"))],
    )
    whose = django_filters.ChoiceFilter(label=_("Whose"), method="of_mine", choices=[("mine", _("mine"))])

    class Meta:
        model = CaseFollowUp
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, user: User, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.today = user, today

    def in_state(self, queryset: CaseFollowUpQuerySet, _name: str, value: str) -> CaseFollowUpQuerySet:
        if value == "done":
            return queryset.filter(done_at__isnull=False)
        waiting = queryset.filter(done_at__isnull=True)
        return waiting.filter(due_on__lt=self.today) if value == "overdue" else waiting

    def of_mine(self, queryset: CaseFollowUpQuerySet, _name: str, _value: str) -> CaseFollowUpQuerySet:
        return queryset.filter(responsible=self.user)


class _RefusableForm(StrictForm, forms.Form):
    field_of_refusal: ClassVar[dict[str, str]] = {}

    def add_refusal(self, refusal: InvalidInputError) -> None:
        """Show what the service refused, at the field it is about."""
        self.add_error(self.field_of_refusal.get(refusal.code), str(refusal))


class CaseReviewForm(_RefusableForm):
    """What `open_case_review` and `change_case_review` ask for."""

    field_of_refusal = {"case_review.title_missing": "title"}

    kind = forms.ChoiceField(label=_("Kind"), choices=CaseReviewKind.choices)
    held_on = DayField(label=_("Held on"))
    title = LineField(label=_("Title"), max_length=200)
    participants = PeopleField(
        label=_("Participants"),
        queryset=User.objects.none(),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 8}),
        help_text=_("Hold Ctrl to choose several."),
    )
    minutes = forms.CharField(
        label=_("Minutes"),
        max_length=MINUTES_MAX_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text=_(
            "What concerns single customers is noted under each of them: others do not read it there."
        ),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, required=False)
    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4, required=False)

    def __init__(self, *args: Any, review: CaseReview | None = None, today: dt.date, **kwargs: Any) -> None:
        kwargs["initial"] = _as_written(review) if review else {"held_on": today}
        super().__init__(*args, **kwargs)
        people = self.fields["participants"]
        assert isinstance(people, PeopleField)
        # Who took part then may have left meanwhile.
        at_work = Q(pk__in=people_at_work().values("pk"))
        attended = Q(attended_case_reviews=review) if review else Q(pk__in=[])
        people.queryset = (
            User.objects.filter(at_work | attended)
            .select_related("department")
            .distinct()
            .order_by("username")
        )

    def written(self) -> Minutes:
        """Return the minutes as they were typed."""
        typed = self.cleaned_data
        return Minutes(
            kind=typed["kind"],
            held_on=typed["held_on"],
            title=typed["title"],
            participants=list(typed["participants"]),
            minutes=typed["minutes"],
        )


def _as_written(review: CaseReview) -> dict[str, Any]:
    return {
        "kind": review.kind,
        "held_on": review.held_on,
        "title": review.title,
        "participants": [person.pk for person in review.participants.all()],
        "minutes": review.minutes,
        "version": review.version,
    }


class CustomerNumberField(LineField):
    """The number of a customer whom the reader sees, typed; it is found when the form is cleaned."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=50, **kwargs)
        self.user: User | None = None

    def clean(self, value: Any) -> Customer | None:
        """Return the customer; None where nothing was typed and nothing has to be."""
        text = super().clean(value)
        if not text:
            return None
        assert self.user is not None
        found = Customer.objects.visible_to(self.user).filter(number=clean_number(text)).first()
        if found is None:
            raise forms.ValidationError(_("There is no customer with this number."), code="customer_unknown")
        return found


class PointForm(_RefusableForm):
    """A customer discussed, and the point made; and the version of the minutes as they were read."""

    field_of_refusal = {"case_review.point_missing": "point"}

    customer = CustomerNumberField(label=_("Customer number"))
    point = forms.CharField(
        label=_("Point made"), max_length=POINT_MAX_LENGTH, widget=forms.Textarea(attrs={"rows": 3})
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        number = self.fields["customer"]
        assert isinstance(number, CustomerNumberField)
        number.user = user


class CaseFollowUpForm(_RefusableForm):
    """What `ask_follow_up` asks for."""

    field_of_refusal = {
        "case_follow_up.text_missing": "text",
        "case_follow_up.due_before_meeting": "due_on",
        "case_follow_up.responsible": "responsible",
    }

    text = LineField(label=_("What is to be done"), max_length=500)
    responsible = PersonField(label=_("Person responsible"), queryset=User.objects.none(), empty_label=None)
    due_on = DayField(label=_("Due"))
    customer = CustomerNumberField(label=_("Customer number"), required=False)
    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        number, person = self.fields["customer"], self.fields["responsible"]
        assert isinstance(number, CustomerNumberField)
        assert isinstance(person, PersonField)
        number.user = user
        person.queryset = people_at_work().select_related("department")


class DoneForm(_RefusableForm):
    """What came of a follow-up."""

    result = LineField(label=_("Result"), max_length=RESULT_MAX_LENGTH, required=False)


class AddendumForm(_RefusableForm):
    """What is added to signed minutes."""

    field_of_refusal = {"case_review.addendum_missing": "text"}

    text = forms.CharField(
        label=_("Addendum"), max_length=MINUTES_MAX_LENGTH, widget=forms.Textarea(attrs={"rows": 4})
    )
    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)


class CloseForm(StrictForm, forms.Form):
    """The minutes as they were read."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)


class FilesForm(StrictForm, forms.Form):
    """Files to add to a meeting."""

    documents = SeveralFilesField(label=_("Files"))
