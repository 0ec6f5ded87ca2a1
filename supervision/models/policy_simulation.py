"""A draft of the policy replayed on the last quarters: asked for on its page, reckoned by a worker, kept."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import tracked
from creditrisk.policy.models import PUBLISHERS, PolicyDraft, PolicyVersion

MOST_QUARTERS = 4


class SimulationState(models.TextChoices):
    QUEUED = "queued", _("queued")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")


SETTLED = (SimulationState.DONE, SimulationState.FAILED)


class SimulationQuerySet(models.QuerySet["PolicySimulation"]):
    def visible_to(self, user: User) -> SimulationQuerySet:
        """Return all simulations for who may publish a policy, none for everybody else."""
        return self.all() if user.has_role(*PUBLISHERS) else self.none()


@tracked(exclude=("rules", "result"))
class PolicySimulation(models.Model):
    """One simulation: the `rules` that the draft had in `draft_version`, against the version in force on the day `on`,
    over the `quarters` that ended before that day.

    `result` is the list of its parts (`supervision.simulated_parts`). What a killed worker left half done is reckoned
    anew: nothing else is written.
    """

    draft = models.ForeignKey(
        PolicyDraft, models.PROTECT, related_name="simulations", verbose_name=_("draft of the policy")
    )
    draft_version = models.PositiveIntegerField(_("version of the draft"))
    rules = models.JSONField(_("rules"))
    compared_with = models.ForeignKey(
        PolicyVersion, models.PROTECT, related_name="+", verbose_name=_("compared with version")
    )
    on = models.DateField(_("day"))
    quarters = models.PositiveSmallIntegerField(
        _("quarters"), validators=[MinValueValidator(1), MaxValueValidator(MOST_QUARTERS)]
    )
    state = models.CharField(
        _("state"), max_length=10, choices=SimulationState.choices, default=SimulationState.QUEUED
    )
    result = models.JSONField(_("result"), default=list)
    error = models.TextField(_("error"), blank=True)
    requested_at = models.DateTimeField(_("asked for at"), auto_now_add=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked for by")
    )
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    submission_key = models.UUIDField(null=True, blank=True, unique=True, editable=False)

    objects: ClassVar[models.Manager[PolicySimulation]] = SimulationQuerySet.as_manager()

    class Meta:
        verbose_name = _("simulation of a policy")
        verbose_name_plural = _("simulations of policies")
        ordering = ["-requested_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="simulation_finished_has_time",
                condition=Q(state__in=["queued", "running"], finished_at__isnull=True)
                | Q(state__in=["done", "failed"], finished_at__isnull=False),
            ),
            models.CheckConstraint(
                name="simulation_of_some_quarters", condition=Q(quarters__gte=1, quarters__lte=MOST_QUARTERS)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.draft} {self.on}"

    def get_absolute_url(self) -> str:
        return reverse("supervision:simulation", args=[self.pk])

    @property
    def is_settled(self) -> bool:
        """Whether its result is known, or that it failed."""
        return self.state in SETTLED
