"""Columns left out and filters saved: whose they are, and what is refused."""

from __future__ import annotations

import pytest
from django.http import QueryDict

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.exceptions import InvalidInputError, NotAllowedError
from creditrisk.lists import services
from creditrisk.lists.models import SavedFilter
from creditrisk.lists.pages import columns_of
from creditrisk.lists.selectors import clean_query, hidden_columns, list_tools
from tests.factories.people import create_user

pytestmark = pytest.mark.django_db
PAGE = "customers:list"


@pytest.fixture
def reader() -> User:
    return create_user(Role.GROUP_LEADER)


@pytest.fixture
def colleague() -> User:
    return create_user(Role.DEPUTY_LEADER)


def save(
    user: User, *, name: str = "Grade A", query: str = "grade=A", is_shared: bool = False
) -> SavedFilter:
    return services.save_filter(user=user, page=PAGE, name=name, query=query, is_shared=is_shared)


def test_columns_are_left_out_for_one_person_and_come_back(reader: User, colleague: User) -> None:
    shown = [name for name in columns_of(PAGE) if name not in {"state", "grade"}]
    services.choose_columns(user=reader, page=PAGE, shown=shown)
    assert hidden_columns(reader, PAGE) == ["state", "grade"]
    assert hidden_columns(colleague, PAGE) == []
    services.choose_columns(user=reader, page=PAGE, shown=columns_of(PAGE))
    assert hidden_columns(reader, PAGE) == []


def test_the_column_that_names_the_row_stays() -> None:
    assert "name" not in columns_of(PAGE)
    with pytest.raises(InvalidInputError, match="no such column"):
        services.choose_columns(user=create_user(), page=PAGE, shown=["name"])


@pytest.mark.parametrize("page", ["customers:nothing", "", "admin:index"])
def test_an_unknown_list_is_refused(reader: User, page: str) -> None:
    with pytest.raises(InvalidInputError, match="no such list"):
        services.choose_columns(user=reader, page=page, shown=[])
    with pytest.raises(InvalidInputError, match="no such list"):
        services.save_filter(user=reader, page=page, name="x", query="q=1", is_shared=False)


def test_a_filter_is_kept_without_page_and_blanks(reader: User) -> None:
    saved = save(reader, name="  My  A ", query="?grade=A&state=&page=3&per_page=200&sort=-name".lstrip("?"))
    assert (saved.name, saved.query) == ("My A", "grade=A&sort=-name")
    assert saved.get_absolute_url() == "/customers/?grade=A&sort=-name"


def test_the_same_name_replaces_the_filter(reader: User) -> None:
    save(reader)
    save(reader, query="grade=B", is_shared=True)
    assert [(kept.query, kept.is_shared) for kept in SavedFilter.objects.all()] == [("grade=B", True)]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": " "}, "lists.name"),
        ({"name": "x" * 61}, "lists.name"),
        ({"query": "page=2&grade="}, "lists.no_filter"),
        ({"query": "q=" + "x" * 999}, "lists.too_long"),
    ],
)
def test_what_cannot_be_saved(reader: User, change: dict[str, str], code: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        save(reader, **change)
    assert refused.value.code == code
    assert not SavedFilter.objects.exists()


def test_the_longest_name_and_filter_are_saved(reader: User) -> None:
    saved = save(reader, name="x" * 60, query="q=" + "x" * 998)
    assert (len(saved.name), len(saved.query)) == (60, 1000)


def test_the_fiftieth_filter_is_the_last(reader: User) -> None:
    for number in range(50):
        save(reader, name=f"No. {number}")
    with pytest.raises(InvalidInputError, match="50 filters are enough"):
        save(reader, name="one more")
    assert save(reader, name="No. 7", query="grade=D").query == "grade=D"


def test_shared_filters_are_everybodys_to_use_and_their_owners_to_delete(
    reader: User, colleague: User
) -> None:
    save(reader, name="mine")
    shared = save(reader, name="ours", is_shared=True)
    tools = list_tools(user=colleague, page=PAGE, hidden=["state"], address=QueryDict("grade=A&page=2"))
    assert [saved.name for saved in tools.saved] == ["ours"]
    assert tools.query == "grade=A"
    assert [choice.name for choice in tools.columns if not choice.is_shown] == ["state"]
    with pytest.raises(NotAllowedError):
        services.delete_filter(saved=shared, by=colleague)
    services.delete_filter(saved=shared, by=reader)
    services.delete_filter(saved=shared, by=reader)
    assert [saved.name for saved in SavedFilter.objects.all()] == ["mine"]


def test_an_address_is_cleaned_the_same_in_any_order() -> None:
    assert clean_query(QueryDict("sort=name&grade=A&format=csv")) == clean_query(
        QueryDict("grade=A&sort=name")
    )
