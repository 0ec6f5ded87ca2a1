"""The files that the demo's finance clerk uploads: one csv per month end, Chinese and English headers in turn."""

from __future__ import annotations

import csv
import datetime as dt
import io

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


def contract_number(customer_number: str) -> str:
    """Return the number of a demo customer's contract."""
    return f"HT-{customer_number[1:]}"
