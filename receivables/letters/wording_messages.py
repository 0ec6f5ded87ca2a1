"""What is wrong with the words of a letter, as a sentence with its remedy."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from creditrisk.policy.schema import DunningStageCode
from receivables.letters.wording import PLACEHOLDERS, FaultKind, WordingFault

FIELD_LABELS: Mapping[str, str | Promise] = {
    "title": gettext_lazy("Title"),
    "opening": gettext_lazy("Before the items"),
    "points_intro": gettext_lazy("Sentence before the points"),
    "points": gettext_lazy("Points"),
    "closing": gettext_lazy("After the items"),
    "mail": gettext_lazy("Text of the mail"),
}
MESSAGES: Mapping[FaultKind, str | Promise] = {
    "empty": gettext_lazy("Nothing is written here: write at least one line."),
    "too_long": gettext_lazy("This is too long: at most %(what)s characters."),
    "too_many_lines": gettext_lazy("These are too many lines: at most %(what)s."),
    "invisible": gettext_lazy("There are invisible characters in “%(what)s”: type this line again."),
    "title_placeholder": gettext_lazy("The title is plain words: take out the braces."),
    "stars": gettext_lazy(
        "Bold begins and ends with ** in the same line; one of them is missing in “%(what)s”."
    ),
    "plain_stars": gettext_lazy("A mail and its subject have no bold: take out **."),
    "no_points": gettext_lazy("There are no points for this sentence to introduce: write some or delete it."),
    "full_width": gettext_lazy(
        "Write %(plain)s with plain braces instead of the full-width ones in %(what)s."
    ),
    "stray_brace": gettext_lazy(
        "There is a brace %(what)s without its partner. Braces enclose placeholders only."
    ),
    "not_plain": gettext_lazy("The placeholder {%(what)s} has more in it than its name. Write {%(name)s}."),
    "other_stage": gettext_lazy(
        "The placeholder {%(what)s} is not known at this stage. There are: %(known)s"
    ),
    "unknown": gettext_lazy("There is no placeholder {%(what)s}. There are: %(known)s"),
    "missing": gettext_lazy("The placeholder {%(what)s} is missing. Write it where it belongs."),
}


def fault_message(fault: WordingFault, *, stage: DunningStageCode) -> str:
    """Return what is wrong and the remedy as a sentence to stand at its field, in the reader's language."""
    return str(MESSAGES[fault.kind]) % {
        "what": _visible(fault.what),
        "plain": "{" + fault.what.strip("｛｝ ") + "}",
        "name": "".join(re.findall(r"\w+", fault.what)[:1]),
        "known": placeholder_list(stage),
    }


def named_message(fault: WordingFault, *, stage: DunningStageCode) -> str:
    """Return the same with the name of its field."""
    return _("%(field)s: %(message)s") % {
        "field": FIELD_LABELS[fault.field],
        "message": fault_message(fault, stage=stage),
    }


def _visible(text: str) -> str:
    # What turns the line around must not do so in the sentence about it.
    return "".join("�" if unicodedata.category(char)[0] == "C" else char for char in text)


def placeholder_list(stage: DunningStageCode) -> str:
    """Return the placeholders of a stage as they are written."""
    return ", ".join("{" + name + "}" for name in PLACEHOLDERS[stage])
