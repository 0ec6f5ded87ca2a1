"""Main contacts and accounts are the same in their rows and in the columns of Annex 1, whichever way one goes."""

from __future__ import annotations

import random
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.audit.selectors import history_of
from customers import services
from customers.models import BankAccount, Contact, ContactKind, Customer
from customers.selectors import main_contact
from customers.services.main_details import (
    ACCOUNT_COLUMNS,
    CONTACT_COLUMNS,
    follow_columns,
    open_main_details,
)
from tests.factories.customers import create_active_customer, create_customer
from tests.factories.people import create_team, create_user
from tests.factories.reviews import COMPLETE_ANSWERS, approve_all, create_submitted

pytestmark = pytest.mark.django_db
OPENED = {
    "finance_contact": "赵敏",
    "finance_phone": "021-5555 0101",
    "finance_email": "zhao@customer.example",
    "business_contact": "钱进",
    "business_phone": "021-5555 0102",
    "legal_representative": "王建国",
    "person_in_charge": "李红",
    "bank_name": "示范银行上海分行",
    "bank_account": "6222 0202 0011 2230",
}

PEOPLE = ("赵敏", "钱进", "孙丽", "李四", "")
NUMBERS = ("6222 0202 0011 2230", "6222020200112230", "1111-2222-3333", "9999 8888", "")


@pytest.fixture
def manager() -> User:
    return create_user(Role.ACCOUNT_MANAGER, name="李雷")


def opened(manager: User, **changes: str) -> Customer:
    return services.create_customer(by=manager, data={"name": "新公司", **OPENED, **changes})


def differences(customer: Customer) -> dict[str, tuple[Any, Any]]:
    """Return column → (what the file says, what the main row says) where the two differ."""
    stored = Customer.objects.get(pk=customer.pk)
    found = {}
    rows = [(main_contact(stored, kind), columns) for kind, columns in CONTACT_COLUMNS.items()]
    rows.append((stored.bank_accounts.filter(is_main=True).first(), ACCOUNT_COLUMNS))  # type: ignore[arg-type]
    for main, columns in rows:
        for field, column in columns.items():
            pair = (getattr(stored, column), getattr(main, field) if main else "")
            if pair[0] != pair[1]:
                found[column] = pair
    return found


def update(customer: Customer, manager: User, **data: str) -> Customer:
    version = Customer.objects.values_list("version", flat=True).get(pk=customer.pk)
    return services.update_customer(customer=customer, data=data, version=version, by=manager)


def names(customer: Customer, kind: str = ContactKind.FINANCE) -> list[tuple[str, bool]]:
    return list(customer.contacts.filter(kind=kind).order_by("pk").values_list("name", "is_main"))


# From the columns to the rows


def test_a_new_file_has_its_main_contacts_and_account(manager: User) -> None:
    customer = opened(manager)
    assert differences(customer) == {}
    assert {(row.kind, row.name, row.is_main) for row in customer.contacts.all()} == {
        ("finance", "赵敏", True),
        ("business", "钱进", True),
        ("legal_representative", "王建国", True),
        ("person_in_charge", "李红", True),
    }
    finance = main_contact(customer, ContactKind.FINANCE)
    assert finance is not None
    assert (finance.phone, finance.email) == ("021-5555 0101", "zhao@customer.example")
    account = customer.bank_accounts.get()
    assert (account.bank_name, account.account_number, account.is_main, account.created_by) == (
        "示范银行上海分行",
        "6222 0202 0011 2230",
        True,
        manager,
    )


def test_what_is_not_known_makes_no_row(manager: User) -> None:
    customer = services.create_customer(by=manager, data={"name": "新公司", "finance_email": "a@x.example"})
    assert [str(contact) for contact in customer.contacts.all()] == ["a@x.example"]
    assert not customer.bank_accounts.exists()
    assert differences(customer) == {}


def test_many_new_files_in_two_queries(manager: User, django_assert_max_num_queries: Any) -> None:
    customers = [create_customer(**OPENED) for _ in range(20)]
    with django_assert_max_num_queries(6):  # the savepoint and the names in the history among them
        open_main_details(customers=customers, by=manager)
    assert Contact.objects.count() == 80
    assert all(differences(customer) == {} for customer in customers)


def test_a_corrected_name_stays_the_same_contact(manager: User) -> None:
    """Nothing is known of him that could then stand under another name."""
    customer = opened(manager)
    update(customer, manager, finance_contact="赵敏敏", finance_phone="021-5555 0199")
    assert names(customer) == [("赵敏敏", True)]
    contact = customer.contacts.get(kind=ContactKind.FINANCE)
    assert (contact.version, history_of(contact)[0].person) == (2, "李雷")
    assert differences(customer) == {}


