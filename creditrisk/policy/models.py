"""Versions of the rule-book, and the drafts from which they come. A published version never changes; the database
refuses it."""

from __future__ import annotations

from functools import cached_property
from typing import Any, ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.audit.tracking import tracked
from creditrisk.policy.schema import Policy, policy_from_data, policy_to_data


class PolicyVersion(models.Model):
    """One version of the rule-book, in force from `effective_on` (a date in the company's time zone)."""

    number = models.PositiveIntegerField(_("version"), unique=True)
    effective_on = models.DateField(_("effective from"))
    data = models.JSONField(_("rules"))
    note = models.CharField(_("what changed"), max_length=500, blank=True)
    published_at = models.DateTimeField(_("published at"), auto_now_add=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, verbose_name=_("published by")
    )

    class Meta:
        verbose_name = _("policy version")
        verbose_name_plural = _("policy versions")
        ordering = ["-effective_on", "-number"]
        triggers = [
            pgtrigger.Protect(name="policy_is_final", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"v{self.number}"

    def get_absolute_url(self) -> str:
        return reverse("policy:version", args=[self.number])

    @cached_property
    def policy(self) -> Policy:
        """The rules of this version."""
        return policy_from_data(self.data)

    @cached_property
    def rules(self) -> dict[str, Any]:
        """The rules as data, with the defaults of settings that came after this version was published."""
        return policy_to_data(self.policy)


PUBLISHERS = (Role.ADMINISTRATOR, Role.GROUP_LEADER)
"""Who drafts and publishes versions of the rule-book."""


class DraftState(models.TextChoices):
    DRAFT = "draft", _("draft")
    PUBLISHED = "published", _("published")
    DISCARDED = "discarded", _("discarded")


class DraftQuerySet(models.QuerySet["PolicyDraft"]):
    def visible_to(self, user: User) -> DraftQuerySet:
        """Return all drafts for who may publish them, none for everybody else: what is not decided binds nobody."""
        return self.all() if user.has_role(*PUBLISHERS) else self.none()


@tracked()
class PolicyDraft(models.Model):
    """A version of the rule-book that is being written. `data` is always a sound rule-book (`policy_to_data`).

    It was begun from `based_on`, the newest version then; `version` counts its changes, so that nobody overwrites
    unseen what somebody else changed. `published_as` is what became of it.
    """

    title = models.CharField(_("title"), max_length=100)
    note = models.CharField(_("reason"), max_length=500, blank=True)
    data = models.JSONField(_("rules"))
    based_on = models.ForeignKey(
        PolicyVersion, models.PROTECT, related_name="drafts", verbose_name=_("based on version")
    )
    version = models.PositiveIntegerField(_("version of the draft"), default=1)
    state = models.CharField(_("state"), max_length=10, choices=DraftState.choices, default=DraftState.DRAFT)
    published_as = models.OneToOneField(
        PolicyVersion,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="draft",
        verbose_name=_("published as version"),
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("created by")
    )
    changed_at = models.DateTimeField(_("changed at"), auto_now=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("changed by")
    )
    submission_key = models.UUIDField(null=True, blank=True, unique=True, editable=False)

    objects: ClassVar[models.Manager[PolicyDraft]] = DraftQuerySet.as_manager()

    class Meta:
        verbose_name = _("draft of the policy")
        verbose_name_plural = _("drafts of the policy")
        ordering = ["-changed_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="policy_draft_published_as",
                condition=Q(state="published", published_as__isnull=False)
                | Q(state__in=["draft", "discarded"], published_as__isnull=True),
            ),
            models.CheckConstraint(name="policy_draft_has_title", condition=~Q(title="")),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("policy:draft", args=[self.pk])

    @property
    def policy(self) -> Policy:
        """The rules as they are drafted now."""
        return policy_from_data(self.data)

    @property
    def rules(self) -> dict[str, Any]:
        """The rules as data, with the defaults of settings that came after the draft was changed last."""
        return policy_to_data(self.policy)
