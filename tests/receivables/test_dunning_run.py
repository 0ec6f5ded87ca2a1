"""The dunning run on PostgreSQL: stages over the days, one letter per stage and currency, numbers, messages."""

from __future__ import annotations

import datetime as dt
import threading
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import pgtrigger
import pytest
from django.apps import apps
from django.core.files.storage import default_storage
from django.db import DatabaseError, connection
from django.utils import timezone

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.company.services import save_company
from creditrisk.exceptions import ConflictError, InvalidInputError, NotAllowedError
from creditrisk.notifications.models import Notification, OutboxMessage
from creditrisk.policy.selectors import policy_version_on
from customers.models import Customer, CustomerState
from customers.services import ItemInDispute, open_item_dispute
from receivables.dunning_result import DunningWarning
from receivables.models import CooperationProposal, DunnedItem, DunningNotice, OpenItem, Report, ReportState
from receivables.selectors.dunning import dunning_result_on, notices_of, stored_pdf
from receivables.services import dunning, letters
from receivables.services.dunning import run_dunning
from receivables.services.posting import mark_posted
from tests.factories.customers import create_active_customer, create_contract, create_customer
from tests.factories.people import create_user
from tests.factories.reports import Line, create_report
from tests.receivables.pdf_text import pdf_text

DUE = dt.date(2026, 3, 2)
AS_OF = dt.date(2026, 2, 1)


def day(days: int, due_on: dt.date = DUE) -> dt.date:
    """Return the date that is `days` past due."""
    return due_on + dt.timedelta(days=days)


def debtor(**fields: Any) -> Customer:
    """Return an active customer with a mail address."""
    return create_active_customer(**({"finance_email": "finance@customer.example"} | fields))


def run(on: dt.date) -> list[tuple[str, str]]:
    """Run dunning; return stage and document of what the day's notices list."""
    result = run_dunning(on=on, by=None)
    assert result.errors == ()
    return [(notice.stage, item.document) for notice in result.notices for item in notice.items]


def send_all(on: dt.date) -> None:
    """Let every queued mail have been sent at noon of `on`."""
    noon = timezone.make_aware(dt.datetime.combine(on, dt.time(12)))
    OutboxMessage.objects.filter(state="queued").update(state="sent", sent_at=noon)


def owing(customer: Customer, **fields: Any) -> Report:
    """Return a report in which the customer owes INV-1, due on DUE."""
    return create_report(as_of=AS_OF, lines=[Line(customer, DUE, document="INV-1", **fields)])


@pytest.mark.django_db
def test_an_item_goes_through_the_stages_day_by_day_and_each_mail_is_sent_the_same_day() -> None:
    """−7 reminder, 1 letter, 15 final demand (the letter was sent 14 days before); nothing on any other day."""
    owing(debtor())
    entered = {}
    for days in range(-8, 41):
        if listed := run(day(days)):
            entered[days] = listed
        send_all(day(days))
    assert entered == {
        -7: [("reminder", "INV-1")],
        1: [("dunning_letter", "INV-1")],
        15: [("final_demand", "INV-1")],
    }
    assert list(DunningNotice.objects.order_by("pk").values_list("number", flat=True)) == [
        None,
        "DL-2026-000001",
        "DL-2026-000002",
    ]


@pytest.mark.django_db
def test_an_old_item_gets_its_letter_first_and_the_final_demand_seven_days_after_it_was_sent() -> None:
    """First seen at 20 days; the letter is sent at 23; at 29 it is 6 days old, at 30 it is 7."""
    owing(debtor())
    assert run(day(20)) == [("dunning_letter", "INV-1")]
    assert [run(day(days)) for days in (21, 22)] == [[], []]
    send_all(day(23))
    assert [run(day(days)) for days in (23, 29)] == [[], []]
    assert run(day(30)) == [("final_demand", "INV-1")]


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["queued", "sending", "failed", "unknown"])
def test_a_letter_that_is_not_known_to_be_sent_is_followed_by_nothing(state: str) -> None:
    owing(debtor())
    run(day(1))
    OutboxMessage.objects.update(state=state, claimed_at=timezone.now())
    assert run(day(300)) == []


