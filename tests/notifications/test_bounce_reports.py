"""Reports of mail servers as RFC 3464 and the servers in use write them, and mails that only look like one."""

from __future__ import annotations

import time
from email import message_from_bytes
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart

import pytest

from creditrisk.notifications.bounce_reports import MAX_BYTES, BounceReport, read_report

DOMAIN = "demo.example"
DIAGNOSTIC = "smtp; 550 5.1.1 <a@x.example>: no such user"


def report(
    *,
    number: str = "<outbox-42@demo.example>",
    fields: str = f"Action: failed\nStatus: 5.1.1\nDiagnostic-Code: {DIAGNOSTIC}",
    returned: str = "text/rfc822-headers",
    message_id: str = "<dsn-1@mx.example>",
    head: str = "",
) -> bytes:
    """Return a report as Postfix writes it."""
    identity = f"Message-ID: {message_id}\n" if message_id else ""
    inner = f"From: credit@demo.example\nTo: a@x.example\n{head}Message-ID: {number}\nSubject: letter\n"
    return (
        f"From: MAILER-DAEMON@mx.example\nTo: credit@demo.example\n{identity}"
        "MIME-Version: 1.0\nSubject: Undelivered Mail Returned to Sender\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="B"\n\n'
        "--B\nContent-Type: text/plain\n\nI am sorry.\n\n"
        "--B\nContent-Type: message/delivery-status\n\n"
        "Reporting-MTA: dns; mx.example\nArrival-Date: Tue, 24 Nov 2026 09:00:00 +0800\n\n"
        f"Final-Recipient: rfc822; a@x.example\n{fields}\n\n"
        f"--B\nContent-Type: {returned}\n\n{inner}\n--B--\n"
    ).encode()


def read(raw: bytes) -> BounceReport | None:
    return read_report(raw, domain=DOMAIN)


@pytest.mark.parametrize("returned", ["text/rfc822-headers", "message/rfc822", "message/rfc822-headers"])
def test_a_final_failure_is_a_bounce(returned: str) -> None:
    found = read(report(returned=returned))
    assert found is not None
    assert (found.message, found.outcome, found.status) == (42, "bounced", "5.1.1")
    assert found.text == f"5.1.1 {DIAGNOSTIC}"


@pytest.mark.parametrize(
    ("fields", "outcome"),
    [
        ("Action: failed\nStatus: 5.7.1", "bounced"),
        ("Action: FAILED\nStatus: 4.4.7", "bounced"),
        ("Status: 5.0.0", "bounced"),
        ("Action: failed", "bounced"),
        ("Action: delayed\nStatus: 4.4.1", "delayed"),
        ("Status: 4.2.2", "delayed"),
        ("Action: delayed\nStatus: 5.0.0", "delayed"),
        ("Action: delivered\nStatus: 2.0.0", None),
        ("Action: relayed\nStatus: 2.0.0", None),
        ("Status: 2.1.5", None),
        ("Status: fine", None),
        ("X-Nothing: 1", None),
    ],
)
def test_what_a_recipient_s_fields_mean(fields: str, outcome: str | None) -> None:
    """A server that gave up after days of trying says `failed` with a status of 4.4.7: nothing comes after that."""
    found = read(report(fields=fields))
    assert (found.outcome if found else None) == outcome


def test_of_several_recipients_the_one_that_failed_counts() -> None:
    two = "Action: delayed\nStatus: 4.2.2\n\nFinal-Recipient: rfc822; b@x.example\nAction: failed\nStatus: 5.2.2"
    found = read(report(fields=two))
    assert found is not None
    assert (found.outcome, found.status) == ("bounced", "5.2.2")


def test_the_same_report_has_one_reference_whatever_was_added_on_its_way() -> None:
    first = read(report())
    again = read(b"Received: from mx2\nDelivered-To: bounces@demo.example\n" + report())
    other = read(report(message_id="<dsn-2@mx.example>"))
    unnamed, changed = read(report(message_id="")), read(report(message_id="", head="X-A: 1\n"))
    assert first is not None
    assert again is not None
    assert other is not None
    assert unnamed is not None
    assert changed is not None
    assert first.reference == again.reference
    assert len({found.reference for found in (first, other, unnamed, changed)}) == 4
    assert len(first.reference) == 64


