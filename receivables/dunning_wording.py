"""The codes of dunning in plain words."""

from __future__ import annotations

from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from receivables.dunning import WaitCode

WAITS: dict[WaitCode, Promise] = {
    "paid": _("paid, or a credit"),
    "disputed": _("in dispute"),
    "promised": _("under a promise to pay"),
    "excluded": _("agreed not to be dunned"),
    "terms_invalid": _("the agreed days do not fit the policy: agree on others"),
    "not_yet": _("not due for a reminder yet"),
    "entered": _("has its notice of this stage"),
    "letter_unsent": _("its dunning letter is not known to be sent"),
    "letter_fresh": _("its dunning letter was sent too recently"),
    "issued_today": _("the customer has this notice today already"),
    "letter_interval": _("the last letter to the customer is too recent"),
    "below_minimum": _("below the least amount of a letter"),
}
"""Why an item is on no notice."""
FILE_CLOSED = _("the customer file is closed")


def wait_text(code: WaitCode | Literal["file_closed"]) -> str:
    """Return why an item of one customer is not dunned, in the reader's language."""
    return str(FILE_CLOSED if code == "file_closed" else WAITS[code])
