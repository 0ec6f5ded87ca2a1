"""Publishing the words of letters."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.exceptions import ConflictError, InvalidInputError, require
from creditrisk.turns import take_turn
from receivables.letters.texts import StageTexts
from receivables.letters.wording import wording_faults, wording_values
from receivables.letters.wording_messages import named_message
from receivables.models import LetterTemplate
from receivables.permissions import template_refusal
from receivables.selectors.letter_templates import TemplateVersion, current_version, is_template

NOTE_MAX_LENGTH = 300


@transaction.atomic
def publish_template(
    *, stage: str, language: str, wording: StageTexts, note: str, based_on: int, by: User
) -> TemplateVersion:
    """Publish `wording` as the next version for a stage and a language; return it. Letters from now on use it, those
    issued keep their words. An earlier version is restored by publishing its words anew.

    `based_on` is the version that the person saw. The words in force again publish nothing (a second click). Raises
    NotAllowedError, ConflictError where somebody published meanwhile, InvalidInputError for a stage or language that
    is none, or with everything that is wrong with the words (`receivables.letters.wording.wording_faults`).
    """
    if not is_template(stage, language):
        raise InvalidInputError("letter_template.unknown", _("There is no such letter template."))
    take_turn(f"receivables.letter_template:{stage}:{language}")
    require(template_refusal(by))
    current = current_version(stage, language)
    if faults := wording_faults(wording, stage=current.stage):
        raise InvalidInputError(
            "letter_template.wording",
            " ".join(named_message(fault, stage=current.stage) for fault in faults),
        )
    if wording == current.wording:
        return current
    if based_on != current.number:
        raise ConflictError(
            "letter_template.changed",
            _("Version %(number)d was published meanwhile by %(person)s. Load the page again and compare.")
            % {"number": current.number, "person": current.published_by},
        )
    LetterTemplate.objects.create(
        stage=stage,
        language=language,
        number=current.number + 1,
        note=" ".join(note.split())[:NOTE_MAX_LENGTH],
        published_by=by,
        **wording_values(wording),
    )
    return current_version(stage, language)