@pytest.mark.django_db
@pytest.mark.parametrize(("days", "expected"), [(26, []), (27, [("final_demand", "INV-1")])])
def test_a_letter_that_was_posted_counts_from_that_day(days: int, expected: list[tuple[str, str]]) -> None:
    """Issued at 15 days, posted at 20: 26 is 6 days later, 27 is 7."""
    clerk = create_user(Role.FINANCE_CLERK)
    owing(debtor(finance_email=""))
    run(day(15))
    notice = DunningNotice.objects.get()
    assert (notice.message, notice.delivery, notice.sent_on) == (None, "to_post", None)
    posted = mark_posted(notice=notice, on=day(20), by=clerk)
    assert (posted.delivery, posted.sent_on, posted.posted_by) == ("posted", day(20), clerk)
    assert run(day(days)) == expected


@pytest.mark.django_db
def test_a_mail_sent_at_night_counts_for_the_company_s_day() -> None:
    """2026-03-16 16:30 UTC is 00:30 of 17 March in Shanghai: seven days after it is 24 March, not 23."""
    owing(debtor())
    run(day(14))
    OutboxMessage.objects.update(state="sent", sent_at=dt.datetime(2026, 3, 16, 16, 30, tzinfo=dt.UTC))
    assert run(dt.date(2026, 3, 23)) == []
    assert run(dt.date(2026, 3, 24)) == [("final_demand", "INV-1")]


@pytest.mark.django_db
@pytest.mark.parametrize("due_on", [dt.date(2028, 2, 28), dt.date(2026, 1, 31), dt.date(2026, 12, 31)])
def test_months_leap_days_and_years_are_only_days(due_on: dt.date) -> None:
    create_report(as_of=dt.date(2025, 1, 1), lines=[Line(debtor(), due_on, document="I")])
    assert run(due_on) == [("reminder", "I")]
    assert run(day(1, due_on)) == [("dunning_letter", "I")]
    send_all(day(8, due_on))
    assert run(day(14, due_on)) == []
    assert run(day(15, due_on)) == [("final_demand", "I")]


@pytest.mark.django_db
def test_the_result_is_what_the_command_line_promises() -> None:
    """0.10 + 1,000.20 = 1,000.30 in one letter; another currency is another letter; the reminder is apart."""
    customer, other = debtor(number="C1"), debtor(number="C2")
    lines = [
        Line(customer, DUE, "0.10", "B"),
        Line(customer, day(-39), "1000.20", "A"),
        Line(customer, DUE, "5.00", "C", currency="USD"),
        Line(other, day(3), "30.00", "D"),
    ]
    create_report(as_of=AS_OF, lines=lines)
    result = run_dunning(on=day(1), by=None)
    assert result.as_json() == {
        "letters": [
            {
                "stage": "dunning_letter",
                "customer": "C1",
                "currency": "CNY",
                "amount": "1000.30",
                "items": [
                    {"document": "A", "due_on": "2026-01-22", "days_overdue": 40, "amount": "1000.20"},
                    {"document": "B", "due_on": "2026-03-02", "days_overdue": 1, "amount": "0.10"},
                ],
            },
            {
                "stage": "dunning_letter",
                "customer": "C1",
                "currency": "USD",
                "amount": "5.00",
                "items": [{"document": "C", "due_on": "2026-03-02", "days_overdue": 1, "amount": "5.00"}],
            },
        ],
        "reminders": [
            {
                "stage": "reminder",
                "customer": "C2",
                "currency": "CNY",
                "amount": "30.00",
                "items": [{"document": "D", "due_on": "2026-03-05", "days_overdue": -2, "amount": "30.00"}],
            }
        ],
        "deposits": [],
        "suspended": [],
    }
    assert result.counts() == {"letters": 2, "reminders": 1, "deposits": 0, "suspended": 0}
    assert result.units_done == 2


def rows() -> dict[str, int]:
    return {model._meta.label: model._default_manager.count() for model in apps.get_models()}


@pytest.mark.django_db
def test_a_dry_run_tells_the_same_and_writes_nothing() -> None:
    manager = create_user(Role.SERVICE_MANAGER)
    create_user(Role.GROUP_LEADER)
    customer, other = debtor(service_manager=manager), debtor()
    create_report(
        as_of=AS_OF, lines=[Line(customer, DUE, "5.00"), Line(customer, day(14)), Line(other, day(20))]
    )
    run_dunning(on=day(1), by=None)
    send_all(day(1))
    before = rows()
    forecast = run_dunning(on=day(15), by=None, dry_run=True)
    assert rows() == before
    assert [notice.stage for notice in forecast.notices] == ["reminder", "dunning_letter", "final_demand"]
    assert forecast.suspended == (customer.number,)
    done = run_dunning(on=day(15), by=None)
    assert done.as_json() == forecast.as_json()
    assert run_dunning(on=day(15), by=None, dry_run=True).notices == ()


