"""Total and subtotal rows: how they are recognised, and whether they agree with the rows they sum."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from receivables.reading.report import TotalRow

# A word for a total alone or with a remark, or after a customer's name: 小计, 合 计（元）, 上海贸易公司
# 合计, Total for Acme.
_CHINESE = r"(?:[总總]\s*)?(?:合\s*[计計]|小\s*[计計]|[总總]\s*[计計]|共\s*[计計]|累\s*[计計])"
TOTAL_LABEL = (
    rf"(?i)^(?:[本当當全各]\S{{1,3}}|应收|應收|客户|客戶|部门|部門)?\s*{_CHINESE}(?:\s*[:：(（].*|\s.*)?$"
    rf"|^.+\s*{_CHINESE}\s*[:：]?$"
    r"|^(?:grand[\s-]*|sub[\s-]*)?totals?\b.*$"
    r"|^sum\s*[:：]?$"
    r"|^.+\s(?:sub[\s-]*|grand[\s-]*)?totals?\s*[:：]?$"
)


@dataclass(frozen=True)
class Stated:
    """A total row as it stands in the file: its stated open amount and its currency, where it has them."""

    row: int
    label: str
    amount: Decimal | None
    currency: str | None


def compare_totals(stated: Sequence[Stated], runs: Sequence[Mapping[str, Decimal]]) -> Iterator[TotalRow]:
    """Yield each total row with what it should be.

    `runs[n]` is the sum per currency of the items between total row n-1 and total row n. A total row agrees
    if it is the sum of the last runs before it, however many: a subtotal, a subtotal of subtotals, or a
    grand total.
    """
    running: dict[str, Decimal] = {}
    seen: dict[str, set[Decimal]] = {}
    for total, run in zip(stated, runs, strict=True):
        for currency, amount in run.items():
            running[currency] = running.get(currency, Decimal(0)) + amount
        own = total.currency or (next(iter(running)) if len(running) == 1 else None)
        if total.amount is None or own is None or own not in running:
            yield TotalRow(total.row, total.label, total.amount, own, None, None)
        else:
            starts = seen.get(own, set()) | {Decimal(0)}
            agrees = running[own] - total.amount in starts
            computed = total.amount if agrees else run.get(own, running[own])
            yield TotalRow(total.row, total.label, total.amount, own, computed, agrees)
        for name, amount in running.items():
            seen.setdefault(name, set()).add(amount)
