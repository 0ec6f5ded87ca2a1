"""The industries of GB/T 4754: reference data of the administration."""

from __future__ import annotations

from string import ascii_uppercase

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from creditrisk.accounts.roles import Role
from creditrisk.audit.selectors import history_of
from customers.models import Industry
from tests.factories.people import create_user

pytestmark = pytest.mark.django_db


def test_the_sections_are_there_from_the_start() -> None:
    assert "".join(Industry.objects.values_list("code", flat=True)) == ascii_uppercase[:20]
    assert str(Industry.objects.get(code="C")) == "C 制造业"


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