@pytest.mark.django_db
def test_a_second_run_of_the_day_changes_nothing_and_tells_the_same() -> None:
    owing(debtor())
    first = run_dunning(on=day(1), by=None)
    before = rows()
    second = run_dunning(on=day(1), by=None)
    assert rows() == before
    assert second.as_json() == first.as_json() == dunning_result_on(day(1)).as_json()


@pytest.mark.django_db
def test_a_notice_keeps_its_pdf_hash_policy_report_and_items() -> None:
    customer = debtor(name="上海示例有限公司", number="C77")
    report = create_report(
        as_of=AS_OF,
        lines=[Line(customer, DUE, "1234.50", "INV-9", total="2000.00"), Line(customer, DUE, "-50")],
    )
    run_dunning(on=day(1), by=None)
    (notice,) = notices_of(customer)
    pdf = stored_pdf(notice)
    assert notice.pdf_sha256 == sha256(pdf).hexdigest()
    assert pdf.startswith(b"%PDF-")
    text = pdf_text(pdf)
    for shown in ("DL-2026-000001", "上海示例有限公司", "INV-9", "1,234.50", "2,000.00"):
        assert shown in text
    assert (notice.report, notice.policy_version) == (report, policy_version_on(day(1)))
    assert (notice.total_amount, notice.currency, notice.pay_by_on) == (Decimal("1234.50"), "CNY", day(8))
    (item,) = notice.items.all()
    assert (item.document, item.amount, item.days_overdue) == ("INV-9", Decimal("1234.50"), 1)
    assert (item.document_on, item.damages_amount) == (day(-30), 0)
    assert str(notice) == "DL-2026-000001"
    assert str(item) == "INV-9 dunning_letter"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "subject", "words"),
    [
        ("en", "Dunning letter DL-2026-000001, Demo Technology Co., Ltd.", "Example Ltd."),
        ("zh-hans", "催款函 DL-2026-000001（示范科技有限公司）", "付款期限已经届满"),
        ("zh-hant", "催款函 DL-2026-000001（示范科技有限公司）", "付款期限已經屆滿"),
    ],
)
def test_mail_and_letter_speak_the_customer_s_language(language: str, subject: str, words: str) -> None:
    manager = create_user(Role.SERVICE_MANAGER, email="csm@demo.example")
    customer = debtor(letter_language=language, name_en="Example Ltd.", service_manager=manager)
    owing(customer)
    run_dunning(on=day(1), by=None)
    notice = DunningNotice.objects.get()
    mail = OutboxMessage.objects.get(customer_number=customer.number)
    assert (mail.subject, mail.language, mail.to) == (subject, language, "finance@customer.example")
    assert words in mail.body
    assert "100.00" in mail.body
    assert mail.reply_to == "csm@demo.example"
    assert mail.attachment_name == "DL-2026-000001.pdf"
    assert mail.attachment.name == notice.pdf.name
    assert mail.key == f"notice:{customer.number}:dunning_letter:CNY:{day(1)}"
    assert notice.language == language


@pytest.mark.django_db
def test_without_a_manager_s_address_answers_go_to_the_company(settings: Any) -> None:
    owing(debtor())
    run_dunning(on=DUE, by=None)
    assert OutboxMessage.objects.get().reply_to == settings.CREDITRISK_COMPANY["email"]


@pytest.mark.django_db
def test_letters_name_the_company_that_an_administrator_entered() -> None:
    owing(debtor())
    values = {"name": "新名公司", "email": "letters@company.example"}
    save_company(values=values, by=create_user(Role.ADMINISTRATOR))
    run_dunning(on=day(1), by=None)
    mail = OutboxMessage.objects.get()
    assert mail.reply_to == "letters@company.example"
    assert "新名公司" in mail.subject
    with default_storage.open(DunningNotice.objects.get().pdf.name) as file:
        assert "新名公司" in pdf_text(file.read())


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["", "nobody", "a@x.example\nBcc: b@x.example"])
def test_without_a_good_mail_address_a_notice_waits_to_be_posted(address: str) -> None:
    owing(debtor(finance_email=address))
    assert run(DUE) == [("reminder", "INV-1")]
    notice = DunningNotice.objects.get()
    assert (notice.message, notice.delivery) == (None, "to_post")
    assert str(notice) == f"reminder {DUE}"
    assert stored_pdf(notice).startswith(b"%PDF-")


