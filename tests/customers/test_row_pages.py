"""The pages of contacts, bank accounts and qualifications, through the real middleware."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from creditrisk.accounts.roles import Role
from creditrisk.audit.models import SensitiveRead
from customers import services
from customers.forms import ContactForm, QualificationForm
from customers.models import Contact, Customer, Qualification
from tests.customers.test_forms import posted
from tests.customers.test_views import as_, hidden, text
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
DAY = dt.timedelta(days=1)
MEGABYTE = 1024 * 1024


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def team() -> Team:
    return create_team()


@pytest.fixture
def customer(team: Team) -> Customer:
    return create_active_customer(
        number="K-1 ü", account_manager=team.account_manager, service_manager=team.service_manager
    )


@pytest.fixture
def client(team: Team) -> Client:
    return as_(team.account_manager)


def url(name: str, *arguments: Any) -> str:
    return reverse(f"customers:{name}", args=arguments)


def sent_form(client: Client, address: str, **values: Any) -> Any:
    """Open the form, fill it in, send it; return the answer."""
    page = text(client.get(address))
    name = "version" if 'name="version"' in page else "submission_key"
    return client.post(address, {name: hidden(page, name)} | values)


# Contacts


def test_adding_changing_and_retiring_a_contact(client: Client, team: Team, customer: Customer) -> None:
    answer = sent_form(
        client,
        url("contact_create", customer.number),
        kind="finance",
        name="赵<敏>",
        email="zhao@customer.example",
        mobile="138 0013 8000",
        wechat="zhao_min",
        preferred_channel="wechat",
    )
    assert answer["Location"] == f"{customer.get_absolute_url()}#contacts"
    contact = Contact.objects.get()
    page = text(client.get(customer.get_absolute_url()))
    for part in ("赵&lt;敏&gt;", "mailto:zhao@customer.example", "138 0013 8000", "zhao_min", ">main<"):
        assert part in page
    address = url("contact_edit", customer.number, contact.pk)
    values = {"kind": "finance", "name": "赵敏", "email": "new@customer.example", "is_main": "on"}
    assert sent_form(client, address, **values).status_code == 302
    assert Customer.objects.get().finance_email == "new@customer.example"
    client.post(url("contact_retire", customer.number, contact.pk))
    page = text(client.get(customer.get_absolute_url()))
    assert "1 retired" in page
    assert "or wait to be posted" in page
    assert client.get(address).status_code == 403


def test_an_empty_file_says_so(client: Client, customer: Customer) -> None:
    page = text(client.get(customer.get_absolute_url()))
    for part in ("No contact yet.", "No bank account yet.", "No licence, certificate or rating yet."):
        assert part in page


def test_a_kind_can_be_chosen_in_the_address(client: Client, customer: Customer) -> None:
    address = url("contact_create", customer.number)
    assert '<option value="finance" selected>' in text(client.get(f"{address}?kind=finance"))
    assert "selected>Finance" not in text(client.get(f"{address}?kind=admin"))


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": "甲", "phone": "call me"}, "phone"),
        ({"name": "甲", "mobile": "x"}, "mobile"),
        ({"name": "甲", "email": "a@"}, "email"),
        ({"name": "甲", "wechat": "微信"}, "wechat"),
        ({"name": "甲", "wechat": "abcd"}, "wechat"),
        ({"name": "甲", "preferred_channel": "email"}, "email"),
        ({"name": "甲", "preferred_channel": "mobile"}, "mobile"),
        ({"name": "甲", "preferred_channel": "mobile", "mobile": "x"}, "mobile"),
        ({"name": "甲", "preferred_channel": "post"}, None),
        ({"name": "甲", "letter_order": "2"}, None),
        ({"name": "甲", "letter_order": "first"}, "letter_order"),
        ({"name": "甲", "preferred_channel": "phone", "phone": "021-55550100 ext 12"}, None),
        ({"name": "甲\u202e"}, "name"),
        ({"name": "甲", "kind": "friend"}, "kind"),
        ({"name": "甲", "retired_by": "1"}, "__all__"),
        ({"wechat": "ａbcde"}, None),
    ],
)
def test_contact_form(values: dict[str, str], field: str | None) -> None:
    form = ContactForm(posted(**{"kind": "finance", "submission_key": uuid4()} | values))
    assert set(form.errors) == ({field} if field else set())
    if values.get("wechat") == "ａbcde":
        assert form.row_data["wechat"] == "abcde"


def test_what_the_service_refuses_stands_at_the_field(client: Client, customer: Customer) -> None:
    answer = sent_form(client, url("contact_create", customer.number), kind="finance", title="会计")
    assert answer.status_code == 200
    assert 'href="#id_name"' in text(answer)
    assert 'value="会计"' in text(answer)
    assert not Contact.objects.exists()


def test_who_was_faster_is_named_and_nothing_is_lost(client: Client, team: Team, customer: Customer) -> None:
    contact = create_contact(customer=customer, name="旧名")
    address = url("contact_edit", customer.number, contact.pk)
    values = {"kind": "business", "name": "我的名", "version": hidden(text(client.get(address)), "version")}
    services.update_contact(contact=contact, data={"name": "他的名"}, version=1, by=team.service_manager)
    answer = client.post(address, values)
    assert answer.status_code == 409
    page = text(answer)
    assert "旧名 → 他的名" in page
    assert str(team.service_manager) in page
    assert 'value="我的名"' in page
    client.post(address, values | {"version": hidden(page, "version")})
    assert Contact.objects.get().name == "我的名"


# Bank accounts


def test_adding_an_account_and_changing_all_but_its_number(client: Client, customer: Customer) -> None:
    number = "6222 0202 0011 2230"
    answer = sent_form(
        client,
        url("bank_account_create", customer.number),
        bank_name="工商银行",
        account_number=number,
        currency="CNY",
    )
    assert answer["Location"] == f"{customer.get_absolute_url()}#bank-accounts"
    account = customer.bank_accounts.get()
    address = url("bank_account_edit", customer.number, account.pk)
    page = text(client.get(address))
    assert "6222" not in page
    assert "Leave it empty to keep •••• 2230." in page
    values = {"bank_name": "招商银行", "account_number": "", "currency": "CNY", "is_main": "on"}
    assert sent_form(client, address, **values).status_code == 302
    stored = Customer.objects.get()
    assert (stored.bank_name, stored.bank_account) == ("招商银行", number)
    assert not SensitiveRead.objects.exists()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"account_number": "123"}, "account_number"),
        ({"account_number": "账号"}, "account_number"),
        ({"account_number": ""}, "account_number"),
        ({"account_number": "6222-0000-0000"}, "account_number"),  # in the file already
        ({"bank_name": ""}, "bank_name"),
        ({"currency": "XXX"}, "currency"),
    ],
)
def test_a_bad_account_is_refused_at_its_field(
    client: Client, customer: Customer, values: dict[str, str], field: str
) -> None:
    create_bank_account(customer=customer, account_number="6222 0000 0000")
    usual = {"bank_name": "工商银行", "account_number": "1111 2222", "currency": "CNY"}
    answer = sent_form(client, url("bank_account_create", customer.number), **usual | values)
    assert answer.status_code == 200
    assert f'href="#id_{field}"' in text(answer)
    assert customer.bank_accounts.count() == 1


def test_showing_a_number_is_recorded(client: Client, team: Team, customer: Customer) -> None:
    account = create_bank_account(customer=customer, account_number="6222 0202 0011 2230")
    address = url("bank_account_show", customer.number, account.pk)
    assert address in text(client.get(customer.get_absolute_url()))
    assert address not in text(as_(team.legal_affairs).get(customer.get_absolute_url()))
    assert client.get(address).status_code == 405
    answer = client.post(address)
    assert "6222 0202 0011 2230" in text(answer)
    assert "no-store" in answer["Cache-Control"]
    fragment = client.post(address, headers={"HX-Request": "true"})
    assert "6222 0202 0011 2230" in text(fragment)
    assert "<html" not in text(fragment)
    read = SensitiveRead.objects.all()[0]
    assert (SensitiveRead.objects.count(), read.reader, read.subject) == (2, team.account_manager, "K-1 ü")
    assert as_(team.legal_affairs).post(address).status_code == 403
    assert SensitiveRead.objects.count() == 2


def test_retiring_an_account(client: Client, customer: Customer) -> None:
    account = create_bank_account(customer=customer, account_number="6222 0202 0011 2230")
    for _ in range(2):
        answer = client.post(url("bank_account_retire", customer.number, account.pk))
        assert answer["Location"] == f"{customer.get_absolute_url()}#bank-accounts"
    page = text(client.get(customer.get_absolute_url()))
    assert "1 retired" in page
    assert "•••• 2230" in page


# Qualifications


def test_adding_a_qualification_with_scans(client: Client, team: Team, customer: Customer) -> None:
    answer = sent_form(
        client,
        url("qualification_create", customer.number),
        kind="iso_9000",
        number="Q-1",
        valid_from_on="2024-01-01",
        valid_to_on="2099-12-31",
        scans=[SimpleUploadedFile("../../x.html", PDF), SimpleUploadedFile("证书.pdf", PDF + b"%2")],
    )
    assert answer["Location"] == f"{customer.get_absolute_url()}#qualifications"
    qualification = Qualification.objects.get()
    page = text(client.get(customer.get_absolute_url()))
    for part in ("ISO 9000", "Q-1", "2099-12-31", "证书.pdf", "state-valid"):
        assert part in page
    assert ".." not in {scan.name for scan in qualification.scans.all()}
    scan = qualification.scans.get(name="证书.pdf")
    download = as_(team.legal_affairs).get(url("scan", customer.number, qualification.pk, scan.pk))
    assert download.getvalue() == PDF + b"%2"
    assert "attachment" in download["Content-Disposition"]
    assert download["X-Content-Type-Options"] == "nosniff"
    stranger = as_(create_user(Role.ACCOUNT_MANAGER))
    assert stranger.get(url("scan", customer.number, qualification.pk, scan.pk)).status_code == 404


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("x.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "Only PDF, PNG, JPEG"),
        ("x.pdf", b"<!doctype html><script>alert(1)</script>", "Only PDF, PNG, JPEG"),
        ("x.pdf", b"", "This file is empty."),
    ],
)
def test_a_bad_scan_is_named_and_what_was_typed_stays(
    client: Client, customer: Customer, name: str, content: bytes, said: str
) -> None:
    answer = sent_form(
        client,
        url("qualification_create", customer.number),
        kind="iso_9000",
        number="Q-77",
        scans=[SimpleUploadedFile("good.pdf", PDF), SimpleUploadedFile(name, content)],
    )
    page = text(answer)
    assert answer.status_code == 200
    assert f"{name}: {said}" in page
    assert "Nothing was saved: choose the files again." in page
    assert 'value="Q-77"' in page
    assert not Qualification.objects.exists()


class Huge(SimpleUploadedFile):
    """A file whose content must not be read: its size is enough to refuse it."""

    def read(self, *_arguments: Any) -> bytes:
        raise AssertionError("read")


def test_a_scan_of_200_mb_is_refused_unread() -> None:
    file = Huge("x.pdf", b"")
    file.size = 200 * MEGABYTE
    data = posted(kind="iso_9000", submission_key=uuid4())
    form = QualificationForm(data, {"scans": [file]})  # type: ignore[arg-type]
    assert form.errors == {
        "scans": [
            "x.pdf: This file is too large: at most 20 MB.",
            "Nothing was saved: choose the files again.",
        ]
    }


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"valid_to_on": "2026-02-31"}, "valid_to_on"),
        ({"valid_to_on": "0206-12-31"}, "valid_to_on"),
        ({"valid_from_on": "1899-12-31"}, "valid_from_on"),
        ({"valid_from_on": "1900-01-01", "valid_to_on": "2199-12-31"}, None),
        ({"valid_to_on": "2200-01-01"}, "valid_to_on"),
        ({"valid_from_on": "2026-02-02", "valid_to_on": "2026-02-01"}, "valid_to_on"),
        ({"valid_from_on": "2026-02-01", "valid_to_on": "2026-02-01"}, None),
        ({"kind": "other"}, "name"),
        ({"kind": "other", "name": "安全生产许可证"}, None),
        ({"kind": "diploma"}, "kind"),
    ],
)
def test_qualification_form(values: dict[str, str], field: str | None) -> None:
    form = QualificationForm(posted(**{"kind": "iso_9000", "submission_key": uuid4()} | values))
    assert set(form.errors) == ({field} if field else set())


def test_good_files_of_a_bad_form_are_asked_for_again() -> None:
    """A browser does not send them a second time by itself."""
    data = posted(kind="other", submission_key=uuid4())
    form = QualificationForm(data, {"scans": [SimpleUploadedFile("a.pdf", PDF)]})  # type: ignore[arg-type]
    assert set(form.errors) == {"name", "scans"}


def test_changing_one_and_its_scans(client: Client, team: Team, customer: Customer) -> None:
    qualification = create_qualification(customer=customer, kind="iso_9000")
    scan = create_scan(qualification=qualification, by=team.account_manager, name="旧.pdf")
    address = url("qualification_edit", customer.number, qualification.pk)
    assert "旧.pdf" in text(client.get(address))
    answer = sent_form(client, address, kind="iso_20000", scans=SimpleUploadedFile("新.pdf", PDF + b"%3"))
    assert answer.status_code == 302
    assert Qualification.objects.get().kind == "iso_20000"
    answer = client.post(url("scan_remove", customer.number, qualification.pk, scan.pk))
    assert answer["Location"] == address
    page = text(client.get(customer.get_absolute_url()))
    assert "新.pdf</a>" in page
    assert "旧.pdf</a>" not in page
    assert client.get(url("scan", customer.number, qualification.pk, scan.pk)).status_code == 404


def test_a_scan_is_found_under_its_own_qualification_alone(
    client: Client, team: Team, customer: Customer
) -> None:
    scan = create_scan(qualification=create_qualification(customer=customer), by=team.account_manager)
    other = create_qualification(customer=customer)
    assert client.get(url("scan", customer.number, other.pk, scan.pk)).status_code == 404
    foreign = create_active_customer(account_manager=team.account_manager)
    assert client.get(url("scan", foreign.number, scan.qualification_id, scan.pk)).status_code == 404


def test_a_retired_one_stays_with_its_scans(client: Client, team: Team, customer: Customer) -> None:
    qualification = create_qualification(customer=customer, number="Z-99")
    create_scan(qualification=qualification, by=team.account_manager, name="执照.pdf")
    client.post(url("qualification_retire", customer.number, qualification.pk))
    page = text(client.get(customer.get_absolute_url()))
    assert "1 retired" in page
    assert "执照.pdf" in page
    assert client.get(url("qualification_edit", customer.number, qualification.pk)).status_code == 403


@pytest.mark.parametrize("page", ["contact_edit", "bank_account_edit", "qualification_edit"])
def test_rows_are_found_under_their_own_customer_alone(
    client: Client, team: Team, customer: Customer, page: str
) -> None:
    makers: dict[str, Callable[..., Any]] = {
        "contact_edit": create_contact,
        "bank_account_edit": create_bank_account,
        "qualification_edit": create_qualification,
    }
    foreign = create_active_customer(account_manager=create_user(Role.ACCOUNT_MANAGER))
    row = makers[page](customer=foreign)
    assert client.get(url(page, customer.number, row.pk)).status_code == 404
    assert client.get(url(page, foreign.number, row.pk)).status_code == 404


# The list


@pytest.fixture
def ending(customer: Customer, team: Team) -> dict[str, Qualification]:
    """Qualifications that end in so many days; another manager's; one retired; one of a closed file."""
    today = timezone.localdate()
    made = {
        f"END{days}": create_qualification(
            customer=customer, kind="iso_9000", number=f"END{days}", valid_to_on=today + days * DAY
        )
        for days in (-1, 0, 7, 60, 61)
    }
    other = create_active_customer(name="别家", account_manager=create_user(Role.ACCOUNT_MANAGER))
    create_qualification(customer=other, number="OTHERS", valid_to_on=today)
    create_qualification(customer=customer, number="ENDLESS")
    create_qualification(
        customer=customer,
        number="GONE",
        valid_to_on=today,
        retired_at=timezone.now(),
        retired_by=team.group_leader,
    )
    return made


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"END-1", "END0", "END7", "END60"}),
        ("days=61", {"END-1", "END0", "END7", "END60", "END61"}),
        ("days=7", {"END-1", "END0", "END7"}),
        ("days=0", {"END-1", "END0"}),
        ("days=-5", {"END-1", "END0", "END7", "END60"}),
        ("days=x", {"END-1", "END0", "END7", "END60"}),
        ("days=9999999999", {"END-1", "END0", "END7", "END60"}),
        ("state=ended", {"END-1"}),
        ("state=valid&days=7", {"END0", "END7"}),
        ("kind=iso_20000", set()),
        ("kind=iso_9000&days=0", {"END-1", "END0"}),
        ("customer=nobody", set()),
        ("customer=K-1&days=0", {"END-1", "END0"}),
        (
            "customer__bank_account__startswith=6&sort=customer__bank_account",
            {"END-1", "END0", "END7", "END60"},
        ),
        ("sort=-customer&days=0", {"END-1", "END0"}),
        ("page=99999&days=0", {"END-1", "END0"}),
    ],
)
def test_what_ends_soon(
    client: Client, ending: dict[str, Qualification], query: str, found: set[str]
) -> None:
    answer = client.get(f"{url('qualification_list')}?{query}")
    assert answer.status_code == 200
    page = text(answer)
    marks = {*ending, "OTHERS", "ENDLESS", "GONE"}
    assert {mark for mark in marks if f">{mark}<" in page} == found


