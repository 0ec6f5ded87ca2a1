"""A person's own phrases for his opinions."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.exceptions import InvalidInputError
from reviews.models import Phrase

MOST = 30
PHRASE_MAX_LENGTH = 200


@transaction.atomic
def add_phrase(*, text: str, by: User) -> Phrase:
    """Keep a phrase for `by` and return it; one that he has stays as it is.

    Raises InvalidInputError where there is no text, it is longer than 200 characters, or he has 30 phrases already.
    """
    wanted = " ".join(text.split())
    if not wanted:
        raise InvalidInputError("phrase.missing", _("Write the phrase."))
    if len(wanted) > PHRASE_MAX_LENGTH:
        reason = _("A phrase has at most %(length)s characters.") % {"length": PHRASE_MAX_LENGTH}
        raise InvalidInputError("phrase.too_long", reason)
    User.objects.select_for_update().get(pk=by.pk)
    own = Phrase.objects.filter(user=by)
    if not own.filter(text=wanted).exists() and own.count() >= MOST:
        reason = _("You have %(count)s phrases: remove one first.") % {"count": MOST}
        raise InvalidInputError("phrase.too_many", reason)
    return Phrase.objects.get_or_create(user=by, text=wanted)[0]


@transaction.atomic
def remove_phrase(*, phrase: Phrase, by: User) -> None:
    """Forget a phrase of `by`; one of somebody else stays."""
    Phrase.objects.filter(pk=phrase.pk, user=by).delete()
