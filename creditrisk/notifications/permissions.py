"""Who decides about which messages and robots. None means yes; a refusal says why not."""

from __future__ import annotations

from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.exceptions import ConflictError, NotAllowedError, Refusal
from creditrisk.notifications.customers import serviced_customer_numbers
from creditrisk.notifications.models import OutboxMessage


def _decision_refusal(user: User, message: OutboxMessage) -> Refusal:
    """An administrator, and the service manager of the customer it went to, decide about a message that ended
    badly.
    """
    if user.has_role(Role.ADMINISTRATOR):
        return None
    if (
        message.customer_number
        and serviced_customer_numbers(user).filter(number=message.customer_number).exists()
    ):
        return None
    return NotAllowedError(
        "mail.not_allowed",
        _("Only an administrator or the customer's service manager sends a mail again."),
    )


def send_again_refusal(user: User, message: OutboxMessage) -> Refusal:
    """Who decides sends a message again, unless another went out in its place or its letter was posted."""
    if refusal := _decision_refusal(user, message):
        return refusal
    if message.is_replaced:
        return ConflictError("mail.replaced", _("Another mail went out in its place already."))
    if message.is_settled:
        return ConflictError("mail.settled", _("What it carries was posted: it is not mailed again."))
    return None


def elsewhere_refusal(user: User, message: OutboxMessage) -> Refusal:
    """Who decides sends a mail that ended badly to another address, unless another went out in its place."""
    if refusal := send_again_refusal(user, message):
        return refusal
    if not message.is_email or not message.has_ended_badly:
        return ConflictError(
            "mail.not_ended_badly", _("Only a mail that did not arrive goes to another address instead.")
        )
    return None


def bounce_refusal(user: User, message: OutboxMessage) -> Refusal:
    """Who decides notes that a mail came back: one that was sent, or of which that is not known."""
    if refusal := _decision_refusal(user, message):
        return refusal
    went_out = message.state in (OutboxMessage.State.SENT, OutboxMessage.State.UNKNOWN)
    if not message.is_email or not went_out or message.dry_run_to:
        return ConflictError("mail.not_sent", _("Only a mail that was sent can come back."))
    return None


def robots_refusal(user: User) -> Refusal:
    """Administrators keep the robots and their secrets."""
    if user.has_role(Role.ADMINISTRATOR):
        return None
    return NotAllowedError("robot.not_allowed", _("Only an administrator keeps the robots."))
