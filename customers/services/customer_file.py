"""Opening a customer file and keeping its master data (P4.1, P5.1)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import InvalidInputError, require
from creditrisk.numbering.services import next_number
from customers.duplicates import similar_customers
from customers.master_data import NAME_FIELDS, clean_master_data
from customers.models import Customer
from customers.numbers import RUNNING_NUMBER, clean_number, is_valid_number
from customers.permissions import create_refusal, edit_refusal
from customers.selectors import is_uscc_taken
from customers.services.main_details import follow_columns, open_main_details
from customers.services.portfolio import require_service_manager
from customers.services.versions import require_version


@transaction.atomic
def create_customer(
    *,
    by: User,
    data: Mapping[str, object],
    number: str = "",
    service_manager: User | None = None,
    submission_key: UUID | None = None,
    similar_from: Decimal | None = None,
) -> Customer:
    """Open a file as a prospect of the account manager `by`; return it.

    `data` are fields of `MASTER_DATA_FIELDS`; `number` is given or the next running one (C000001).
    A form sent twice (same `submission_key`) gives the same customer. With `similar_from` (a ratio, see
    `DuplicateRules`) a name that resembles a customer's is refused; None: the person has looked, it is another
    company. Raises NotAllowedError, or InvalidInputError where the name, number or code is missing, malformed
    or taken, or the customer is a likely duplicate.
    """
    require(create_refusal(by))
    if service_manager is not None:
        require_service_manager(service_manager, account_manager=by)
    values = clean_master_data({"name": "", **data})
    number = clean_number(number)
    if number:
        require_valid_number(number)
    with acting(by):
        # Taking the running number first makes a second click wait here until the first one is committed.
        number = number or _next_free_number()
        if sent_before := _sent_before(submission_key, by=by):
            return sent_before
        if similar_from is not None:
            _require_unlike(values, least=similar_from)
        customer = Customer(
            number=number,
            account_manager=by,
            service_manager=service_manager,
            created_by=by,
            submission_key=submission_key,
            **values,
        )
        try:
            with transaction.atomic():
                customer.save()
        except IntegrityError as error:
            if sent_before := _sent_before(submission_key, by=by):
                return sent_before
            raise_if_taken(error, values)
            raise
        open_main_details(customers=[customer], by=by)
        return customer


def _sent_before(submission_key: UUID | None, *, by: User) -> Customer | None:
    """Return the customer that this person's form made when it was sent the first time."""
    if submission_key is None:
        return None
    return Customer.objects.filter(submission_key=submission_key, created_by=by).first()


def _require_unlike(values: Mapping[str, object], *, least: Decimal) -> None:
    """Raise InvalidInputError where the names resemble those of a customer. An equal code is refused by itself."""
    names = [str(values.get(field) or "") for field in NAME_FIELDS]
    code = values.get("uscc")
    if (code is None or not is_uscc_taken(str(code), by_other_than=None)) and similar_customers(
        names, least=least
    ):
        raise InvalidInputError(
            "customer.likely_duplicate",
            _("There is a customer with a similar name: look whether it is the same, and tick if it is not."),
        )


def _next_free_number() -> str:
    """Return the next running number that nobody gave to a customer by hand."""
    while True:
        number = RUNNING_NUMBER.format(next_number("customer"))
        if not Customer.objects.filter(number=number).exists():
            return number


def require_valid_number(number: str) -> None:
    """Raise InvalidInputError unless `number` can name a customer."""
    if not is_valid_number(number):
        raise InvalidInputError(
            "customer.number_invalid",
            _("“%(number)s” cannot be a customer number: at most 30 characters, without slashes.")
            % {"number": number},
        )


def raise_if_taken(error: IntegrityError, values: Mapping[str, object]) -> None:
    """Raise InvalidInputError where `error` is a number or code that another file has."""
    violated = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""
    if violated.startswith("customers_customer_number_"):
        raise InvalidInputError(
            "customer.number_taken", _("Another customer has this number: choose another or leave it empty.")
        ) from error
    if violated.startswith("customers_customer_uscc_"):
        # Not which customer: the person may not be allowed to see him.
        raise InvalidInputError(
            "customer.uscc_taken",
            _("Another customer file carries the code %(code)s: ask your department manager for it.")
            % {"code": values.get("uscc")},
        ) from error


@transaction.atomic
def update_customer(*, customer: Customer, data: Mapping[str, object], version: int, by: User) -> Customer:
    """Change master data; return the customer with its version raised (unchanged where nothing changed).

    `version` is the one the person saw. Raises NotAllowedError, InvalidInputError (see `create_customer`; also for
    another currency while a temporary limit is in the file's), and ConflictError `customer.changed`, which names who
    changed what meanwhile.
    """
    values = clean_master_data(data)
    locked = Customer.objects.select_for_update().get(pk=customer.pk)
    require(edit_refusal(by, locked))
    changed = {field: value for field, value in values.items() if getattr(locked, field) != value}
    if not changed:
        return locked  # also the second click of the same form
    require_version(locked, version)
    _require_limits_keep_their_currency(locked, changed)
    for field, value in changed.items():
        setattr(locked, field, value)
    locked.version += 1
    save_master_data(locked, values=changed, by=by)
    return locked


def _require_limits_keep_their_currency(customer: Customer, changed: Mapping[str, object]) -> None:
    """Raise InvalidInputError where a new currency of the file would make a temporary limit another amount."""
    if "currency" in changed and customer.is_temporary_limit_in_file_currency:
        raise InvalidInputError(
            "customer.currency_of_limit",
            _("The temporary limit is in %(currency)s: end it before the file gets another currency.")
            % {"currency": customer.currency},
        )


def save_master_data(customer: Customer, *, values: Mapping[str, object], by: User | None) -> None:
    """Save a locked customer whose `values` have changed, with his main contacts and account in step. Raises
    InvalidInputError where his new code belongs to another file."""
    try:
        with acting(by), transaction.atomic():
            customer.save()
    except IntegrityError as error:
        raise_if_taken(error, values)
        raise
    follow_columns(customer=customer, changed=values.keys(), by=by)
