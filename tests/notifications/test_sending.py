"""The sender against real conversations: what is accepted once is sent once, what is not certain is not sent again."""

from __future__ import annotations

import datetime as dt
import smtplib
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection

from creditrisk.accounts.roles import Role
from creditrisk.notifications.models import OutboxMessage
from creditrisk.notifications.services import mailing, queue_mail, requeue_mail, send_due_mails, sending
from creditrisk.notifications.services.sending import claim_mail, deliver, record_delivery
from creditrisk.notifications.tasks import send_queued_mails
from tests.factories.people import create_user
from tests.factories.smtp import MailSink, mail_sink

State = OutboxMessage.State
NOW = dt.datetime(2026, 11, 24, 9, 0, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)

Use = Callable[[MailSink], None]


def queue(key: str = "k", **fields: Any) -> OutboxMessage:
    values = {"to": f"{key}@example.com", "subject": f"Mail {key}", "body": "正文", "language": "en"}
    return queue_mail(key=key, **(values | fields))


def states() -> dict[str, str]:
    return dict(OutboxMessage.objects.order_by("pk").values_list("key", "state"))


@pytest.fixture
def use(settings: Any) -> Use:
    """Return what makes the product talk to a mail server."""

    def talk_to(sink: MailSink) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", sink.port, 1
        settings.DEFAULT_FROM_EMAIL = "Creditrisk <credit@demo.example>"

    return talk_to


@pytest.fixture
def server(use: Use) -> Iterator[MailSink]:
    with mail_sink() as sink:
        use(sink)
        yield sink


@pytest.mark.django_db
def test_a_mail_is_sent_with_its_pdf_and_recorded(server: MailSink) -> None:
    message = queue(
        "a", reply_to="csm@example.com", attachment=b"%PDF-1.7 x", attachment_name="催款函 DL-2026-000001.pdf"
    )
    assert send_due_mails(now=NOW) == {"sent": 1}
    (mail,) = server.taken
    assert (mail["To"], mail["Subject"], mail["Reply-To"]) == ("a@example.com", "Mail a", "csm@example.com")
    assert mail["From"] == "Creditrisk <credit@demo.example>"
    assert mail["Message-ID"] == f"<outbox-{message.pk}@demo.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    body = mail.get_body()
    assert body is not None
    assert body.get_content().strip() == "正文"
    (pdf,) = mail.iter_attachments()
    assert (pdf.get_filename(), pdf.get_content()) == ("催款函 DL-2026-000001.pdf", b"%PDF-1.7 x")
    message.refresh_from_db()
    assert (message.state, message.sent_at, message.attempts, message.error) == (State.SENT, NOW, 1, "")
    assert send_due_mails(now=NOW) == {}
    assert len(server.taken) == 1


@pytest.mark.django_db
def test_a_server_that_refuses_every_third_mail_for_now_gets_only_those_again(use: Use) -> None:
    """451 to mails 3, 6 and 9 of ten; a minute later those three are taken: mails 11 and 13 fine, 12 refused again."""
    with mail_sink(answer=lambda number: b"451 later" if number % 3 == 0 else b"250 taken") as sink:
        use(sink)
        for number in range(1, 11):
            queue(str(number))
        assert send_due_mails(now=NOW) == {"queued": 3, "sent": 7}
        assert send_due_mails(now=NOW) == {}
        assert [key for key, state in states().items() if state == State.QUEUED] == ["3", "6", "9"]
        assert "451" in OutboxMessage.objects.get(key="3").error
        assert send_due_mails(now=NOW + MINUTE) == {"queued": 1, "sent": 2}
        assert send_due_mails(now=NOW + 6 * MINUTE) == {"sent": 1}
        assert sorted(sink.subjects) == sorted(f"Mail {number}" for number in range(1, 11))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"421 closing", State.QUEUED),
        (b"450 busy", State.QUEUED),
        (b"451 error", State.QUEUED),
        (b"452 full", State.QUEUED),
        (b"499 now", State.QUEUED),
        (b"550 no such mailbox", State.FAILED),
        (b"552 too large", State.FAILED),
        (b"554 spam", State.FAILED),
    ],
)
@pytest.mark.parametrize("where", ["recipient", "text"])
def test_a_passing_refusal_is_tried_again_and_a_final_one_is_not(
    use: Use, answer: bytes, expected: str, where: str
) -> None:
    options: dict[str, Any] = (
        {"recipient_answer": answer} if where == "recipient" else {"answer": lambda _number: answer}
    )
    with mail_sink(**options) as sink:
        use(sink)
        queue()
        assert send_due_mails(now=NOW) == {expected: 1}
        message = OutboxMessage.objects.get()
        assert (message.next_attempt_at is not None) == (expected == State.QUEUED)
        assert answer.decode()[4:] in message.error


