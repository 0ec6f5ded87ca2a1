"""What a final demand brings about, as decisions of people: stopping cooperation, going on, and the deposit
(P5.2.3, P5.2.4)."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, FSMModelMixin, transition

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import tracked
from creditrisk.money import AmountField, CurrencyField
from creditrisk.stored_files import StoredFile, server_path
from creditrisk.visibility import SeenWithCustomer, SeenWithProposal
from customers.models import Customer, DepositAccount, DepositEntry
from receivables.models.dunning import DunningNotice
from receivables.models.report import Report


class ProposalKind(models.TextChoices):
    STOP = "stop", _("stop cooperation")
    RESUME = "resume", _("resume cooperation")


class ProposalState(models.TextChoices):
    OPEN = "open", _("waits for the decision")
    APPROVED = "approved", _("approved")
    REFUSED = "refused", _("refused")
    WITHDRAWN = "withdrawn", _("withdrawn")


class ProposalQuerySet(models.QuerySet["CooperationProposal"]):
    def visible_to(self, user: User) -> ProposalQuerySet:
        """Return the proposals about the customers that `user` may see."""
        return self.filter(customer__in=Customer.objects.visible_to(user))


@tracked()
class CooperationProposal(FSMModelMixin, models.Model):
    """A proposal to stop cooperation with a customer (P5.2.4), or to go on with him again; the group leader decides.

    The rules propose it after the final demand `notice`, or when the `report` shows nothing overdue any more; people
    give a `reason`. `decision` is the leader's reason; a stop that is refused names the conditions under which
    cooperation goes on.
    """

    number = models.CharField(_("number"), max_length=30, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=ProposalKind.choices)
    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="cooperation_proposals", verbose_name=_("customer")
    )
    notice = models.ForeignKey(
        DunningNotice,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="proposals",
        verbose_name=_("final demand"),
    )
    report = models.ForeignKey(
        Report,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("aging report"),
    )
    reason = models.CharField(_("reason"), max_length=1000, blank=True)
    state = FSMField(
        _("state"), max_length=10, choices=ProposalState.choices, default=ProposalState.OPEN, protected=True
    )
    proposed_on = models.DateField(_("proposed on"))
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("proposed by"),
    )
    decision = models.CharField(_("decision"), max_length=1000, blank=True)
    decided_on = models.DateField(_("decided on"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    submission_key = models.UUIDField(null=True, blank=True, unique=True, editable=False)

    objects: ClassVar[models.Manager[CooperationProposal]] = ProposalQuerySet.as_manager()

    class Meta:
        verbose_name = _("proposal about cooperation")
        verbose_name_plural = _("proposals about cooperation")
        ordering = ["-proposed_on", "-pk"]
        indexes = [models.Index(fields=["state", "-proposed_on"], name="proposal_state")]
        constraints = [
            models.UniqueConstraint(
                name="one_open_proposal_per_customer", fields=["customer"], condition=Q(state="open")
            ),
            models.UniqueConstraint(
                name="one_proposal_per_final_demand",
                fields=["notice"],
                condition=Q(kind="stop", notice__isnull=False),
            ),
            models.CheckConstraint(
                name="proposal_has_reason",
                condition=~Q(reason="") | Q(notice__isnull=False) | Q(report__isnull=False),
            ),
            models.CheckConstraint(
                name="proposal_decided_on_and_by",
                condition=Q(state__in=["open", "withdrawn"], decided_by__isnull=True)
                | Q(state__in=["approved", "refused"], decided_on__isnull=False, decided_by__isnull=False)
                & ~Q(decision=""),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("receivables:proposal_detail", args=[self.number])

    @property
    def reason_text(self) -> str:
        """The reason as the reader's language words it; what a person typed, as typed."""
        if self.reason:
            return self.reason
        if self.report is not None:
            text = gettext("Nothing is overdue any more in the report %(number)s as of %(as_of)s.")
            return text % {"number": self.report.number, "as_of": self.report.as_of.isoformat()}
        return gettext("Final demand %(number)s (P5.2.3)") % {"number": self.notice}

    @transition(field=state, source=ProposalState.OPEN, target=ProposalState.APPROVED)
    def approve(self) -> None:
        """The group leader follows the proposal."""

    @transition(field=state, source=ProposalState.OPEN, target=ProposalState.REFUSED)
    def refuse(self) -> None:
        """The group leader does not follow it."""

    @transition(field=state, source=ProposalState.OPEN, target=ProposalState.WITHDRAWN)
    def withdraw(self) -> None:
        """Its ground is gone: paid, or taken back by who proposed it."""


