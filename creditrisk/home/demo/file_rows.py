"""Contacts, bank accounts and qualifications of the made-up companies: some end soon, some have ended."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.core.files.base import ContentFile

from creditrisk.accounts.models import User
from creditrisk.dates import add_months
from creditrisk.home.demo.companies import GIVEN, SURNAMES, Company
from creditrisk.home.demo.reviews import LICENCE_PDF
from creditrisk.stored_files import describe_file
from customers.models import (
    BankAccount,
    Channel,
    Contact,
    ContactKind,
    Customer,
    Qualification,
    QualificationKind,
    QualificationScan,
)
from customers.services import open_main_details

CERTIFICATES = (
    (QualificationKind.ISO_9000, "方圆标志认证集团", ""),
    (QualificationKind.SPECIAL_PERMIT, "市场监督管理局", ""),
    (QualificationKind.ISO_20000, "中国质量认证中心", ""),
    (QualificationKind.BANK_CREDIT_RATING, "中国工商银行", "AA"),
    (QualificationKind.TAX_CREDIT_RATING, "国家税务总局", "A"),
)
ENDS_IN_DAYS = (7, 30, 60, -12, 5, 45, -200)
"""Days from today to the end of the certificates of every fourth company in turn; those of the others end later."""
SCANS = 12


def create_file_rows(customers: list[Customer], companies: list[Company], by: User, today: dt.date) -> None:
    """Give every customer his main contacts and account, a licence and a certificate, and some of them more."""
    open_main_details(customers=customers, by=by)
    pairs = list(zip(customers, companies, strict=True))
    Contact.objects.bulk_create(
        contact
        for index, (customer, _company) in enumerate(pairs)
        for contact in _contacts(index, customer, by)
    )
    BankAccount.objects.bulk_create(
        BankAccount(
            customer=customer,
            bank_name="中国银行",
            branch="国际结算部",
            account_number=f"4563 5100 {index:04d} 8888",
            holder=company.name,
            currency="USD",
            created_by=by,
        )
        for index, (customer, company) in enumerate(pairs)
        if index % 6 == 2
    )
    qualifications = Qualification.objects.bulk_create(
        qualification
        for index, (customer, company) in enumerate(pairs)
        for qualification in _qualifications(index, customer, company, by, today)
    )
    for qualification in qualifications[:SCANS]:
        _scan(qualification, by)


def _contacts(index: int, customer: Customer, by: User) -> Iterator[Contact]:
    if index % 3 == 0:
        yield Contact(
            customer=customer,
            kind=ContactKind.FINANCE,
            name=SURNAMES[index % len(SURNAMES)] + GIVEN[index % len(GIVEN)],
            title="应收会计",
            mobile=f"138{index:08d}",
            wechat=f"finance_{index:03d}",
            preferred_channel=Channel.WECHAT,
            created_by=by,
        )
    if index % 5 == 1:
        yield Contact(
            customer=customer,
            kind=ContactKind.OTHER,
            name=SURNAMES[-1 - index % len(SURNAMES)] + GIVEN[-1 - index % len(GIVEN)],
            title="仓库主管",
            phone=f"021-5555{index:04d}",
            preferred_channel=Channel.PHONE,
            notes="收货与验收联系人",
            created_by=by,
        )


def _qualifications(
    index: int, customer: Customer, company: Company, by: User, today: dt.date
) -> Iterator[Qualification]:
    yield Qualification(
        customer=customer,
        kind=QualificationKind.BUSINESS_LICENCE,
        number=company.uscc,
        issuer=f"{company.address[:2]}市市场监督管理局",
        valid_from_on=add_months(today, -60 - index % 48),
        created_by=by,
    )
    kind, issuer, rating = CERTIFICATES[index % len(CERTIFICATES)]
    ends_in_days = ENDS_IN_DAYS[index // 4 % len(ENDS_IN_DAYS)] if index % 4 == 0 else 150 + index * 11 % 700
    ends_on = today + dt.timedelta(days=ends_in_days)
    yield Qualification(
        customer=customer,
        kind=kind,
        number=f"Q-{today.year - 2}-{index:05d}",
        issuer=issuer,
        rating=rating,
        valid_from_on=add_months(ends_on, -36),
        valid_to_on=ends_on,
        created_by=by,
    )


def _scan(qualification: Qualification, by: User) -> None:
    scan = QualificationScan(
        qualification=qualification,
        uploaded_by=by,
        **describe_file(name=f"{qualification.label}.pdf", content=LICENCE_PDF),
    )
    scan.file.save(scan.name, ContentFile(LICENCE_PDF), save=False)
    scan.save()