@pytest.mark.django_db
def test_with_the_final_demand_cooperation_stops_and_the_group_leaders_are_told() -> None:
    """Two currencies, two demands: cooperation stops once. 100.00 × 0.0005 × 15 days = 0.75 damages."""
    leaders = [create_user(Role.GROUP_LEADER, language=language) for language in ("en", "zh-hans")]
    customer, other = debtor(name="示例"), debtor()
    lines = [Line(customer, DUE, document="I"), Line(customer, DUE, currency="USD"), Line(other, day(15))]
    create_report(as_of=AS_OF, lines=lines)
    run(day(1))
    send_all(day(1))
    result = run_dunning(on=day(15), by=None)
    assert result.suspended == (customer.number,)
    customer.refresh_from_db()
    assert customer.state == CustomerState.SUSPENDED
    demands = list(DunningNotice.objects.filter(stage="final_demand").order_by("pk"))
    assert [demand.has_suspended for demand in demands] == [True, False]
    assert (customer.state_reason_code, customer.state_reason) == ("final_demand", demands[0].number)
    assert demands[0].items.get().damages_amount == Decimal("0.75")
    assert "DL-2026-000001" in pdf_text(stored_pdf(demands[0]))
    for leader, words in zip(leaders, ("Cooperation with 示例 stopped", "最终催款函"), strict=True):
        told = Notification.objects.get(user=leader)
        assert words in told.title
        assert "示例" in told.title
        assert str(demands[0].number) in told.title
        assert told.url == CooperationProposal.objects.get().get_absolute_url()
    assert "Cooperation" not in told.title


@pytest.mark.django_db
def test_a_customer_who_is_suspended_already_is_dunned_and_keeps_his_reason() -> None:
    leader = create_user(Role.GROUP_LEADER)
    customer = debtor(state=CustomerState.SUSPENDED, state_reason="By hand")
    owing(customer)
    run(day(1))
    send_all(day(1))
    result = run_dunning(on=day(15), by=None)
    assert ([notice.stage for notice in result.notices], result.suspended) == (["final_demand"], ())
    customer.refresh_from_db()
    assert customer.state_reason == "By hand"
    proposal = CooperationProposal.objects.get()
    assert (proposal.kind, proposal.state, proposal.notice.has_suspended) == ("stop", "open", False)
    assert "whether cooperation stops" in Notification.objects.get(user=leader).title


@pytest.mark.django_db
@pytest.mark.parametrize("state", list(CustomerState))
def test_everybody_but_closed_customers_is_dunned(state: str) -> None:
    owing(create_customer(state=CustomerState(state), state_reason="x"))
    expected = [] if state == CustomerState.CLOSED else [("dunning_letter", "INV-1")]
    assert run(day(1)) == expected


@pytest.mark.django_db
def test_credits_are_not_dunned_and_lines_of_one_document_are_one_item() -> None:
    """INV-1: 100 + 50 − 30 = 120. INV-2: 40 − 40 = 0, nothing to dun."""
    customer = debtor()
    lines = [
        Line(customer, DUE, "100.00", "INV-1"),
        Line(customer, DUE, "50.00", "INV-1"),
        Line(customer, DUE, "-30.00", "INV-1"),
        Line(customer, DUE, "40.00", "INV-2"),
        Line(customer, DUE, "-40.00", "INV-2"),
        Line(customer, DUE, "-500.00", "CN-1"),
    ]
    create_report(as_of=AS_OF, lines=lines)
    result = run_dunning(on=day(1), by=None)
    (notice,) = result.notices
    assert [(item.document, item.amount) for item in notice.items] == [("INV-1", Decimal("120.00"))]
    assert notice.amount == Decimal("120.00")


@pytest.mark.django_db
def test_a_customer_whose_credits_outweigh_his_items_of_that_name_is_left_alone() -> None:
    """Within reach by one line, but nothing is due once the lines of the document are added."""
    customer = debtor()
    create_report(as_of=AS_OF, lines=[Line(customer, DUE, "40", "X"), Line(customer, DUE, "-41", "X")])
    assert run(day(1)) == []


@pytest.mark.django_db
def test_the_report_in_force_on_the_day_counts_and_an_item_that_is_gone_from_it_is_paid() -> None:
    customer = debtor()
    owing(customer)
    create_report(as_of=day(5), lines=[Line(customer, day(5), document="INV-2")])
    assert run(day(4)) == [("dunning_letter", "INV-1")]
    send_all(day(4))
    assert run(day(5)) == [("reminder", "INV-2")]
    assert run(day(20)) == [("dunning_letter", "INV-2")]


@pytest.mark.django_db
def test_the_same_item_in_a_later_report_is_not_dunned_twice() -> None:
    customer = debtor()
    owing(customer)
    run(day(1))
    create_report(as_of=day(2), lines=[Line(customer, DUE, "60.00", document="INV-1")])
    assert run(day(2)) == []
    assert DunnedItem.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("state", [ReportState.CHECKED, ReportState.SUPERSEDED])
