"""The pages of collection: work list, one key, log, promises and disputes of items (P5.2.3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from customers.models import ContractDispute, Customer
from customers.services import resolve_dispute
from receivables.models import CollectionContact, DunningNotice, Promise
from receivables.selectors.collectable import collectable
from receivables.services.dunning import run_dunning
from tests.factories.customers import create_active_customer
from tests.factories.people import Team, create_team, create_user
from tests.factories.reports import Line, create_report

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def team() -> Team:
    return create_team()


@pytest.fixture
def customer(team: Team) -> Customer:
    return debtor(team, name="欠款公司")


def debtor(team: Team, **fields: Any) -> Customer:
    managers = {"account_manager": team.account_manager, "service_manager": team.service_manager}
    return create_active_customer(**({"finance_phone": "021-5555"} | managers | fields))


@pytest.fixture
def today() -> dt.date:
    return timezone.localdate()


@pytest.fixture
def due_on(customer: Customer, today: dt.date) -> dt.date:
    """The customer owes A and B, 10 days overdue, N, which is not due, and U in dollars."""
    due_on = today - 10 * DAY
    lines = [
        Line(customer, due_on, "100.00", document="A"),
        Line(customer, due_on, "50.00", document="B"),
        Line(customer, today + 30 * DAY, "9.00", document="N"),
        Line(customer, due_on + DAY, "7.00", document="U", currency="USD"),
    ]
    create_report(as_of=today - 5 * DAY, lines=lines)
    return due_on


def as_(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def url(name: str, *arguments: object, **query: str) -> str:
    path = reverse(f"receivables:{name}", args=arguments)
    return path + ("?" + "&".join(f"{key}={value}" for key, value in query.items()) if query else "")


def text(response: Any) -> str:
    return str(response.content.decode())


def codes(customer: Customer, *documents: str) -> list[str]:
    items = collectable(customer, on=timezone.localdate()).items
    return [item.code for item in items if item.document in documents]


# Work list ------------------------------------------------------------------------------------------------------------


def test_a_manager_sees_his_own_list(team: Team, customer: Customer, due_on: dt.date) -> None:
    page = text(as_(team.service_manager).get(url("work_list")))
    for part in (customer.name, 'href="tel:0215555"', "150.00", "10 days", "call due", "never contacted"):
        assert part in page
    assert 'data-result-key="5"' in page
    assert customer.name not in text(as_(team.account_manager).get(url("work_list")))
    assert customer.name in text(as_(team.account_manager).get(url("work_list", person="all")))


def test_leaders_and_heads_choose_a_person_or_see_all_without_keys(
    team: Team, customer: Customer, due_on: dt.date
) -> None:
    for person in (team.group_leader, team.department_manager):
        client = as_(person)
        page = text(client.get(url("work_list")))
        assert customer.name in page
        assert "data-result-key" not in page
        assert customer.name in text(client.get(url("work_list", person=str(team.service_manager.pk))))
        assert customer.name in text(client.get(url("work_list", person="999999")))
    other = create_user(Role.SERVICE_MANAGER)
    debtor(team, service_manager=other)
    chosen = as_(team.group_leader).get(url("work_list", person=str(other.pk)))
    assert customer.name not in text(chosen)


@pytest.mark.parametrize(
    ("query", "is_listed"),
    [
        ({"q": "欠款"}, True),
        ({"q": "nobody"}, False),
        ({"reason": "is_call_due"}, True),
        ({"reason": "has_unsent_letter"}, False),
    ],
)
def test_the_list_is_narrowed(
    team: Team, customer: Customer, due_on: dt.date, query: dict[str, str], is_listed: bool
) -> None:
    page = text(as_(team.service_manager).get(url("work_list", **query)))
    assert (f'href="{customer.get_absolute_url()}"' in page) is is_listed


def test_without_a_report_there_is_no_list(team: Team, customer: Customer) -> None:
    for query in ({}, {"format": "xlsx"}):
        response = as_(team.service_manager).get(url("work_list", **query))
        assert "No aging report" in text(response)


@pytest.mark.parametrize("page", ["work_list", "promise_list", "contact_list"])
@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_lists_as_files(team: Team, customer: Customer, due_on: dt.date, page: str, kind: str) -> None:
    client = as_(team.service_manager)
    client.post(url("promise_create", customer.number), promise_data(customer, ["A"], "100.00"))
    client.post(url("dispute_create", customer.number), dispute_data(customer, team, ["B"]))
    waiting = debtor(team, name="欠款公司二")
    create_report(as_of=timezone.localdate(), lines=[Line(waiting, due_on), Line(customer, due_on)])
    client.post(url("contact_create", waiting.number), contact_data(next_on=timezone.localdate()))
    response = client.get(url(page, format=kind))
    assert response["Content-Disposition"].endswith(f'.{kind}"')
    content = response.getvalue()  # type: ignore[attr-defined]
    assert content
    if kind == "csv":
        assert "欠款公司" in content.decode("utf-8-sig")


def test_pages_of_a_long_list(team: Team, customer: Customer, today: dt.date) -> None:
    customers = [debtor(team) for _number in range(26)]
    create_report(as_of=today, lines=[Line(one, today - DAY) for one in customers])
    client = as_(team.service_manager)
    assert text(client.get(url("work_list"))).count('<tr id="customer-') == 25
    assert text(client.get(url("work_list", page="2"))).count('<tr id="customer-') == 1
    response = client.post(
        url("work_log", customers[0].number), key_data("reached") | {"query": "page=2&person=all&x=1"}
    )
    assert response["Location"] == url("work_list", person="all", page="2")


@pytest.mark.parametrize("count", [1, 20])
def test_the_list_is_a_constant_number_of_queries(
    team: Team, today: dt.date, count: int, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    customers = [debtor(team) for _number in range(count)]
    create_report(as_of=today - DAY, lines=[Line(one, today - 20 * DAY) for one in customers])
    run_dunning(on=today - DAY, by=None)
    client = as_(team.service_manager)
    for one in customers:
        client.post(url("contact_create", one.number), contact_data(happened_on=today - 9 * DAY))
    with django_assert_max_num_queries(24):
        page = text(client.get(url("work_list")))
    assert page.count('<tr id="customer-') == count


# One key --------------------------------------------------------------------------------------------------------------


def key_data(result: str, **more: str) -> dict[str, str]:
    return {"result": result, "note": "", "query": "", "submission_key": str(uuid4())} | more


@pytest.mark.parametrize("result", ["reached", "no_answer", "wrong_number"])
def test_one_key_logs_the_call_and_the_row_is_gone(
    team: Team, customer: Customer, due_on: dt.date, today: dt.date, result: str
) -> None:
    client = as_(team.service_manager)
    data = key_data(result, note="稍后")
    for _click in range(2):
        response = client.post(url("work_log", customer.number), data, follow=True)
    contact = CollectionContact.objects.get()
    assert (contact.result, contact.note, contact.happened_on) == (result, "稍后", today)
    page = text(response)
    assert f"Next contact on {contact.next_on}" in page
    assert f'href="{customer.get_absolute_url()}"' not in page


@pytest.mark.parametrize("result", ["promise", "dispute", "x", ""])
def test_a_key_that_is_no_result(team: Team, customer: Customer, due_on: dt.date, result: str) -> None:
    response = as_(team.service_manager).post(url("work_log", customer.number), key_data(result))
    assert response.status_code == 400
    assert not CollectionContact.objects.exists()


def test_who_may_not_log_is_told_why(team: Team, customer: Customer, due_on: dt.date) -> None:
    client = as_(team.group_leader)
    assert client.post(url("work_log", customer.number), key_data("reached")).status_code == 403
    for page in ("contact_create", "promise_create", "dispute_create"):
        assert client.get(url(page, customer.number)).status_code == 403


# Log ------------------------------------------------------------------------------------------------------------------


def contact_data(**changes: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "result": "reached",
        "happened_on": timezone.localdate(),
        "way": "visit",
        "spoke_to": "王",
        "next_on": "",
        "note": "谈妥",
        "submission_key": str(uuid4()),
    }
    return {name: str(value) for name, value in (usual | changes).items()}


def test_a_contact_is_logged_and_read(team: Team, customer: Customer, today: dt.date) -> None:
    client = as_(team.service_manager)
    assert "谈妥" not in text(client.get(url("contact_create", customer.number)))
    response = client.post(url("contact_create", customer.number), contact_data(next_on=today + 9 * DAY))
    assert response["Location"] == customer.get_absolute_url()
    for page in (url("contact_create", customer.number), url("contact_list"), customer.get_absolute_url()):
        assert "谈妥" in text(client.get(page))
    from_work = client.post(url("contact_create", customer.number, **{"from": "work"}), contact_data())
    assert from_work["Location"] == url("work_list")
    for query, count in (
        ({"result": "no_answer"}, 0),
        ({"way": "visit"}, 2),
        ({"customer": customer.number}, 2),
        ({"customer": "nobody"}, 0),
        ({"by": str(team.service_manager.pk)}, 2),
        ({"since": f"{today + DAY}"}, 0),
    ):
        assert text(client.get(url("contact_list", **query))).count("谈妥") == count


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"happened_on": "2999-01-01"}, "happened_on"), ({"next_on": "2000-01-01"}, "next_on")],
)
def test_a_wrong_day_is_shown_at_its_field(
    team: Team, customer: Customer, changes: dict[str, str], field: str
) -> None:
    response = as_(team.service_manager).post(url("contact_create", customer.number), contact_data(**changes))
    assert list(response.context["form"].errors) == [field]
    assert not CollectionContact.objects.exists()


# Promises -------------------------------------------------------------------------------------------------------------


def promise_data(customer: Customer, documents: list[str], *amounts: str, **changes: Any) -> dict[str, Any]:
    today = timezone.localdate()
    rows: dict[str, str] = {}
    for number, amount in enumerate(amounts, start=1):
        rows |= {f"due_on_{number}": str(today + number * 10 * DAY), f"amount_{number}": amount}
    return {
        "items": codes(customer, *documents),
        "currency": "CNY",
        "way": "phone",
        "made_on": str(today),
        "promised_by": "王",
        "note": "分两期",
        "submission_key": str(uuid4()),
        **rows,
        **changes,
    }


def test_the_overdue_items_of_one_currency_are_ticked(
    team: Team, customer: Customer, due_on: dt.date
) -> None:
    """The currency of the oldest item comes first; what is not due is offered, and not ticked."""
    client = as_(team.service_manager)
    form = client.get(url("promise_create", customer.number)).context["form"]
    ticked = {item.document: is_ticked for item, _can, is_ticked, _beside in form.rows()}
    assert ticked == {"A": True, "B": True, "N": False}
    dollars = client.get(url("promise_create", customer.number, currency="USD")).context["form"]
    assert [item.document for item, *_rest in dollars.rows()] == ["U"]
    unknown = client.get(url("promise_create", customer.number, currency="XXX")).context["form"]
    assert len(list(unknown.rows())) == 3


def test_a_promise_in_two_instalments(team: Team, customer: Customer, due_on: dt.date) -> None:
    client = as_(team.service_manager)
    data = promise_data(customer, ["A", "B"], "100.00", "50.00")
    for _click in range(2):
        response = client.post(url("promise_create", customer.number), data)
    promise = Promise.objects.get()
    assert response["Location"] == promise.get_absolute_url()
    assert (promise.amount, promise.instalments.count(), promise.items.count()) == (Decimal("150.00"), 2, 2)
    assert CollectionContact.objects.get().promise == promise
    page = text(client.get(promise.get_absolute_url()))
    for part in ("150.00", "100.00", "王", "分两期", ">A</a>"):
        assert part in page
    again = client.get(url("promise_create", customer.number))
    assert "under a promise" in text(again)
    assert [can for _item, can, *_rest in again.context["form"].rows()] == [False, False, True]
    for query, count in (({"state": "open"}, 1), ({"state": "kept"}, 0), ({"customer": "欠款"}, 1)):
        assert text(client.get(url("promise_list", **query))).count(promise.number) == 2 * count
    for page_with_it in (customer.get_absolute_url(), url("contact_list")):
        assert promise.number in text(client.get(page_with_it))


@pytest.mark.parametrize("page", ["promise_create", "dispute_create"])
def test_an_item_that_somebody_took_meanwhile_is_refused_by_name(
    team: Team, customer: Customer, due_on: dt.date, page: str
) -> None:
    client = as_(team.service_manager)
    makers: dict[str, Callable[[], dict[str, Any]]] = {
        "promise_create": lambda: promise_data(customer, ["A"], "1.00"),
        "dispute_create": lambda: dispute_data(customer, team, ["A"]),
    }
    client.post(url(page, customer.number), makers[page]())
    response = client.post(url(page, customer.number), makers[page]())
    assert "A is" in str(response.context["form"].errors["items"])
    assert CollectionContact.objects.count() == 1


def test_from_the_work_list_one_comes_back_to_it(team: Team, customer: Customer, due_on: dt.date) -> None:
    address = url("promise_create", customer.number, **{"from": "work"})
    response = as_(team.service_manager).post(address, promise_data(customer, ["A"], "1.00"))
    assert response["Location"] == url("work_list")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"items": []}, "items"),
        ({"items": ["nonsense"]}, "items"),
        ({"amount_1": ""}, "amount_1"),
        ({"due_on_1": ""}, "due_on_1"),
        ({"due_on_1": "yesterday"}, "due_on_1"),
        ({"amount_1": "150.01"}, "__all__"),
        ({"amount_1": "", "due_on_1": ""}, "__all__"),
        ({"made_on": "2999-01-01", "due_on_1": "2999-01-02"}, "made_on"),
        ({"whatever": "1"}, "__all__"),
    ],
)
def test_what_is_wrong_is_shown_where_it_is(
    team: Team, customer: Customer, due_on: dt.date, changes: dict[str, Any], field: str
) -> None:
    response = as_(team.service_manager).post(
        url("promise_create", customer.number), promise_data(customer, ["A", "B"], "10.00", **changes)
    )
    assert field in response.context["form"].errors
    assert not Promise.objects.exists()


def test_the_ticked_amount_in_equal_instalments(
    team: Team, customer: Customer, due_on: dt.date, today: dt.date
) -> None:
    """150.00 in four parts from today: 37.50 each; nothing is recorded, and what was typed stays."""
    data = promise_data(
        customer, ["A", "B"], parts="4", first_on=str(today), step="week", action="split", note="保留"
    )
    response = as_(team.service_manager).post(url("promise_create", customer.number), data)
    form = response.context["form"]
    rows = [(due_on.value(), amount.value()) for _number, due_on, amount in form.instalment_rows()]
    assert rows[:4] == [(today + number * 7 * DAY, Decimal("37.50")) for number in range(4)]
    assert rows[4:] == [(None, None), (None, None)]
    assert (form["note"].value(), form.errors) == ("保留", {})
    assert not Promise.objects.exists()


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({}, {"parts", "first_on"}),
        ({"parts": "7", "first_on": "2026-01-01"}, {"parts"}),
        ({"parts": "2", "first_on": "2026-01-01", "items": []}, {"items"}),
    ],
)
def test_equal_instalments_need_a_number_and_a_day(
    team: Team, customer: Customer, due_on: dt.date, changes: dict[str, Any], fields: set[str]
) -> None:
    data = promise_data(customer, ["A"], action="split", **changes)
    response = as_(team.service_manager).post(url("promise_create", customer.number), data)
    assert set(response.context["form"].errors) == fields


def test_a_promise_is_withdrawn_with_a_reason(team: Team, customer: Customer, due_on: dt.date) -> None:
    client = as_(team.service_manager)
    client.post(url("promise_create", customer.number), promise_data(customer, ["A"], "1.00"))
    promise = Promise.objects.get()
    withdraw = url("promise_withdraw", promise.number)
    assert client.post(withdraw, {"reason": " "}).status_code == 400
    reader = as_(team.group_leader)
    assert "disabled" in text(reader.get(promise.get_absolute_url()))
    assert reader.post(withdraw, {"reason": "r"}).status_code == 403
    client.post(withdraw, {"reason": "弄错了"})
    assert Promise.objects.get().state == "withdrawn"
    assert "弄错了" in text(client.get(promise.get_absolute_url()))


@pytest.mark.parametrize("page", ["promise_create", "dispute_create"])
def test_of_who_owes_nothing_there_is_nothing_to_promise_or_dispute(
    team: Team, customer: Customer, page: str
) -> None:
    client = as_(team.service_manager)
    assert "names no open item" in text(client.get(url(page, customer.number)))
    create_report(as_of=timezone.localdate())
    assert "names no open item" in text(client.get(url(page, customer.number)))


# Disputes -------------------------------------------------------------------------------------------------------------


def dispute_data(customer: Customer, team: Team, documents: list[str], **changes: Any) -> dict[str, Any]:
    return {
        "items": codes(customer, *documents),
        "currency": "CNY",
        "way": "mail",
        "subject": "部分质量问题",
        "reason": "quality",
        "owner": str(team.legal_affairs.pk),
        "deadline_on": "",
        "description": "",
        "submission_key": str(uuid4()),
        **changes,
    }


def test_a_dispute_about_a_part_of_an_item(
    team: Team, customer: Customer, due_on: dt.date, today: dt.date
) -> None:
    """30.00 of A and all of B: the letter demands the other 70.00 of A; once it is settled, B gets its letter too."""
    client = as_(team.service_manager)
    (code,) = codes(customer, "A")
    data = dispute_data(customer, team, ["A", "B"], **{f"amount-{code}": "30.00"})
    for _click in range(2):
        response = client.post(url("dispute_create", customer.number), data)
    dispute = ContractDispute.objects.get()
    assert response["Location"] == dispute.get_absolute_url()
    assert list(dispute.disputed_items.values_list("document", "disputed_amount")) == [
        ("A", Decimal("30.00")),
        ("B", None),
    ]
    contact = CollectionContact.objects.get()
    assert (contact.result, contact.way, contact.dispute, contact.next_on) == (
        "dispute",
        "mail",
        dispute,
        today + 7 * DAY,
    )
    run_dunning(on=today, by=None)
    letter = DunningNotice.objects.get(currency="CNY")
    assert [(item.document, item.amount) for item in letter.items.all()] == [("A", Decimal("70.00"))]
    for page in (customer.get_absolute_url(), url("work_list")):
        assert dispute.subject in text(client.get(page))
    again = client.get(url("dispute_create", customer.number)).context["form"]
    assert [can for _item, can, *_rest in again.rows()] == [False, False, True]
    resolve_dispute(
        dispute=dispute,
        outcome="让步",
        conceded_amount=Decimal("30.00"),
        closed_on=today,
        by=team.legal_affairs,
    )
    assert "30.00" in text(client.get(dispute.get_absolute_url()))
    run_dunning(on=today + DAY, by=None)
    later = DunningNotice.objects.get(currency="CNY", issued_on=today + DAY)
    assert [(item.document, item.amount) for item in later.items.all()] == [("B", Decimal("50.00"))]


@pytest.mark.parametrize(
    ("amount", "is_wrong"), [("", False), ("0.01", False), ("100.00", False), ("100.01", True), ("0", True)]
)
def test_the_amount_in_dispute_is_at_most_what_is_open(
    team: Team, customer: Customer, due_on: dt.date, amount: str, is_wrong: bool
) -> None:
    (code,) = codes(customer, "A")
    data = dispute_data(customer, team, ["A"], **{f"amount-{code}": amount})
    response = as_(team.service_manager).post(url("dispute_create", customer.number), data)
    assert ContractDispute.objects.exists() is not is_wrong
    if is_wrong:
        assert list(response.context["form"].errors) == [f"amount-{code}"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"items": []}, "items"),
        ({"subject": ""}, "subject"),
        ({"owner": ""}, "owner"),
        ({"deadline_on": "2000-01-01"}, "deadline_on"),
    ],
)
def test_what_is_no_dispute(
    team: Team, customer: Customer, due_on: dt.date, changes: dict[str, Any], field: str
) -> None:
    response = as_(team.service_manager).post(
        url("dispute_create", customer.number), dispute_data(customer, team, ["A"], **changes)
    )
    assert field in response.context["form"].errors
    assert not ContractDispute.objects.exists()


def test_an_item_in_dispute_is_not_promised_beside(team: Team, customer: Customer, due_on: dt.date) -> None:
    client = as_(team.service_manager)
    client.post(url("dispute_create", customer.number), dispute_data(customer, team, ["A"]))
    page = client.get(url("promise_create", customer.number))
    assert [can for _item, can, *_rest in page.context["form"].rows()] == [False, True, True]
    assert "in dispute" in text(page)


# Where else it shows --------------------------------------------------------------------------------------------------


def test_customer_and_aging_page_lead_to_the_forms(team: Team, customer: Customer, due_on: dt.date) -> None:
    for page in (customer.get_absolute_url(), reverse("receivables:aging_customer", args=[customer.number])):
        for name in ("promise_create", "dispute_create"):
            assert url(name, customer.number) in text(as_(team.service_manager).get(page))
            assert url(name, customer.number) not in text(as_(team.group_leader).get(page))
    file = text(as_(team.service_manager).get(customer.get_absolute_url()))
    assert "No contact yet." in file
    assert url("proposal_create", customer.number) in file


def test_the_timeline_tells_of_contacts_and_promises(team: Team, customer: Customer, due_on: dt.date) -> None:
    client = as_(team.service_manager)
    client.post(url("work_log", customer.number), key_data("no_answer", note="没人接"))
    client.post(url("promise_create", customer.number), promise_data(customer, ["A"], "1.00"))
    promise = Promise.objects.get()
    client.post(url("promise_withdraw", promise.number), {"reason": "r"})
    page = text(client.get(reverse("customers:timeline", args=[customer.number])))
    for part in (
        "没人接",
        "Phone: no answer",
        "Phone: promise to pay",
        "Promise to pay: withdrawn",
        promise.number,
    ):
        assert part in page