@pytest.mark.parametrize(
    "number",
    [
        "<outbox-42@other.example>",
        "<outbox-@demo.example>",
        "<outbox--1@demo.example>",
        "<outbox-9999999999999999999@demo.example>",
        "<something@demo.example>",
        "outbox-42@demo.example",
        "",
    ],
)
def test_a_report_about_somebody_else_s_mail_is_none_of_ours(number: str) -> None:
    assert read(report(number=number)) is None


def test_the_domain_is_compared_in_any_case() -> None:
    assert read(report(number="<outbox-42@DEMO.example>")) is not None


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\0\xff\xfe" * 1000,
        b"From: a@x.example\nSubject: hello\n\n<outbox-42@demo.example> 5.1.1 failed",
        report().replace(b"multipart/report", b"multipart/mixed"),
        report().replace(b"message/delivery-status", b"text/plain"),
        report().replace(b"text/rfc822-headers", b"text/plain"),
        report().replace(b'boundary="B"', b'boundary="other"'),
        report().replace(b"multipart/report; report-type=delivery-status; boundary", b"multipart/report; x"),
        report().split(b"Content-Type: message/delivery-status")[0],
        report()[:-60].replace(b"<outbox-42@demo.example>", b""),
    ],
)
def test_what_is_no_report_gives_nothing(raw: bytes) -> None:
    assert read(raw) is None


def test_hostile_words_become_one_clean_line() -> None:
    """Controls, NUL, line separators, bytes that are no text, and length: what is left fits any table."""
    nasty = "Action: failed\nStatus: 5.1.1\nDiagnostic-Code: a\0b\x1b[2J\u2028c\u202e " + "x" * 100_000
    found = read(report(fields=nasty))
    assert found is not None
    assert found.text.isprintable()
    assert len(found.text) <= 510
    found = read(report().replace(b"no such user", b"\xff\xfe\xb2\xbb"))
    assert found is not None
    found.text.encode()


def bomb(depth: int) -> bytes:
    """Return multiparts within multiparts."""
    text = ""
    for level in range(depth):
        text += f'Content-Type: multipart/mixed; boundary="b{level}"\n\n--b{level}\n'
    return b"MIME-Version: 1.0\n" + text.encode() + b"Content-Type: text/plain\n\nhello\n" + b"a\n" * 400_000


@pytest.mark.parametrize("depth", [19, 25, 2000])
def test_a_mail_bomb_is_over_soon(depth: int) -> None:
    started = time.monotonic()
    assert read(bomb(depth)) is None
    assert time.monotonic() - started < 10


def test_mails_within_mails_within_mails_are_over_soon() -> None:
    """No boundary to count: each is the only part of the one around it."""
    started = time.monotonic()
    assert read(b"Content-Type: message/rfc822\n\n" * 60_000) is None
    inside = report(returned="message/rfc822").replace(
        b"From: credit@demo.example\nTo: a@", b"Content-Type: message/rfc822\n\n" * 20_000 + b"To: a@"
    )
    assert read(inside) is None
    assert time.monotonic() - started < 10


def test_many_recipients_and_a_huge_mail_are_bounded() -> None:
    many = "\n\n".join("Action: failed\nStatus: 5.1.1" for _number in range(20_000))
    started = time.monotonic()
    assert read(report(fields=many)) is not None
    huge = report(returned="message/rfc822") + b"A" * (MAX_BYTES * 4)
    assert read(huge) is not None
    assert time.monotonic() - started < 15


def test_a_returned_mail_that_is_no_mail_gives_nothing() -> None:
    """A part that calls itself a mail and is text; parts that are no parts."""
    outer = MIMEMultipart("report", boundary="B")
    odd = MIMEBase("message", "rfc822")
    odd.set_payload("just text")
    outer.attach(odd)
    assert read(outer.as_bytes().replace(b"just text", b"Message-ID: <outbox-42@demo.example>\n")) is None
    mail = message_from_bytes(report())
    assert mail.is_multipart()


def nested_headers(count: int) -> bytes:
    return report().replace(b"Subject: letter\n", b'X: boundary="q"\n' * count)


def test_headers_returned_as_text_are_bounded_like_the_mail_itself() -> None:
    assert read(nested_headers(10)) is not None
    assert read(nested_headers(25)) is None
