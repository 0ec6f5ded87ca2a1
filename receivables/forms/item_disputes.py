"""A dispute about single items: which, how much of each, and the facts that every dispute has (P3.3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from creditrisk.money import DECIMAL_PLACES, MAX_DIGITS
from customers.forms.contract_work import DisputeFactsForm
from customers.services import ItemInDispute
from receivables.forms.items import TickedItemsForm
from receivables.selectors.collectable import CollectableItem


class ItemDisputeForm(DisputeFactsForm, TickedItemsForm):
    """The items in dispute with an amount each (empty: all of it), and what the dispute is about."""

    def __init__(self, *args: Any, listed: Sequence[CollectableItem], **kwargs: Any) -> None:
        super().__init__(*args, listed=listed, **kwargs)
        for item in listed:
            self.fields[f"amount-{item.code}"] = forms.DecimalField(
                label=_("Amount in dispute"),
                max_digits=MAX_DIGITS,
                decimal_places=DECIMAL_PLACES,
                required=False,
                widget=forms.NumberInput(attrs={"placeholder": _("all of it")}),
            )

    def can_tick(self, item: CollectableItem) -> bool:
        return not item.has_dispute

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or self.cleaned_data
        for code in typed.get("items", ()):
            amount = typed.get(f"amount-{code}")
            if amount is None:
                continue
            if amount <= 0:
                text = _("The amount in dispute must be above zero.")
                self.add_error(f"amount-{code}", forms.ValidationError(text, code="amount"))
            elif amount > self.by_code[code].open_amount:
                text = _("More is in dispute than is open.")
                self.add_error(f"amount-{code}", forms.ValidationError(text, code="amount"))
        return typed

    def facts(self) -> dict[str, Any]:
        """Return what every dispute says, of a valid form."""
        names = ("subject", "reason", "owner", "deadline_on", "description")
        return {name: self.cleaned_data[name] for name in names}

    def disputed(self) -> list[ItemInDispute]:
        """Return the items in dispute of a valid form."""
        return [
            ItemInDispute(item.document, item.due_on, item.currency, self.cleaned_data[f"amount-{item.code}"])
            for item in self.chosen()
        ]
