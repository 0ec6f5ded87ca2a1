"""Letters that do not arrive go to the customer's next address, one at a time, and in the end to the post (P5.2.3)."""

from __future__ import annotations

import datetime as dt
import threading
from contextlib import suppress
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.exceptions import ConflictError, InvalidInputError
from creditrisk.home.selectors import start_page
from creditrisk.notifications.models import Notification, OutboxMessage
from creditrisk.notifications.services import (
    mark_bounced,
    requeue_mail,
    send_due_mails,
    send_to_other_address,
)
from customers.models import Contact, Customer, CustomerState
from receivables.models import DunningNotice
from receivables.selectors.delivery import attempts_of
from receivables.selectors.dunning import notice_list
from receivables.services.delivery import fall_back_letters
from receivables.services.dunning import run_dunning
from receivables.services.posting import mark_posted
from tests.factories.customers import create_active_customer
from tests.factories.people import create_user
from tests.factories.reports import Line, create_report
from tests.factories.smtp import MailSink, mail_sink

State = OutboxMessage.State
DUE = dt.date(2026, 3, 2)
ISSUED = dt.date(2026, 3, 3)
NOW = dt.datetime(2026, 3, 3, 9, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
FIRST, SECOND, THIRD = "first@x.example", "second@x.example", "third@x.example"

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager() -> User:
    return create_user(Role.SERVICE_MANAGER, email="csm@company.example", language="en")


def debtor(manager: User | None, *contacts: tuple[str, dict[str, Any]], email: str = FIRST) -> Customer:
    """Return a customer whose main finance contact is at FIRST, with others beside him."""
    customer = create_active_customer(finance_email=email, service_manager=manager)
    for address, fields in contacts:
        author = manager or create_user()
        values = {"kind": "finance", "email": address, "name": address[:3], "created_by": author}
        Contact.objects.create(customer=customer, **(values | fields))
    return customer


def letters_to(*customers: Customer) -> list[DunningNotice]:
    create_report(as_of=ISSUED, lines=[Line(customer, DUE, document="I") for customer in customers])
    assert run_dunning(on=ISSUED, by=None).errors == ()
    return [DunningNotice.objects.get(customer=customer) for customer in customers]


def letter_to(customer: Customer) -> DunningNotice:
    (letter,) = letters_to(customer)
    return letter


def reload(letter: DunningNotice) -> DunningNotice:
    return DunningNotice.objects.select_related("message").get(pk=letter.pk)


def end(letter: DunningNotice, state: str) -> OutboxMessage:
    """Let the letter's last mail have ended in `state`."""
    message = reload(letter).message
    assert message is not None
    OutboxMessage.objects.filter(pk=message.pk).update(
        state=state,
        claimed_at=NOW,
        error="550",
        sent_at=NOW if state in (State.SENT, State.BOUNCED) else None,
        bounced_at=NOW if state == State.BOUNCED else None,
    )
    message.refresh_from_db()
    return message


def went_to(letter: DunningNotice) -> list[str]:
    return [attempt.to for attempt in attempts_of(reload(letter))]


def titles(person: User) -> list[str]:
    return list(
        Notification.objects.filter(user=person, key__startswith="letter-to-post").values_list(
            "title", flat=True
        )
    )


# Where a letter goes first


@pytest.mark.parametrize(
    ("contacts", "email", "expected"),
    [
        ([], FIRST, FIRST),
        ([], "", ""),
        ([(SECOND, {})], "", SECOND),
        ([(SECOND, {"letter_order": 1})], FIRST, SECOND),
        ([(SECOND, {"kind": "business", "letter_order": 1})], FIRST, FIRST),
        ([(SECOND, {"letter_order": 1, "retired_at": NOW})], FIRST, FIRST),
        ([(FIRST, {"is_main": True, "preferred_channel": "post"}), (SECOND, {})], FIRST, ""),
        ([(FIRST, {"is_main": True, "preferred_channel": "phone"})], FIRST, FIRST),
        ([(FIRST, {"is_main": True}), (SECOND, {})], FIRST, FIRST),
        ([("not an address", {"letter_order": 1})], FIRST, FIRST),
    ],
)
def test_where_a_letter_goes_first(
    manager: User, contacts: list[tuple[str, dict[str, Any]]], email: str, expected: str
) -> None:
    for _address, fields in contacts:
        if "retired_at" in fields:
            fields["retired_by"] = manager
    letter = letter_to(debtor(manager, *contacts, email=email))
    assert (letter.message.to if letter.message else "") == expected
    assert letter.delivery == ("queued" if expected else "to_post")


# Where it goes next


@pytest.mark.parametrize("state", [State.FAILED, State.BOUNCED])
def test_a_letter_that_did_not_arrive_goes_to_each_address_once_and_then_to_the_post(
    manager: User, state: str
) -> None:
    letter = letter_to(debtor(manager, (SECOND, {}), (THIRD, {})))
    for expected in ([FIRST, SECOND], [FIRST, SECOND, THIRD]):
        before = end(letter, state)
        assert fall_back_letters(now=NOW) == 1
        assert fall_back_letters(now=NOW) == 0
        assert went_to(letter) == expected
        current = reload(letter)
        assert (current.delivery, current.sent_on) == ("queued", None)
        assert current.message is not None
        assert current.message.attachment.name == before.attachment.name
    end(letter, state)
    assert titles(manager) == []
    assert fall_back_letters(now=NOW) == 1
    current = reload(letter)
    assert (current.delivery, current.to_post, went_to(letter)) == ("to_post", True, [FIRST, SECOND, THIRD])
    assert titles(manager) == [f"{letter.number} to {letter.customer.name} did not arrive by mail: post it."]
    assert fall_back_letters(now=NOW) == 0
    assert [notice.delivery_state for notice in notice_list(create_user(Role.FINANCE_CLERK))] == ["to_post"]
    assert start_page(user=manager, today=ISSUED).notices_to_post == 1
    assert start_page(user=manager, today=ISSUED).mails_in_trouble == 1


@pytest.mark.parametrize("state", [State.QUEUED, State.SENDING, State.SENT, State.UNKNOWN])
def test_what_may_have_arrived_or_is_under_way_never_falls_back(manager: User, state: str) -> None:
    letter = letter_to(debtor(manager, (SECOND, {})))
    end(letter, state)
    assert fall_back_letters(now=NOW + 300 * DAY) == 0
    assert went_to(letter) == [FIRST]


def test_without_a_manager_nobody_is_told_and_the_letter_waits_to_be_posted() -> None:
    letter = letter_to(debtor(None))
    end(letter, State.FAILED)
    assert fall_back_letters(now=NOW) == 1
    assert reload(letter).delivery == "to_post"
    assert not Notification.objects.filter(key__startswith="letter-to-post").exists()


@pytest.mark.parametrize(("days", "expected"), [(14, [FIRST, SECOND]), (15, [FIRST])])
def test_an_old_letter_is_not_mailed_anew(manager: User, days: int, expected: list[str]) -> None:
    letter = letter_to(debtor(manager, (SECOND, {})))
    end(letter, State.BOUNCED)
    assert fall_back_letters(now=NOW + days * DAY) == 1
    assert went_to(letter) == expected
    assert reload(letter).to_post is (days == 15)


def test_a_customer_whose_file_was_closed_meanwhile_gets_no_other_mail(manager: User) -> None:
    letter = letter_to(debtor(manager, (SECOND, {})))
    end(letter, State.FAILED)
    Customer.objects.filter(pk=letter.customer_id).update(state=CustomerState.CLOSED)
    assert fall_back_letters(now=NOW) == 1
    assert (went_to(letter), reload(letter).delivery) == ([FIRST], "to_post")


def test_a_posted_letter_and_a_dry_run_do_not_fall_back(manager: User) -> None:
    posted, tried = letters_to(*(debtor(manager, (SECOND, {})) for _number in range(2)))
    end(posted, State.FAILED)
    mark_posted(notice=posted, on=ISSUED, by=manager)
    OutboxMessage.objects.filter(pk=end(tried, State.FAILED).pk).update(dry_run_to="dry@x.example")
    assert fall_back_letters(now=NOW) == 0
    assert (went_to(posted), went_to(tried)) == ([FIRST], [FIRST])


def test_a_failure_that_was_settled_meanwhile_is_left_alone(
    manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list of letters is read first; what changed until its turn comes is seen under the lock."""
    from receivables.services import delivery

    letter = letter_to(debtor(manager, (SECOND, {})))
    monkeypatch.setattr(delivery, "letters_not_arrived", lambda: [letter.pk])
    for settle in (
        lambda: end(letter, State.QUEUED),
        lambda: end(letter, State.UNKNOWN),
        lambda: DunningNotice.objects.filter(pk=letter.pk).update(to_post=True),
    ):
        end(letter, State.FAILED)
        settle()
        assert fall_back_letters(now=NOW) == 0
    assert went_to(letter) == [FIRST]


def test_a_person_who_sends_it_elsewhere_keeps_the_chain_on_the_letter(manager: User) -> None:
    letter = letter_to(debtor(manager))
    message = end(letter, State.UNKNOWN)
    copy = send_to_other_address(message=message, to=THIRD, by=manager, now=NOW)
    current = reload(letter)
    assert (current.message, went_to(letter)) == (copy, [FIRST, THIRD])
    end(letter, State.BOUNCED)
    assert fall_back_letters(now=NOW) == 1
    assert reload(letter).delivery == "to_post"


def test_a_letter_left_to_the_post_can_be_mailed_again_by_a_person(manager: User) -> None:
    letter = letter_to(debtor(manager))
    message = end(letter, State.FAILED)
    fall_back_letters(now=NOW)
    requeue_mail(message=message, by=manager, now=NOW)
    assert reload(letter).delivery == "queued"
    end(letter, State.FAILED)
    assert fall_back_letters(now=NOW) == 0
    assert (reload(letter).delivery, len(titles(manager))) == ("to_post", 1)


def use(settings: Any, sink: MailSink) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", sink.port, 1


def test_the_sender_itself_lets_a_refused_letter_go_on(settings: Any, manager: User) -> None:
    """550 to the first: the pass that hears it queues the second, the next pass sends it."""
    letter = letter_to(debtor(manager, (SECOND, {})))
    OutboxMessage.objects.exclude(dunning_notice=letter).delete()
    with mail_sink(answer=lambda number: b"550 no such user" if number == 1 else b"250 taken") as sink:
        use(settings, sink)
        assert send_due_mails(now=NOW) == {"failed": 1}
        assert send_due_mails(now=NOW) == {"sent": 1}
        assert [mail["To"] for mail in sink.taken] == [SECOND]
    assert (reload(letter).delivery, reload(letter).sent_on) == ("sent", ISSUED)


@pytest.mark.django_db(transaction=True)
def test_a_bounce_by_hand_falls_back_at_once(manager: User) -> None:
    letter = letter_to(debtor(manager, (SECOND, {})))
    message = end(letter, State.SENT)
    mark_bounced(message=message, reason="he has left", by=manager, now=NOW)
    assert went_to(letter) == [FIRST, SECOND]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_several_senders_let_a_letter_go_on_once(manager: User) -> None:
    letter = letter_to(debtor(manager, (SECOND, {}), (THIRD, {})))
    end(letter, State.FAILED)
    moved: list[int] = []

    def fall_back() -> None:
        moved.append(fall_back_letters(now=NOW))
        connection.close()

    threads = [threading.Thread(target=fall_back) for _number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sum(moved) == 1
    assert went_to(letter) == [FIRST, SECOND]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_posting_and_falling_back_at_once_never_do_both(manager: User) -> None:
    for letter in letters_to(*(debtor(manager, (SECOND, {})) for _number in range(10))):
        end(letter, State.FAILED)
        barrier = threading.Barrier(2)

        def post(letter: DunningNotice = letter, barrier: threading.Barrier = barrier) -> None:
            barrier.wait()
            with suppress(ConflictError):
                mark_posted(notice=letter, on=ISSUED, by=manager)
            connection.close()

        def fall_back(barrier: threading.Barrier = barrier) -> None:
            barrier.wait()
            fall_back_letters(now=NOW)
            connection.close()

        threads = [threading.Thread(target=post), threading.Thread(target=fall_back)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        is_posted = reload(letter).posted_on is not None
        assert went_to(letter) == ([FIRST] if is_posted else [FIRST, SECOND])


# What counts as sent (P5.2.3: seven days between a letter and a final demand)


def stages(on: dt.date) -> list[str]:
    result = run_dunning(on=on, by=None)
    assert result.errors == ()
    return [notice.stage for notice in result.notices]


def test_a_letter_that_bounced_was_not_sent(manager: User) -> None:
    """Sent on 3 March, came back; sent to the second address on 20 March: the final demand comes on 27 March."""
    letter = letter_to(debtor(manager, (SECOND, {})))
    end(letter, State.BOUNCED)
    assert (reload(letter).delivery, reload(letter).sent_on) == ("bounced", None)
    assert stages(dt.date(2026, 3, 20)) == []
    fall_back_letters(now=NOW)
    message = end(letter, State.SENT)
    OutboxMessage.objects.filter(pk=message.pk).update(sent_at=dt.datetime(2026, 3, 20, 4, tzinfo=dt.UTC))
    assert stages(dt.date(2026, 3, 26)) == []
    assert stages(dt.date(2026, 3, 27)) == ["final_demand"]


def test_a_letter_of_a_dry_run_was_not_sent(manager: User) -> None:
    letter = letter_to(debtor(manager))
    OutboxMessage.objects.filter(pk=end(letter, State.SENT).pk).update(dry_run_to="dry@x.example")
    assert (reload(letter).delivery, reload(letter).sent_on) == ("dry_run", None)
    assert [notice.delivery_state for notice in notice_list(create_user(Role.FINANCE_CLERK))] == ["dry_run"]
    assert stages(dt.date(2026, 4, 20)) == []
    assert mark_posted(notice=letter, on=ISSUED, by=manager).sent_on == ISSUED
    assert stages(dt.date(2026, 4, 20)) == ["final_demand"]


# By hand


@pytest.mark.parametrize(
    ("way", "number", "code"),
    [
        ("post", "", None),
        ("post", "XA 123", None),
        ("courier", "SF1234567890", None),
        ("courier", " ", "notice.tracking_missing"),
        ("fax", "", None),
        ("fax", "1", "notice.no_tracking"),
        ("handed_over", "", None),
        ("handed_over", "1", "notice.no_tracking"),
        ("pigeon", "", "notice.way"),
    ],
)
def test_the_ways_by_hand(manager: User, way: str, number: str, code: str | None) -> None:
    letter = letter_to(debtor(manager, email=""))
    if code:
        with pytest.raises(InvalidInputError) as refusal:
            mark_posted(notice=letter, on=ISSUED, by=manager, way=way, tracking_number=number)
        assert refusal.value.code == code
        return
    for _twice in range(2):
        posted = mark_posted(notice=letter, on=ISSUED, by=manager, way=way, tracking_number=number)
    assert (posted.posted_by_way, posted.tracking_number, posted.sent_on) == (way, number.strip(), ISSUED)
    with pytest.raises(ConflictError):
        mark_posted(notice=letter, on=ISSUED, by=manager, way=way, tracking_number="9")


# The pages


def test_the_letter_shows_its_attempts_and_takes_the_way(client: Client, manager: User) -> None:
    letter = letter_to(debtor(manager, (SECOND, {})))
    end(letter, State.FAILED)
    fall_back_letters(now=NOW)
    end(letter, State.BOUNCED)
    client.force_login(manager)
    page = f"/receivables/letters/{letter.pk}/"
    assert "next address in a moment" in client.get(page).content.decode()
    fall_back_letters(now=NOW)
    html = client.get(page).content.decode()
    for part in (FIRST, SECOND, "state-failed", "state-bounced", "reached no mail address", "550"):
        assert part in html
    data = {"posted_on": "2026-03-04", "way": "courier", "tracking_number": ""}
    refused = client.post(f"{page}posted/", data)
    assert (refused.status_code, "Give the courier" in refused.content.decode()) == (400, True)
    assert client.post(f"{page}posted/", data | {"tracking_number": "SF1"}).status_code == 302
    html = client.get(page).content.decode()
    assert "by courier" in html
    assert "SF1" in html
    rows = client.get("/receivables/letters/?format=csv").getvalue().decode("utf-8-sig")  # type: ignore[attr-defined]
    assert f"{SECOND},2026-03-04,by courier,SF1" in rows


def test_the_pages_say_that_it_is_a_dry_run(client: Client, settings: Any, manager: User) -> None:
    letter = letter_to(debtor(manager))
    OutboxMessage.objects.filter(pk=end(letter, State.SENT).pk).update(dry_run_to="dry@x.example")
    client.force_login(create_user(Role.ADMINISTRATOR, Role.FINANCE_CLERK))
    pages = (f"/receivables/letters/{letter.pk}/", "/receivables/letters/", "/messages/outbox/")
    for page in pages:
        assert "Dry run: mails to customers go to" not in client.get(page).content.decode()
    settings.CREDITRISK_CUSTOMER_MAILS_DRY_RUN_TO = "dry@x.example"
    for page in pages:
        assert "Dry run: mails to customers go to dry@x.example" in client.get(page).content.decode()
    assert "does not count as sent" in client.get(pages[0]).content.decode()


def test_the_number_of_queries_of_the_letters_does_not_grow(
    client: Client, django_assert_max_num_queries: Any, manager: User
) -> None:
    client.force_login(manager)
    for letter in letters_to(*(debtor(manager, (SECOND, {})) for _number in range(12))):
        end(letter, State.FAILED)
    fall_back_letters(now=NOW)
    with django_assert_max_num_queries(20):
        assert client.get("/receivables/letters/").status_code == 200
    assert timezone.localdate(NOW) == ISSUED


@pytest.mark.parametrize("state", ["failed", "bounced", "unknown"])
def test_a_letter_that_was_posted_is_not_mailed_again_by_anybody(manager: User, state: str) -> None:
    """Its mail leaves the list of what is in trouble; sending it again, or elsewhere, is refused with the reason."""
    letter = letter_to(debtor(manager))
    message = end(letter, state)
    mark_posted(notice=reload(letter), on=ISSUED + DAY, by=manager)
    message.refresh_from_db()
    assert message not in OutboxMessage.objects.in_trouble()
    for act in (requeue_mail, send_to_other_address):
        more = {"to": "other@x.example"} if act is send_to_other_address else {}
        with pytest.raises(ConflictError) as refused:
            act(message=message, by=manager, now=timezone.now(), **more)
        assert refused.value.code == "mail.settled"
