"""Reads of what people keep about their lists."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from creditrisk.accounts.models import User
from creditrisk.lists.models import HiddenColumns, SavedFilter, SavedFilterQuerySet
from creditrisk.lists.pages import columns_of

NOT_KEPT = ("page", "per_page", "format")


@dataclass(frozen=True)
class Choice:
    """A column that may be left out."""

    name: str
    header: str
    is_shown: bool


@dataclass(frozen=True)
class ListTools:
    """What stands above a list: its columns, the person's and everybody's saved filters, and the present one."""

    page: str
    columns: list[Choice]
    saved: list[SavedFilter]
    query: str


def hidden_columns(user: User, page: str) -> list[str]:
    """Return the columns that `user` leaves out of the list `page`. One query."""
    kept = HiddenColumns.objects.filter(user=user, page=page).values_list("columns", flat=True).first()
    known = columns_of(page)
    return [name for name in kept or [] if name in known]


def list_tools(
    *, user: User, page: str, hidden: Iterable[str], address: MultiValueDict[str, str]
) -> ListTools:
    """Return what `partials/_list_tools.html` shows; `address` is the request's GET. At most two queries."""
    left_out = set(hidden)
    visible: SavedFilterQuerySet = SavedFilter.objects.visible_to(user)
    return ListTools(
        page=page,
        columns=[Choice(name, header, name not in left_out) for name, header in columns_of(page).items()],
        saved=list(visible.filter(page=page).prefetch_related("owner")),
        query=clean_query(address),
    )


def clean_query(address: MultiValueDict[str, str]) -> str:
    """Return the filter and order of an address, without pages and what is empty, ready for an address bar."""
    kept = QueryDict(mutable=True)
    for name, values in sorted(address.lists()):
        if name not in NOT_KEPT and any(values):
            kept.setlist(name, [value for value in values if value])
    return kept.urlencode()
