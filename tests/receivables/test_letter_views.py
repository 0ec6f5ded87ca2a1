"""The pages of letters: who sees which, the PDF, and noting that one was posted."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import SEES_ALL_CUSTOMERS, Role
from creditrisk.notifications.models import OutboxMessage
from customers.models import Customer
from receivables.models import DunningNotice
from receivables.services.dunning import run_dunning
from tests.factories.customers import create_active_customer
from tests.factories.people import create_team, create_user
from tests.factories.reports import Line, create_report

DUE = dt.date(2026, 3, 2)
LETTERS = "/receivables/letters/"


def dunned(
    *customers: Customer,
    due_on: dt.date = DUE,
    on: dt.date = DUE + dt.timedelta(days=1),
    amount: str = "1234.50",
) -> list[DunningNotice]:
    """Return a letter to each customer, issued on `on`."""
    create_report(as_of=on, lines=[Line(customer, due_on, amount) for customer in customers])
    assert run_dunning(on=on, by=None).errors == ()
    return [customer.dunning_notices.get(issued_on=on) for customer in customers]


def debtor(**fields: Any) -> Customer:
    return create_active_customer(**({"finance_email": "a@customer.example"} | fields))


def logged_in(client: Client, person: User) -> Client:
    client.force_login(person)
    return client


@pytest.fixture
def manager() -> User:
    return create_user(Role.SERVICE_MANAGER)


@pytest.mark.django_db
@pytest.mark.parametrize("role", list(Role))
def test_who_does_not_see_the_customer_sees_no_letter_to_him(client: Client, role: Role) -> None:
    (letter,) = dunned(debtor(name="秘密公司"))
    logged_in(client, create_user(role))
    expected = 200 if role in SEES_ALL_CUSTOMERS else 404
    assert ("秘密公司" in client.get(LETTERS).content.decode()) == (expected == 200)
    for path in ("", "pdf/"):
        assert client.get(f"{LETTERS}{letter.pk}/{path}").status_code == expected
    if expected == 404:
        posted = client.post(f"{LETTERS}{letter.pk}/posted/", {"posted_on": "2026-03-04"})
        assert posted.status_code == 404


@pytest.mark.django_db
def test_managers_see_their_own_customers_letters_and_heads_their_department_s(client: Client) -> None:
    team = create_team()
    mine = debtor(name="Mine", account_manager=team.account_manager, service_manager=team.service_manager)
    dunned(mine, debtor(name="Other"))
    for person in (team.account_manager, team.service_manager, team.department_manager):
        html = logged_in(client, person).get(LETTERS).content.decode()
        assert "Mine" in html
        assert "Other" not in html


@pytest.mark.django_db
def test_a_letter_shows_its_facts_items_and_mail(client: Client, manager: User) -> None:
    (letter,) = dunned(debtor(name="<b>Name</b>", service_manager=manager))
    html = logged_in(client, manager).get(f"{LETTERS}{letter.pk}/").content.decode()
    assert letter.message is not None
    shown = (
        "DL-2026-000001",
        "&lt;b&gt;Name&lt;/b&gt;",
        "1,234.50",
        letter.pdf_sha256,
        "a@customer.example",
        f"/messages/outbox/{letter.message.pk}/",
        letter.report.number,
        "简体中文",
        "state-queued",
    )
    for text in shown:
        assert text in html
    assert "Note as posted" not in html
    assert client.get(f"/messages/outbox/{letter.message.pk}/").status_code == 200


@pytest.mark.django_db
def test_a_final_demand_shows_the_damages_it_claims_and_that_cooperation_stopped(
    client: Client, manager: User
) -> None:
    """1,234.50 × 0.0005 × 15 days = 9.25875, 9.26 to the cent."""
    customer = debtor(service_manager=manager)
    (letter,) = dunned(customer)
    column = 'data-label="Liquidated damages"'
    assert column not in logged_in(client, manager).get(f"{LETTERS}{letter.pk}/").content.decode()
    OutboxMessage.objects.update(state="sent", sent_at=dt.datetime(2026, 3, 3, tzinfo=dt.UTC))
    run_dunning(on=DUE + dt.timedelta(days=15), by=None)
    demand = customer.dunning_notices.get(stage="final_demand")
    html = client.get(f"{LETTERS}{demand.pk}/").content.decode()
    assert column in html
    assert "9.26" in html
    assert "cooperation with the customer stopped" in html


@pytest.mark.django_db
def test_the_pdf_is_shown_in_a_sandbox_as_it_was_issued(client: Client, manager: User) -> None:
    (letter,) = dunned(debtor(service_manager=manager))
    response = logged_in(client, manager).get(f"{LETTERS}{letter.pk}/pdf/")
    assert response.content.startswith(b"%PDF-")
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == 'inline; filename="DL-2026-000001.pdf"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in response["Content-Security-Policy"]
    default_storage.delete(letter.pdf.name)
    assert client.get(f"{LETTERS}{letter.pk}/pdf/").status_code == 409


@pytest.mark.django_db
def test_letters_are_narrowed_by_stage_days_customer_number_and_state(client: Client) -> None:
    clerk = create_user(Role.FINANCE_CLERK)
    late, soon = debtor(name="Late Ltd", number="L1"), debtor(name="Soon Ltd", number="S1", finance_email="")
    dunned(late)
    dunned(soon, due_on=DUE + dt.timedelta(days=9), on=DUE + dt.timedelta(days=9))
    OutboxMessage.objects.update(state="failed")
    logged_in(client, clerk)

    def found(query: str) -> set[str]:
        html = client.get(f"{LETTERS}?{query}").content.decode()
        return {name for name in ("Late Ltd", "Soon Ltd") if name in html}

    both = {"Late Ltd", "Soon Ltd"}
    assert found("") == both
    assert found("stage=dunning_letter") == {"Late Ltd"}
    assert found("stage=reminder") == {"Soon Ltd"}
    assert found("issued_from=2026-03-04") == {"Soon Ltd"}
    assert found("issued_to=2026-03-03") == {"Late Ltd"}
    assert found("customer=late") == {"Late Ltd"}
    assert found("customer=S1") == {"Soon Ltd"}
    assert found("number=000001") == {"Late Ltd"}
    assert found("state=failed") == {"Late Ltd"}
    assert found("state=to_post") == {"Soon Ltd"}
    assert found("state=posted") == set()
    assert found("customer__account_manager__password__startswith=x&sort=customer__password") == both


@pytest.mark.django_db
def test_a_service_manager_notes_that_a_letter_was_posted(client: Client, manager: User) -> None:
    (letter,) = dunned(debtor(service_manager=manager, finance_email=""))
    logged_in(client, manager)
    assert "Note as posted" in client.get(f"{LETTERS}{letter.pk}/").content.decode()
    for _twice in range(2):
        response = client.post(f"{LETTERS}{letter.pk}/posted/", {"posted_on": "2026-03-04"})
        assert response["Location"] == f"{LETTERS}{letter.pk}/"
    letter.refresh_from_db()
    assert (letter.posted_on, letter.posted_by) == (dt.date(2026, 3, 4), manager)
    html = client.get(f"{LETTERS}{letter.pk}/").content.decode()
    assert "state-posted" in html
    assert "Note as posted" not in html


@pytest.mark.django_db
@pytest.mark.parametrize(
    "data",
    [
        {},
        {"posted_on": "yesterday"},
        {"posted_on": "2026-03-02"},
        {"posted_on": "2999-01-01"},
        {"posted_on": "2026-03-04", "posted_by": "1"},
    ],
)
def test_a_day_before_the_letter_in_the_future_or_none_and_unknown_fields_are_refused(
    client: Client, manager: User, data: dict[str, str]
) -> None:
    (letter,) = dunned(debtor(service_manager=manager, finance_email=""))
    response = logged_in(client, manager).post(f"{LETTERS}{letter.pk}/posted/", data)
    assert response.status_code == 400
    assert "is-invalid" in response.content.decode() or "does not have" in response.content.decode()
    letter.refresh_from_db()
    assert letter.posted_on is None


@pytest.mark.django_db
def test_who_only_supervises_sees_why_he_cannot_note_it(client: Client) -> None:
    leader = create_user(Role.GROUP_LEADER)
    (letter,) = dunned(debtor(finance_email=""))
    logged_in(client, leader)
    html = client.get(f"{LETTERS}{letter.pk}/").content.decode()
    assert "note that a letter was posted" in html
    assert "posted/" not in html
    assert client.post(f"{LETTERS}{letter.pk}/posted/", {"posted_on": "2026-03-04"}).status_code == 403


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["failed", "unknown"])
def test_a_mail_that_ended_badly_is_pointed_at(client: Client, manager: User, state: str) -> None:
    (letter,) = dunned(debtor(service_manager=manager))
    OutboxMessage.objects.update(state=state)
    html = logged_in(client, manager).get(f"{LETTERS}{letter.pk}/").content.decode()
    assert "See the mail" in html
    assert "Note as posted" in html


@pytest.mark.django_db
def test_get_posts_nothing_and_strangers_are_sent_to_the_log_in(client: Client, manager: User) -> None:
    (letter,) = dunned(debtor(service_manager=manager, finance_email=""))
    for path in ("", f"{letter.pk}/", f"{letter.pk}/pdf/", f"{letter.pk}/posted/"):
        assert client.get(LETTERS + path).status_code == 302
    assert logged_in(client, manager).get(f"{LETTERS}{letter.pk}/posted/").status_code == 405


@pytest.mark.django_db
@pytest.mark.parametrize("sort", ["", "?sort=delivery", "?sort=-total_amount&per_page=200"])
def test_a_full_list_costs_a_constant_number_of_queries(
    client: Client, django_assert_max_num_queries: Any, sort: str
) -> None:
    clerk = create_user(Role.FINANCE_CLERK)
    dunned(*(debtor() for _number in range(60)))
    logged_in(client, clerk)
    with django_assert_max_num_queries(12):
        assert client.get(LETTERS + sort).status_code == 200
