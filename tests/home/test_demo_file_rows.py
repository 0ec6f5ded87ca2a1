"""The demo's customer files: contacts, accounts and qualifications, some of which end soon."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from creditrisk.home.demo.companies import made_up_companies
from creditrisk.home.demo.file_rows import SCANS, create_file_rows
from customers.models import BankAccount, Contact, Customer, Qualification, QualificationScan
from customers.validity import days_left
from tests.customers.test_main_details import differences
from tests.factories.customers import create_customer
from tests.factories.people import create_user

TODAY = dt.date(2026, 11, 25)


@pytest.mark.django_db
def test_every_file_is_filled_in_and_some_things_end(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    companies = made_up_companies(count=60)
    customers = [
        create_customer(
            name=company.name,
            finance_contact=company.contact,
            finance_email=company.email,
            business_contact=company.contact,
            legal_representative=company.legal_representative,
            person_in_charge=company.legal_representative,
            bank_name=company.bank_name,
            bank_account=company.bank_account,
        )
        for company in companies
    ]
    create_file_rows(customers, companies, create_user(), TODAY)
    assert all(differences(customer) == {} for customer in Customer.objects.all()[:10])
    assert Contact.objects.filter(kind="finance", is_main=True).count() == 60
    assert Contact.objects.filter(is_main=False).count() > 20
    assert BankAccount.objects.filter(is_main=False).count() == 10
    assert QualificationScan.objects.count() == SCANS
    ends = [row.valid_to_on for row in Qualification.objects.exclude(valid_to_on=None) if row.valid_to_on]
    left = Counter(days_left(day, TODAY) for day in ends)
    assert all(left[days] for days in (7, 30, 60, -12))
    assert sum(count for days, count in left.items() if days > 60) > 30
