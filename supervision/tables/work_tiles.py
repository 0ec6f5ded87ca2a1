"""The tiles of what is being done: contracts, self-checks, letters, promises, disputes, follow-ups."""

from __future__ import annotations

import datetime as dt

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from creditrisk.accounts.models import User
from customers.models import (
    CaseState,
    Contract,
    ContractDispute,
    ContractState,
    DisputeState,
    SelfCheckState,
    WarningCase,
)
from receivables.models import DunningNotice, Promise, PromiseState, Stage
from supervision.models import CaseFollowUp
from supervision.selectors.self_checks import self_checks_seen
from supervision.tiles import Tile

LETTER_DAYS = 30


def contracts_tile(*, user: User, as_of: dt.date, today: dt.date) -> Tile:
    """Contracts being performed (P3.1 c)."""
    count = Contract.objects.visible_to(user).filter(state=ContractState.PERFORMING).count()
    url = f"{reverse('contracts:list')}?state={ContractState.PERFORMING.value}"
    return Tile(_("Contracts being performed"), f"{count:,}", url=url, definition="contracts")


def self_checks_tile(*, user: User, as_of: dt.date, today: dt.date) -> Tile:
    """Self-checks whose period has passed and that nobody has done (P3.2.3)."""
    late = self_checks_seen(user).filter(state=SelfCheckState.OPEN, period_ends_on__lt=today).count()
    return Tile(
        _("Self-checks overdue"),
        f"{late:,}",
        url=f"{reverse('supervision:self_checks')}?state=overdue",
        tone="warning" if late else "",
        definition="self-checks",
    )


def letters_tile(*, user: User, as_of: dt.date, today: dt.date) -> Tile:
    """Dunning letters and final demands issued lately (P5.2.3)."""
    since = today - dt.timedelta(days=LETTER_DAYS - 1)
    issued = DunningNotice.objects.visible_to(user).filter(issued_on__range=(since, today))
    counts = issued.order_by().aggregate(
        letters=Count("pk", filter=Q(stage=Stage.DUNNING_LETTER)),
        demands=Count("pk", filter=Q(stage=Stage.FINAL_DEMAND)),
        reminders=Count("pk", filter=Q(stage=Stage.REMINDER)),
    )
    hint = _("%(letters)s dunning letters, %(demands)s final demands in %(days)s days")
    return Tile(
        _("Reminders and letters"),
        f"{sum(counts.values()):,}",
        url=f"{reverse('receivables:letter_list')}?issued_from={since}&issued_to={today}",
        hint=hint % {"letters": counts["letters"], "demands": counts["demands"], "days": LETTER_DAYS},
        definition="letters",
    )


def promises_tile(*, user: User, as_of: dt.date, today: dt.date) -> Tile:
    """Promises to pay that no report has decided yet (P5.2.3)."""
    visible = Promise.objects.visible_to(user).order_by()
    counts = visible.aggregate(
        open=Count("pk", filter=Q(state=PromiseState.OPEN)),
        late=Count("pk", filter=Q(state=PromiseState.OPEN, last_due_on__lt=today)),
    )
    return Tile(
        _("Promises to pay open"),
        f"{counts['open']:,}",
        url=f"{reverse('receivables:promise_list')}?state={PromiseState.OPEN.value}",
        hint=_("%(count)s past their last day, to be judged by the next report") % {"count": counts["late"]},
        definition="promises",
    )


def disputes_tile(*, user: User, as_of: dt.date, today: dt.date) -> Tile:
    """Disputes that are open (P3.3)."""
    count = ContractDispute.objects.visible_to(user).filter(state=DisputeState.OPEN).count()
    url = f"{reverse('contracts:dispute_list')}?state={DisputeState.OPEN.value}"
    return Tile(_("Disputes open"), f"{count:,}", url=url, definition="disputes")


def follow_ups_tile(*, user: User, as_of: dt.date, today: dt.date) -> Tile:
    """What is still to be done after case reviews (P3.1 d)."""
    counts = (
        CaseFollowUp.objects.visible_to(user)
        .open()
        .order_by()
        .aggregate(open=Count("pk"), late=Count("pk", filter=Q(due_on__lt=today)))
    )
    late = ngettext("%(count)s overdue", "%(count)s overdue", counts["late"])
    return Tile(
        _("Follow-ups of case reviews"),
        f"{counts['open']:,}",
        url=f"{reverse('supervision:follow_up_list')}?state=open",
        hint=late % {"count": counts["late"]} if counts["late"] else "",
        tone="warning" if counts["late"] else "",
        definition="follow-ups",
    )


def warnings_tile(*, user: User, as_of: dt.date, today: dt.date) -> Tile:
    """Early warnings that nobody has closed (P5.1)."""
    visible = WarningCase.objects.visible_to(user).order_by()
    counts = visible.aggregate(
        open=Count("pk", filter=Q(state=CaseState.OPEN)),
        late=Count("pk", filter=Q(state=CaseState.OPEN, due_on__lt=today)),
    )
    late = ngettext("%(count)s overdue", "%(count)s overdue", counts["late"]) % {"count": counts["late"]}
    return Tile(
        _("Early warnings open"),
        f"{counts['open']:,}",
        url=reverse("warnings:list"),
        hint=late,
        tone="danger" if counts["late"] else "",
        definition="warnings",
    )
