"""The words of letters as leaders published them, stage by stage and language by language (P5.2.3)."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from receivables.letters.texts import StageTexts
from receivables.letters.wording import FIELDS, wording_from
from receivables.models.dunning import Stage


class LetterTemplate(models.Model):
    """One published version of the words of a stage in a language: of the letter and of the mail that carries it.

    Versions count from 1; version 0 are the words that the product comes with (`receivables.letters.texts`), which are
    no row. A published version never changes: letters name the one they used. Each line of a text is a paragraph or a
    point (`receivables.letters.wording`). Everybody may read the words that go to customers.
    """

    stage = models.CharField(_("stage"), max_length=20, choices=Stage.choices)
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    number = models.PositiveIntegerField(_("version"))
    title = models.CharField(_("title"), max_length=60)
    opening = models.TextField(_("before the items"))
    points_intro = models.CharField(_("sentence before the points"), max_length=500, blank=True)
    points = models.TextField(_("points"), blank=True)
    closing = models.TextField(_("after the items"))
    mail = models.TextField(_("text of the mail"))
    note = models.CharField(_("what changed"), max_length=300, blank=True)
    published_at = models.DateTimeField(_("published at"), auto_now_add=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("published by")
    )

    class Meta:
        verbose_name = _("letter template")
        verbose_name_plural = _("letter templates")
        ordering = ["stage", "language", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["stage", "language", "number"], name="letter_template_version_once"
            ),
            models.CheckConstraint(name="letter_template_versions_from_1", condition=models.Q(number__gte=1)),
        ]
        triggers = [
            pgtrigger.Protect(
                name="letter_templates_are_final", operation=pgtrigger.Update | pgtrigger.Delete
            ),
        ]

    def __str__(self) -> str:
        return f"v{self.number}"

    def get_absolute_url(self) -> str:
        return reverse("receivables:letter_template_versions", args=[self.stage, self.language])

    @property
    def wording(self) -> StageTexts:
        """The words, ready for a letter."""
        return wording_from({name: getattr(self, name) for name in FIELDS})
