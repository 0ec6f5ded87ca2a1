"""The tools above a list, as a browser uses them."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from python_calamine import CalamineWorkbook

from creditrisk.lists.models import SavedFilter
from customers.models import Grade
from tests.factories.customers import create_active_customer
from tests.factories.people import Team, create_team

pytestmark = pytest.mark.django_db
LIST, EXPORT = "/customers/", "/customers/export/"


@pytest.fixture
def team() -> Team:
    return create_team()


@pytest.fixture
def client(team: Team) -> Client:
    client = Client()
    client.force_login(team.group_leader)
    return client


def page(client: Client, query: str = "") -> str:
    return str(client.get(f"{LIST}{query}").content.decode())


def test_columns_are_chosen_and_the_filter_is_kept(client: Client) -> None:
    create_active_customer(name="华瑞", grade=Grade.A)
    assert 'data-label="Grade"' in page(client)
    sent = {"page": "customers:list", "shown": ["number", "state"], "query": "grade=A"}
    answer = client.post(reverse("lists:columns"), sent)
    assert answer.headers["Location"] == f"{LIST}?grade=A"
    assert 'data-label="Grade"' not in page(client)
    assert 'data-label="State"' in page(client)


def test_a_filter_is_saved_offered_and_deleted(client: Client) -> None:
    sent = {"page": "customers:list", "name": "Only A", "query": "grade=A", "is_shared": "on"}
    client.post(reverse("lists:save"), sent)
    assert '<a href="/customers/?grade=A">Only A</a>' in page(client)
    saved = SavedFilter.objects.get()
    client.post(reverse("lists:delete", args=[saved.pk]))
    assert "Only A</a>" not in page(client)


def test_what_cannot_be_saved_is_told(client: Client) -> None:
    sent = {"page": "customers:list", "name": "", "query": "grade=A"}
    answer = client.post(reverse("lists:save"), sent, follow=True)
    assert "Give the filter a name" in answer.content.decode()


@pytest.mark.parametrize("name", ["lists:columns", "lists:save"])
@pytest.mark.parametrize("sent", [{"page": "//evil.example"}, {}, {"page": "customers:list", "extra": "1"}])
def test_nobody_is_led_elsewhere(client: Client, name: str, sent: dict[str, str]) -> None:
    assert (
        client.post(reverse(name), {"name": "x", **sent} if name == "lists:save" else sent).status_code == 404
    )


def test_the_excel_file_is_the_filtered_list_with_its_filter(client: Client) -> None:
    create_active_customer(number="K2", name="=HYPERLINK(1)", grade=Grade.A)
    create_active_customer(number="K1", name="华瑞", grade=Grade.A)
    create_active_customer(number="K3", name="其他", grade=Grade.B)
    book = CalamineWorkbook.from_filelike(_file(client, "?grade=A&sort=number"))
    rows = book.get_sheet_by_name("Customers").to_python()
    assert [row[0] for row in rows] == ["Customer number", "K1", "K2"]
    assert rows[2][1] == "'=HYPERLINK(1)"
    facts = dict(row[:2] for row in book.get_sheet_by_name("Filters").to_python())
    assert facts["Credit grade"] == "A – excellent"
    assert "Downloaded by" in facts


def test_the_csv_file_is_the_same_list(client: Client) -> None:
    create_active_customer(number="K1", name="华瑞", name_en="+1 Ltd", grade=Grade.A)
    text = _file(client, "?format=csv").read().decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0][:2] == ["Customer number", "Name"]
    assert rows[1][:3] == ["K1", "华瑞", "'+1 Ltd"]


def _file(client: Client, query: str) -> io.BytesIO:
    answer: Any = client.get(f"{EXPORT}{query}")
    content = b"".join(answer.streaming_content)
    answer.close()
    return io.BytesIO(content)


@pytest.mark.parametrize("count", [1, 60])
def test_an_export_costs_the_same_queries_for_any_number(
    client: Client, count: int, django_assert_max_num_queries: Any
) -> None:
    for _number in range(count):
        create_active_customer()
    with django_assert_max_num_queries(8):
        _file(client, "")
