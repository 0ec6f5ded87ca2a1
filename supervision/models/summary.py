"""Monthly summaries of customers' credit data (P3.2.5): one for each customer service manager, and one for
the group.
"""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, FSMModelMixin, transition

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import SEES_ALL_CUSTOMERS, Role
from creditrisk.audit.tracking import tracked
from creditrisk.policy.models import PolicyVersion
from creditrisk.visibility import SeenWithParent
from receivables.models import Report
from supervision.summary_facts import Difference, SummaryFacts, difference_from_data, facts_from_data


class SummaryState(models.TextChoices):
    DRAFT = "draft", _("waits for the analysis")
    SIGNED = "signed", _("signed off")


class MonthlySummaryQuerySet(models.QuerySet["MonthlySummary"]):
    def visible_to(self, user: User) -> MonthlySummaryQuerySet:
        """Return the summaries `user` may read: all for leaders, supervising departments and finance (P3.1, P3.3,
        P3.4); a customer service manager his own, a department manager those of his department's. Who stands in for a
        manager reads his drafts, and those that he signed.
        """
        if user.has_role(*SEES_ALL_CUSTOMERS):
            return self
        mine = Q(signed_by=user.pk) if user.roles else Q()
        if absent := [one.pk for one in user.stands_in_for if one.has_role(Role.SERVICE_MANAGER)]:
            mine |= Q(service_manager__in=absent, state=SummaryState.DRAFT)
        if user.has_role(Role.SERVICE_MANAGER):
            mine |= Q(service_manager=user)
        if user.has_role(Role.DEPARTMENT_MANAGER):
            mine |= Q(service_manager__department__head=user)
        return self.filter(mine) if mine else self.none()


@tracked(exclude=("facts", "customers"))
class MonthlySummary(FSMModelMixin, models.Model):
    """The month (its first day) of one `service_manager`, or without one of the whole group.

    `facts` are the figures (`supervision.summary_facts`) as of `computed_at`; `customers` the primary keys of the
    customers they are about, empty for the group, which is about all. `version` rises with every change and guards
    against silent overwriting. Once it is signed, the database refuses every change of the row: what comes later is a
    SummaryAddendum.
    """

    month = models.DateField(_("month"))
    service_manager = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="monthly_summaries",
        verbose_name=_("customer service manager"),
    )
    state = FSMField(
        _("state"),
        max_length=10,
        choices=SummaryState.choices,
        default=SummaryState.DRAFT,
        protected=True,
    )
    facts = models.JSONField(_("figures"))
    customers = ArrayField(models.BigIntegerField(), verbose_name=_("customers"), default=list, blank=True)
    policy_version = models.ForeignKey(PolicyVersion, models.PROTECT, verbose_name=_("policy version"))
    computed_at = models.DateTimeField(_("computed at"))
    sign_by_on = models.DateField(_("to be signed by"))
    analysis = models.TextField(_("analysis"), blank=True)
    version = models.PositiveIntegerField(_("version"), default=1)
    signed_at = models.DateTimeField(_("signed at"), null=True, blank=True)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("signed by"),
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects: ClassVar[models.Manager[MonthlySummary]] = MonthlySummaryQuerySet.as_manager()

    class Meta:
        verbose_name = _("monthly summary")
        verbose_name_plural = _("monthly summaries")
        ordering = ["-month", "service_manager"]
        indexes = [
            models.Index(
                fields=["service_manager", "sign_by_on"],
                name="summary_unsigned",
                condition=Q(state="draft"),
            ),
        ]
        constraints = [
            # Without a manager it is the group's: one a month as well.
            models.UniqueConstraint(
                name="summary_once_a_month", fields=["month", "service_manager"], nulls_distinct=False
            ),
            models.CheckConstraint(name="summary_month_is_its_first_day", condition=Q(month__day=1)),
            models.CheckConstraint(
                name="summary_signed_at_and_by",
                condition=Q(state="draft", signed_at__isnull=True, signed_by__isnull=True)
                | Q(state="signed", signed_at__isnull=False, signed_by__isnull=False) & ~Q(analysis=""),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="summaries_are_kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="signed_summaries_are_final",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__state="signed"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.whose}"

    def get_absolute_url(self) -> str:
        return reverse("supervision:summary_detail", args=[self.pk])

    @property
    def is_group(self) -> bool:
        """Whether it is the group's, put together from everybody's customers."""
        return self.service_manager_id is None

    @property
    def whose(self) -> str:
        """Whose month it is, in the reader's language."""
        return _now("Whole group") if self.service_manager is None else self.service_manager.display_name

    @property
    def file_name(self) -> str:
        """What its downloads are called, besides the month."""
        return "group" if self.service_manager is None else str(self.service_manager.username)

    @property
    def figures(self) -> SummaryFacts:
        """The stored figures. Raises UnknownSchemaError where a newer version of the product wrote them."""
        return facts_from_data(self.facts)

    @property
    def has_no_author(self) -> bool:
        """Whether its manager has left, or is none any more: he cannot sign it."""
        return self.service_manager is not None and not self.service_manager.has_role(Role.SERVICE_MANAGER)

    @property
    def signature(self) -> str:
        """Who signed, '' for nobody; both names where somebody else did so for the manager."""
        if self.signed_by is None:
            return ""
        name = self.signed_by.display_name
        if self.service_manager is None or self.service_manager_id == self.signed_by_id:
            return name
        return _now("%(name)s on behalf of %(absent)s") % {
            "name": name,
            "absent": self.service_manager.display_name,
        }

    def is_overdue(self, *, on: dt.date) -> bool:
        """Return whether it should have been signed before the day `on`, and is not."""
        return self.state == SummaryState.DRAFT and self.sign_by_on < on

    def shown_state(self, *, on: dt.date) -> tuple[str, str]:
        """Return the code and the name of the state as lists show it: an overdue draft says so."""
        if self.is_overdue(on=on):
            return "overdue", _now("overdue")
        return str(self.state), str(SummaryState(self.state).label)

    @transition(field=state, source=SummaryState.DRAFT, target=SummaryState.SIGNED)
    def sign(self) -> None:
        """Figures and analysis are final."""


class SeenWithSummary(SeenWithParent):
    """Rows of a monthly summary, seen with it."""

    parent = "summary"


class SummaryAddendum(models.Model):
    """What a `report` that was committed after the signature says differently: the signed figures stay as they are.

    `changes` are the differences (`supervision.summary_facts`) between the signed figures and those of the moment;
    empty where the report changed none of them. Rows are never changed.
    """

    summary = models.ForeignKey(
        MonthlySummary, models.PROTECT, related_name="addenda", verbose_name=_("monthly summary")
    )
    report = models.ForeignKey(
        Report, models.PROTECT, related_name="summary_addenda", verbose_name=_("report")
    )
    changes = models.JSONField(_("changed figures"))
    added_at = models.DateTimeField(_("added at"))

    objects: ClassVar[models.Manager[SummaryAddendum]] = SeenWithSummary.as_manager()

    class Meta:
        verbose_name = _("addendum to a monthly summary")
        verbose_name_plural = _("addenda to monthly summaries")
        ordering = ["added_at", "pk"]
        constraints = [
            models.UniqueConstraint(name="addendum_once_per_report", fields=["summary", "report"]),
        ]
        triggers = [
            pgtrigger.Protect(name="addenda_are_final", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.summary} {self.report}"

    @property
    def differences(self) -> tuple[Difference, ...]:
        """The changed figures."""
        return tuple(difference_from_data(change) for change in self.changes)