def test_the_list_by_manager(team: Team, ending: dict[str, Qualification]) -> None:
    leader = as_(team.group_leader)
    assert ">OTHERS<" in text(leader.get(url("qualification_list")))
    page = text(leader.get(f"{url('qualification_list')}?account_manager={team.account_manager.pk}"))
    assert ">OTHERS<" not in page
    assert ">END7<" in page
    page = text(leader.get(f"{url('qualification_list')}?service_manager={team.service_manager.pk}&days=7"))
    assert (">END7<" in page, ">OTHERS<" in page) == (True, False)
    assert "state-expired" in page
    assert "state-ending" in page


@pytest.mark.parametrize("count", [2, 60])
def test_the_list_is_a_constant_number_of_queries(
    team: Team, count: int, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    for _ in range(count):
        customer = create_active_customer(
            account_manager=team.account_manager, service_manager=team.service_manager
        )
        create_qualification(customer=customer, valid_to_on=timezone.localdate())
    client = as_(team.finance_clerk)
    with django_assert_max_num_queries(12):
        assert client.get(url("qualification_list")).status_code == 200


@pytest.mark.parametrize("count", [1, 8])
def test_the_file_is_a_constant_number_of_queries(
    team: Team, customer: Customer, count: int, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    for _ in range(count):
        create_contact(customer=customer)
        create_bank_account(customer=customer)
        create_scan(qualification=create_qualification(customer=customer), by=team.account_manager)
    client = as_(team.department_manager)
    with django_assert_max_num_queries(38):  # as in `test_views`, the panels of the higher apps included
        assert client.get(customer.get_absolute_url()).status_code == 200