def test_without_a_committed_report_nothing_is_run(state: ReportState) -> None:
    report = owing(debtor())
    committed_at = None if state == ReportState.CHECKED else report.committed_at
    Report.objects.filter(pk=report.pk).update(state=state, committed_at=committed_at)
    for dry_run in (False, True):
        with pytest.raises(InvalidInputError) as refusal:
            run_dunning(on=day(1), by=None, dry_run=dry_run)
        assert refusal.value.code == "dunning.no_report"


@pytest.mark.django_db
def test_a_report_as_of_a_later_day_is_not_looked_at() -> None:
    create_report(as_of=day(2), lines=[Line(debtor(), DUE)])
    with pytest.raises(InvalidInputError):
        run_dunning(on=day(1), by=None)


@pytest.mark.django_db
@pytest.mark.parametrize("role", list(Role))
def test_by_hand_leaders_and_administrators_run_dunning(role: Role) -> None:
    owing(debtor())
    person = create_user(role)
    if role in {Role.GROUP_LEADER, Role.DEPUTY_LEADER, Role.ADMINISTRATOR}:
        assert len(run_dunning(on=day(1), by=person).notices) == 1
    else:
        with pytest.raises(NotAllowedError):
            run_dunning(on=day(1), by=person)
        assert not DunningNotice.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(("days", "warned"), [(35, False), (36, True)])
def test_an_old_report_is_warned_of_and_used(days: int, warned: bool) -> None:
    create_report(as_of=AS_OF, lines=[Line(debtor(), AS_OF)])
    result = run_dunning(on=AS_OF + dt.timedelta(days=days), by=None)
    assert result.warnings == ((DunningWarning("report_stale", as_of=AS_OF, age_days=36),) if warned else ())
    assert len(result.notices) == 1


@pytest.mark.django_db
def test_each_manager_is_told_once_a_day_whom_to_call() -> None:
    """The service manager, or the account manager where there is none yet; nobody twice, and nobody for nothing."""
    manager = create_user(Role.SERVICE_MANAGER, language="en")
    handler = create_user(Role.ACCOUNT_MANAGER, Role.SERVICE_MANAGER, language="en")
    mine = [debtor(service_manager=manager, account_manager=handler) for _number in range(2)]
    hers = debtor(account_manager=handler)
    nobody_s = debtor()
    lines = [
        Line(mine[0], DUE),
        Line(mine[0], DUE, currency="USD"),
        Line(mine[1], day(2)),
        Line(hers, DUE),
        Line(nobody_s, DUE),
    ]
    create_report(as_of=AS_OF, lines=lines)
    for _twice in range(2):
        run_dunning(on=day(1), by=None)
    (told,) = Notification.objects.filter(user=manager)
    assert told.title == (
        "Dunning of 2026-03-03 for your customers: 1 reminder, 2 dunning letters. Please call them (P5.2.3)."
    )
    assert told.url == "/receivables/letters/?issued_from=2026-03-03&issued_to=2026-03-03"
    (told,) = Notification.objects.filter(user=handler)
    assert ": 1 dunning letter. " in told.title
    run_dunning(on=day(2), by=None)
    assert Notification.objects.count() == 2


@pytest.mark.django_db
def test_an_error_with_one_customer_stops_no_other_and_gives_his_number_back() -> None:
    """A letter language nobody speaks breaks the second letter, after its number was taken."""
    good, bad, last = (debtor(number=number) for number in ("C1", "C2", "C3"))
    Customer.objects.filter(pk=bad.pk).update(letter_language="xx")
    create_report(as_of=AS_OF, lines=[Line(customer, DUE) for customer in (good, bad, last)])
    result = run_dunning(on=day(1), by=None)
    (error,) = result.errors
    assert str(bad.pk) in error
    assert result.units_done == 2
    assert numbers() == ["DL-2026-000001", "DL-2026-000002"]
    Customer.objects.filter(pk=bad.pk).update(letter_language="en")
    again = run_dunning(on=day(1), by=None)
    assert (again.errors, again.units_done, len(again.notices)) == ((), 1, 3)
    assert numbers() == ["DL-2026-000001", "DL-2026-000002", "DL-2026-000003"]


def numbers() -> list[str | None]:
    found = DunningNotice.objects.filter(number__isnull=False).order_by("number")
    return list(found.values_list("number", flat=True))


