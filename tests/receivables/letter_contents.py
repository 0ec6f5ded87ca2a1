"""Letters to render in tests and in the benchmark: one company, one customer, made-up items."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from creditrisk.policy.default import DEFAULT_POLICY
from creditrisk.policy.schema import DunningStageCode
from receivables.damages import liquidated_damages
from receivables.letters import (
    CompanyDetails,
    CustomerDetails,
    EarlierLetter,
    Language,
    LetterContent,
    LetterItem,
)

RULES = DEFAULT_POLICY.dunning
ISSUED_ON = date(2026, 3, 2)
FIRST_DAYS: dict[DunningStageCode, int] = {"reminder": -3, "dunning_letter": 5, "final_demand": 31}

COMPANY = CompanyDetails(
    name="示范科技有限公司",
    name_en="Demo Technology Co., Ltd.",
    address="上海市浦东新区示范路 100 号",
    address_en="100 Demo Road, Pudong, Shanghai",
    phone="+86 21 5555 0100",
    email="finance@example.com",
    bank_name="示范银行上海分行",
    bank_account="6222 0000 0000 0000 001",
)
CUSTOMERS: dict[Language, CustomerDetails] = {
    "en": CustomerDetails("C00123", "Huadong Machinery Co., Ltd.", "328 Xinghu Street, Suzhou", "Ms Wang"),
    "zh-hans": CustomerDetails("C00123", "华东机械股份有限公司", "江苏省苏州市星湖街 328 号", "王晓梅 女士"),
    "zh-hant": CustomerDetails("C00123", "華東機械股份有限公司", "江蘇省蘇州市星湖街 328 號", "王曉梅 女士"),
}


def letter_item(index: int, days: int) -> LetterItem:
    """Return item `index` (from 1), `days` past due on ISSUED_ON."""
    amount = Decimal("12345.67") * index
    return LetterItem(
        document=f"INV-2026-{index:05d}",
        document_on=ISSUED_ON - timedelta(days=days + 30),
        due_on=ISSUED_ON - timedelta(days=days),
        days_overdue=days,
        amount=amount + 1000,
        open_amount=amount,
        damages_amount=liquidated_damages(
            amount,
            days=days,
            daily_ratio=RULES.late_payment_daily_ratio,
            cap_ratio=RULES.late_payment_cap_ratio,
        ),
    )


def letter_content(
    stage: DunningStageCode = "dunning_letter",
    language: Language = "en",
    *,
    items: int = 2,
    currency: str = "CNY",
) -> LetterContent:
    """Return a letter with that many items; two of them add up to 37,037.01."""
    lines = tuple(letter_item(index, FIRST_DAYS[stage] + index % 3) for index in range(1, items + 1))
    reminder = LetterContent(
        stage="reminder",
        language=language,
        issued_on=ISSUED_ON,
        company=COMPANY,
        customer=CUSTOMERS[language],
        currency=currency,
        items=lines,
        total_amount=sum((line.open_amount for line in lines), Decimal()),
        policy_version="v1",
        late_payment_daily_ratio=RULES.late_payment_daily_ratio,
        late_payment_cap_ratio=RULES.late_payment_cap_ratio,
        final_demand_from_day=RULES.stages[-1].from_day,
        contact_name="Li Jing",
        contact_phone="+86 21 5555 0118",
    )
    if stage == "reminder":
        return reminder
    numbered = replace(
        reminder, stage=stage, number="DL-2026-000123", pay_by_on=ISSUED_ON + timedelta(days=7)
    )
    if stage == "dunning_letter":
        return numbered
    return replace(numbered, earlier_letters=(EarlierLetter("DL-2026-000098", date(2026, 2, 12)),))