@pytest.mark.django_db
def test_a_connection_that_breaks_after_the_text_is_unknown_and_never_tried_again(use: Use) -> None:
    with mail_sink(answer=lambda _number: b"") as sink:
        use(sink)
        queue()
        assert send_due_mails(now=NOW) == {"unknown": 1}
        assert send_due_mails(now=NOW + dt.timedelta(days=30)) == {}
        assert len(sink.taken) == 1
        message = OutboxMessage.objects.get()
        assert (message.state, message.sent_at) == (State.UNKNOWN, None)
        requeue_mail(message=message, by=create_user(Role.ADMINISTRATOR), now=NOW)
        sink.answer = lambda _number: b"250 taken"
        assert send_due_mails(now=NOW) == {"sent": 1}
        first, second = (mail["Message-ID"] for mail in sink.taken)
        assert first == second


@pytest.mark.django_db
def test_a_black_hole_is_bounded_and_costs_one_mail_one_attempt(use: Use) -> None:
    """It takes the connection and says nothing. EMAIL_TIMEOUT is 1 s here."""
    with mail_sink(is_silent=True) as sink:
        use(sink)
        for number in range(5):
            queue(str(number))
        start = time.monotonic()
        assert send_due_mails(now=NOW) == {"queued": 1}
        assert time.monotonic() - start < 5
        assert sink.conversations == 1
    assert [message.attempts for message in OutboxMessage.objects.order_by("pk")] == [1, 0, 0, 0, 0]


@pytest.mark.django_db
def test_a_server_that_is_down_costs_one_mail_one_attempt_and_all_go_out_once_it_is_back(use: Use) -> None:
    use(MailSink(port=9))
    for number in range(3):
        queue(str(number))
    assert send_due_mails(now=NOW) == {"queued": 1}
    with mail_sink() as sink:
        use(sink)
        assert send_due_mails(now=NOW + MINUTE) == {"sent": 3}
        assert len(sink.taken) == 3


