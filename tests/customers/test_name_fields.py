"""Columns that follow from a name keep up with it, by whatever way it is written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

from customers.models import Contact, Customer, CustomerAlias
from tests.factories.customers import create_contact, create_customer

pytestmark = pytest.mark.django_db


def test_saving_a_name_saves_its_pieces() -> None:
    customer = create_customer(name="华瑞科技有限公司", name_en="Acme", short_name="华瑞")
    customer.name = "示范有限公司"
    customer.save()
    customer.refresh_from_db()
    assert customer.name_grams == ["示范"]
    assert customer.name_en_grams == ["acm", "cme"]
    assert customer.short_name_grams == ["华瑞"]


def test_bulk_creation_too() -> None:
    Customer.objects.bulk_create([Customer(number="B-1", name="华瑞科技")])
    assert Customer.objects.get().name_grams == ["华瑞", "瑞科", "科技"]


def test_alias_has_its_key() -> None:
    alias = CustomerAlias.objects.create(customer=create_customer(), name="华瑞 （上海）")
    alias.refresh_from_db()
    assert (alias.key, alias.grams) == ("华瑞(上海)", ["上海", "华瑞", "瑞上"])


def test_pieces_are_no_part_of_the_history() -> None:
    names = {field.name for field in Customer.events.field.model._meta.fields}  # type: ignore[attr-defined]
    assert "name" in names
    assert not names & {"name_grams", "name_en_grams", "short_name_grams"}


def test_nothing_writes_a_name_past_its_pieces() -> None:
    past = re.compile(r"Customer\.objects[^\n]*\.update\([^)]*\b(?:short_)?name(?:_en)?=")
    sources = [
        path
        for app in ("creditrisk", "customers", "receivables", "reviews", "supervision")
        for path in (Path(settings.BASE_DIR) / app).rglob("*.py")
    ]
    assert sources
    assert [path for path in sources if past.search(path.read_text())] == []


def test_initials_keep_up_with_names() -> None:
    customer = create_customer(name="华瑞科技有限公司", short_name="华瑞")
    assert (customer.name_initials, customer.short_name_initials) == ("hrkjyxgs", "hr")
    customer.name = "示范有限公司"
    customer.save()
    customer.refresh_from_db()
    assert customer.name_initials == "sfyxgs"
    assert CustomerAlias.objects.create(customer=customer, name="示范厂").initials == "sfc"
    assert create_contact(customer=customer, name="王芳").name_initials == "wf"


def test_initials_are_no_part_of_the_history() -> None:
    for model in (Customer, Contact, CustomerAlias):
        kept = {field.name for field in model.events.field.model._meta.fields}  # type: ignore[attr-defined]
        assert not {name for name in kept if name.endswith("initials")}