def test_another_name_is_another_person_where_more_is_known(manager: User) -> None:
    """The WeChat ID of the former contact must not stand under the new name."""
    customer = opened(manager)
    contact = customer.contacts.get(kind=ContactKind.FINANCE)
    services.update_contact(contact=contact, data={"wechat": "zhao_min"}, version=1, by=manager)
    update(customer, manager, finance_contact="孙丽", finance_email="sun@customer.example")
    assert names(customer) == [("赵敏", False), ("孙丽", True)]
    assert customer.contacts.get(name="孙丽").wechat == ""
    assert customer.contacts.get(name="赵敏").email == "zhao@customer.example"
    update(customer, manager, finance_contact="赵敏", finance_email="zhao@customer.example")
    assert names(customer) == [("赵敏", True), ("孙丽", False)]
    assert differences(customer) == {}


def test_a_contact_who_is_known_already_takes_the_place(manager: User) -> None:
    """Nothing more is known of the main one, yet she is not renamed: there would be two of the other name."""
    customer = opened(manager)
    services.add_contact(customer=customer, data={"kind": "finance", "name": "孙丽"}, by=manager)
    update(customer, manager, finance_contact="孙丽")
    assert names(customer) == [("赵敏", False), ("孙丽", True)]
    assert differences(customer) == {}


def test_emptied_columns_leave_no_main_contact(manager: User) -> None:
    customer = opened(manager)
    update(
        customer,
        manager,
        finance_contact="",
        finance_phone="",
        finance_email="",
        bank_name="",
        bank_account="",
    )
    assert names(customer) == [("赵敏", False)]
    assert list(customer.bank_accounts.values_list("is_main", flat=True)) == [False]
    assert differences(customer) == {}
    update(customer, manager, finance_contact="赵敏")
    assert names(customer) == [("赵敏", True)]
    assert differences(customer) == {}


def test_a_file_without_contacts_gets_one(manager: User) -> None:
    customer = create_active_customer(account_manager=manager)
    update(customer, manager, business_contact="钱进", bank_name="工商银行")
    assert names(customer, ContactKind.BUSINESS) == [("钱进", True)]
    assert differences(customer) == {}


def test_another_number_is_another_account_where_more_is_known(manager: User) -> None:
    customer = opened(manager)
    update(customer, manager, bank_account="6222 0202 0011 9999")  # nothing more is known: corrected
    assert customer.bank_accounts.count() == 1
    account = customer.bank_accounts.get()
    services.update_bank_account(account=account, data={"holder": "新公司"}, version=2, by=manager)
    update(customer, manager, bank_account="1111 2222 3333 4444")
    assert list(customer.bank_accounts.order_by("pk").values_list("account_number", "is_main", "holder")) == [
        ("6222 0202 0011 9999", False, "新公司"),
        ("1111 2222 3333 4444", True, ""),
    ]
    update(customer, manager, bank_account="6222-0202-0011-9999")  # the same account, written otherwise
    assert list(customer.bank_accounts.order_by("pk").values_list("account_number", "is_main")) == [
        ("6222-0202-0011-9999", True),
        ("1111 2222 3333 4444", False),
    ]
    assert differences(customer) == {}


def test_the_approved_review_brings_its_contacts() -> None:
    """Annex 1 is approved with another finance contact than the file had (P4.1)."""
    team = create_team()
    review = approve_all(team, create_submitted(team))
    customer = review.customer
    finance = main_contact(customer, ContactKind.FINANCE)
    assert finance is not None
    assert (finance.name, finance.phone) == (
        COMPLETE_ANSWERS["finance_contact"],
        COMPLETE_ANSWERS["finance_phone"],
    )
    assert customer.bank_accounts.get().account_number == COMPLETE_ANSWERS["bank_account"]
    assert differences(customer) == {}


def test_columns_that_did_not_change_bring_nothing(manager: User) -> None:
    customer = opened(manager)
    follow_columns(customer=customer, changed=["finance_contact", "bank_account", "name"], by=manager)
    assert set(customer.contacts.values_list("version", flat=True)) == {1}
    assert customer.bank_accounts.get().version == 1


# From the rows to the columns


def test_the_columns_follow_the_main_contact(manager: User) -> None:
    customer = opened(manager)
    contact = customer.contacts.get(kind=ContactKind.FINANCE)
    services.update_contact(
        contact=contact,
        data={"email": "new@customer.example", "mobile": "13800138000"},
        version=1,
        by=manager,
    )
    stored = Customer.objects.get()
    assert (stored.finance_email, stored.version) == ("new@customer.example", 2)
    assert history_of(stored)[0].changes[0].field == "finance_email"
    services.retire_contact(contact=contact, by=manager, now=timezone.now())
    stored = Customer.objects.get()
    assert (stored.finance_contact, stored.finance_phone, stored.finance_email) == ("", "", "")
    assert differences(customer) == {}


def test_what_the_columns_do_not_show_leaves_the_file_alone(manager: User) -> None:
    customer = opened(manager)
    contact = customer.contacts.get(kind=ContactKind.FINANCE)
    services.update_contact(contact=contact, data={"wechat": "zhao_min"}, version=1, by=manager)
    services.add_contact(
        customer=customer, data={"kind": "other", "name": "门卫", "is_main": True}, by=manager
    )
    assert Customer.objects.get().version == 1


