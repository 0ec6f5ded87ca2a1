"""What a mail server reports about a mail of ours that it took and could not hand on (RFC 3464).

The report comes from outside and may be anything: it is read up to a size, with a bound on its parts, and gives
nothing but our message's number, a code and a line of text.
"""

from __future__ import annotations

import email
import hashlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from typing import Literal

MAX_BYTES = 2 * 1024 * 1024
"""Of a larger mail the beginning is read: a report comes first, the returned mail after it."""
MAX_PARTS = 20
MAX_RECIPIENTS = 20
TOLD_CHARACTERS = 500

_OUR_MESSAGE_ID = re.compile(r"<outbox-(\d{1,18})@([^<>\s@]{1,253})>")
_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")

Outcome = Literal["bounced", "delayed"]


@dataclass(frozen=True)
class BounceReport:
    """`message` is the number of ours in the outbox. `text` is the code and what the server says, in one line.
    `reference` is the same for the same report, however often and by whichever way it comes.
    """

    message: int
    outcome: Outcome
    status: str
    text: str
    reference: str


def read_report(raw: bytes, *, domain: str) -> BounceReport | None:
    """Return what the mail `raw` reports about a message that `domain` sent; None where it is no such report.

    A recipient that failed counts as bounced; one for whom the server still tries, as delayed (5.x.x and 4.x.x where
    the server does not say which).
    """
    mail = _parsed(raw[:MAX_BYTES])
    if mail is None or mail.get_content_type() != "multipart/report":
        return None
    parts = _inside(mail)
    number = next(filter(None, (_returned_number(part, domain) for part in parts)), None)
    found = list(_recipients(parts))[:MAX_RECIPIENTS]
    if number is None or not found:
        return None
    outcome, status, text = min(found, key=lambda entry: entry[0])
    identity = _line(mail.get("Message-ID")) or hashlib.sha256(raw).hexdigest()
    return BounceReport(
        message=number,
        outcome=outcome,
        status=status,
        text=text,
        reference=hashlib.sha256(f"{identity} {outcome} {status}".encode()).hexdigest(),
    )


def _parsed(raw: bytes) -> Message | None:
    """Return the mail, None where its parts are nested or many beyond what a report has: each costs every line."""
    if raw.lower().count(b"boundary=") > MAX_PARTS:
        return None
    try:
        return email.message_from_bytes(raw)
    except (RecursionError, ValueError, LookupError):
        return None


def _returned_number(part: Message, domain: str) -> int | None:
    """Return the number of our message in the part that returns its head or all of it."""
    returned: Message | None = None
    if part.get_content_type() in ("message/rfc822", "message/rfc822-headers"):
        returned = next(iter(_inside(part)), None)
    elif part.get_content_type() == "text/rfc822-headers":
        text = part.get_payload(decode=True)
        returned = _parsed(text) if isinstance(text, bytes) else None
    match = _OUR_MESSAGE_ID.search(_line(returned.get("Message-ID"))) if returned else None
    return int(match[1]) if match and match[2].casefold() == domain.casefold() else None


def _inside(part: Message) -> list[Message]:
    """Return the parts of `part`; none where it has none, or is not what its type says."""
    payload = part.get_payload()
    return [inner for inner in payload if isinstance(inner, Message)] if isinstance(payload, list) else []


def _recipients(parts: list[Message]) -> Iterator[tuple[Outcome, str, str]]:
    """Yield what became of each recipient for whom the mail was not delivered."""
    for part in parts:
        for block in _inside(part) if part.get_content_type() == "message/delivery-status" else ():
            status = _STATUS.search(_line(block.get("Status")))
            action = _line(block.get("Action")).casefold()
            outcome = _outcome(action, status[1] if status else "")
            if outcome is not None:
                code = status[0] if status else ""
                told = " ".join(filter(None, (code, _line(block.get("Diagnostic-Code")))))
                yield outcome, code, told or action


def _outcome(action: str, status_class: str) -> Outcome | None:
    if action == "failed" or (not action and status_class == "5"):
        return "bounced"
    if action == "delayed" or (not action and status_class == "4"):
        return "delayed"
    return None


def _line(value: object) -> str:
    """Return a field's value as one line of printable text that any database takes."""
    text = "" if value is None else str(value)
    text = text.encode(errors="replace").decode(errors="replace")
    clean = "".join(" " if unicodedata.category(char)[0] in "CZ" else char for char in text)
    return " ".join(clean.split())[:TOLD_CHARACTERS]