def proposal_file_path(stored: ProposalFile, _file_name: str) -> str:
    """Return a path that owes nothing to the name the file was uploaded under."""
    return server_path("proposals", stored.proposal_id)


class ProposalFile(StoredFile):
    """A document that supports a proposal, or shows why it was decided so."""

    proposal = models.ForeignKey(
        CooperationProposal, models.PROTECT, related_name="files", verbose_name=_("proposal")
    )
    file = models.FileField(_("file"), upload_to=proposal_file_path, max_length=200)

    objects: ClassVar[models.Manager[ProposalFile]] = SeenWithProposal.as_manager()

    class Meta:
        verbose_name = _("document of a proposal")
        verbose_name_plural = _("documents of proposals")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(name="proposal_file_once", fields=["proposal", "name", "sha256"]),
        ]

    def __str__(self) -> str:
        return self.name


class ForfeitureState(models.TextChoices):
    OPEN = "open", _("waits for the decision")
    CONFIRMED = "confirmed", _("forfeited")
    REFUSED = "refused", _("not forfeited")


@tracked()
class ForfeitureProposal(FSMModelMixin, models.Model):
    """The deposit of a customer that a final demand turns into liquidated damages (P5.2.3): proposed by the rules,
    confirmed by one click. `entry` is the movement of the deposit that followed; `amount` is in the account's currency.
    """

    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="forfeitures", verbose_name=_("customer")
    )
    account = models.ForeignKey(
        DepositAccount, models.PROTECT, related_name="forfeitures", verbose_name=_("deposit")
    )
    notice = models.ForeignKey(
        DunningNotice, models.PROTECT, related_name="forfeitures", verbose_name=_("final demand")
    )
    currency = CurrencyField(_("currency"))
    amount = AmountField(_("amount"))
    state = FSMField(
        _("state"),
        max_length=10,
        choices=ForfeitureState.choices,
        default=ForfeitureState.OPEN,
        protected=True,
    )
    proposed_on = models.DateField(_("proposed on"))
    entry = models.OneToOneField(
        DepositEntry,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="forfeiture",
        verbose_name=_("deposit entry"),
    )
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    decided_on = models.DateField(_("decided on"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )

    objects: ClassVar[models.Manager[ForfeitureProposal]] = SeenWithCustomer.as_manager()

    class Meta:
        verbose_name = _("forfeiture of a deposit")
        verbose_name_plural = _("forfeitures of deposits")
        ordering = ["-proposed_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                name="one_open_forfeiture_per_account", fields=["account"], condition=Q(state="open")
            ),
            models.CheckConstraint(name="forfeiture_amount_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="forfeiture_confirmed_has_entry",
                condition=Q(state="confirmed", entry__isnull=False)
                | Q(state__in=["open", "refused"], entry__isnull=True),
            ),
            models.CheckConstraint(
                name="forfeiture_refused_with_reason",
                condition=~Q(state="refused") | ~Q(reason="") & Q(decided_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.notice}"

    @transition(field=state, source=ForfeitureState.OPEN, target=ForfeitureState.CONFIRMED)
    def confirm(self) -> None:
        """The deposit becomes liquidated damages."""

    @transition(field=state, source=ForfeitureState.OPEN, target=ForfeitureState.REFUSED)
    def refuse(self) -> None:
        """The deposit stays what it is."""
