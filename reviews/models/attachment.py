"""Files attached to a review (Annex 1: attachments). The server chooses the path; the name shown is
cleaned.
"""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from creditrisk.audit.tracking import tracked
from creditrisk.stored_files import StoredFile, server_path
from creditrisk.visibility import SeenWithReview
from reviews.models.new_customer_form import NewCustomerForm
from reviews.models.review import Review

SHOWN_INLINE = ("image/png", "image/jpeg", "application/pdf")


class AttachmentCategory(models.TextChoices):
    CONTRACT = "contract", _("Contract or agreement")
    LICENCE = "licence", _("Licence or certificate")
    QUALIFICATION = "qualification", _("Other qualification")
    OTHER = "other", _("Other")


def attachment_path(attachment: Attachment, _file_name: str) -> str:
    """Return a path that owes nothing to the name the file was uploaded under."""
    return server_path("attachments", attachment.review_id)


@tracked()
class Attachment(StoredFile):
    """One file of a review.

    A removed file leaves the form but stays stored: an earlier round may have been decided on it. Another file of the
    same name takes the place of the one before as its next `version`. `item` names the review item of Annex 1 that it
    is a scan of ("" for none).
    """

    review = models.ForeignKey(Review, models.PROTECT, related_name="attachments", verbose_name=_("review"))
    category = models.CharField(_("category"), max_length=20, choices=AttachmentCategory.choices)
    item = models.CharField(_("review item"), max_length=40, blank=True)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    file = models.FileField(_("file"), upload_to=attachment_path, max_length=200)
    removed_at = models.DateTimeField(_("removed at"), null=True, blank=True)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("removed by"),
    )

    objects: ClassVar[models.Manager[Attachment]] = SeenWithReview.as_manager()

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ["category", "pk"]
        constraints = [
            models.CheckConstraint(
                name="attachment_removed_at_and_by",
                condition=models.Q(removed_at__isnull=True, removed_by__isnull=True)
                | models.Q(removed_at__isnull=False, removed_by__isnull=False),
            ),
            models.UniqueConstraint(
                name="attachment_once_per_review",
                fields=["review", "category", "item", "name", "sha256"],
                condition=models.Q(removed_at__isnull=True),
            ),
        ]

    @property
    def item_label(self) -> str:
        """What the review item is called, in the reader's language; "" for none."""
        return str(capfirst(NewCustomerForm._meta.get_field(self.item).verbose_name)) if self.item else ""  # type: ignore[union-attr]

    @property
    def is_shown_inline(self) -> bool:
        """Whether a browser may show it: an image or a PDF."""
        return self.content_type in SHOWN_INLINE

    def __str__(self) -> str:
        return self.name
