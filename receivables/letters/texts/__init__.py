"""The wording of the letters. A letter speaks its customer's language, not the reader's: no gettext here."""

from __future__ import annotations

from receivables.letters.texts.english import ENGLISH
from receivables.letters.texts.schema import Language, LetterTexts, StageTexts
from receivables.letters.texts.simplified_chinese import SIMPLIFIED_CHINESE
from receivables.letters.texts.traditional_chinese import TRADITIONAL_CHINESE

TEXTS: dict[Language, LetterTexts] = {
    "en": ENGLISH,
    "zh-hans": SIMPLIFIED_CHINESE,
    "zh-hant": TRADITIONAL_CHINESE,
}

__all__ = ["TEXTS", "Language", "LetterTexts", "StageTexts"]
