"""Keeping how a person likes to see a list. It is his own affair: nobody's permission is asked but his."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.http import QueryDict
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.exceptions import InvalidInputError, NotAllowedError
from creditrisk.lists.models import NAME_MAX_LENGTH, HiddenColumns, SavedFilter
from creditrisk.lists.pages import columns_of, is_list
from creditrisk.lists.selectors import clean_query

MAX_PER_PAGE = 50
QUERY_MAX_LENGTH = 1000


def _require_list(page: str) -> None:
    if not is_list(page):
        raise InvalidInputError("lists.unknown", _("There is no such list."))


@transaction.atomic
def choose_columns(*, user: User, page: str, shown: Iterable[str]) -> HiddenColumns:
    """Show `user` the columns `shown` of the list `page` from now on; return what is left out.

    Raises InvalidInputError for an unknown list or column.
    """
    _require_list(page)
    wanted, known = set(shown), columns_of(page)
    if not wanted <= known.keys():
        raise InvalidInputError("lists.unknown_column", _("This list has no such column."))
    hidden = [name for name in known if name not in wanted]
    return HiddenColumns.objects.update_or_create(user=user, page=page, defaults={"columns": hidden})[0]


@transaction.atomic
def save_filter(*, user: User, page: str, name: str, query: str, is_shared: bool) -> SavedFilter:
    """Keep the filter `query` (of an address bar) of the list `page` under `name`; return it. The same name again
    replaces it.

    Raises InvalidInputError for an unknown list, an empty or too long name, a filter that narrows nothing or is too
    long, and one too many.
    """
    _require_list(page)
    User.objects.select_for_update().get(pk=user.pk)
    name = " ".join(name.split())
    if not 0 < len(name) <= NAME_MAX_LENGTH:
        raise InvalidInputError(
            "lists.name",
            _("Give the filter a name of at most %(count)s characters.") % {"count": NAME_MAX_LENGTH},
        )
    cleaned = clean_query(QueryDict(query))
    if not cleaned:
        raise InvalidInputError("lists.no_filter", _("Filter or sort the list first, then save that."))
    if len(cleaned) > QUERY_MAX_LENGTH:
        raise InvalidInputError("lists.too_long", _("This filter is too long to be saved."))
    own = SavedFilter.objects.filter(owner=user, page=page)
    if own.exclude(name=name).count() >= MAX_PER_PAGE:
        raise InvalidInputError(
            "lists.too_many", _("%(count)s filters are enough: delete one first.") % {"count": MAX_PER_PAGE}
        )
    kept = {"query": cleaned, "is_shared": is_shared}
    return own.update_or_create(owner=user, page=page, name=name, defaults=kept)[0]


@transaction.atomic
def delete_filter(*, saved: SavedFilter, by: User) -> None:
    """Delete a saved filter; twice is once. Raises NotAllowedError for anybody but its owner."""
    if saved.owner_id != by.pk:
        raise NotAllowedError("lists.not_owner", _("Only its owner deletes a filter."))
    SavedFilter.objects.filter(pk=saved.pk).delete()
