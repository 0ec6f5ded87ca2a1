"""A file of customers read through the fields of the customer form: the same cleaning, the same reasons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import override

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.accounts.selectors import holders_of
from creditrisk.exceptions import InvalidInputError
from creditrisk.spreadsheets.reader import Table, read_table
from creditrisk.spreadsheets.writer import restored
from customers.forms.customer import CustomerForm
from customers.forms.fields import CustomerNumberField, LineField, require_no_negative_capital
from customers.import_columns import ALIASES, NUMBER, PEOPLE, Header, column_key, find_header
from customers.import_rows import ImportRow, RowError
from customers.master_data import MASTER_DATA_FIELDS
from customers.models import ALIAS_MAX_LENGTH, Customer, CustomerAlias, Industry
from customers.numbers import NUMBER_MAX_LENGTH

ROLES = {"account_manager": Role.ACCOUNT_MANAGER, "service_manager": Role.SERVICE_MANAGER}
CURRENCY_WORDS = {
    "人民币": "CNY",
    "人民幣": "CNY",
    "RMB": "CNY",
    "美元": "USD",
    "港币": "HKD",
    "港幣": "HKD",
    "欧元": "EUR",
}
ENTERPRISE_WORDS = {
    **dict.fromkeys(("国企", "央企", "國企"), "state_owned"),
    **dict.fromkeys(("私营企业", "私企", "民企", "私營企業"), "private"),
    **dict.fromkeys(("外企", "外资企业", "合资企业", "外資企業", "合資企業"), "foreign_invested"),
}
"""What files call the types of enterprise beside their labels."""
TERM_WORDS = {
    **dict.fromkeys(("月结", "月結", "eom"), "end_of_month"),
    **dict.fromkeys(("票到", "net"), "net"),
}
"""What files call the kinds of payment term beside their labels."""
FILE_WORDS = {"enterprise_type": ENTERPRISE_WORDS, "letter_language": {}, "payment_term_kind": TERM_WORDS}
ALIAS_SEPARATORS = str.maketrans({"；": ";", "\n": ";"})


@dataclass(frozen=True)
class CustomerFile:
    """A file understood: its `table` and `header`, the `rows` without an error, and the `errors` of the others."""

    table: Table
    header: Header
    rows: tuple[ImportRow, ...]
    errors: tuple[RowError, ...]

    @property
    def row_count(self) -> int:
        """The number of customers in the file."""
        return len(self.table.rows) - self.header.index - 1


def read_customer_file(path: Path) -> CustomerFile:
    """Return the customers in the file at `path`.

    Raises InvalidInputError where it is no table, or no row of it names the columns of a customer.
    """
    table = read_table(path)
    header = find_header([cells for _number, cells in table.rows], _own_names())
    if header is None:
        raise InvalidInputError(
            "import.no_header",
            _("No row names the columns: the file needs 客户编号 (number) or 客户名称 (name), and one more."),
        )
    if header.twice:
        raise InvalidInputError(
            "import.column_twice",
            _("The file has more than one column for the same thing: %(columns)s. Delete all but one.")
            % {"columns": ", ".join(header.twice)},
        )
    reader = _RowReader(header)
    rows = tuple(reader.read(number, cells) for number, cells in table.rows[header.index + 1 :])
    wrong = {error.row for error in reader.errors}
    return CustomerFile(
        table=table,
        header=header,
        rows=tuple(row for row in rows if row.row not in wrong),
        errors=tuple(reader.errors),
    )


@cache
def _own_names() -> Mapping[str, str]:
    """Return what the fields are called in every language of the product, as keys of columns."""
    names = {}
    for code, _language in settings.LANGUAGES:
        with override(code):
            for name in (*MASTER_DATA_FIELDS, NUMBER, *PEOPLE):
                names[column_key(str(Customer._meta.get_field(name).verbose_name))] = name  # type: ignore[union-attr]
            names[column_key(str(CustomerAlias._meta.verbose_name_plural))] = ALIASES
    return names


@cache
def _choice_words(name: str) -> Mapping[str, str]:
    """Return what the choices of a field are called in every language, and their codes."""
    words: dict[str, str] = {}
    for code, _language in settings.LANGUAGES:
        with override(code):
            for value, label in Customer._meta.get_field(name).flatchoices:  # type: ignore[union-attr]
                words |= {str(value).casefold(): str(value), str(label).casefold(): str(value)}
    return words


def _industry_words() -> Mapping[str, str]:
    """Return what industries are called, by code, name and both, and their primary keys as the form takes them."""
    words: dict[str, str] = {}
    for industry in Industry.objects.all():
        names = (industry.code, industry.name, industry.name_en)
        both = (f"{industry.code} {industry.name}", f"{industry.code} {industry.name_en}")
        words |= {text.casefold(): str(industry.pk) for text in (*names, *both) if text.strip()}
    return words


class _WholeFileForm(CustomerForm):
    """All fields of a file, the main contacts and account among them: as when it is opened."""

    opens_file = True


class _RowReader:
    """Cleans cells with the fields of the form; a text that came before is not cleaned again."""

    def __init__(self, header: Header) -> None:
        self.header = header
        self.errors: list[RowError] = []
        fields: dict[str, forms.Field] = {
            **_WholeFileForm().fields,
            NUMBER: CustomerNumberField(required=False),
        }
        self.fields = {name: fields[name] for name in (NUMBER, *MASTER_DATA_FIELDS) if name in header.columns}
        self.alias_field = LineField(max_length=ALIAS_MAX_LENGTH)
        self.people = {name: _people(ROLES[name]) for name in PEOPLE if name in header.columns}
        self.industries = _industry_words() if "industry" in header.columns else {}
        self.known: dict[tuple[str, str], Any] = {}

    def read(self, number: int, cells: tuple[str, ...]) -> ImportRow:
        """Return the row; what is wrong in it is added to the errors."""
        texts = {
            name: restored(cells[position])
            for name, position in self.header.columns.items()
            if position < len(cells) and cells[position]
        }
        values: dict[str, Any] = {}
        for name, text in texts.items():
            try:
                values[name] = self._value(name, text)
            except ValidationError as error:
                self._add(number, name, text, " ".join(error.messages))
        return ImportRow(
            row=number,
            number=values.pop(NUMBER, ""),
            people={name: values.pop(name) for name in PEOPLE if name in values},
            aliases=values.pop(ALIASES, ()),
            values=values,
        )

    def _add(self, row: int, name: str, text: str, message: str) -> None:
        self.errors.append(RowError(row, self.header.texts[name], text[:200], message))

    def _value(self, name: str, text: str) -> Any:
        key = (name, text)
        if key not in self.known:
            self.known[key] = self._cleaned(name, text)
        return self.known[key]

    def _cleaned(self, name: str, text: str) -> Any:
        """Return the value of a cell. Raises ValidationError, as the form would."""
        if name == ALIASES:
            parts = text.translate(ALIAS_SEPARATORS).split(";")
            return tuple(self.alias_field.clean(part.strip()) for part in parts if part.strip())
        if name in self.people:
            return _only(self.people[name].get(text.casefold(), []), role=ROLES[name])
        if name == "industry":
            text = self.industries.get(text.casefold(), text)
        value = self.fields[name].clean(_written_as_in_the_form(name, text))
        if name == NUMBER and len(value) > NUMBER_MAX_LENGTH:
            raise ValidationError(_("A customer number has at most 30 characters and no slashes."))
        if name == "registered_capital_amount":
            require_no_negative_capital(value)
        return value


def _written_as_in_the_form(name: str, text: str) -> str:
    if name in {"currency", "registered_capital_currency"}:
        return CURRENCY_WORDS.get(text.upper(), text.upper())
    if name == "registered_capital_amount":
        return text.replace(",", "").replace("，", "")
    if name == "payment_term_days":
        return text.removesuffix("天").removesuffix("days").strip()
    if (words := FILE_WORDS.get(name)) is not None:
        text = words.get(text.casefold(), text)
        return _choice_words(name).get(text.casefold(), text)
    return text


def _people(role: Role) -> Mapping[str, list[User]]:
    """Return who holds the role, by user name and by name."""
    people: dict[str, list[User]] = {}
    for person in holders_of(role):
        for key in {person.username.casefold(), person.name.casefold()} - {""}:
            people.setdefault(key, []).append(person)
    return people


def _only(people: Iterable[User], *, role: Role) -> User:
    found = list(people)
    if len(found) == 1:
        return found[0]
    if found:
        raise ValidationError(
            _("Several people have this name: write the user name (%(names)s).")
            % {"names": ", ".join(sorted(person.username for person in found))}
        )
    raise ValidationError(
        _("Nobody with this name or user name holds the role “%(role)s”.") % {"role": role.label}
    )
