"""The analysis of a monthly summary and its signature, which sends it to leader and deputy (P3.2.5)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.accounts.selectors import people_with
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import ConflictError, InvalidInputError, require
from creditrisk.notifications.services import is_mail_address, notify, queue_mail
from customers.services.messages import filled
from supervision.models import MonthlySummary, SummaryState
from supervision.selectors.summaries import summary_document, unsigned_of_month
from supervision.services.summaries import lock_summary
from supervision.summary_document import sheets_of, summary_pdf
from supervision.summary_document.pdf import shown
from supervision.summary_permissions import author_refusal, write_refusal

ANALYSIS_MAX_LENGTH = 10_000


@transaction.atomic
def save_analysis(*, summary: MonthlySummary, by: User, analysis: str, seen_version: int) -> MonthlySummary:
    """Store the analysis of a draft; return it. The same text twice changes nothing.

    Raises NotAllowedError for anybody but its author, ConflictError once it is signed or where it was changed since
    `seen_version`, InvalidInputError for a text that is too long.
    """
    locked = lock_summary(summary)
    require(write_refusal(by, locked))
    text = _sound(analysis)
    if text == locked.analysis:
        return locked
    _require_version(locked, seen_version)
    locked.analysis = text
    locked.version += 1
    with acting(by):
        locked.save()
    return locked


@transaction.atomic
def sign_summary(
    *, summary: MonthlySummary, by: User, analysis: str, seen_version: int, now: dt.datetime
) -> MonthlySummary:
    """Sign a summary with its analysis at `now`; return it. Figures and analysis are final from then on; leader and
    deputy are told and get it by mail as a PDF, and the manager is told where somebody signed for him. Once the last
    manager has signed, the deputy is told that the group's waits for him. The same signature twice is one.

    Raises NotAllowedError for anybody but its author, ConflictError where it is signed otherwise or was changed since
    `seen_version` (also its figures), InvalidInputError without an analysis.
    """
    locked = lock_summary(summary)
    require(author_refusal(by, locked))
    text = _sound(analysis)
    if locked.state == SummaryState.SIGNED and (locked.signed_by_id, locked.analysis) == (by.pk, text):
        return locked
    require(write_refusal(by, locked))
    _require_version(locked, seen_version)
    if not text:
        raise InvalidInputError("summary.analysis_missing", _("Write your analysis before you sign."))
    locked.analysis = text
    locked.sign()
    locked.signed_at, locked.signed_by = now, by
    locked.version += 1
    with acting(by):
        locked.save()
    _send(locked, by=by)
    _tell_group_is_ready(locked)
    return locked


def _sound(analysis: str) -> str:
    text = "\n".join(line.rstrip() for line in analysis.strip().splitlines())
    if len(text) > ANALYSIS_MAX_LENGTH:
        raise InvalidInputError(
            "summary.analysis_too_long",
            _("An analysis has at most %(length)s characters.") % {"length": ANALYSIS_MAX_LENGTH},
        )
    return text


def _require_version(summary: MonthlySummary, seen_version: int) -> None:
    if summary.version != seen_version:
        raise ConflictError(
            "summary.changed",
            _("The summary was changed meanwhile. Load the page anew and look at it again."),
        )


def _send(summary: MonthlySummary, *, by: User) -> None:
    """Tell leader and deputy, and queue the mails that carry the PDF, each in the reader's language."""
    readers = list(people_with(Role.GROUP_LEADER, Role.DEPUTY_LEADER).exclude(pk=by.pk))
    signed_for = [] if summary.service_manager in {None, by} else [summary.service_manager]
    notify(
        users={person.pk: person for person in [*readers, *signed_for]}.values(),
        title=filled(
            gettext_lazy("%(name)s signed the monthly summary %(month)s: %(whose)s"),
            name=by.display_name,
            month=f"{summary.month:%Y-%m}",
            whose=gettext_lazy("Whole group") if summary.is_group else summary.whose,
        ),
        url=summary.get_absolute_url(),
        key=f"summary_signed:{summary.pk}",
        with_mail=False,
    )
    pdfs: dict[str, bytes] = {}
    for reader in readers:
        if not reader.mails_wanted or not is_mail_address(reader.email):
            continue
        language = reader.language or "en"
        if language not in pdfs:
            pdfs[language] = summary_pdf(summary_document(summary), language=language)
        with translation.override(language):
            subject = _("Monthly summary %(month)s: %(whose)s") % {
                "month": f"{summary.month:%Y-%m}",
                "whose": " ".join(summary.whose.split()),
            }
            body = _mail_body(summary)
        queue_mail(
            key=f"summary_signed:{summary.pk}:{reader.pk}:pdf",
            to=reader.email,
            subject=subject,
            body=body,
            language=language,
            attachment=pdfs[language],
            attachment_name=f"summary-{summary.month:%Y-%m}-{summary.file_name}.pdf",
        )


def _mail_body(summary: MonthlySummary) -> str:
    assert summary.signed_at is not None
    key_figures, *_others = sheets_of(summary.figures)
    lines = [" ".join(filter(None, map(shown, row.cells))) for row in key_figures.rows]
    signed = _("Signed by %(name)s on %(date)s") % {
        "name": summary.signature,
        "date": timezone.localdate(summary.signed_at).isoformat(),
    }
    return "\n".join([*lines, "", _("Analysis"), summary.analysis, "", signed])


def _tell_group_is_ready(summary: MonthlySummary) -> None:
    """Tell the deputies, after the last signature of a manager, that the group's summary waits for theirs."""
    if summary.is_group:
        return
    # Held first: of two managers who sign at the same moment, the second one sees that the first has signed.
    groups = MonthlySummary.objects.filter(month=summary.month, service_manager__isnull=True)
    group = groups.select_for_update().order_by("pk").first()
    if unsigned_of_month(summary.month).exists():
        return
    if group is not None and group.state == SummaryState.DRAFT:
        notify(
            users=User.objects.filter(role_assignments__role=Role.DEPUTY_LEADER),
            title=filled(
                gettext_lazy(
                    "Everybody has signed the monthly summary %(month)s: that of the group waits for you"
                ),
                month=f"{summary.month:%Y-%m}",
            ),
            url=group.get_absolute_url(),
            key=f"summary_group_ready:{group.pk}",
        )
