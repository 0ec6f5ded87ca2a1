"""Changing what letters say about our own company, and the seal they carry."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.audit.tracking import acting
from creditrisk.company.models import COMPANY_FIELDS, PRINT_FIELDS, THE_ONE, Company, EnvelopeWindow
from creditrisk.company.selectors import our_company
from creditrisk.exceptions import InvalidInputError, NotAllowedError
from creditrisk.file_content import JPEG, PNG, file_type
from creditrisk.image_size import JPEG_SIGNATURE, PNG_SIGNATURE, image_size
from creditrisk.pdf import is_printable_image

SEAL_MAX_BYTES = 300 * 1024
SEAL_MAX_PIXELS = 2000
"""In either direction: 4 cm at 600 dots an inch are 945."""


def change_refusal(user: User) -> NotAllowedError | None:
    """Return why `user` may not change our company; None where he may: administrators keep reference data."""
    if user.has_role(Role.ADMINISTRATOR):
        return None
    return NotAllowedError("company.not_allowed", _("Only an administrator changes our company."))


@transaction.atomic
def save_company(*, values: Mapping[str, object], by: User) -> Company:
    """Keep `values` (fields of `COMPANY_FIELDS` and `PRINT_FIELDS`; the others stay) and return our company: letters
    from now on name it so, those issued keep what they say. The same values again change nothing.

    Raises NotAllowedError, InvalidInputError without a name or for an envelope that is none, TypeError for a field
    that is none.
    """
    unknown = set(values) - {*COMPANY_FIELDS, *PRINT_FIELDS}
    if unknown:
        raise TypeError(f"not a field of the company: {', '.join(sorted(unknown))}")
    if refusal := change_refusal(by):
        raise refusal
    with acting(by):
        company = _locked()
        for field, value in values.items():
            setattr(company, field, value.strip() if isinstance(value, str) else value)
        if not company.name:
            raise InvalidInputError("company.name_missing", _("Our company needs its name."))
        if company.envelope_window not in EnvelopeWindow.values:
            raise InvalidInputError("company.envelope", _("Choose one of the envelopes."))
        company.save()
    return company


def require_seal(content: bytes) -> None:
    """Raise InvalidInputError where `content` is no picture that letters can carry: PNG or JPEG, told by its bytes; at
    most 300 kB and 2,000 pixels either way, so that no letter is slow or unpacks to gigabytes; and whole.
    """
    if len(content) > SEAL_MAX_BYTES:
        reason = _("The picture of the seal is too large: at most %(limit)d kB. Save it smaller.")
        raise InvalidInputError("company.seal_too_large", reason % {"limit": SEAL_MAX_BYTES // 1024})
    if not content.startswith((PNG_SIGNATURE, JPEG_SIGNATURE)) or file_type(content) not in (PNG, JPEG):
        raise InvalidInputError("company.seal_type", _("The seal is a picture: PNG or JPEG."))
    size = image_size(content)
    if size is None or not all(0 < pixels <= SEAL_MAX_PIXELS for pixels in size):
        reason = _("The picture of the seal has at most %(limit)d × %(limit)d pixels. Save it smaller.")
        raise InvalidInputError("company.seal_pixels", reason % {"limit": SEAL_MAX_PIXELS})
    if not is_printable_image(content):
        raise InvalidInputError(
            "company.seal_damaged", _("This picture is damaged: save it anew and upload that.")
        )


@transaction.atomic
def save_seal(*, content: bytes | None, by: User) -> Company:
    """Keep the picture of our seal, or none, and return our company; the same picture again changes nothing. Letters
    issued keep what they show, and the picture before stays among the files for whoever reads the history.

    Raises NotAllowedError, InvalidInputError (see `require_seal`).
    """
    if refusal := change_refusal(by):
        raise refusal
    if content is not None:
        require_seal(content)
    fingerprint = sha256(content).hexdigest() if content else ""
    with acting(by):
        company = _locked()
        if company.seal_sha256 != fingerprint:
            company.seal_sha256 = fingerprint
            if content:
                company.seal.save("seal", ContentFile(content), save=False)
            else:
                company.seal.name = ""
            company.save()
    return company


def _locked() -> Company:
    """Return our company to be changed; saved for the first time where it is not yet."""
    before = {field: getattr(our_company(), field) for field in (*COMPANY_FIELDS, *PRINT_FIELDS)}
    Company.objects.get_or_create(pk=THE_ONE, defaults=before)
    return Company.objects.select_for_update().get(pk=THE_ONE)