@pytest.mark.django_db
def test_numbers_start_again_each_year() -> None:
    customer = debtor()
    last = dt.date(2026, 12, 31)
    create_report(
        as_of=AS_OF, lines=[Line(customer, day(-1, last), document="A"), Line(customer, last, document="B")]
    )
    run(last)
    run(day(1, last))
    assert numbers() == ["DL-2026-000001", "DL-2027-000001"]


@pytest.mark.django_db
def test_customers_with_nothing_due_cost_no_queries_of_their_own(django_assert_max_num_queries: Any) -> None:
    customers = [debtor() for _number in range(60)]
    create_report(as_of=AS_OF, lines=[Line(customer, DUE) for customer in customers])
    run(day(1))
    with django_assert_max_num_queries(25):
        run_dunning(on=day(2), by=None)


@pytest.mark.django_db
def test_a_closed_file_and_a_paid_item_are_seen_under_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the look at all customers and the customer's turn his file is closed."""
    customer = debtor()
    owing(customer)
    due = dunning.due_notices

    def close_meanwhile(run: Any) -> Any:
        found = list(due(run))
        Customer.objects.filter(pk=customer.pk).update(state=CustomerState.CLOSED)
        return found

    monkeypatch.setattr(dunning, "due_notices", close_meanwhile)
    assert run(day(1)) == []


@pytest.mark.django_db
def test_a_report_that_is_superseded_during_the_run_is_left_for_its_correction(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    customer = debtor()
    wrong = owing(customer)
    due = dunning.due_notices
    corrected: list[Report] = []

    def correct_meanwhile(run: Any) -> Any:
        found = list(due(run))
        if not corrected:
            Report.objects.filter(pk=wrong.pk).update(state=ReportState.SUPERSEDED)
            corrected.append(
                create_report(as_of=AS_OF, lines=[Line(customer, DUE, "7.00", document="RIGHT")])
            )
        return found

    monkeypatch.setattr(dunning, "due_notices", correct_meanwhile)
    assert run(day(1)) == [("dunning_letter", "RIGHT")]
    assert DunningNotice.objects.get().report == corrected[0]


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["finance@customer.example", ""])
@pytest.mark.parametrize(
    ("days", "stage_today", "stage_tomorrow"),
    [
        (-7, "reminder", "reminder"),
        (0, "reminder", "dunning_letter"),
        (1, "dunning_letter", "dunning_letter"),
        (14, "dunning_letter", "dunning_letter"),
        (15, "dunning_letter", "dunning_letter"),
    ],
)
def test_an_item_of_a_corrected_report_waits_for_the_next_day_where_its_letter_has_left(
    address: str, days: int, stage_today: str, stage_tomorrow: str
) -> None:
    """One letter per stage, currency and day. The next day the item gets what matches then: a letter on day 15
    as on day 14, in place of the reminder of day 0 the letter of day 1. Another currency does not wait.
    """
    customer = debtor(finance_email=address)
    lines = [Line(customer, DUE, document="INV-1")]
    wrong = create_report(as_of=AS_OF, lines=lines)
    assert run(day(days)) == [(stage_today, "INV-1")]
    Report.objects.filter(pk=wrong.pk).update(state=ReportState.SUPERSEDED)
    added = [Line(customer, DUE, document="INV-2"), Line(customer, DUE, document="USD-1", currency="USD")]
    create_report(as_of=AS_OF, lines=[*lines, *added])
    forecast = run_dunning(on=day(days), by=None, dry_run=True)
    assert [(notice.stage, notice.currency) for notice in forecast.notices] == [(stage_today, "USD")]
    assert sorted(run(day(days))) == [(stage_today, "INV-1"), (stage_today, "USD-1")]
    listed = [document for _stage, document in run(day(days + 1))]
    assert listed == (["INV-1", "INV-2", "USD-1"] if days == 0 else ["INV-2"])
    assert {notice.stage for notice in dunning_result_on(day(days + 1)).notices} == {stage_tomorrow}


@pytest.mark.django_db
def test_a_final_demand_that_a_corrected_report_adds_waits_for_the_next_day() -> None:
    customer = debtor()
    first, second = Line(customer, DUE, document="INV-1"), Line(customer, DUE, document="INV-2")
    create_report(as_of=AS_OF, lines=[first, second])
    run(day(1))
    send_all(day(1))
    without = create_report(as_of=day(14), lines=[first])
    assert run(day(15)) == [("final_demand", "INV-1")]
    Report.objects.filter(pk=without.pk).update(state=ReportState.SUPERSEDED)
    create_report(as_of=day(14), lines=[first, second])
    assert run(day(15)) == [("final_demand", "INV-1")]
    assert run(day(16)) == [("final_demand", "INV-2")]


