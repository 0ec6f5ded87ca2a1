"""The bell's list and the outbox."""

from __future__ import annotations

from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from creditrisk.notifications.models import Notification, OutboxMessage
from creditrisk.tables import A, BaseTable, Column, DateColumn, NumberColumn, StateColumn


class NotificationTable(BaseTable):
    """A person's notifications; what he has not read stands out."""

    title = Column(verbose_name=_("Message"), linkify=("notifications:open", [A("pk")]), orderable=False)
    created_at = DateColumn(verbose_name=_("When"), order_by=("created_at", "pk"))

    class Meta:
        model = Notification
        fields = ("title", "created_at")
        row_attrs = {"class": lambda record: "" if record.read_at else "unread"}
        empty_text = _("Nobody has told you anything yet.")


class OutboxTable(BaseTable):
    """Messages with what became of them."""

    subject = Column(verbose_name=_("Subject"), linkify=True, order_by=("subject", "pk"))
    channel = Column(verbose_name=_("Channel"), order_by=("channel", "pk"))
    to = Column(verbose_name=_("To"), order_by=("to", "pk"))
    customer_number = Column(verbose_name=_("Customer"), order_by=("customer_number", "pk"))
    state = StateColumn(verbose_name=_("State"), order_by=("state", "pk"))
    attempts = NumberColumn(verbose_name=_("Attempts"), order_by=("attempts", "pk"))
    created_at = DateColumn(verbose_name=_("Recorded"), order_by=("created_at", "pk"))
    sent_at = DateColumn(verbose_name=_("Sent"), order_by=("sent_at", "pk"))

    class Meta:
        model = OutboxMessage
        fields = ("subject", "channel", "to", "customer_number", "state", "attempts", "created_at", "sent_at")
        order_by = "-created_at"
        empty_text = _("No mail fits. Clear the filter.")

    def render_state(self, value: str, record: OutboxMessage) -> str:
        """Return the state as a badge, until when it is held, and why it ended badly."""
        badge = format_html('<span class="state state-{}">{}</span>', record.state, value)
        if record.is_held and record.next_attempt_at is not None:
            until = f"{timezone.localtime(record.next_attempt_at):%Y-%m-%d %H:%M}"
            return format_html(
                '{} <span class="muted">{}</span>', badge, _("held until %(time)s") % {"time": until}
            )
        if record.state == OutboxMessage.State.SENT and record.dry_run_to:
            return format_html('{} <span class="state state-dry_run">{}</span>', badge, _("dry run"))
        if record.state not in OutboxMessage.FINISHED_BADLY or not record.error:
            return badge
        return format_html('{} <span class="muted">{}</span>', badge, record.error[:80])
