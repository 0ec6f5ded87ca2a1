"""Half-yearly self-checks of contracts by account manager and service manager (P3.2.3)."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.audit.tracking import tracked
from customers.models.contract import Contract
from customers.models.contract_log import ContractLogEntry
from customers.models.customer import Customer

MANAGER_ROLES = (Role.ACCOUNT_MANAGER, Role.SERVICE_MANAGER)


class SelfCheckState(models.TextChoices):
    OPEN = "open", _("open")
    DONE = "done", _("done")
    LAPSED = "lapsed", _("lapsed: the contract has ended")


class SelfCheckQuerySet(models.QuerySet["SelfCheck"]):
    def visible_to(self, user: User) -> SelfCheckQuerySet:
        """Return the self-checks of the customers that `user` may see."""
        return self.filter(contract__customer__in=Customer.objects.visible_to(user))

    def asked_of(self, user: User) -> SelfCheckQuerySet:
        """Return the self-checks that `user` has to do, or would have had to: those of the customers he manages
        now, in the role in which he manages them. A customer who is handed over takes his tasks along."""
        mine = models.Q()
        if user.has_role(Role.ACCOUNT_MANAGER):
            mine |= models.Q(role=Role.ACCOUNT_MANAGER, contract__customer__account_manager=user)
        if user.has_role(Role.SERVICE_MANAGER):
            mine |= models.Q(role=Role.SERVICE_MANAGER, contract__customer__service_manager=user)
        return self.filter(mine) if mine else self.none()


@tracked()
class SelfCheck(models.Model):
    """One task: the contract's account manager or service manager (`role`) checks a period. It is open from
    `opened_on`, due by the period's end, and answered by `done_by`, with an entry in the performance log."""

    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="self_checks", verbose_name=_("contract")
    )
    role = models.CharField(
        _("role"), max_length=20, choices=[(role.value, role.label) for role in MANAGER_ROLES]
    )
    period_starts_on = models.DateField(_("period from"))
    period_ends_on = models.DateField(_("period to"))
    state = models.CharField(
        _("state"), max_length=10, choices=SelfCheckState.choices, default=SelfCheckState.OPEN
    )
    opened_on = models.DateField(_("opened on"))
    is_as_contracted = models.BooleanField(_("all as contracted"), null=True, blank=True)
    deviations = models.TextField(_("deviations"), blank=True)
    next_action = models.TextField(_("next action"), blank=True)
    done_on = models.DateField(_("done on"), null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("done by"),
    )
    entry = models.OneToOneField(
        ContractLogEntry,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="self_check",
        verbose_name=_("performance log entry"),
    )

    objects: ClassVar[models.Manager[SelfCheck]] = SelfCheckQuerySet.as_manager()

    class Meta:
        verbose_name = _("self-check")
        verbose_name_plural = _("self-checks")
        ordering = ["period_ends_on", "pk"]
        indexes = [
            models.Index(
                fields=["period_ends_on", "id"], name="self_check_due", condition=models.Q(state="open")
            )
        ]
        constraints = [
            models.UniqueConstraint(
                name="self_check_once_per_period", fields=["contract", "period_starts_on", "role"]
            ),
            models.CheckConstraint(
                name="self_check_period_in_order",
                condition=models.Q(period_ends_on__gte=models.F("period_starts_on")),
            ),
            models.CheckConstraint(
                name="self_check_done_with_answer",
                condition=models.Q(
                    state="done",
                    done_on__isnull=False,
                    done_by__isnull=False,
                    entry__isnull=False,
                    is_as_contracted__isnull=False,
                )
                | (
                    ~models.Q(state="done")
                    & models.Q(
                        done_on__isnull=True,
                        done_by__isnull=True,
                        entry__isnull=True,
                        is_as_contracted__isnull=True,
                    )
                ),
            ),
            models.CheckConstraint(
                name="self_check_deviations_are_told",
                condition=~models.Q(is_as_contracted=False)
                | (~models.Q(deviations="") & ~models.Q(next_action="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract} {self.period_starts_on}–{self.period_ends_on} {self.get_role_display()}"

    def get_absolute_url(self) -> str:
        return reverse("contracts:task_detail", args=[self.pk])

    def is_overdue(self, today: dt.date) -> bool:
        """Return whether the period has passed and nobody has answered."""
        return self.state == SelfCheckState.OPEN and self.period_ends_on < today
