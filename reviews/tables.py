"""Lists of reviews, and the inbox."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from creditrisk.tables import A, AmountColumn, BaseTable, Column, DateColumn, NumberColumn, StateColumn
from customers.models import Customer
from reviews.annual_progress import STANDINGS
from reviews.deadlines import is_overdue
from reviews.models import ApprovalStep, Consultation, Review, ReviewCopy, ReviewState

UNBROKEN = {"td": {"class": "date"}}


def seen_step(step: ApprovalStep) -> str:
    """Return a step with the round and form version that its person sees, as one value of a form."""
    return f"{step.pk}.{step.review.round}.{step.review.form_version}"


class CustomerColumn(Column):
    """The customer's name, linked to the review, with his number beside it."""

    def __init__(self, *, review: str = "", **kwargs: Any) -> None:
        super().__init__(verbose_name=_("Customer"), **kwargs)
        self.review = review

    def render(self, value: Any, record: Any) -> str:
        """Return the cell's HTML."""
        review: Review = getattr(record, self.review) if self.review else record
        return format_html(
            '<a href="{}">{}</a> <span class="muted">{}</span>',
            reverse("reviews:detail", args=[review.number]),
            review.customer.name,
            review.customer.number,
        )


class ReviewTable(BaseTable):
    """The reviews a person may see."""

    customer = CustomerColumn(order_by=("customer__name", "pk"))
    number = Column(verbose_name=_("Record number"), attrs=UNBROKEN)
    kind = Column(verbose_name=_("Kind"), order_by=("kind", "-pk"))
    state = StateColumn(verbose_name=_("State"), order_by=("state", "-pk"))
    business_amount = AmountColumn(
        verbose_name=_("Monthly business"),
        currency="business_currency",
        order_by=("business_amount", "-pk"),
    )
    initiator = Column(verbose_name=_("Started by"), order_by=("initiator__name", "-pk"))
    review_on = DateColumn(verbose_name=_("Review date"), order_by=("review_on", "pk"))
    ended_at = DateColumn(verbose_name=_("Ended"), order_by=("ended_at", "pk"))

    class Meta:
        model = Review
        fields = (
            "customer",
            "number",
            "kind",
            "state",
            "business_amount",
            "initiator",
            "review_on",
            "ended_at",
        )
        order_by = "-review_on"
        empty_text = _("No review fits. Clear the filter, or start a review from a customer's page.")


class StartedTable(ReviewTable):
    """The reviews a person started himself."""

    class Meta(ReviewTable.Meta):
        exclude = ("initiator", "kind")
        empty_text = _("You have not started a review yet.")


class StartableTable(BaseTable):
    """A person's customers who need a new-customer review."""

    name = Column(
        verbose_name=_("Customer"), linkify=("reviews:create", [A("number")]), order_by=("name", "number")
    )
    number = Column(verbose_name=_("Customer number"))
    state = StateColumn(verbose_name=_("State"), order_by=("state", "number"))
    created_at = DateColumn(verbose_name=_("File opened"), order_by=("created_at", "number"))

    class Meta:
        model = Customer
        fields = ("name", "number", "state", "created_at")
        order_by = "-created_at"


class LaunchableTable(BaseTable):
    """A service manager's customers whose annual review is missing."""

    name = Column(
        verbose_name=_("Customer"),
        linkify=("reviews:start_annual", [A("number")]),
        order_by=("name", "number"),
    )
    number = Column(verbose_name=_("Customer number"))
    state = StateColumn(verbose_name=_("State"), order_by=("state", "number"))
    grade = Column(verbose_name=_("Grade"), accessor="grade", order_by=("grade", "number"))
    reviewed_on = DateColumn(verbose_name=_("Last review"), order_by=("reviewed_on", "number"))

    class Meta:
        model = Customer
        fields = ("name", "number", "state", "grade", "reviewed_on")
        order_by = "number"
        empty_text = _("Every one of your customers has his annual review of this year.")


