"""Who gets a notice and how, and to whom it goes where it did not arrive (P5.2.3)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import gettext as _

from creditrisk.notifications.models import OutboxMessage
from creditrisk.notifications.services import notify, replace_message
from customers.models import CustomerState
from receivables.delivery_order import BY_HAND, Outcome, next_step
from receivables.models import DunningNotice
from receivables.selectors.delivery import attempts_of, letters_not_arrived, steps_of

State = OutboxMessage.State
_OUTCOMES: dict[str, Outcome] = {State.FAILED: "failed", State.BOUNCED: "bounced"}


def fall_back_letters(*, now: dt.datetime) -> int:
    """Let every letter whose mail did not arrive go its next way; return how many did.

    Each in its own transaction: what a kill interrupts, the next call finds again.
    """
    return sum(_fall_back(pk, now=now) for pk in letters_not_arrived())


@transaction.atomic
def _fall_back(notice_pk: int, *, now: dt.datetime) -> bool:
    """Let one letter go its next way; return whether it did. The mail is locked first, as everywhere."""
    message = OutboxMessage.objects.select_for_update(of=("self",)).get(dunning_notice=notice_pk)
    notice = DunningNotice.objects.select_for_update().get(pk=notice_pk)
    is_settled = notice.posted_on is not None or notice.to_post or notice.message_id != message.pk
    if is_settled or message.dry_run_to or message.state not in _OUTCOMES:
        return False
    # Nobody is dunned anew whose file is closed.
    is_closed = notice.customer.state == CustomerState.CLOSED
    step = next_step(
        (BY_HAND,) if is_closed else steps_of(notice.customer),
        tried=[attempt.to for attempt in attempts_of(notice)],
        outcome=_OUTCOMES[message.state],
        days_since_issue=(timezone.localdate(now) - notice.issued_on).days,
        fall_back_days=notice.policy_version.policy.dunning.fall_back_days,
    )
    if step is not None and step.address:
        replace_message(message=message, to=step.address, now=now)
    else:
        _leave_to_post(notice)
    return True


def _leave_to_post(notice: DunningNotice) -> None:
    """Let the notice wait to be posted, and tell who looks after the customer."""
    notice.to_post = True
    notice.save()
    manager = notice.customer.service_manager or notice.customer.account_manager
    if manager is None:
        return
    notify(
        users=[manager],
        title=lazy(_please_post, str)(notice),
        url=notice.get_absolute_url(),
        key=f"letter-to-post:{notice.pk}",
    )


def _please_post(notice: DunningNotice) -> str:
    told = _("%(letter)s to %(customer)s did not arrive by mail: post it.")
    return told % {"letter": notice, "customer": notice.customer.name}