def test_a_main_contact_of_another_kind_now(manager: User) -> None:
    customer = opened(manager)
    contact = customer.contacts.get(kind=ContactKind.BUSINESS)
    services.update_contact(contact=contact, data={"kind": "finance"}, version=1, by=manager)
    stored = Customer.objects.get()
    assert (stored.finance_contact, stored.business_contact) == ("钱进", "")
    assert names(customer) == [("赵敏", False), ("钱进", True)]
    assert differences(customer) == {}


# Both ways, at random


@pytest.mark.parametrize("seed", range(6))
def test_a_walk_of_forty_steps_never_parts_them(manager: User, seed: int) -> None:
    source = random.Random(seed)
    customer = opened(manager)
    steps = [
        _edit_file,
        _add_contact,
        _edit_contact,
        _retire_contact,
        _add_account,
        _edit_account,
        _retire_account,
    ]
    for step in range(40):
        act = source.choice(steps)
        act(customer, manager, source)
        assert differences(customer) == {}, f"step {step}: {act.__name__}"
    for kind in ContactKind:
        assert customer.contacts.filter(kind=kind, is_main=True).count() <= 1


def _edit_file(customer: Customer, manager: User, source: random.Random) -> None:
    values = {
        "finance_contact": source.choice(PEOPLE),
        "finance_phone": source.choice(["021-1111", "021-2222", ""]),
        "finance_email": source.choice(["a@x.example", "b@x.example", ""]),
        "business_contact": source.choice(PEOPLE),
        "business_phone": source.choice(["021-3333", ""]),
        "legal_representative": source.choice(PEOPLE),
        "person_in_charge": source.choice(PEOPLE),
        "bank_name": source.choice(["工商银行", "招商银行", ""]),
        "bank_account": source.choice(NUMBERS),
    }
    chosen = source.sample(sorted(values), k=source.randrange(1, 6))
    update(customer, manager, **{name: values[name] for name in chosen})


def _contact_data(source: random.Random) -> dict[str, object]:
    return {
        "kind": source.choice(list(ContactKind)),
        "name": source.choice(PEOPLE),
        "mobile": source.choice(["13800138000", "13900139000"]),
        "email": source.choice(["c@x.example", ""]),
        "wechat": source.choice(["some_body", ""]),
        "is_main": source.random() < 0.5,
    }


def _add_contact(customer: Customer, manager: User, source: random.Random) -> None:
    services.add_contact(customer=customer, data=_contact_data(source), by=manager)


def _edit_contact(customer: Customer, manager: User, source: random.Random) -> None:
    present = list(customer.contacts.filter(retired_at__isnull=True))
    if present:
        contact = source.choice(present)
        data = _contact_data(source)
        services.update_contact(contact=contact, data=data, version=contact.version, by=manager)


def _retire_contact(customer: Customer, manager: User, source: random.Random) -> None:
    present = list(customer.contacts.all())
    if present:
        services.retire_contact(contact=source.choice(present), by=manager, now=timezone.now())


def _account_data(source: random.Random) -> dict[str, object]:
    return {
        "bank_name": source.choice(["农业银行", "交通银行"]),
        "account_number": "".join(source.choices("0123456789", k=12)),
        "holder": source.choice(["新公司", ""]),
        "currency": "CNY",
        "is_main": source.random() < 0.5,
    }


def _add_account(customer: Customer, manager: User, source: random.Random) -> None:
    services.add_bank_account(customer=customer, data=_account_data(source), by=manager)


def _edit_account(customer: Customer, manager: User, source: random.Random) -> None:
    present = list(customer.bank_accounts.filter(retired_at__isnull=True))
    if present:
        account = source.choice(present)
        services.update_bank_account(
            account=account, data=_account_data(source), version=account.version, by=manager
        )


def _retire_account(customer: Customer, manager: User, source: random.Random) -> None:
    present = list(customer.bank_accounts.all())
    if present:
        services.retire_bank_account(account=source.choice(present), by=manager, now=timezone.now())


# What the database refuses


@pytest.mark.parametrize("kind", [ContactKind.FINANCE, ContactKind.OTHER])
def test_two_main_contacts_of_a_kind_cannot_be_stored(kind: str) -> None:
    customer = create_customer()
    Contact.objects.create(customer=customer, kind=kind, name="甲", is_main=True)
    Contact.objects.create(customer=create_customer(), kind=kind, name="甲", is_main=True)
    with pytest.raises(IntegrityError, match="contact_one_main_per_kind"), transaction.atomic():
        Contact.objects.create(customer=customer, kind=kind, name="乙", is_main=True)


def test_neither_two_main_accounts_nor_one_number_twice() -> None:
    customer = create_customer()
    BankAccount.objects.create(customer=customer, account_number="6222 02", is_main=True)
    with pytest.raises(IntegrityError, match="bankaccount_one_main"), transaction.atomic():
        BankAccount.objects.create(customer=customer, account_number="9", is_main=True)
    with pytest.raises(IntegrityError, match="bankaccount_number_once"), transaction.atomic():
        BankAccount.objects.create(customer=customer, account_number="62-2202")
    BankAccount.objects.create(customer=create_customer(), account_number="6222 02")
