"""The errors a service may raise; each carries a code and a translated text for the person who sees it."""

from __future__ import annotations

from django.utils.functional import Promise


class BusinessError(Exception):
    """Something the rules do not allow. `code` is stable for programs, `str(error)` is translated for people."""

    def __init__(self, code: str, message: str | Promise) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return str(self.message)


class NotAllowedError(BusinessError):
    """This person may not do this, or not in this state."""


class ConflictError(BusinessError):
    """Somebody else was faster: what the caller saw is no longer what is stored."""


class InvalidInputError(BusinessError):
    """The input cannot be understood; the message names the field and the remedy."""


Refusal = BusinessError | None
"""Why somebody may not do a thing: what its page shows on the disabled button and its service raises. None: he may."""


def require(refusal: Refusal) -> None:
    """Raise the refusal, if there is one."""
    if refusal is not None:
        raise refusal
