"""Adding, changing and retiring contacts, bank accounts and qualifications (P4.1, P4.3, P5.1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from threading import Barrier, Thread
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.audit.models import SensitiveRead
from creditrisk.audit.selectors import history_of
from creditrisk.exceptions import BusinessError, ConflictError, InvalidInputError, NotAllowedError
from customers import services
from customers.models import (
    BankAccount,
    Contact,
    Customer,
    CustomerState,
    Qualification,
    QualificationScan,
)
from tests.factories.customers import (
    PDF,
    create_active_customer,
    create_bank_account,
    create_contact,
    create_qualification,
    create_scan,
)
from tests.factories.people import Team, create_team, create_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return create_team()


@pytest.fixture
def customer(team: Team) -> Customer:
    return create_active_customer(account_manager=team.account_manager, service_manager=team.service_manager)


@dataclass(frozen=True)
class Kind:
    """One kind of row, and its services under one name."""

    create: Callable[..., Any]
    add: Callable[..., Any]
    update: Callable[..., Any]
    retire: Callable[..., Any]
    argument: str
    data: dict[str, object]
    change: dict[str, object]


KINDS = (
    Kind(
        create_contact,
        services.add_contact,
        services.update_contact,
        services.retire_contact,
        "contact",
        {"kind": "finance", "name": " 赵敏 ", "email": "a@x.example"},
        {"name": "孙丽"},
    ),
    Kind(
        create_bank_account,
        services.add_bank_account,
        services.update_bank_account,
        services.retire_bank_account,
        "account",
        {"bank_name": " 工商银行 ", "account_number": "1111 2222 3333", "currency": "CNY"},
        {"bank_name": "招商银行"},
    ),
    Kind(
        create_qualification,
        services.add_qualification,
        services.update_qualification,
        services.retire_qualification,
        "qualification",
        {"kind": "iso_9000", "issuer": " 方圆 ", "valid_to_on": dt.date(2027, 1, 1)},
        {"issuer": "方圆标志"},
    ),
)
every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.argument)


def code_of(call: Callable[[], object]) -> str:
    with pytest.raises(BusinessError) as refused:
        call()
    return refused.value.code


# What holds for every kind


@every_kind
def test_both_managers_add_and_the_history_names_them(team: Team, customer: Customer, kind: Kind) -> None:
    for by in (team.account_manager, team.service_manager):
        data = dict(kind.data)
        if "account_number" in data:
            data["account_number"] = f"9{by.pk:08d}"
        row = kind.add(customer=customer, data=data, by=by, submission_key=uuid4())
        assert (row.created_by, row.version) == (by, 1)
        entry = history_of(row)[-1]
        assert (entry.kind, entry.person) == ("insert", str(by))
        assert all(value == value.strip() for value in vars(row).values() if isinstance(value, str))


@every_kind
@pytest.mark.parametrize(
    "role", [role for role in Role if role not in {Role.ACCOUNT_MANAGER, Role.SERVICE_MANAGER}]
)
def test_nobody_else_writes(team: Team, customer: Customer, kind: Kind, role: Role) -> None:
    row = kind.create(customer=customer)
    by = team.holder(role)
    for call in (
        lambda: kind.add(customer=customer, data=kind.data, by=by),
        lambda: kind.update(**{kind.argument: row}, data=kind.change, version=1, by=by),
        lambda: kind.retire(**{kind.argument: row}, by=by, now=timezone.now()),
    ):
        assert code_of(call) == "customer.edit_not_allowed"
    assert type(row).objects.count() == 1


@every_kind
def test_another_ones_managers_do_not_write(customer: Customer, kind: Kind) -> None:
    stranger = create_user(Role.ACCOUNT_MANAGER, Role.SERVICE_MANAGER)
    assert (
        code_of(lambda: kind.add(customer=customer, data=kind.data, by=stranger))
        == "customer.edit_not_allowed"
    )


@every_kind
def test_a_closed_file_does_not_change(team: Team, customer: Customer, kind: Kind) -> None:
    Customer.objects.filter(pk=customer.pk).update(state=CustomerState.CLOSED)
    by = team.account_manager
    assert code_of(lambda: kind.add(customer=customer, data=kind.data, by=by)) == "customer.closed"


@every_kind
def test_a_form_sent_twice_is_one_row(team: Team, customer: Customer, kind: Kind) -> None:
    key = uuid4()
    first, second = (
        kind.add(customer=customer, data=kind.data, by=team.account_manager, submission_key=key) for _ in "12"
    )
    assert first == second
    assert type(first).objects.count() == 1


@every_kind
def test_changing_and_the_second_click(team: Team, customer: Customer, kind: Kind) -> None:
    row = kind.create(customer=customer)
    for _ in range(2):
        changed = kind.update(**{kind.argument: row}, data=kind.change, version=1, by=team.service_manager)
        assert changed.version == 2
    stored = type(row).objects.get()
    assert {name: getattr(stored, name) for name in kind.change} == kind.change


@every_kind
def test_a_stale_form_is_told_who_changed_what(team: Team, customer: Customer, kind: Kind) -> None:
    row = kind.create(customer=customer)
    kind.update(**{kind.argument: row}, data=kind.change, version=1, by=team.service_manager)
    field = next(iter(kind.change))
    with pytest.raises(ConflictError) as conflict:
        kind.update(**{kind.argument: row}, data={field: "别的"}, version=1, by=team.account_manager)
    assert conflict.value.code == "row.changed"
    assert str(team.service_manager) in str(conflict.value)
    assert str(kind.change[field]) in str(conflict.value)
    assert getattr(type(row).objects.get(), field) == kind.change[field]


@every_kind
def test_retiring_is_once_and_for_good(team: Team, customer: Customer, kind: Kind) -> None:
    row = kind.create(customer=customer)
    now = timezone.now()
    for by, moment in ((team.service_manager, now), (team.account_manager, now + dt.timedelta(hours=1))):
        kind.retire(**{kind.argument: row}, by=by, now=moment)
    stored = type(row).objects.get()
    assert (stored.retired_by, stored.retired_at, stored.version) == (team.service_manager, now, 2)
    again = lambda: kind.update(  # noqa: E731
        **{kind.argument: row}, data=kind.change, version=2, by=team.account_manager
    )
    assert code_of(again) == "row.retired"


@every_kind
def test_fields_that_are_none_are_a_mistake_of_the_program(
    team: Team, customer: Customer, kind: Kind
) -> None:
    with pytest.raises(TypeError, match="retired_at"):
        kind.add(customer=customer, data={**kind.data, "retired_at": None}, by=team.account_manager)


@every_kind
def test_who_and_when_of_retiring_belong_together(team: Team, customer: Customer, kind: Kind) -> None:
    row = kind.create(customer=customer)
    for half in ({"retired_at": timezone.now()}, {"retired_by": team.account_manager}):
        with pytest.raises(IntegrityError, match="retired_at_and_by"), transaction.atomic():
            type(row).objects.filter(pk=row.pk).update(**half)


# Contacts


def add(customer: Customer, by: User, **data: object) -> Contact:
    return services.add_contact(customer=customer, data={"kind": "finance", **data}, by=by)


def test_the_first_of_a_kind_is_the_main_one(team: Team, customer: Customer) -> None:
    by = team.account_manager
    first, second = add(customer, by, name="甲"), add(customer, by, name="乙")
    assert (first.is_main, second.is_main) == (True, False)
    assert not add(customer, by, kind="other", name="丙").is_main
    third = add(customer, by, name="丁", is_main=True)
    stored = {contact.name: (contact.is_main, contact.version) for contact in customer.contacts.all()}
    assert stored == {"甲": (False, 2), "乙": (False, 1), "丙": (False, 1), "丁": (True, 1)}
    services.update_contact(contact=second, data={"is_main": True}, version=1, by=by)
    third.refresh_from_db()
    assert not third.is_main


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({"title": "会计"}, "contact.empty"),
        ({"name": " "}, "contact.empty"),
        ({"wechat": "zhao_min"}, None),
        ({"phone": "021-5555"}, None),
        ({"name": "甲", "email": "a@x"}, "contact.email"),
        ({"name": "甲", "email": "a@x.example\nBcc: b@x.example"}, "contact.email"),
        ({"name": "甲", "preferred_channel": "email"}, "contact.channel"),
        ({"name": "甲", "preferred_channel": "email", "email": "a@x.example"}, None),
        ({"name": "甲", "preferred_channel": "wechat", "mobile": "13800138000"}, "contact.channel"),
        ({"name": "甲", "preferred_channel": "post"}, None),
        ({"name": "甲", "preferred_channel": "pigeon"}, "contact.choice"),
        ({"name": "甲", "letter_order": 0}, "contact.order"),
        ({"name": "甲", "letter_order": 1}, None),
        ({"name": "甲", "letter_order": 99}, None),
        ({"name": "甲", "letter_order": 100}, "contact.order"),
        ({"name": "甲", "kind": "friend"}, "contact.choice"),
    ],
)
def test_what_makes_a_contact(
    team: Team, customer: Customer, data: dict[str, object], code: str | None
) -> None:
    if code is None:
        assert add(customer, team.account_manager, **data).pk
    else:
        assert code_of(lambda: add(customer, team.account_manager, **data)) == code
        assert not Contact.objects.exists()


def test_a_change_must_be_sound_as_well(team: Team, customer: Customer) -> None:
    contact = add(customer, team.account_manager, name="甲", email="a@x.example", preferred_channel="email")
    by = team.account_manager
    change = lambda **data: services.update_contact(contact=contact, data=data, version=1, by=by)  # noqa: E731
    assert code_of(lambda: change(email="")) == "contact.channel"
    assert change(email="", preferred_channel="").version == 2


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({"name": "甲", "email": "a@x"}, "甲"),
        ({"name": "", "email": "a@x"}, "a@x"),
        ({"name": "", "mobile": "1"}, "1"),
    ],
)
def test_a_contact_is_called_by_what_is_known(customer: Customer, fields: dict[str, str], shown: str) -> None:
    assert str(create_contact(customer=customer, **fields)) == shown


# Bank accounts


def test_a_number_counts_once_however_it_is_written(team: Team, customer: Customer) -> None:
    by = team.account_manager
    data = {"bank_name": "工商银行", "account_number": "1111 2222-3333", "currency": "CNY"}
    first = services.add_bank_account(customer=customer, data=data, by=by)
    assert first.is_main
    again = lambda: services.add_bank_account(  # noqa: E731
        customer=customer, data={**data, "account_number": "111122223333"}, by=by
    )
    assert code_of(again) == "bank_account.number_taken"
    services.retire_bank_account(account=first, by=by, now=timezone.now())
    assert again().is_main


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({"bank_name": " ", "account_number": "1111"}, "bank_account.bank_missing"),
        ({"bank_name": "工商银行", "account_number": ""}, "bank_account.number_missing"),
        ({"bank_name": "工商银行", "account_number": " - "}, "bank_account.number_missing"),
    ],
)
def test_an_account_has_bank_and_number(
    team: Team, customer: Customer, data: dict[str, object], code: str
) -> None:
    by = team.account_manager
    assert code_of(lambda: services.add_bank_account(customer=customer, data=data, by=by)) == code


def test_an_empty_number_keeps_the_stored_one(team: Team, customer: Customer) -> None:
    account = create_bank_account(customer=customer, account_number="1111 2222", is_main=True)
    by = team.account_manager
    changed = services.update_bank_account(
        account=account, data={"account_number": "", "holder": "新公司"}, version=1, by=by
    )
    assert (changed.account_number, changed.holder) == ("1111 2222", "新公司")
    assert not services.update_bank_account(
        account=account, data={"is_main": False}, version=2, by=by
    ).is_main
    other = create_bank_account(customer=customer)
    services.update_bank_account(account=account, data={"is_main": True}, version=3, by=by)
    services.update_bank_account(account=other, data={"is_main": True}, version=1, by=by)
    assert BankAccount.objects.get(is_main=True) == other


@pytest.mark.parametrize("role", list(Role))
def test_who_is_shown_a_whole_number_and_that_it_is_recorded(
    team: Team, customer: Customer, role: Role
) -> None:
    """P3.4, P5.2: the two managers of the customer, the leaders, finance and the general manager."""
    account = create_bank_account(customer=customer, account_number="6222 0202 0011 2230")
    person = team.holder(role)
    show = lambda: services.show_account_number(account=account, by=person)  # noqa: E731
    readers = {"group_leader", "deputy_leader", "account_manager", "service_manager", "planning_finance"}
    if role not in readers | {"general_manager", "finance_clerk"}:
        assert code_of(show) == "bank_account.masked"
        assert not SensitiveRead.objects.exists()
        return
    assert show() == show() == "6222 0202 0011 2230"
    first, second = SensitiveRead.objects.all()
    assert (first.reader, first.subject, first.masked) == (person, customer.number, "•••• 2230")
    assert (second.object_type, second.object_id, second.field) == (
        "customers.bankaccount",
        account.pk,
        "account_number",
    )
    assert abs(first.read_at - timezone.now()) < dt.timedelta(minutes=5)
    assert "6222" not in str(first)


def test_there_must_be_a_number_to_show(team: Team, customer: Customer) -> None:
    account = create_bank_account(customer=customer, account_number="")
    by = team.account_manager
    assert code_of(lambda: services.show_account_number(account=account, by=by)) == "bank_account.no_number"
    assert not SensitiveRead.objects.exists()


def test_a_recorded_read_is_final(team: Team, customer: Customer) -> None:
    services.show_account_number(account=create_bank_account(customer=customer), by=team.account_manager)
    for change in (
        lambda: SensitiveRead.objects.update(subject="X"),
        lambda: SensitiveRead.objects.all().delete(),
    ):
        with pytest.raises(Exception, match="Cannot update or delete"), transaction.atomic():
            change()


def test_history_masks_the_number(team: Team, customer: Customer) -> None:
    account = create_bank_account(customer=customer, account_number="6222 0202 0011 2230")
    services.update_bank_account(
        account=account, data={"account_number": "1111 2222 3333 4444"}, version=1, by=team.account_manager
    )
    change = next(change for change in history_of(account)[0].changes if change.field == "account_number")
    assert (change.old, change.new) == ("•••• 2230", "•••• 4444")


# Qualifications


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({"kind": "other"}, "qualification.name_missing"),
        ({"kind": "other", "name": "安全生产许可证"}, None),
        ({"kind": "diploma"}, "qualification.kind"),
        (
            {"valid_from_on": dt.date(2026, 1, 2), "valid_to_on": dt.date(2026, 1, 1)},
            "qualification.ends_before_start",
        ),
        ({"valid_from_on": dt.date(2026, 1, 1), "valid_to_on": dt.date(2026, 1, 1)}, None),
        ({"valid_from_on": dt.date(2026, 1, 1)}, None),
        ({"valid_to_on": dt.date(2020, 1, 1)}, None),
    ],
)
def test_what_makes_a_qualification(
    team: Team, customer: Customer, data: dict[str, object], code: str | None
) -> None:
    call = lambda: services.add_qualification(  # noqa: E731
        customer=customer, data={"kind": "iso_9000", **data}, by=team.account_manager
    )
    if code is None:
        assert call().label in {"ISO 9000", "安全生产许可证"}
    else:
        assert code_of(call) == code
        assert not Qualification.objects.exists()


def test_scans_are_kept_under_our_own_names(
    team: Team, customer: Customer, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    qualification = services.add_qualification(
        customer=customer,
        data={"kind": "iso_9000"},
        scans=[("../../x.html", PDF), ("证书.pdf", PDF + b"%2"), ("证书.pdf", PDF + b"%2")],
        by=team.account_manager,
    )
    scans = list(qualification.scans.order_by("pk"))
    assert [scan.name for scan in scans] == ["x.html.pdf", "证书.pdf"]
    assert all(scan.file.name.startswith(f"qualifications/{qualification.pk}/") for scan in scans)
    assert all(".." not in scan.file.name and "html" not in scan.file.name for scan in scans)
    services.update_qualification(
        qualification=qualification,
        data={},
        scans=[("证书.pdf", PDF + b"%2")],
        version=1,
        by=team.service_manager,
    )
    assert qualification.scans.count() == 2
    assert Qualification.objects.get().version == 1


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "attachment.type"),
        (b"<!doctype html><html><body>hello</body></html>", "attachment.type"),
        (b"", "attachment.empty"),
        (b"%PDF-1.7\n" + b"x" * 200, "attachment.too_large"),
    ],
)
def test_a_bad_scan_saves_nothing(
    team: Team, customer: Customer, settings: Any, tmp_path: Any, content: bytes, code: str
) -> None:
    settings.MEDIA_ROOT = tmp_path
    settings.CREDITRISK_ATTACHMENT_MAX_BYTES = 200
    good = b"%PDF-1.7\nshort"
    call = lambda: services.add_qualification(  # noqa: E731
        customer=customer,
        data={"kind": "iso_9000"},
        scans=[("a.pdf", good), ("b.pdf", content)],
        by=team.account_manager,
    )
    assert code_of(call) == code
    assert not Qualification.objects.exists()
    assert not QualificationScan.objects.exists()


def test_there_is_an_end_to_the_number_of_scans(
    team: Team, customer: Customer, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    settings.CREDITRISK_ATTACHMENTS_MAX_COUNT = 2
    qualification = create_qualification(customer=customer)
    by = team.account_manager
    first = create_scan(qualification=qualification, by=by)
    send = lambda name: services.update_qualification(  # noqa: E731
        qualification=qualification, data={}, scans=[(name, PDF)], version=1, by=by
    )
    send("b.pdf")
    assert code_of(lambda: send("c.pdf")) == "attachment.too_many"
    for _ in range(2):  # twice is once
        removed = services.remove_scan(scan=first, by=by, now=timezone.now())
    assert (removed.removed_by, removed.file.storage.exists(removed.file.name)) == (by, True)
    send("c.pdf")
    assert qualification.scans.filter(removed_at__isnull=True).count() == 2


def test_others_remove_no_scan(team: Team, customer: Customer, settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    scan = create_scan(qualification=create_qualification(customer=customer), by=team.account_manager)
    with pytest.raises(NotAllowedError):
        services.remove_scan(scan=scan, by=team.group_leader, now=timezone.now())


def test_a_retired_one_takes_no_scans(team: Team, customer: Customer) -> None:
    qualification = create_qualification(customer=customer)
    by = team.account_manager
    services.retire_qualification(qualification=qualification, by=by, now=timezone.now())
    call = lambda: services.update_qualification(  # noqa: E731
        qualification=qualification, data={}, scans=[("a.pdf", PDF)], version=2, by=by
    )
    assert code_of(call) == "row.retired"


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_main_contacts_at_once_leave_one() -> None:
    manager, colleague = create_user(Role.ACCOUNT_MANAGER), create_user(Role.SERVICE_MANAGER)
    for _ in range(10):
        customer = create_active_customer(account_manager=manager, service_manager=colleague)
        barrier = Barrier(2)
        failures: list[BaseException] = []

        def work(
            by: User,
            customer: Customer = customer,
            barrier: Barrier = barrier,
            failures: list[BaseException] = failures,
        ) -> None:
            barrier.wait()
            try:
                data = {"kind": "finance", "name": by.username, "is_main": True}
                services.add_contact(customer=customer, data=data, by=by)
            except (InvalidInputError, IntegrityError) as error:
                failures.append(error)
            connection.close()

        threads = [Thread(target=work, args=[by]) for by in (manager, colleague)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        main = customer.contacts.get(is_main=True)
        assert customer.contacts.count() == 2
        assert Customer.objects.get(pk=customer.pk).finance_contact == main.name
