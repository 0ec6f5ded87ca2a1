"""Our company: one row, kept by administrators, and what the letters say."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.audit.selectors import history_of
from creditrisk.company.models import COMPANY_FIELDS, Company
from creditrisk.company.selectors import our_company
from creditrisk.company.services import save_company
from creditrisk.exceptions import InvalidInputError, NotAllowedError
from tests.factories.people import create_user

pytestmark = pytest.mark.django_db

ADD = "admin:company_company_add"
CHANGE = "admin:company_company_change"


@pytest.fixture
def administrator() -> User:
    return create_user(Role.ADMINISTRATOR)


@pytest.fixture
def client(administrator: User) -> Client:
    client = Client()
    client.force_login(administrator)
    return client


def values() -> dict[str, str]:
    return {field: getattr(our_company(), field) for field in COMPANY_FIELDS}


def test_a_new_installation_is_the_company_of_its_settings() -> None:
    assert values() == settings.CREDITRISK_COMPANY
    assert not Company.objects.exists(), "reading writes nothing"


def test_what_an_administrator_saves_counts_from_then_on(administrator: User) -> None:
    save_company(values={"name": " 新名公司 "}, by=administrator)
    assert values() == settings.CREDITRISK_COMPANY | {"name": "新名公司"}
    save_company(values={"phone": "021-1"}, by=administrator)
    assert (our_company().name, our_company().phone) == ("新名公司", "021-1")


def test_every_change_is_kept_with_its_author_and_the_account_masked(administrator: User) -> None:
    save_company(values={}, by=administrator)
    save_company(values={"bank_account": "6222 0000 0000 0000 777"}, by=administrator)
    save_company(values={"bank_account": "6222 0000 0000 0000 777"}, by=administrator)
    [last, first] = history_of(our_company())
    assert (last.kind, last.person, first.kind) == ("update", str(administrator), "insert")
    [change] = last.changes
    assert (change.field, change.old, change.new) == ("bank_account", "•••• 0001", "•••• 0777")


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.ADMINISTRATOR}))
def test_nobody_else_changes_it(role: Role) -> None:
    with pytest.raises(NotAllowedError) as refused:
        save_company(values={"name": "x"}, by=create_user(role))
    assert refused.value.code == "company.not_allowed"
    assert not Company.objects.exists()


def test_it_keeps_a_name(administrator: User) -> None:
    with pytest.raises(InvalidInputError) as refused:
        save_company(values={"name": " "}, by=administrator)
    assert refused.value.code == "company.name_missing"


def test_another_field_is_a_programmers_mistake(administrator: User) -> None:
    with pytest.raises(TypeError, match="grade"):
        save_company(values={"grade": "A"}, by=administrator)


@pytest.mark.parametrize("fields", [{"id": 2, "name": "zwei"}, {"name": ""}])
def test_database_refuses_a_second_one_and_one_without_a_name(fields: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Company.objects.create(**fields)


def test_the_administration_leads_to_the_one_form(client: Client, administrator: User) -> None:
    listed = client.get(reverse("admin:company_company_changelist"))
    assert (listed.status_code, listed["Location"]) == (302, reverse(ADD))
    assert settings.CREDITRISK_COMPANY["name"] in client.get(reverse(ADD)).content.decode()
    saved = client.post(reverse(ADD), values() | {"email": "letters@example.com"})
    assert saved.status_code == 302
    assert Company.objects.get().email == "letters@example.com"
    listed = client.get(reverse("admin:company_company_changelist"))
    assert listed["Location"] == reverse(CHANGE, args=[1])
    assert client.post(reverse(CHANGE, args=[1]), values() | {"name": "新名公司"}).status_code == 302
    assert Company.objects.get().name == "新名公司"
    assert history_of(our_company())[0].person == str(administrator)


def test_the_administration_has_no_second_one_and_no_end_for_the_first(client: Client) -> None:
    client.post(reverse(ADD), values())
    assert client.get(reverse(ADD)).status_code == 403
    gone = reverse("admin:company_company_delete", args=[1])
    assert client.post(gone, {"post": "yes"}).status_code == 403
    assert Company.objects.exists()
