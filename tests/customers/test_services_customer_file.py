"""Opening a customer file and keeping its master data (P4.1, P5.1)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from threading import Barrier, Thread
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, ProgrammingError, connection

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.audit.selectors import history_of
from creditrisk.exceptions import ConflictError, InvalidInputError, NotAllowedError
from customers.models import Customer, CustomerState
from customers.services import create_customer, update_customer
from customers.services.customer_file import raise_if_taken
from tests.factories.customers import create_customer as make_customer
from tests.factories.people import create_user

USCC = "914403001922038216"


@pytest.fixture
def manager(db: None) -> User:
    return create_user(Role.ACCOUNT_MANAGER, name="李雷")


@pytest.fixture
def colleague(db: None) -> User:
    return create_user(Role.SERVICE_MANAGER, name="韩梅梅")


def test_account_manager_opens_a_file_for_himself(manager: User) -> None:
    customer = create_customer(by=manager, data={"name": " 示范公司 ", "uscc": "91440300-1922038216"})
    customer.refresh_from_db()
    assert (customer.number, customer.name, customer.uscc) == ("C000001", "示范公司", USCC)
    assert customer.state == CustomerState.PROSPECT
    assert customer.account_manager == customer.created_by == manager
    assert customer.version == 1
    assert customer.grade == ""
    assert customer.reviewed_on is None


def test_numbers_run_without_gaps_and_step_over_given_ones(manager: User) -> None:
    create_customer(by=manager, data={"name": "A"}, number="C000002")
    numbers = [create_customer(by=manager, data={"name": "B"}).number for _ in range(2)]
    assert numbers == ["C000001", "C000003"]


def test_given_number_is_cleaned(manager: User) -> None:
    assert create_customer(by=manager, data={"name": "A"}, number=" Ｋ-1 ").number == "K-1"


def test_others_open_no_file(colleague: User) -> None:
    with pytest.raises(NotAllowedError) as refused:
        create_customer(by=colleague, data={"name": "A"})
    assert refused.value.code == "customer.create_not_allowed"


@pytest.mark.parametrize(
    ("data", "number", "code"),
    [
        ({}, "", "customer.name_missing"),
        ({"name": "  "}, "", "customer.name_missing"),
        ({"name": "A", "postal_code": "20#"}, "", "customer.postal_code_invalid"),
        ({"name": "A", "uscc": "914403001922038217"}, "", "customer.uscc_invalid"),
        ({"name": "A"}, "A/1", "customer.number_invalid"),
        ({"name": "A"}, "TAKEN", "customer.number_taken"),
        ({"name": "A", "uscc": USCC}, "", "customer.uscc_taken"),
    ],
)
def test_file_that_cannot_be_opened(manager: User, data: dict[str, object], number: str, code: str) -> None:
    make_customer(number="TAKEN", uscc=USCC)
    with pytest.raises(InvalidInputError) as refused:
        create_customer(by=manager, data=data, number=number)
    assert refused.value.code == code
    assert Customer.objects.count() == 1


def test_unknown_master_data_is_a_programmers_mistake(manager: User) -> None:
    with pytest.raises(TypeError, match="grade"):
        create_customer(by=manager, data={"name": "A", "grade": "A"})


def test_two_files_without_a_code(manager: User) -> None:
    create_customer(by=manager, data={"name": "A", "uscc": ""})
    create_customer(by=manager, data={"name": "B", "uscc": None})
    assert Customer.objects.filter(uscc__isnull=True).count() == 2


def test_service_manager_may_be_named_at_once(manager: User, colleague: User) -> None:
    customer = create_customer(by=manager, data={"name": "A"}, service_manager=colleague)
    assert customer.service_manager == colleague


def test_service_manager_must_hold_the_role_and_be_somebody_else(manager: User) -> None:
    both = create_user(Role.ACCOUNT_MANAGER, Role.SERVICE_MANAGER)
    for by, named, code in (
        (manager, manager, "portfolio.no_service_manager"),
        (both, both, "portfolio.same_person"),
    ):
        with pytest.raises(InvalidInputError) as refused:
            create_customer(by=by, data={"name": "A"}, service_manager=named)
        assert refused.value.code == code


def test_history_names_who_opened_the_file(manager: User) -> None:
    [entry] = history_of(create_customer(by=manager, data={"name": "A"}))
    assert (entry.kind, entry.person) == ("insert", "李雷")


@pytest.mark.parametrize("number", ["", "K-1"])
def test_form_sent_twice_is_one_customer(manager: User, number: str) -> None:
    key = uuid4()
    first, second = (
        create_customer(by=manager, data={"name": "A"}, number=number, submission_key=key) for _ in range(2)
    )
    assert first.pk == second.pk
    assert Customer.objects.count() == 1


def test_somebody_elses_submission_key_opens_nothing(manager: User) -> None:
    key = uuid4()
    create_customer(by=manager, data={"name": "A"}, submission_key=key)
    with pytest.raises(IntegrityError):
        create_customer(by=create_user(Role.ACCOUNT_MANAGER), data={"name": "A"}, submission_key=key)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_given", [False, True])
def test_double_click_is_one_customer(is_given: bool) -> None:
    manager = create_user(Role.ACCOUNT_MANAGER)
    for turn in range(10):
        key, made, barrier = uuid4(), set(), Barrier(3)
        number = f"K-{turn}" if is_given else ""

        def click(
            key: UUID = key, made: set[int] = made, barrier: Barrier = barrier, number: str = number
        ) -> None:
            barrier.wait()
            made.add(create_customer(by=manager, data={"name": "A"}, number=number, submission_key=key).pk)
            connection.close()

        threads = [Thread(target=click) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(made) == 1
        assert Customer.objects.filter(submission_key=key).count() == 1


def test_managers_update_the_file(manager: User, colleague: User) -> None:
    customer = make_customer(account_manager=manager, service_manager=colleague)
    customer = update_customer(
        customer=customer, data={"registered_capital_amount": Decimal("5.00")}, version=1, by=colleague
    )
    assert customer.version == 2
    customer = update_customer(customer=customer, data={"name": "新名"}, version=2, by=manager)
    customer.refresh_from_db()
    assert (customer.name, customer.version) == ("新名", 3)
    assert customer.registered_capital_amount == Decimal("5.00")


def test_unchanged_file_keeps_its_version(manager: User) -> None:
    """The second click of a form carries the version of before the first one, and the same data."""
    customer = make_customer(account_manager=manager)
    for _ in range(2):
        customer = update_customer(customer=customer, data={"name": "新名"}, version=1, by=manager)
        assert customer.version == 2


def test_stranger_updates_nothing(colleague: User) -> None:
    customer = make_customer()
    with pytest.raises(NotAllowedError):
        update_customer(customer=customer, data={"name": "B"}, version=1, by=colleague)
    assert Customer.objects.get().name == customer.name


def test_another_currency_of_the_file_changes_nothing_about_the_limit(manager: User) -> None:
    """120,000.00 CNY approved stay 120,000.00 CNY, not 120,000.00 USD."""
    customer = make_customer(
        account_manager=manager,
        credit_limit_amount=Decimal("120000.00"),
        credit_limit_currency="CNY",
        credit_limit_valid_to_on=dt.date(2027, 6, 1),
    )
    update_customer(customer=customer, data={"currency": "USD"}, version=1, by=manager)
    customer.refresh_from_db()
    assert customer.currency == "USD"
    assert (customer.credit_limit_amount, customer.credit_limit_currency) == (Decimal("120000.00"), "CNY")


def test_a_temporary_limit_without_a_permanent_one_keeps_the_file_in_its_currency(manager: User) -> None:
    """50,000.00 CNY granted for a project would else become 50,000.00 USD."""
    customer = make_customer(
        account_manager=manager,
        temporary_limit_amount=Decimal("50000.00"),
        temporary_limit_valid_to_on=dt.date(2026, 8, 31),
        temporary_limit_reason="project",
    )
    with pytest.raises(InvalidInputError) as refused:
        update_customer(customer=customer, data={"currency": "USD"}, version=1, by=manager)
    assert refused.value.code == "customer.currency_of_limit"
    customer.refresh_from_db()
    assert (customer.currency, customer.version) == ("CNY", 1)


def test_the_currency_of_the_limit_is_no_master_data(manager: User) -> None:
    customer = make_customer(account_manager=manager)
    with pytest.raises(TypeError, match="credit_limit_currency"):
        update_customer(customer=customer, data={"credit_limit_currency": "USD"}, version=1, by=manager)


def test_stale_form_is_told_who_changed_what(manager: User, colleague: User) -> None:
    customer = make_customer(name="旧名", account_manager=manager, service_manager=colleague)
    update_customer(
        customer=customer, data={"name": "新名", "bank_account": "6222 0202 0011 2230"}, version=1, by=manager
    )
    with pytest.raises(ConflictError) as conflict:
        update_customer(customer=customer, data={"name": "另一个名"}, version=1, by=colleague)
    told = str(conflict.value)
    assert conflict.value.code == "customer.changed"
    assert "李雷" in told
    assert "旧名 → 新名" in told
    assert "6222" not in told
    assert "•••• 2230" in told
    assert Customer.objects.get().name == "新名"


def test_update_cannot_take_anothers_code(manager: User) -> None:
    make_customer(uscc=USCC)
    customer = make_customer(account_manager=manager)
    with pytest.raises(InvalidInputError) as refused:
        update_customer(customer=customer, data={"uscc": USCC}, version=1, by=manager)
    assert refused.value.code == "customer.uscc_taken"


@pytest.mark.django_db
def test_other_errors_of_the_database_are_not_explained_away(manager: User) -> None:
    raise_if_taken(IntegrityError("something else"), {})
    customer = make_customer(account_manager=manager)
    with pytest.raises(IntegrityError):
        update_customer(customer=customer, data={"payment_term_days": None}, version=1, by=manager)


@pytest.mark.django_db
def test_a_file_is_never_deleted() -> None:
    """It is closed, or merged into another: what was decided about it stays on record."""
    with pytest.raises(ProgrammingError, match="Cannot delete"):
        make_customer().delete()


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_editors_at_once_one_is_told() -> None:
    manager, colleague = create_user(Role.ACCOUNT_MANAGER), create_user(Role.SERVICE_MANAGER)
    for _ in range(20):
        customer = make_customer(account_manager=manager, service_manager=colleague)
        barrier, outcomes = Barrier(2), []

        def edit(
            by: User,
            customer: Customer = customer,
            barrier: Barrier = barrier,
            outcomes: list[str] = outcomes,
        ) -> None:
            barrier.wait()
            try:
                update_customer(customer=customer, data={"name": by.username}, version=1, by=by)
                outcomes.append("saved")
            except ConflictError:
                outcomes.append("told")
            connection.close()

        threads = [Thread(target=edit, args=[by]) for by in (manager, colleague)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == ["saved", "told"]
        assert Customer.objects.get(pk=customer.pk).version == 2