@pytest.mark.django_db
def test_a_mail_is_tried_for_three_days_with_growing_pauses_before_it_fails(use: Use) -> None:
    """1 + 5 + 30 + 120 + 17 × 240 minutes = 71 h; the 22nd attempt is the last."""
    use(MailSink(port=9))
    queue()
    now, pauses = NOW, []
    while send_due_mails(now=now) == {"queued": 1}:
        again_at = OutboxMessage.objects.get().next_attempt_at
        assert again_at is not None
        pauses.append((again_at - now) // MINUTE)
        now = again_at
    assert pauses == [1, 5, 30, 120] + [240] * 17
    assert now - NOW == dt.timedelta(minutes=4236)
    message = OutboxMessage.objects.get()
    assert (message.state, message.attempts, message.next_attempt_at) == (State.FAILED, 22, None)


@pytest.mark.django_db
def test_a_sender_that_died_leaves_an_unknown_mail_that_is_not_sent_again(server: MailSink) -> None:
    """Accepted, then killed before the record: ten minutes later a person is asked."""
    queue()
    message = claim_mail(now=NOW)
    assert message is not None
    assert deliver(message).state == State.SENT
    for minutes, expected in ((0, {}), (10, {}), (10.1, {"unknown": 1}), (9999, {})):
        assert send_due_mails(now=NOW + minutes * MINUTE) == expected
    assert states() == {"k": State.UNKNOWN}
    assert len(server.taken) == 1


@pytest.mark.django_db
def test_a_slow_sender_still_records_what_it_knows() -> None:
    """It outlived its lease: `unknown` meanwhile, but the server's word came."""
    queue()
    message = claim_mail(now=NOW)
    assert message is not None
    assert send_due_mails(now=NOW + 11 * MINUTE) == {"unknown": 1}
    record_delivery(message=message, delivery=sending.Delivery(State.SENT), now=NOW + 12 * MINUTE)
    assert states() == {"k": State.SENT}


@pytest.mark.django_db
def test_a_slow_sender_does_not_speak_for_the_attempt_after_it() -> None:
    queue()
    message = claim_mail(now=NOW)
    assert message is not None
    send_due_mails(now=NOW + 11 * MINUTE)
    requeue_mail(message=message, by=create_user(Role.ADMINISTRATOR), now=NOW + 12 * MINUTE)
    record_delivery(message=message, delivery=sending.Delivery(State.FAILED, "late"), now=NOW + 13 * MINUTE)
    assert states() == {"k": State.QUEUED}
    assert claim_mail(now=NOW + 14 * MINUTE) is not None
    record_delivery(message=message, delivery=sending.Delivery(State.FAILED, "late"), now=NOW + 14 * MINUTE)
    assert states() == {"k": State.SENDING}


@pytest.mark.django_db(transaction=True)
def test_several_senders_at_once_send_each_mail_once(server: MailSink) -> None:
    for number in range(40):
        queue(str(number))
    counts: list[dict[str, int]] = []

    def send() -> None:
        counts.append(send_due_mails(now=NOW))
        connection.close()

    threads = [threading.Thread(target=send) for _sender in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sum(count.get("sent", 0) for count in counts) == 40
    assert sorted(server.subjects) == sorted(f"Mail {number}" for number in range(40))
    assert set(states().values()) == {State.SENT}


@pytest.mark.django_db
def test_an_attachment_that_is_gone_fails_and_the_others_are_sent(server: MailSink) -> None:
    lost = queue("lost", attachment=b"%PDF", attachment_name="a.pdf")
    queue("fine")
    default_storage.delete(str(lost.attachment.name))
    assert send_due_mails(now=NOW) == {"failed": 1, "sent": 1}
    assert "FileNotFoundError" in OutboxMessage.objects.get(key="lost").error
    assert server.subjects == ["Mail fine"]


@pytest.mark.django_db
def test_a_head_that_cannot_be_written_fails_before_the_server_hears_of_it(server: MailSink) -> None:
    """Nobody can queue such a mail; if one is in the table all the same, it does not stop the others."""
    message = queue()
    OutboxMessage.objects.filter(pk=message.pk).update(subject="a\nBcc: b@example.com")
    assert send_due_mails(now=NOW) == {"failed": 1}
    assert server.conversations == 0


def test_what_an_error_means() -> None:
    cases = {
        smtplib.SMTPServerDisconnected("gone"): State.UNKNOWN,
        smtplib.SMTPNotSupportedError("no SMTPUTF8"): State.FAILED,
        smtplib.SMTPSenderRefused(452, b"later", "a@example.com"): State.QUEUED,
        smtplib.SMTPSenderRefused(550, b"never", "a@example.com"): State.FAILED,
        ValueError("no address"): State.FAILED,
        OSError("disk full"): State.QUEUED,
    }
    assert {error: mailing.state_after(error) for error in cases} == cases


@pytest.mark.django_db
def test_a_server_that_does_not_take_leave_has_taken_the_mail_all_the_same(
    server: MailSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.core.mail.backends.smtp import EmailBackend

    close = EmailBackend.close

    def rude(backend: EmailBackend) -> None:
        close(backend)
        raise smtplib.SMTPException("no bye")

    monkeypatch.setattr(EmailBackend, "close", rude)
    queue()
    assert send_due_mails(now=NOW) == {"sent": 1}


@pytest.mark.django_db
def test_a_pass_ends_after_its_time_and_the_next_one_goes_on(
    server: MailSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue()
    monkeypatch.setattr(sending, "PASS_SECONDS", 0)
    assert send_due_mails(now=NOW) == {}
    monkeypatch.undo()
    assert len(server.taken) == 0


@pytest.mark.django_db
def test_the_task_and_the_command_send(server: MailSink, capsys: pytest.CaptureFixture[str]) -> None:
    queue("task")
    send_queued_mails()
    queue("command")
    call_command("send_mails", "--json")
    assert capsys.readouterr().out == '{"sent": 1}\n'
    call_command("send_mails")
    assert "No mail was due." in capsys.readouterr().err
    queue("third")
    call_command("send_mails")
    assert "sent: 1" in capsys.readouterr().err
    assert set(states().values()) == {State.SENT}
