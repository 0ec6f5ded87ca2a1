"""The list of grade adjustments."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from creditrisk.tables import A, BaseTable, Column, NumberColumn, StateColumn
from reviews.models import AdjustmentState, GradeAdjustment


class TickColumn(Column):
    """A tick box before an adjustment that waits."""

    def __init__(self) -> None:
        super().__init__(verbose_name=_("Choose"), accessor="pk", orderable=False)

    def render(self, record: GradeAdjustment) -> str:
        """Return the cell's HTML; nothing where there is nothing to decide."""
        if record.state != AdjustmentState.PROPOSED:
            return ""
        return format_html(
            '<input class="form-check-input" type="checkbox" name="adjustments" value="{}" aria-label="{}">',
            record.pk,
            f"{record.quarter} {record.customer.name}",
        )


class AdjustmentTable(BaseTable):
    """Adjustments with the numbers that made them, by customer number."""

    box = TickColumn()
    customer = Column(
        verbose_name=_("Customer"),
        accessor="customer__name",
        linkify=("reviews:adjustment", [A("pk")]),
        order_by=("customer__name", "pk"),
    )
    customer_number = Column(
        verbose_name=_("Customer number"),
        accessor="customer__number",
        order_by=("customer__number", "-quarter"),
    )
    quarter = Column(verbose_name=_("Quarter"), order_by=("quarter", "customer__number"))
    new_grade = Column(verbose_name=_("Grade"), order_by=("new_grade", "old_grade", "customer__number"))
    new_score = NumberColumn(verbose_name=_("Score"), order_by=("new_score", "pk"), empty_values=())
    average_days_late = NumberColumn(
        verbose_name=_("Average days late"), order_by=("average_days_late", "pk")
    )
    oldest_days = NumberColumn(verbose_name=_("Oldest, days past due"), order_by=("oldest_days", "pk"))
    state = StateColumn(verbose_name=_("State"), order_by=("state", "customer__number"))
    decided_by = Column(verbose_name=_("Decided by"), order_by=("decided_by__name", "pk"))

    class Meta:
        model = GradeAdjustment
        fields = (
            "box",
            "customer",
            "customer_number",
            "quarter",
            "new_grade",
            "new_score",
            "average_days_late",
            "oldest_days",
            "state",
            "decided_by",
        )
        order_by = "customer_number"
        empty_text = _("No adjustment fits.")

    def __init__(self, *args: Any, may_decide: bool, **kwargs: Any) -> None:
        decides: dict[str, Any] = {"attrs": {"data-select-all": _("Choose all on this page")}}
        super().__init__(*args, **kwargs, **(decides if may_decide else {"exclude": ("box",)}))

    def render_new_grade(self, record: GradeAdjustment) -> str:
        """Return old and new grade; also the one that a person gave instead."""
        given = record.decided_grade
        return format_html(
            '<span class="unbroken">{} → {}{}</span>',
            _badge(record.old_grade),
            _badge(record.new_grade),
            format_html(" → {}", _badge(given)) if given else "",
        )

    def render_new_score(self, record: GradeAdjustment) -> str:
        """Return old and new score; a dash where nobody has scored the customer."""
        if record.new_score is None:
            return "–"
        if record.new_score == record.old_score:
            return f"{record.new_score:.1f}"
        return format_html('<span class="unbroken">{} → {}</span>', record.old_score, record.new_score)

    def render_average_days_late(self, value: Decimal) -> str:
        """Return the days with one decimal; below zero is early."""
        return f"{value:.1f}"


def _badge(grade: str) -> str:
    return format_html('<span class="state grade state-{}">{}</span>', grade, grade)
