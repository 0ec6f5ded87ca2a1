"""How people like to see a list: the columns they left out, and filters they saved."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User

PAGE_MAX_LENGTH = 60
NAME_MAX_LENGTH = 60


class HiddenColumns(models.Model):
    """The columns that one person leaves out of one list; `page` is the list's URL name."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    page = models.CharField(_("list"), max_length=PAGE_MAX_LENGTH)
    columns = ArrayField(models.CharField(max_length=60), verbose_name=_("columns left out"), default=list)

    class Meta:
        verbose_name = _("columns left out")
        verbose_name_plural = _("columns left out")
        constraints = [models.UniqueConstraint(fields=["user", "page"], name="hidden_columns_once")]

    def __str__(self) -> str:
        return f"{self.page}: {', '.join(self.columns)}"


class SavedFilterQuerySet(models.QuerySet["SavedFilter"]):
    def visible_to(self, user: User) -> SavedFilterQuerySet:
        """Return a person's own filters and those that others share: a filter shows nobody a row more."""
        return self.filter(models.Q(owner=user) | models.Q(is_shared=True))


class SavedFilter(models.Model):
    """A filter and order of a list under a name; `query` is what the address bar carries. Shared ones are
    everybody's to use, their owner's to change.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("owner")
    )
    page = models.CharField(_("list"), max_length=PAGE_MAX_LENGTH)
    name = models.CharField(_("name"), max_length=NAME_MAX_LENGTH)
    query = models.CharField(_("filter"), max_length=1000)
    is_shared = models.BooleanField(_("shared with everybody"), default=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects: ClassVar[models.Manager[SavedFilter]] = SavedFilterQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved filter")
        verbose_name_plural = _("saved filters")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "page", "name"], name="saved_filter_name_once")
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"{reverse(self.page)}?{self.query}"
