"""The files that the demo's finance clerk uploads: one csv per month end, Chinese and English headers in turn."""

from __future__ import annotations

import csv
import datetime as dt
import io
from decimal import Decimal

from creditrisk.home.demo.companies import Company
from creditrisk.home.demo.ledger import Invoice

CHINESE = ("客户编码", "客户名称", "发票号", "发票日期", "到期日", "币种", "原币金额", "应收余额", "合同号")
ENGLISH = (
    "Customer no.", "Customer name", "Invoice no.", "Invoice date", "Due date", "Currency", "Amount", "Open amount",
    "Contract",
)  # fmt: skip


def open_items_csv(ledger: list[Invoice], day: dt.date) -> bytes:
    """Return the open items on `day` as finance would export them."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(CHINESE if day.month % 2 else ENGLISH)
    for invoice in ledger:
        if open_amount := invoice.open_amount_on(day):
            writer.writerow(
                (
                    invoice.company.number,
                    invoice.company.name,
                    invoice.document,
                    invoice.document_on,
                    invoice.due_on,
                    invoice.company.currency,
                    invoice.amount,
                    open_amount,
                    contract_number(invoice.company.number),
                )
            )
    return text.getvalue().encode("utf-8-sig")


PAYABLES = ("供应商编号", "供应商名称", "单据号", "单据日期", "到期日", "币种", "应付余额")
STRANGERS = (("V0001", "示范物业管理有限公司"), ("V0002", "示范办公用品商店"))
"""Suppliers who are no customers: every file of payables has them."""
SUPPLIES_EVERY = 5


def payables_csv(companies: list[Company], day: dt.date) -> bytes:
    """Return what we owe on `day`: every fifth customer supplies us, too, and so do strangers."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(PAYABLES)
    customers = [(company.number, company.name, company.currency) for company in companies[::SUPPLIES_EVERY]]
    suppliers = [*customers, *((number, name, "CNY") for number, name in STRANGERS)]
    for index, (number, name, currency) in enumerate(suppliers, start=1):
        document_on, due_on = day - dt.timedelta(days=index % 28), day + dt.timedelta(days=30 - index % 28)
        amount = Decimal(8_000 + 1_375 * (index % 17)).quantize(Decimal("0.01"))
        writer.writerow((number, name, f"PO-{day:%y%m}-{index:04d}", document_on, due_on, currency, amount))
    return text.getvalue().encode("utf-8-sig")


def contract_number(customer_number: str) -> str:
    """Return the number of a demo customer's contract."""
    return f"HT-{customer_number[1:]}"
