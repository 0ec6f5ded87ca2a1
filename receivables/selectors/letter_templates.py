"""Which words letters go out with, and which versions there were."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from django.conf import settings
from django.db.models import QuerySet

from creditrisk.policy.schema import DunningStageCode
from receivables.letters.texts import TEXTS, Language, StageTexts
from receivables.letters.wording import FIELDS, WordingField, wording_values
from receivables.letters.wording_diff import Piece, text_difference
from receivables.models import LetterTemplate, Stage


@dataclass(frozen=True)
class TemplateVersion:
    """One version of the words of a stage in a language. `number` 0 is what the product comes with: nobody published
    it.
    """

    stage: DunningStageCode
    language: Language
    number: int
    wording: StageTexts
    note: str = ""
    published_at: dt.datetime | None = None
    published_by: str = ""

    @property
    def stage_label(self) -> str:
        """The stage as a person reads it."""
        return str(Stage(self.stage).label)

    @property
    def language_name(self) -> str:
        """The language in its own words."""
        return dict(settings.LANGUAGES)[self.language]


@dataclass(frozen=True)
class TextDifference:
    """One text of two versions, with what differs in it."""

    field: WordingField
    pieces: tuple[Piece, ...]


def is_template(stage: str, language: str) -> bool:
    """Return whether there is a template of this name."""
    return stage in Stage.values and language in TEXTS


def published_template(stage: str, language: str) -> LetterTemplate | None:
    """Return the latest published version of a stage in a language; None where the product's own words count."""
    return LetterTemplate.objects.filter(stage=stage, language=language).order_by("-number").first()


def current_version(stage: str, language: str) -> TemplateVersion:
    """Return the words that the next letter goes out with."""
    published = _with_people().filter(stage=stage, language=language).order_by("-number").first()
    return _version(published) if published else _default(stage, language)


def current_versions() -> list[TemplateVersion]:
    """Return the words of every stage and language, in this order. One query."""
    latest = _with_people().order_by("stage", "language", "-number").distinct("stage", "language")
    published = {(row.stage, row.language): _version(row) for row in latest}
    return [
        published.get((stage, language)) or _default(stage, language)
        for stage in Stage.values
        for language in TEXTS
    ]


def template_versions(stage: str, language: str) -> list[TemplateVersion]:
    """Return all versions of a stage in a language, the newest first; the last is the product's own."""
    published = _with_people().filter(stage=stage, language=language).order_by("-number")
    return [*map(_version, published), _default(stage, language)]


def version_differences(old: TemplateVersion, new: TemplateVersion) -> list[TextDifference]:
    """Return the texts of two versions that differ, in the order of the form."""
    return list(_differences(wording_values(old.wording), wording_values(new.wording)))


def _differences(old: dict[str, str], new: dict[str, str]) -> Iterator[TextDifference]:
    for name in FIELDS:
        if old[name] != new[name]:
            yield TextDifference(name, text_difference(old[name], new[name]))


def _with_people() -> QuerySet[LetterTemplate]:
    return LetterTemplate.objects.select_related("published_by")


def _version(row: LetterTemplate) -> TemplateVersion:
    return TemplateVersion(
        stage=cast(DunningStageCode, row.stage),
        language=cast(Language, row.language),
        number=row.number,
        wording=row.wording,
        note=row.note,
        published_at=row.published_at,
        published_by=str(row.published_by),
    )


def _default(stage: str, language: str) -> TemplateVersion:
    code, spoken = cast(DunningStageCode, stage), cast(Language, language)
    return TemplateVersion(stage=code, language=spoken, number=0, wording=TEXTS[spoken].stages[code])
