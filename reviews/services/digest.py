"""The morning's mail to everybody for whom something waits (08:30 on business days), if he wants it."""

from __future__ import annotations

import datetime as dt
import logging

from django.conf import settings
from django.db import DatabaseError, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from creditrisk.accounts.models import User
from creditrisk.business_days.selectors import business_calendar
from creditrisk.exceptions import BusinessError
from creditrisk.jobs.models import JobRun
from creditrisk.jobs.services import JobOutcome, run_job
from creditrisk.notifications.services import is_mail_address, queue_mail
from reviews.models import ApprovalStep
from reviews.selectors import questions_to, reviews_to_score, steps_to_decide, who_wants_the_digest

JOB = "review_digest"
LISTED = 20

logger = logging.getLogger(__name__)


def send_digests(*, on: dt.date) -> tuple[list[str], list[str]]:
    """Queue the day's mail for everybody for whom something waits on `on`; return the user names, and one error for
    each that failed. A transaction for each person, a key for each day: again, it does the rest.
    """
    sent, errors = [], []
    for person in who_wants_the_digest():
        person.stands_in_for = person.stands_in_on(on)
        try:
            if _send(person, on=on):
                sent.append(person.username)
        except (BusinessError, DatabaseError) as error:
            logger.exception("The digest for %s failed.", person.username)
            errors.append(f"{person.username}: {type(error).__name__}")
    return sent, errors


@transaction.atomic
def _send(person: User, *, on: dt.date) -> bool:
    """Queue one person's mail; return whether there was anything to say."""
    if not is_mail_address(person.email):
        return False
    steps = list(steps_to_decide(person)[:LISTED])
    total = steps_to_decide(person).count()
    scores, questions = reviews_to_score(person).count(), questions_to(person).count()
    if not total + scores + questions:
        return False
    language = person.language or "en"
    with translation.override(language):
        subject = (
            ngettext(
                "%(count)s matter waits for you", "%(count)s matters wait for you", total + scores + questions
            )
        ) % {"count": total + scores + questions}
        lines = [_line(step, on) for step in steps]
        if total > len(steps):
            lines.append(_("… and %(count)s more.") % {"count": total - len(steps)})
        if scores:
            text = ngettext(
                "%(count)s annual review waits for your scores.",
                "%(count)s annual reviews wait for your scores.",
                scores,
            )
            lines.append(text % {"count": scores})
        if questions:
            text = ngettext(
                "%(count)s colleague asks for your opinion.",
                "%(count)s colleagues ask for your opinion.",
                questions,
            )
            lines.append(text % {"count": questions})
        lines.append(_("You find all of it in your inbox. Your profile says whether this mail comes."))
        queue_mail(
            key=f"digest:{on.isoformat()}:{person.pk}",
            to=person.email,
            subject=subject,
            body="\n".join(lines),
            language=language,
        )
    return True


def _line(step: ApprovalStep, on: dt.date) -> str:
    review = step.review
    values = {
        "number": review.number,
        "customer": review.customer.name,
        "role": step.get_role_display(),
        "due": step.due_on.isoformat() if step.due_on else "",
    }
    if step.due_on is None:
        return _("%(number)s %(customer)s (%(role)s)") % values
    if on > step.due_on:
        return _("%(number)s %(customer)s (%(role)s): overdue since %(due)s") % values
    return _("%(number)s %(customer)s (%(role)s): by %(due)s") % values


def send_once(*, on: dt.date) -> JobRun:
    """Send the day's mails unless the ledger says that it is done; return the ledger's row. Raises ConflictError where
    another process is at it.
    """
    return run_job(job=JOB, period=on.isoformat(), work=lambda: _outcome(*send_digests(on=on)))


def _outcome(sent: list[str], errors: list[str]) -> JobOutcome:
    return JobOutcome({"sent": sent}, units_done=len(sent), errors=tuple(errors))


def catch_up_digests(*, now: dt.datetime) -> JobRun | None:
    """Send the mails of the day of `now` if it is a business day, due (from CREDITRISK_DIGEST_NOT_BEFORE, local time)
    and not done; return the ledger's row, None if nothing was to do. The mails of a missed day are not made up for.
    """
    local = timezone.localtime(now)
    too_early = local.time() < settings.CREDITRISK_DIGEST_NOT_BEFORE
    if too_early or not business_calendar().is_business_day(local.date()):
        return None
    return send_once(on=local.date())
