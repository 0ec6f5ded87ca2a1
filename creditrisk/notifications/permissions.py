"""Who sees which mails, and who may send one again. None means yes; a refusal says why not."""

from __future__ import annotations

from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.exceptions import NotAllowedError
from creditrisk.notifications.customers import serviced_customer_numbers
from creditrisk.notifications.models import OutboxMessage

Refusal = NotAllowedError | None


def require(refusal: Refusal) -> None:
    """Raise `refusal` if there is one."""
    if refusal is not None:
        raise refusal


def send_again_refusal(user: User, message: OutboxMessage) -> Refusal:
    """An administrator, and the service manager of the customer it went to, decide about a mail that ended
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
