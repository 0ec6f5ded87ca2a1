"""What is to be done after a visit: noted with a day and a person, and ticked off (P5.1.3)."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from django.db import transaction
from django.utils.functional import lazy
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import InvalidInputError, require
from creditrisk.notifications.services import notify
from customers.models import FollowUp, Visit
from customers.portfolio_permissions import complete_refusal, follow_up_refusal
from customers.portfolio_selectors import people_who_see
from customers.services.visit import lock_customer


@transaction.atomic
def add_follow_up(
    *,
    visit: Visit,
    text: str,
    due_on: dt.date,
    responsible: User,
    by: User,
    submission_key: UUID | None = None,
) -> FollowUp:
    """Note what `responsible` is to do by `due_on`; return it. A form sent twice gives one follow-up; he is told.

    Raises NotAllowedError, InvalidInputError where the text is missing, the day lies before the visit, or the person
    does not see the customer.
    """
    customer = lock_customer(visit.customer_id)
    stored = Visit.objects.select_for_update().get(pk=visit.pk)
    stored.customer = customer
    if submission_key is not None:
        sent_before = FollowUp.objects.filter(submission_key=submission_key, visit=stored).first()
        if sent_before is not None:
            return sent_before
    require(follow_up_refusal(by, stored))
    text = " ".join(text.split())
    if not text:
        raise InvalidInputError("follow_up.text_missing", _("Say what is to be done."))
    if stored.done_on is not None and due_on < stored.done_on:
        raise InvalidInputError(
            "follow_up.due_before_visit", _("A follow-up is due on the day of the visit or later.")
        )
    if not people_who_see(customer).filter(pk=responsible.pk).exists():
        raise InvalidInputError(
            "follow_up.responsible",
            _("%(person)s does not see this customer: choose somebody who does.") % {"person": responsible},
        )
    with acting(by):
        follow_up = FollowUp.objects.create(
            visit=stored,
            text=text,
            due_on=due_on,
            responsible=responsible,
            created_by=by,
            submission_key=submission_key,
        )
    notify(
        users=[] if responsible.pk == by.pk else [responsible],
        title=lazy(_for_you, str)(str(customer), text, due_on),
        url=stored.get_absolute_url(),
        key=f"follow-up:{follow_up.pk}",
    )
    return follow_up


@transaction.atomic
def complete_follow_up(*, follow_up: FollowUp, by: User, now: dt.datetime) -> FollowUp:
    """Tick a follow-up off at `now`; return it. One that is done keeps who did it and when.

    Raises NotAllowedError (see `complete_refusal`).
    """
    customer = lock_customer(follow_up.visit.customer_id)
    stored = FollowUp.objects.select_for_update(of=("self",)).select_related("visit").get(pk=follow_up.pk)
    stored.visit.customer = customer
    require(complete_refusal(by, stored))
    if stored.done_at is None:
        stored.done_at = now
        stored.done_by = by
        with acting(by):
            stored.save()
    return stored


def _for_you(customer: str, text: str, due_on: dt.date) -> str:
    return _("To do for %(customer)s by %(date)s: %(text)s") % {
        "customer": customer,
        "date": f"{due_on:%Y-%m-%d}",
        "text": text,
    }
