"""Who looked at what is masked for everybody: one row for each time, never changed."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class SensitiveRead(models.Model):
    """Somebody had a bank or identity number shown in full.

    `subject` names whose it is (a customer's number), `masked` the value as everybody sees it. The object is named by
    its model and key, so that any model can have such a value.
    """

    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("shown to")
    )
    read_at = models.DateTimeField(_("shown at"), auto_now_add=True)
    object_type = models.CharField(_("kind of object"), max_length=100)
    object_id = models.BigIntegerField(_("object"))
    field = models.CharField(_("field"), max_length=50)
    subject = models.CharField(_("belongs to"), max_length=50, db_index=True)
    masked = models.CharField(_("value, masked"), max_length=50)

    class Meta:
        verbose_name = _("number shown in full")
        verbose_name_plural = _("numbers shown in full")
        ordering = ["-read_at", "-pk"]
        indexes = [models.Index(fields=["object_type", "object_id"], name="sensitive_read_object")]
        triggers = [
            pgtrigger.Protect(name="sensitive_read_is_final", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.masked}"
