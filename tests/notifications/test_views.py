"""The bell and the outbox: what each person sees, and sending again."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.core.files.storage import default_storage
from django.test import Client

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.notifications.models import Notification, OutboxMessage
from creditrisk.notifications.services import notify, queue_mail, queue_robot_message
from tests.factories.customers import create_customer
from tests.factories.people import create_user
from tests.factories.robots import TOKEN, create_robot

State = OutboxMessage.State
OUTBOX = "/messages/outbox/"


def mail(key: str = "k", *, state: str = State.QUEUED, **fields: Any) -> OutboxMessage:
    values = {"to": "a@example.com", "subject": f"Mail {key}", "body": "<b>Text</b>", "language": "en"}
    message = queue_mail(key=key, **(values | fields))
    if state != State.QUEUED:
        OutboxMessage.objects.filter(pk=message.pk).update(
            state=state,
            claimed_at=message.created_at,
            sent_at=message.created_at if state in (State.SENT, State.BOUNCED) else None,
            bounced_at=message.created_at if state == State.BOUNCED else None,
            error="SMTPDataError: 550 <no>",
        )
    message.refresh_from_db()
    return message


@pytest.fixture
def admin(client: Client) -> User:
    person = create_user(Role.ADMINISTRATOR)
    client.force_login(person)
    return person


@pytest.mark.django_db
def test_the_bell_lists_one_s_own_messages_and_opening_one_reads_it(client: Client) -> None:
    person, other = create_user(), create_user()
    notify(users=[person], title="Your <review>", url="/customers/", key="1")
    notify(users=[other], title="Another one", url="/customers/", key="2")
    client.force_login(person)
    html = client.get("/messages/").content.decode()
    assert "Your &lt;review&gt;" in html
    assert "Another one" not in html
    mine = Notification.objects.get(user=person)
    response = client.get(f"/messages/{mine.pk}/")
    assert (response.status_code, response["Location"]) == (302, "/customers/")
    mine.refresh_from_db()
    assert mine.read_at is not None
    theirs = Notification.objects.get(user=other)
    assert client.get(f"/messages/{theirs.pk}/").status_code == 404
    theirs.refresh_from_db()
    assert theirs.read_at is None


@pytest.mark.django_db
@pytest.mark.parametrize("url", ["", "//evil.example/", "https://evil.example/", "javascript:alert(1)"])
def test_a_message_leads_nowhere_but_into_the_product(client: Client, url: str) -> None:
    person = create_user()
    notify(users=[person], title="T", url=url, key="1")
    client.force_login(person)
    response = client.get(f"/messages/{Notification.objects.get().pk}/")
    assert response["Location"] == "/messages/"


@pytest.mark.django_db
def test_all_messages_are_marked_as_read(client: Client) -> None:
    person = create_user()
    for key in "12":
        notify(users=[person], title="T", url="", key=key)
    client.force_login(person)
    assert client.get("/messages/read/").status_code == 405
    response = client.post("/messages/read/")
    assert response["Location"] == "/messages/"
    assert [str(message) for message in get_messages(response.wsgi_request)] == ["2 messages marked as read."]
    assert not Notification.objects.filter(read_at__isnull=True).exists()


@pytest.mark.django_db
def test_a_service_manager_sees_the_mails_to_his_customers_and_no_other(client: Client) -> None:
    manager = create_user(Role.SERVICE_MANAGER)
    mine = mail("mine", customer_number=create_customer(service_manager=manager).number, attachment=b"%PDF")
    other = mail("other", customer_number=create_customer().number, attachment=b"%PDF", state=State.FAILED)
    client.force_login(manager)
    html = client.get(OUTBOX).content.decode()
    assert "Mail mine" in html
    assert "Mail other" not in html
    for path in ("", "attachment/"):
        assert client.get(f"{OUTBOX}{mine.pk}/{path}").status_code == 200
        assert client.get(f"{OUTBOX}{other.pk}/{path}").status_code == 404
    assert client.post(f"{OUTBOX}{other.pk}/again/").status_code == 404
    other.refresh_from_db()
    assert other.state == State.FAILED


@pytest.mark.django_db
def test_the_outbox_is_narrowed_by_state_customer_text_and_days(client: Client, admin: User) -> None:
    sent, failed = mail("one", state=State.SENT, customer_number="C1"), mail("two", state=State.FAILED)
    OutboxMessage.objects.filter(pk=sent.pk).update(
        created_at=dt.datetime(2026, 1, 31, 15, 59, tzinfo=dt.UTC)
    )

    def found(query: str) -> set[str]:
        html = client.get(f"{OUTBOX}?{query}").content.decode()
        return {message.key for message in (sent, failed) if message.subject in html}

    assert found("") == {"one", "two"}
    assert found("state=failed") == {"two"}
    assert found("customer=c1") == {"one"}
    assert found("q=ONE") == {"one"}
    assert found("q=a@example") == {"one", "two"}
    # 15:59 UTC is 23:59 of the same day in Shanghai.
    assert found("recorded_to=2026-01-31") == {"one"}
    assert found("recorded_from=2026-02-01") == {"two"}
    assert found("body__contains=nothing&sort=requeued_by__password") == {"one", "two"}


@pytest.mark.django_db
def test_a_mail_shows_its_text_and_what_the_server_said_and_runs_nothing_of_it(
    client: Client, admin: User
) -> None:
    html = client.get(f"{OUTBOX}{mail(state=State.FAILED).pk}/").content.decode()
    assert "&lt;b&gt;Text&lt;/b&gt;" in html
    assert "550 &lt;no&gt;" in html


@pytest.mark.django_db
@pytest.mark.parametrize("state", list(State))
def test_send_again_is_offered_for_a_mail_that_ended_badly(client: Client, admin: User, state: State) -> None:
    message = mail(state=state)
    address = f"{OUTBOX}{message.pk}/again/"
    assert (address in client.get(f"{OUTBOX}{message.pk}/").content.decode()) == (
        state in OutboxMessage.FINISHED_BADLY
    )


@pytest.mark.django_db
def test_an_administrator_sends_again_and_a_second_click_changes_nothing(client: Client, admin: User) -> None:
    message = mail(state=State.UNKNOWN)
    for _twice in range(2):
        response = client.post(f"{OUTBOX}{message.pk}/again/")
        assert response["Location"] == f"{OUTBOX}{message.pk}/"
    message.refresh_from_db()
    assert (message.state, message.requeued_by) == (State.QUEUED, admin)
    assert "queued again" in client.get(f"{OUTBOX}{message.pk}/").content.decode()


@pytest.mark.django_db
def test_who_may_not_send_again_sees_why(client: Client) -> None:
    leader = create_user(Role.GROUP_LEADER)
    message = mail(state=State.FAILED)
    client.force_login(leader)
    html = client.get(f"{OUTBOX}{message.pk}/").content.decode()
    assert "sends a mail again" in html
    assert "again/" not in html
    assert client.post(f"{OUTBOX}{message.pk}/again/").status_code == 403
    message.refresh_from_db()
    assert message.state == State.FAILED


@pytest.mark.django_db
def test_the_pdf_is_a_download_and_a_missing_one_is_not_found(client: Client, admin: User) -> None:
    message = mail(attachment=b"%PDF-1", attachment_name="催款函.pdf")
    response = client.get(f"{OUTBOX}{message.pk}/attachment/")
    assert response.content == b"%PDF-1"
    assert response["Content-Disposition"].startswith("attachment;")
    assert response["Content-Type"] == "application/pdf"
    assert response["X-Content-Type-Options"] == "nosniff"
    default_storage.delete(str(message.attachment.name))
    assert client.get(f"{OUTBOX}{message.pk}/attachment/").status_code == 404
    assert client.get(f"{OUTBOX}{mail('bare').pk}/attachment/").status_code == 404


@pytest.mark.django_db
def test_the_pages_need_a_log_in(client: Client) -> None:
    for path in ("/messages/", OUTBOX, f"{OUTBOX}1/", f"{OUTBOX}1/attachment/"):
        assert client.get(path).status_code == 302


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/messages/", OUTBOX])
def test_full_pages_cost_a_constant_number_of_queries(
    client: Client, django_assert_max_num_queries: Any, path: str
) -> None:
    manager = create_user(Role.SERVICE_MANAGER)
    number = create_customer(service_manager=manager).number
    for serial in range(60):
        mail(str(serial), state=State.FAILED, customer_number=number)
        notify(users=[manager], title=f"T{serial}", url="", key=str(serial))
    client.force_login(manager)
    with django_assert_max_num_queries(12):
        assert client.get(path).status_code == 200


@pytest.mark.django_db
def test_the_administration_shows_mails_and_changes_none(client: Client, admin: User) -> None:
    message = mail(state=State.FAILED)
    assert client.get("/admin/notifications/outboxmessage/").status_code == 200
    assert client.get(f"/admin/notifications/outboxmessage/{message.pk}/change/").status_code == 200
    for path in ("add/", f"{message.pk}/delete/"):
        assert client.post(f"/admin/notifications/outboxmessage/{path}").status_code == 403
    assert (
        client.post(f"/admin/notifications/outboxmessage/{message.pk}/change/", {"state": "sent"}).status_code
        == 403
    )


@pytest.mark.django_db
def test_a_mail_that_ended_badly_is_sent_elsewhere_and_both_pages_say_so(client: Client, admin: User) -> None:
    failed = mail("bad", state=State.FAILED)
    page = client.get(f"{OUTBOX}{failed.pk}/").content.decode()
    assert "Send to another address" in page
    assert "It came back" not in page
    for data in ({"to": "nobody"}, {"to": "A@example.com"}, {"to": "b@x.example", "state": "sent"}, {}):
        assert client.post(f"{OUTBOX}{failed.pk}/elsewhere/", data).status_code == 400
    for _twice in range(2):
        sent = client.post(f"{OUTBOX}{failed.pk}/elsewhere/", {"to": "b@x.example"})
        copy = OutboxMessage.objects.get(replaces=failed)
        assert (sent.status_code, sent["Location"]) == (302, f"{OUTBOX}{copy.pk}/")
    page = client.get(f"{OUTBOX}{failed.pk}/").content.decode()
    assert "A copy went to b@x.example instead." in page
    assert "sent elsewhere" in page
    assert "Send again" not in page
    assert "In place of" in client.get(f"{OUTBOX}{copy.pk}/").content.decode()
    assert client.post(f"{OUTBOX}{failed.pk}/again/").status_code == 409


@pytest.mark.django_db
def test_a_sent_mail_is_noted_as_bounced(client: Client, admin: User) -> None:
    sent = mail("sent", state=State.SENT)
    assert "It came back" in client.get(f"{OUTBOX}{sent.pk}/").content.decode()
    assert client.post(f"{OUTBOX}{sent.pk}/bounced/", {"reason": ""}).status_code == 400
    for _twice in range(2):
        response = client.post(f"{OUTBOX}{sent.pk}/bounced/", {"reason": "he <left>"})
        assert response["Location"] == f"{OUTBOX}{sent.pk}/"
    page = client.get(f"{OUTBOX}{sent.pk}/").content.decode()
    assert "he &lt;left&gt;" in page
    assert "The mail came back" in page
    assert "Send to another address" in page
    assert client.post(f"{OUTBOX}{mail('q').pk}/bounced/", {"reason": "no"}).status_code == 409


@pytest.mark.django_db
def test_the_outbox_shows_channels_what_is_held_and_the_dry_run(client: Client, admin: User) -> None:
    robot = create_robot(name="Group")
    queue_robot_message(key="r", robot=robot, mention="zhao", text="Robot's text", language="en")
    held, tried = mail("held", customer_number="C1"), mail("tried", state=State.SENT, customer_number="C1")
    opening = dt.datetime(2026, 11, 30, 0, 0, tzinfo=dt.UTC)
    OutboxMessage.objects.filter(pk=held.pk).update(next_attempt_at=opening)
    OutboxMessage.objects.filter(pk=tried.pk).update(dry_run_to="dry@x.example")
    page = client.get(OUTBOX).content.decode()
    for part in ("held until 2026-11-30 08:00", "WeCom", "state-dry_run"):
        assert part in page
    assert "Mail held" not in client.get(f"{OUTBOX}?channel=wecom").content.decode()
    assert "this one waits until 2026-11-30 08:00" in client.get(f"{OUTBOX}{held.pk}/").content.decode()
    assert (
        "went to dry@x.example and not to the customer" in client.get(f"{OUTBOX}{tried.pk}/").content.decode()
    )
    message = OutboxMessage.objects.get(channel="wecom")
    OutboxMessage.objects.filter(pk=message.pk).update(state=State.FAILED)
    page = client.get(f"{OUTBOX}{message.pk}/").content.decode()
    assert "Group" in page
    assert "The robot did not take the message" in page
    assert TOKEN not in page
    assert str(robot) == "Group (WeCom)"


@pytest.mark.django_db
def test_the_outbox_as_a_file_holds_what_the_filter_leaves_and_no_secret(client: Client, admin: User) -> None:
    queue_robot_message(key="r", robot=create_robot(), mention="zhao", text="=cmd()", language="en")
    mail("failed", state=State.FAILED)
    mail("sent", state=State.SENT)
    rows = client.get(f"{OUTBOX}?format=csv&state=failed").getvalue().decode("utf-8-sig")  # type: ignore[attr-defined]
    assert rows.startswith("Subject,Channel,To,Customer,State,Attempts,Recorded,Sent,")
    assert "Mail failed,e-mail,a@example.com" in rows
    assert "Mail sent" not in rows
    rows = client.get(f"{OUTBOX}?format=csv").getvalue().decode("utf-8-sig")  # type: ignore[attr-defined]
    assert "'=cmd(),WeCom,zhao" in rows
    assert TOKEN not in rows
    book = client.get(f"{OUTBOX}?format=xlsx").getvalue()  # type: ignore[attr-defined]
    assert book.startswith(b"PK")
