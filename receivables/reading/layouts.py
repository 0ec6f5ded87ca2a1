"""The kinds of file finance uploads.

Which columns each has, under which names, and how a header row is mapped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from receivables.reading.bucket_names import BucketColumn, bucket_column, settled
from receivables.reading.column_names import OPEN_ITEM_NAMES
from receivables.reading.headers import HeaderCell, header_cell
from receivables.reading.other_names import AGED_TABLE_NAMES, LEDGER_NAMES, RECEIPT_NAMES
from receivables.reading.payable_names import PAYABLE_BALANCES, PAYABLE_NAMES, RECEIVABLE_BALANCES
from receivables.reading.report import FileRefused


@dataclass(frozen=True)
class Layout:
    """One kind of file. `names` gives each field its column names, best first, each rank a set of equals.

    A field whose name starts with "any_" stands for a name that says too little (客户, amount);
    `settle_open_items` gives such a column its meaning from what else the header has. `other_balances` are what a file
    of the other kind calls its balance: a header that has no balance of its own beside it is refused. The fields
    `repeated` may have several columns: the second is called "paid_on_2". `days` are the fields of which the first
    that the file has tells a row with a date from a total or a note; `total` is the field that its total rows state.
    `buckets`: the columns beside the customer are aging buckets.
    """

    kind: str
    names: Mapping[str, Sequence[frozenset[str]]]
    required: tuple[tuple[str, ...], ...]
    other_balances: frozenset[str] = frozenset()
    repeated: frozenset[str] = frozenset()
    days: tuple[str, ...] = ("due_on", "document_on")
    total: str = "open_amount"
    buckets: bool = False

    @cached_property
    def ranks(self) -> dict[str, tuple[str, int]]:
        """Return for each normalised column name its field and rank."""
        others = dict.fromkeys(self.other_balances, (OTHER_BALANCE, 0))
        return others | {
            name: (field, rank)
            for field, ranks in self.names.items()
            for rank, names in enumerate(ranks)
            for name in names
        }


OTHER_BALANCE = "any_other_balance"
CUSTOMER = ("customer_ref", "customer_name")
PAYMENTS = frozenset({"paid_on", "paid_amount"})
OPEN_ITEMS = Layout(
    "open_items",
    OPEN_ITEM_NAMES,
    (CUSTOMER, ("document",), ("due_on", "document_on"), ("open_amount",)),
    other_balances=PAYABLE_BALANCES,
)
PAYABLES = Layout(
    "payables",
    PAYABLE_NAMES,
    (CUSTOMER, ("document",), ("due_on",), ("open_amount",)),
    other_balances=RECEIVABLE_BALANCES,
)
LEDGER = Layout(
    "ledger",
    LEDGER_NAMES,
    (CUSTOMER, ("document",), ("document_on",), ("amount",), ("paid_on",)),
    other_balances=PAYABLE_BALANCES,
    repeated=PAYMENTS,
    days=("document_on",),
    total="amount",
)
RECEIPTS = Layout("receipts", RECEIPT_NAMES, (CUSTOMER, ("paid_on",), ("open_amount",)), days=("paid_on",))
AGED_TABLE = Layout("aged_table", AGED_TABLE_NAMES, (CUSTOMER, ("buckets",)), days=(), buckets=True)
LAYOUTS = {layout.kind: layout for layout in (OPEN_ITEMS, AGED_TABLE, LEDGER, RECEIPTS, PAYABLES)}
MIN_BUCKETS = 2
BUCKET_FIELD, BUCKETS = "bucket", "buckets"


@dataclass(frozen=True)
class Mapped:
    """A header row read.

    The column index of each field, what is missing, and columns that fit equally well. `other_balance` is the column
    that tells that the file is of the other kind, '' where nothing does.
    """

    columns: Mapping[str, int]
    cells: Sequence[HeaderCell | None]
    missing: tuple[str, ...]
    rivals: Mapping[str, tuple[int, ...]]
    base_currency: bool = False
    kind: str = OPEN_ITEMS.kind
    other_balance: str = ""
    buckets: tuple[BucketColumn, ...] = ()

    @property
    def layout(self) -> Layout:
        """The kind of file whose header this is."""
        return LAYOUTS[self.kind]

    @property
    def score(self) -> int:
        """Return how many fields were recognised."""
        return len(self.columns) + len(self.buckets)

    def text(self, field: str) -> str:
        """Return the header text of a field's column, '' where the file has none."""
        cell = self.cells[self.columns[field]] if field in self.columns else None
        return cell.text if cell else ""

    def require(self, *, row: int) -> None:
        """Raise FileRefused where the file is of the other kind, a needed column is missing or two columns fit one
        field equally well.
        """
        if self.other_balance and self.kind == PAYABLES.kind:
            raise FileRefused("not_payables", {"column": self.other_balance, "row": row})
        if self.other_balance:
            raise FileRefused("not_open_items", {"column": self.other_balance, "row": row})
        for field, columns in self.rivals.items():
            texts = [cell.text for index in columns if (cell := self.cells[index])]
            raise FileRefused("ambiguous_columns", {"field": field, "columns": texts, "row": row})
        if self.missing:
            found = [cell.text for index in self.columns.values() if (cell := self.cells[index])]
            told = {"missing": list(self.missing), "found": found, "row": row, "kind": self.kind}
            raise FileRefused("missing_columns", told)


def unnumbered(field: str) -> str:
    """Return the field of one of several columns: "paid_on" for "paid_on_2"."""
    return re.sub(r"_\d+$", "", field)


