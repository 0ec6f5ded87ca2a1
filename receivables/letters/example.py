"""A letter to nobody: what a preview shows where no customer is chosen, or he has no item that fits."""

from __future__ import annotations

from decimal import Decimal

from creditrisk.policy.schema import DunningStageCode
from receivables.letters.content import CustomerDetails
from receivables.letters.texts import Language

CUSTOMERS: dict[Language, CustomerDetails] = {
    "en": CustomerDetails(
        "C00000", "Example Trading Co., Ltd.", "1 Example Road, Suzhou", "Ms Wang", "215000"
    ),
    "zh-hans": CustomerDetails("C00000", "示例商贸有限公司", "江苏省苏州市示例路 1 号", "王女士", "215000"),
    "zh-hant": CustomerDetails("C00000", "示例商貿有限公司", "江蘇省蘇州市示例路 1 號", "王女士", "215000"),
}
DAYS: dict[DunningStageCode, tuple[int, ...]] = {
    "reminder": (-6, -2),
    "dunning_letter": (3, 9),
    "final_demand": (18, 35),
}
"""Days past due of the two items, inside the usual days of the stage."""
AMOUNTS = (Decimal("12800.00"), Decimal("3450.50"))
NUMBER = "DL-{year}-000000"
"""The number that no letter has."""
