"""The industries of GB/T 4754: reference data of the administration."""

from __future__ import annotations

import json
from string import ascii_uppercase

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from creditrisk.accounts.roles import Role
from creditrisk.audit.selectors import history_of
from customers.file_confirmation import snapshot_of
from customers.models import Industry
from customers.selectors import master_data_of
from tests.factories.customers import create_active_customer
from tests.factories.people import create_user

pytestmark = pytest.mark.django_db


def test_the_sections_are_there_from_the_start() -> None:
    assert "".join(Industry.objects.values_list("code", flat=True)) == ascii_uppercase[:20]
    with override("zh-hans"):
        assert str(Industry.objects.get(code="C")) == "C 制造业"


def test_a_reader_of_english_reads_the_english_name_where_there_is_one() -> None:
    assert str(Industry.objects.get(code="C")) == "C Manufacturing"
    assert str(Industry(code="C35", name="专用设备制造业")) == "C35 专用设备制造业"


def test_a_customer_has_one_and_the_list_is_narrowed_by_it() -> None:
    industry = Industry.objects.get(code="C")
    create_active_customer(number="K-1", industry=industry)
    create_active_customer(number="K-2")
    client = Client()
    client.force_login(create_user(Role.GROUP_LEADER))
    page = client.get(reverse("customers:list"), {"industry": industry.pk}).content.decode()
    assert "K-1" in page
    assert "K-2" not in page
    assert "C Manufacturing" in client.get(reverse("customers:detail", args=["K-1"])).content.decode()


def test_what_the_file_holds_is_ready_for_json() -> None:
    industry = Industry.objects.get(code="C")
    customer = create_active_customer(industry=industry)
    assert json.loads(json.dumps(master_data_of(customer)))["industry"] == industry.pk
    snapshot = snapshot_of(customer, ["master_data"])
    with override("zh-hans"):
        assert snapshot_of(customer, ["master_data"]) == snapshot
    assert snapshot["master_data"]["industry"] == "C"


@pytest.mark.parametrize(
    "fields", [{"code": "U"}, {"code": "c"}, {"code": "C1x"}, {"code": "C34", "name": ""}]
)
def test_database_refuses_what_is_no_industry(fields: dict[str, str]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Industry.objects.create(**({"name": "x"} | fields))


def test_an_administrator_adds_one_and_it_is_on_record() -> None:
    administrator = create_user(Role.ADMINISTRATOR)
    client = Client()
    client.force_login(administrator)
    data = {"code": "C35", "name": "专用设备制造业", "name_en": "Manufacture of special equipment"}
    assert client.post(reverse("admin:customers_industry_add"), data).status_code == 302
    added = Industry.objects.get(code="C35")
    assert history_of(added)[0].person == str(administrator)
    assert "专用设备制造业" in client.get(reverse("admin:customers_industry_changelist")).content.decode()