def map_header(texts: Sequence[Sequence[str]], layout: Layout) -> Mapped:
    """Return how a header row is understood; each column comes as its possible texts, the likeliest first."""
    ranks = layout.ranks
    cells: list[HeaderCell | None] = []
    found: dict[str, dict[int, list[int]]] = {}
    buckets: list[BucketColumn] = []
    for index, choices in enumerate(texts):
        if layout.buckets and (
            bucket := next(filter(None, (bucket_column(index, text) for text in choices)), None)
        ):
            buckets.append(bucket)
            cells.append(header_cell(bucket.text, {}))
            continue
        cell = next(
            (
                cell
                for text in choices
                if (cell := header_cell(text, ranks, numbered=layout.repeated)) and cell.field
            ),
            None,
        )
        fallback = header_cell(choices[0], ranks) if choices else None
        cells.append(cell or fallback)
        if cell is not None and cell.field is not None:
            found.setdefault(cell.field, {}).setdefault(cell.rank, []).append(index)
    best = {field: by_rank[min(by_rank)] for field, by_rank in found.items()}
    others = best.pop(OTHER_BALANCE, None)
    has_balance = "open_amount" in best or "base_open_amount" in best
    base_currency = SETTLE[layout.kind](best)
    for field in layout.repeated & best.keys():
        for number, column in enumerate(best[field][1:], start=2):
            best[f"{field}_{number}"] = [column]
        best[field] = best[field][:1]
    ordered = settled(buckets) or ()
    has = {*best, *(["buckets"] if len(ordered) >= MIN_BUCKETS else [])}
    other = cells[others[0]] if others and not has_balance else None
    return Mapped(
        columns={field: columns[0] for field, columns in best.items()},
        cells=cells,
        missing=tuple(group[0] for group in layout.required if not any(field in has for field in group)),
        rivals={field: tuple(columns) for field, columns in best.items() if len(columns) > 1},
        base_currency=base_currency,
        kind=layout.kind,
        other_balance=other.text if other else "",
        buckets=ordered,
    )


def map_chosen(texts: Sequence[str], chosen: Mapping[str, str], layout: Layout) -> Mapped:
    """Return a header row as somebody said it is meant: column index as text → field, "bucket" for a bucket.

    The columns' texts still tell units and currencies. A column that is no column of the file is left out.
    """
    cells = [header_cell(text, layout.ranks, numbered=layout.repeated) for text in texts]
    found: dict[str, list[int]] = {}
    buckets: list[BucketColumn] = []
    for key, field in chosen.items():
        index = int(key)
        if not field or index >= len(texts):
            continue
        if field == BUCKET_FIELD:
            if bucket := bucket_column(index, texts[index]):
                buckets.append(bucket)
            continue
        found.setdefault(field, []).append(index)
    columns = {
        f"{field}_{number}" if number > 1 else field: index
        for field, indexes in found.items()
        for number, index in enumerate(indexes if field in layout.repeated else indexes[:1], start=1)
    }
    ordered = settled(buckets) or ()
    has = {*columns, *([BUCKETS] if len(ordered) >= MIN_BUCKETS else [])}
    return Mapped(
        columns=columns,
        cells=[cell or HeaderCell("") for cell in cells],
        missing=tuple(group[0] for group in layout.required if not any(field in has for field in group)),
        rivals={
            field: tuple(indexes)
            for field, indexes in found.items()
            if len(indexes) > 1 and field not in layout.repeated
        },
        kind=layout.kind,
        buckets=ordered,
    )


def settle_customer(best: dict[str, list[int]]) -> bool:
    """Give a column that says only 客户 its meaning, in place."""
    if customer := best.pop("any_customer", None):
        best.setdefault("customer_name" if "customer_ref" in best else "customer_ref", customer)
    return False


def settle_ledger(best: dict[str, list[int]]) -> bool:
    """Give columns with general names their meaning in a ledger, in place: a date is the document's."""
    settle_customer(best)
    if day := best.pop("any_date", None):
        best.setdefault("document_on", day)
    general, base = best.pop("any_amount", None), best.pop("base_amount", None)
    if amount := general or base:
        best.setdefault("amount", amount)
    return False


def settle_receipts(best: dict[str, list[int]]) -> bool:
    """Give columns with general names their meaning in a file of receipts, in place: a date is that of the receipt."""
    settle_customer(best)
    if day := best.pop("any_date", None):
        best.setdefault("paid_on", day)
    if general := best.pop("any_amount", None):
        best.setdefault("open_amount", general)
    return False


def settle_open_items(best: dict[str, list[int]]) -> bool:
    """Give columns with general names (客户, 日期, amount) their meaning, in place.

    Returns True where the only open amount is in base currency, so that a currency column does not describe
    it.
    """
    base_open, base_amount = best.pop("base_open_amount", None), best.pop("base_amount", None)
    paid = best.pop("paid_amount", None)
    if customer := best.pop("any_customer", None):
        best.setdefault("customer_name" if "customer_ref" in best else "customer_ref", customer)
    if day := best.pop("any_date", None):
        best.setdefault("document_on", day)
    if general := best.pop("any_amount", None):
        best.setdefault("amount", general)
    if "open_amount" in best:
        return False
    if base_open is not None:
        best["open_amount"] = base_open
        if base_amount is not None:
            best["amount"] = base_amount
        else:
            best.pop("amount", None)
        return True
    if paid is None and "amount" in best:
        best["open_amount"] = best.pop("amount")
        return False
    if paid is None and base_amount is not None:
        best["open_amount"] = base_amount
        return True
    return False


SETTLE = {
    OPEN_ITEMS.kind: settle_open_items,
    PAYABLES.kind: settle_open_items,
    LEDGER.kind: settle_ledger,
    RECEIPTS.kind: settle_receipts,
    AGED_TABLE.kind: settle_customer,
}
"""What gives the general names of a kind of file their meaning; True where the only balance is in base currency."""