class ScoreTable(BaseTable):
    """Annual reviews that wait for a person's scores."""

    customer = Column(
        verbose_name=_("Customer"),
        accessor="customer__name",
        linkify=("reviews:score", [A("number")]),
        order_by=("customer__name", "pk"),
    )
    customer_number = Column(
        verbose_name=_("Customer number"), accessor="customer__number", order_by=("customer__number", "pk")
    )
    number = Column(verbose_name=_("Record number"), attrs=UNBROKEN)
    state = StateColumn(verbose_name=_("State"), order_by=("state", "-pk"))
    initiator = Column(verbose_name=_("Started by"), order_by=("initiator__name", "-pk"))
    review_on = DateColumn(verbose_name=_("Review date"), order_by=("review_on", "pk"))

    class Meta:
        model = Review
        fields = ("customer", "customer_number", "number", "state", "initiator", "review_on")
        order_by = "review_on"
        empty_text = _("No annual review waits for your scores.")


class StepTable(BaseTable):
    """Steps of reviews; the columns that to do and done share."""

    customer = CustomerColumn(
        review="review", accessor="review__customer", order_by=("review__customer__name", "pk")
    )
    number = Column(
        verbose_name=_("Record number"),
        accessor="review__number",
        order_by=("review__number", "pk"),
        attrs=UNBROKEN,
    )
    role = Column(verbose_name=_("Stage"), order_by=("role", "pk"))
    kind = Column(verbose_name=_("Kind"), accessor="review__kind", order_by=("review__kind", "pk"))
    business_amount = AmountColumn(
        verbose_name=_("Monthly business"),
        accessor="review__business_amount",
        currency="review__business_currency",
        order_by=("review__business_amount", "pk"),
    )
    initiator = Column(
        verbose_name=_("Started by"),
        accessor="review__initiator",
        order_by=("review__initiator__name", "pk"),
    )


def _list_only(column: Column) -> Column:
    """Return the column, left out while a review is read beside the list."""
    column.attrs = {
        part: {"class": f"{column.attrs.get(part, {}).get('class', '')} list-only".strip()}
        for part in ("th", "td")
    }
    return column


class BoxColumn(Column):
    """A tick box before a step: it carries what its person has seen, for approving several at once."""

    def __init__(self) -> None:
        super().__init__(verbose_name=_("Choose"), accessor="pk", orderable=False)

    def render(self, record: ApprovalStep) -> str:
        """Return the cell's HTML."""
        review = record.review
        return format_html(
            '<input class="form-check-input" type="checkbox" name="steps" value="{}" aria-label="{}">',
            seen_step(record),
            f"{review.number} {review.customer.name}",
        )


class PanelColumn(CustomerColumn):
    """The customer, linked to the review, with both numbers; on a wide screen the link opens it beside the list."""

    def render(self, value: Any, record: Any) -> str:
        """Return the cell's HTML."""
        review = record.review
        return format_html(
            '<a href="{}" data-panel="{}">{}</a> <span class="muted unbroken">{}</span>'
            ' <span class="muted unbroken">{}</span>',
            reverse("reviews:detail", args=[review.number]),
            reverse("reviews:panel", args=[review.number]),
            review.customer.name,
            review.customer.number,
            review.number,
        )


