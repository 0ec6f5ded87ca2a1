"""A form in which open items of one customer are ticked: what a promise or a dispute is about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from receivables.models import ContactWay
from receivables.selectors.collectable import CollectableItem


class TickedItemsForm(forms.Form):
    """Offers `listed`, the customer's items in one currency; `can_tick` says which of them may be chosen.

    The others are understood all the same: a form that is sent twice names items that its first copy has taken. The
    service knows it again, and refuses what is taken in every other case.
    """

    items = forms.MultipleChoiceField(label=_("Items"))
    currency = forms.CharField(widget=forms.HiddenInput, max_length=3)
    way = forms.ChoiceField(label=_("How he told us"), choices=ContactWay.choices, initial=ContactWay.PHONE)

    def __init__(self, *args: Any, listed: Sequence[CollectableItem], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.listed = listed
        by_code = {item.code: item for item in listed}
        self.by_code = by_code
        self.fields["items"].choices = [(code, item.document) for code, item in by_code.items()]  # type: ignore[attr-defined]

    def can_tick(self, item: CollectableItem) -> bool:
        """Return whether the item may be chosen."""
        raise NotImplementedError

    def rows(self) -> Iterator[tuple[CollectableItem, bool, bool, BoundField | None]]:
        """Yield each item, whether it may be ticked and is, and the field beside it, if the form has one."""
        ticked = set(self["items"].value() or ())
        for item in self.listed:
            field, can_tick = f"amount-{item.code}", self.can_tick(item)
            beside = self[field] if can_tick and field in self.fields else None
            yield item, can_tick, can_tick and item.code in ticked, beside

    def chosen(self) -> list[CollectableItem]:
        """Return the ticked items of a valid form."""
        return [self.by_code[code] for code in self.cleaned_data["items"]]