def stored_letters() -> set[str]:
    """Return the PDFs in the storage, whatever the database says."""
    folder = Path(default_storage.path("letters"))
    return {str(path) for path in folder.rglob("*.pdf")}


@pytest.mark.django_db
@pytest.mark.parametrize("broken", ["queue_mails", "follow_final_demand"])
def test_what_fails_after_the_pdf_leaves_no_file_behind(monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    """The mail of the demand fails, or what follows it: neither the demand nor its file is there."""

    def fail(*_arguments: Any, **_named: Any) -> Any:
        raise RuntimeError("broken")

    owing(debtor())
    run(day(1))
    send_all(day(1))
    before = stored_letters()
    monkeypatch.setattr(letters if broken == "queue_mails" else dunning, broken, fail)
    assert len(run_dunning(on=day(15), by=None).errors) == 1
    assert stored_letters() == before
    monkeypatch.undo()
    assert run(day(15)) == [("final_demand", "INV-1")]
    assert len(stored_letters() - before) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("is_back", "attempted", "written"), [(True, 4, 3), (False, 1, 0)])
def test_a_database_that_stays_away_ends_the_run_and_one_that_comes_back_costs_nobody(
    monkeypatch: pytest.MonkeyPatch, is_back: bool, attempted: int, written: int
) -> None:
    """PostgreSQL ends the session in the first customer's turn: each is tried again alone; where nobody answers any
    more, that is the end."""
    create_report(as_of=AS_OF, lines=[Line(debtor(), DUE) for _number in range(3)])
    settings = dict(connection.settings_dict)
    issue_notices, attempts = dunning.issue_notices, []

    def lose_the_database_once(*due: Any, **arguments: Any) -> Any:
        attempts.append(1)
        if len(attempts) == 1:
            if not is_back:
                connection.settings_dict |= {"HOST": "127.0.0.1", "PORT": "9"}
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return issue_notices(*due, **arguments)

    monkeypatch.setattr(dunning, "issue_notices", lose_the_database_once)
    try:
        if is_back:
            assert run_dunning(on=day(1), by=None).errors == ()
        else:
            with pytest.raises(DatabaseError):
                run_dunning(on=day(1), by=None)
    finally:
        connection.settings_dict |= settings
        connection.close()
    assert len(attempts) == attempted
    assert DunningNotice.objects.count() == written


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_four_runs_at_once_double_nothing_and_leave_no_gap_in_the_numbers() -> None:
    create_user(Role.GROUP_LEADER)
    customers = [debtor(number=f"C{number:03d}") for number in range(25)]
    create_report(
        as_of=AS_OF, lines=[Line(c, DUE, currency=code) for c in customers for code in ("CNY", "USD")]
    )
    barrier = threading.Barrier(4)
    results, failures = [], []

    def take_part() -> None:
        try:
            barrier.wait(20)
            results.append(run_dunning(on=day(1), by=None))
        except Exception as error:  # noqa: BLE001
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=take_part) for _run in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert failures == []
    assert [result.errors for result in results] == [()] * 4
    assert numbers() == [f"DL-2026-{number:06d}" for number in range(1, 51)]
    assert DunnedItem.objects.count() == OutboxMessage.objects.count() == 50
    assert {len(notice.items) for result in results for notice in result.notices} == {1}


@pytest.mark.django_db
def test_a_pdf_that_is_gone_or_changed_is_not_handed_out() -> None:
    owing(debtor())
    run(day(1))
    notice = DunningNotice.objects.get()
    with default_storage.open(notice.pdf.name, "ab") as file:
        file.write(b"x")
    with pytest.raises(ConflictError):
        stored_pdf(notice)
    default_storage.delete(notice.pdf.name)
    with pytest.raises(ConflictError):
        stored_pdf(notice)


def posting(by: User, *, state: str | None = None, days: int = 1) -> DunningNotice:
    """Return a letter issued at day 1 whose mail is in `state` (None: it has none), posted at `days`."""
    customer = debtor(finance_email="a@x.example" if state else "", account_manager=by, service_manager=by)
    owing(customer)
    run(day(1))
    sent_at = timezone.now() if state == "sent" else None
    OutboxMessage.objects.filter(customer_number=customer.number).update(
        state=state or "queued", claimed_at=timezone.now(), sent_at=sent_at
    )
    return mark_posted(notice=DunningNotice.objects.get(), on=day(days), by=by)