class ToDoTable(StepTable):
    """What waits for a person, the longest waiting first. An overdue step has a badge."""

    box = BoxColumn()
    customer = PanelColumn(
        review="review", accessor="review__customer", order_by=("review__customer__name", "pk")
    )
    kind = _list_only(
        Column(verbose_name=_("Kind"), accessor="review__kind", order_by=("review__kind", "pk"))
    )
    initiator = _list_only(
        Column(
            verbose_name=_("Started by"),
            accessor="review__initiator",
            order_by=("review__initiator__name", "pk"),
        )
    )
    opened_at = _list_only(DateColumn(verbose_name=_("Waiting since"), order_by=("opened_at", "pk")))
    waiting_days = _list_only(
        NumberColumn(verbose_name=_("Days"), accessor="opened_at", order_by=("-opened_at", "-pk"))
    )
    due_on = DateColumn(verbose_name=_("Due on"), order_by=("due_on", "opened_at", "pk"))

    class Meta:
        model = ApprovalStep
        fields = (
            "box",
            "customer",
            "kind",
            "role",
            "business_amount",
            "initiator",
            "opened_at",
            "waiting_days",
            "due_on",
        )
        exclude = ("number",)
        order_by = "opened_at"
        empty_text = _("Nothing waits for your decision.")

    def __init__(self, *args: Any, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def render_waiting_days(self, value: dt.datetime) -> int:
        """Return the calendar days since the step was opened."""
        return (self.today - timezone.localdate(value)).days

    def render_due_on(self, value: dt.date) -> str:
        """Return the last day of the step's time, with a badge where it is past."""
        if not is_overdue(due_on=value, on=self.today):
            return f"{value:%Y-%m-%d}"
        return format_html(
            '{} <span class="state state-rejected">{}</span>', f"{value:%Y-%m-%d}", _("overdue")
        )


class QuestionTable(BaseTable):
    """Questions of colleagues that wait for a person's opinion."""

    customer = CustomerColumn(
        review="review", accessor="step__review__customer", order_by=("step__review__customer__name", "pk")
    )
    question = Column(verbose_name=_("Question"), orderable=False)
    by = Column(verbose_name=_("Asked by"), order_by=("by__name", "pk"))
    asked_at = DateColumn(verbose_name=_("Asked at"), order_by=("asked_at", "pk"))

    class Meta:
        model = Consultation
        fields = ("customer", "question", "by", "asked_at")
        order_by = "asked_at"
        empty_text = _("Nobody waits for your opinion.")

    def render_question(self, value: str) -> str:
        """Return the beginning of the question."""
        return Truncator(value).chars(120)


class CopyTable(BaseTable):
    """Reviews that were sent to a person to read, the latest first."""

    customer = CustomerColumn(
        review="review", accessor="review__customer", order_by=("review__customer__name", "pk")
    )
    number = Column(
        verbose_name=_("Record number"),
        accessor="review__number",
        order_by=("review__number", "pk"),
        attrs=UNBROKEN,
    )
    kind = Column(verbose_name=_("Kind"), accessor="review__kind", order_by=("review__kind", "pk"))
    state = StateColumn(verbose_name=_("State"), accessor="review__state", order_by=("review__state", "pk"))
    by = Column(verbose_name=_("Sent by"), order_by=("by__name", "pk"))
    sent_at = DateColumn(verbose_name=_("Sent at"), order_by=("sent_at", "pk"))

    class Meta:
        model = ReviewCopy
        fields = ("customer", "number", "kind", "state", "by", "sent_at")
        order_by = "-sent_at"
        empty_text = _("Nobody has sent you a review to read.")


class DoneTable(StepTable):
    """What a person has decided, the latest first."""

    state = StateColumn(verbose_name=_("Your decision"), order_by=("state", "pk"))
    review_state = StateColumn(
        verbose_name=_("Review"), accessor="review__state", order_by=("review__state", "pk")
    )
    decided_at = DateColumn(verbose_name=_("Decided at"), order_by=("decided_at", "pk"))

    class Meta:
        model = ApprovalStep
        fields = ("customer", "number", "role", "state", "review_state", "decided_at")
        exclude = ("kind", "business_amount", "initiator")
        order_by = "-decided_at"
        empty_text = _("You have not decided anything yet.")

    def render_review_state(self, value: str, record: ApprovalStep) -> str:
        """Return the badge of the review's own state."""
        return format_html('<span class="state state-{}">{}</span>', value, record.review.get_state_display())


class MissingAnnualTable(BaseTable):
    """Customers to be assessed for a year, and where their review stands."""

    name = Column(verbose_name=_("Customer"), linkify=True, order_by=("name", "number"))
    number = Column(verbose_name=_("Customer number"), attrs=UNBROKEN)
    standing = Column(verbose_name=_("State"), order_by=("standing", "number"))
    review_number = Column(
        verbose_name=_("Review"),
        attrs=UNBROKEN,
        order_by=("review_number", "number"),
        linkify=lambda value: reverse("reviews:detail", args=[value]),
    )
    service_manager = Column(
        verbose_name=_("Customer service manager"), order_by=("service_manager__name", "pk")
    )
    account_manager = Column(verbose_name=_("Account manager"), order_by=("account_manager__name", "pk"))
    grade = Column(verbose_name=_("Grade"), accessor="grade", order_by=("grade", "number"))
    reviewed_on = DateColumn(verbose_name=_("Last review"), order_by=("reviewed_on", "number"))

    class Meta:
        model = Customer
        fields = (
            "name",
            "number",
            "standing",
            "review_number",
            "service_manager",
            "account_manager",
            "grade",
            "reviewed_on",
        )
        order_by = "number"
        empty_text = _("No annual review is missing.")

    def render_standing(self, value: str) -> str:
        """Return where the review stands as a badge."""
        return format_html('<span class="state state-{}">{}</span>', value, STANDINGS[value])


class ServiceLevelTable(BaseTable):
    """A year's annual reviews with the level that the leader confirms: a box, a level, a reason in each row."""

    box = Column(verbose_name=_("Choose"), accessor="pk", orderable=False)
    customer = CustomerColumn(order_by=("customer__name", "pk"))
    score = NumberColumn(
        verbose_name=_("Score"), accessor="annual_form__score", order_by=("annual_form__score", "pk")
    )
    grade = Column(
        verbose_name=_("Grade"), accessor="annual_form__grade", order_by=("annual_form__grade", "pk")
    )
    state = StateColumn(verbose_name=_("State"), order_by=("state", "-pk"))
    present = Column(verbose_name=_("Present level"), accessor="customer__service_level", orderable=False)
    level = Column(verbose_name=_("Level"), accessor="pk", orderable=False)
    confirmed = Column(verbose_name=_("Confirmed"), accessor="pk", orderable=False)

    class Meta:
        model = Review
        fields = ("box", "customer", "score", "grade", "state", "present", "level", "confirmed")
        order_by = "customer"
        attrs: ClassVar[dict[str, str | Promise]] = {"data-select-all": _("Choose all")}
        empty_text = _("No annual review of this year is in approval or approved yet.")

    def __init__(
        self,
        *args: Any,
        levels: Sequence[tuple[str, Any]],
        typed: Mapping[int, tuple[str, str]],
        refused: Mapping[int, str],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.levels, self.typed, self.refused = levels, typed, refused

    def render_box(self, record: Review) -> str:
        """Return the tick box."""
        label = f"{record.number} {record.customer.name}"
        ticked = mark_safe(" checked") if record.pk in self.refused else ""
        return format_html(
            '<input class="form-check-input" type="checkbox" name="chosen" value="{}" aria-label="{}"{}>',
            record.pk,
            label,
            ticked,
        )

    def render_level(self, record: Review) -> str:
        """Return the choice of the level, its reason, and why it was refused."""
        waiting = record.annual_form.service_level if record.state == ReviewState.IN_APPROVAL else ""
        given, reason = self.typed.get(record.pk, (waiting or record.customer.service_level, ""))
        options = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            ((code, mark_safe(" selected") if code == given else "", label) for code, label in self.levels),
        )
        error = self.refused.get(record.pk, "")
        return format_html(
            '<div class="cell-fields">'
            '<select class="form-select form-select-sm" name="level-{0}" id="id_level-{0}" aria-label="{1}">{2}'
            '</select><input class="form-control form-control-sm" type="text" name="reason-{0}" id="id_reason-{0}"'
            ' maxlength="500"'
            ' value="{3}" placeholder="{4}" aria-label="{4}">{5}</div>',
            record.pk,
            _("Level"),
            options,
            reason,
            _("Reason for another level"),
            format_html('<span class="invalid-feedback">{}</span>', error) if error else "",
        )

    def render_confirmed(self, record: Review) -> str:
        """Return who confirmed which level when."""
        kept = getattr(record, "service_level_confirmation", None)
        if kept is None:
            return format_html('<span class="state state-waiting">{}</span>', _("to be confirmed"))
        return format_html(
            '{} <span class="muted">{} {}</span>',
            kept.get_level_display(),
            kept.confirmed_by,
            f"{timezone.localdate(kept.confirmed_at):%Y-%m-%d}",
        )