@pytest.mark.django_db
@pytest.mark.parametrize("state", [None, "failed", "unknown"])
@pytest.mark.parametrize("role", [Role.SERVICE_MANAGER, Role.ACCOUNT_MANAGER, Role.FINANCE_CLERK])
def test_the_managers_and_finance_note_that_a_letter_was_posted(role: Role, state: str | None) -> None:
    person = create_user(role)
    notice = posting(person, state=state)
    assert (notice.posted_on, notice.delivery) == (day(1), "posted")
    assert mark_posted(notice=notice, on=day(1), by=person).posted_on == day(1)
    with pytest.raises(ConflictError) as refusal:
        mark_posted(notice=notice, on=day(2), by=person)
    assert refusal.value.code == "notice.posted"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("state", "code"),
    [("queued", "notice.mail_under_way"), ("sending", "notice.mail_under_way"), ("sent", "notice.mailed")],
)
def test_a_letter_whose_mail_is_sent_or_on_its_way_is_not_posted(state: str, code: str) -> None:
    with pytest.raises(ConflictError) as refusal:
        posting(create_user(Role.SERVICE_MANAGER), state=state)
    assert refusal.value.code == code


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.GENERAL_MANAGER, Role.LEGAL_AFFAIRS, Role.ADMINISTRATOR])
def test_nobody_else_notes_it(role: Role) -> None:
    with pytest.raises(NotAllowedError):
        posting(create_user(role))


@pytest.mark.django_db
def test_a_letter_was_not_posted_before_it_was_written() -> None:
    with pytest.raises(InvalidInputError) as refusal:
        posting(create_user(Role.SERVICE_MANAGER), days=0)
    assert refusal.value.code == "notice.posted_too_early"


@pytest.mark.django_db
def test_a_final_demand_claims_damages_by_the_contract_s_rate_and_with_payments_at_their_dates() -> None:
    """1,000.00 at the contract's 0.1 % a day; 400.00 were paid by the report of day 5.

    1,000.00 × 0.001 × 5 + 600.00 × 0.001 × 10 = 5.00 + 6.00 = 11.00 on day 15.
    """
    customer = debtor()
    handler = create_user(Role.ACCOUNT_MANAGER)
    create_contract(
        customer=customer,
        handler=handler,
        number="HT-9",
        signed_on=AS_OF,
        late_payment_daily_ratio=Decimal("0.001"),
    )
    create_report(as_of=AS_OF, lines=[Line(customer, DUE, "1000.00", document="I")])
    create_report(as_of=day(5), lines=[Line(customer, DUE, "600.00", document="I", total="1000.00")])
    with pgtrigger.ignore("receivables.OpenItem:open_items_are_final"):
        OpenItem.objects.update(contract_number="HT-9")
    run(day(6))
    send_all(day(6))
    assert run(day(15)) == [("final_demand", "I")]
    demand = DunningNotice.objects.get(stage="final_demand")
    assert demand.items.get().damages_amount == Decimal("11.00")
    assert "0.1%" in pdf_text(stored_pdf(demand))


@pytest.mark.django_db
def test_the_queries_of_a_unit_do_not_grow_with_its_letters(django_assert_max_num_queries: Any) -> None:
    """Twenty customers with a letter each are one unit, written in a fixed number of statements."""
    customers = [debtor() for _number in range(20)]
    create_report(as_of=AS_OF, lines=[Line(customer, DUE) for customer in customers])
    with django_assert_max_num_queries(60):
        run_dunning(on=day(1), by=None)
    assert DunningNotice.objects.count() == 20


@pytest.mark.django_db
def test_a_final_demand_claims_no_damages_on_what_is_in_dispute() -> None:
    """1,000.00, of it 300.00 in dispute: 15 days × 0.0005 × 1,000.00 = 7.50, of it 700/1,000 = 5.25."""
    lawyer, manager = create_user(Role.LEGAL_AFFAIRS), create_user(Role.SERVICE_MANAGER)
    customer = debtor(service_manager=manager)
    create_report(as_of=AS_OF, lines=[Line(customer, DUE, "1000.00", document="I")])
    run(day(1))
    send_all(day(1))
    open_item_dispute(
        customer=customer,
        items=[ItemInDispute("I", DUE, "CNY", Decimal("300.00"))],
        subject="短少",
        owner=lawyer,
        opened_on=day(2),
        by=manager,
    )
    run(day(15))
    line = DunningNotice.objects.get(stage="final_demand").items.get()
    assert (line.amount, line.damages_amount) == (Decimal("700.00"), Decimal("5.25"))
