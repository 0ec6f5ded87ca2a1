"""Importing customers: what is taken, what is refused, and that a file is taken whole or not at all."""

from __future__ import annotations

import datetime as dt
import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils.translation import override
from python_calamine import CalamineWorkbook

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.audit.selectors import history_of
from creditrisk.exceptions import ConflictError, InvalidInputError, NotAllowedError
from creditrisk.notifications.models import Notification
from customers.exports import customer_columns, customer_rows
from customers.forms.import_file import CustomerFile, read_customer_file
from customers.identity_permissions import import_refusal
from customers.import_rows import ImportResult, ImportRow
from customers.models import AliasSource, Customer, CustomerImport, CustomerState, Industry
from customers.services import import_customers, import_stored_file, take_import_file
from tests.factories.customers import create_customer
from tests.factories.people import Team, create_team, create_user

pytestmark = pytest.mark.django_db
USCC = "914403001922038216"


@pytest.fixture
def team() -> Team:
    return create_team()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def file_of(folder: Path, *lines: str) -> CustomerFile:
    path = folder / f"{uuid4().hex}.csv"
    path.write_text("\n".join(lines))
    return read_customer_file(path)


def run(
    folder: Path, *lines: str, mode: str = "upsert", by: User | None = None, dry_run: bool = False
) -> ImportResult:
    file = file_of(folder, *lines)
    assert file.errors == ()
    return import_customers(rows=file.rows, columns=file.header.texts, mode=mode, by=by, dry_run=dry_run)


def counts(result: ImportResult) -> tuple[int, int, int, int]:
    return result.inserted, result.updated, result.unchanged, len(result.errors)


def test_new_customers_are_prospects_with_all_that_the_file_says(folder: Path, team: Team) -> None:
    result = run(
        folder,
        "客户编号,客户名称,英文名称,统一社会信用代码,注册资本,注册资本币种,企业性质,账期,客户经理,客服经理,别名,备注",
        f'Ｋ-1,华瑞有限公司,Huarui,91440300-1922038216,"1,000,000.50",人民币,民营企业,60天,'
        f"{team.account_manager.username},{team.service_manager.name},华瑞;老华瑞;华 瑞,忽略",
        ",无编号公司,,,,,,,,,,",
        by=team.group_leader,
    )
    assert counts(result) == (2, 0, 0, 0)
    customer = Customer.objects.get(number="K-1")
    assert (customer.name, customer.name_en, customer.uscc) == ("华瑞有限公司", "Huarui", USCC)
    assert (customer.registered_capital_amount, customer.registered_capital_currency) == (
        Decimal("1000000.50"),
        "CNY",
    )
    assert (customer.enterprise_type, customer.payment_term_days) == ("private", 60)
    assert (customer.account_manager, customer.service_manager) == (
        team.account_manager,
        team.service_manager,
    )
    assert (customer.state, customer.created_by) == (CustomerState.PROSPECT, team.group_leader)
    assert (customer.name_grams, customer.name_initials) == (["华瑞"], "hryxgs")
    assert set(customer.aliases.values_list("initials", flat=True)) == {"hr", "lhr"}
    assert {(alias.name, alias.source) for alias in customer.aliases.all()} == {
        ("华瑞", AliasSource.UPLOAD),
        ("老华瑞", AliasSource.UPLOAD),
    }
    assert [entry.person for entry in history_of(customer)] == [str(team.group_leader)]
    assert Customer.objects.get(name="无编号公司").number == "C000001"
    assert Notification.objects.filter(user=team.account_manager).count() == 1


def test_known_customers_change_where_a_cell_is_filled(folder: Path, team: Team) -> None:
    known = create_customer(number="K-1", name="旧名称", address="旧地址", payment_term_days=60)
    same = create_customer(number="K-2", name="不变")
    result = run(
        folder,
        "number,name,address,short name,account manager,aliases",
        f"K-1,新名称,,新,{team.account_manager.username},别名",
        "K-2,不变,,,,",
        by=team.administrator,
    )
    assert counts(result) == (0, 1, 1, 0)
    known.refresh_from_db()
    assert (known.name, known.address, known.short_name, known.version) == ("新名称", "旧地址", "新", 2)
    assert known.account_manager == team.account_manager
    assert known.name_grams == ["名称", "新名"]
    assert known.short_name_grams == ["新"]
    assert [alias.name for alias in known.aliases.all()] == ["别名"]
    assert history_of(known)[0].person == str(team.administrator)
    same.refresh_from_db()
    assert same.version == 1
    again = run(folder, "number,name,aliases", "K-1,新名称,别 名")
    assert counts(again) == (0, 0, 1, 0)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("月结", "end_of_month"),
        ("EOM", "end_of_month"),
        ("days after the end of the month", "end_of_month"),
        ("net", "net"),
        ("", "net"),
    ],
)
def test_kind_of_payment_term(folder: Path, text: str, kind: str) -> None:
    run(folder, "number,name,账期,账期类型", f"K-1,甲,30,{text}")
    customer = Customer.objects.get(number="K-1")
    assert (customer.payment_term_days, customer.payment_term_kind) == (30, kind)


def test_unknown_kind_of_payment_term_is_refused_by_row_and_column(folder: Path) -> None:
    file = file_of(folder, "number,name,账期,账期类型", "K-1,甲,30,随便")
    assert [(error.row, error.column, error.value) for error in file.errors] == [(2, "账期类型", "随便")]


@pytest.mark.parametrize("text", ["C", "c", "制造业", "Manufacturing", "C 制造业", "C Manufacturing"])
def test_an_industry_by_code_or_name(folder: Path, text: str) -> None:
    lines = ("客户编号,客户名称,所属行业", f"K-1,华瑞有限公司,{text}")
    assert counts(run(folder, *lines)) == (1, 0, 0, 0)
    assert Customer.objects.get().industry == Industry.objects.get(code="C")
    assert counts(run(folder, *lines)) == (0, 0, 1, 0)
    assert counts(run(folder, lines[0], "K-1,华瑞有限公司,J")) == (0, 1, 0, 0)


def test_an_unknown_industry_is_refused_by_row_and_column(folder: Path) -> None:
    (error,) = file_of(folder, "客户编号,客户名称,行业", "K-1,华瑞有限公司,占星业").errors
    assert (error.row, error.column, error.value) == (2, "行业", "占星业")


@pytest.mark.parametrize("name", ["邮编", "邮政编码", "post code", "ZIP", "郵遞區號"])
def test_a_post_code_is_read_and_exported(folder: Path, name: str) -> None:
    assert counts(run(folder, f"客户编号,客户名称,{name}", "K-1,华瑞有限公司,２００１２０")) == (1, 0, 0, 0)
    assert Customer.objects.get().postal_code == "200120"
    heads = [column.header for column in customer_columns()]
    [row] = customer_rows(Customer.objects.all())
    assert row[heads.index("Post code")] == "200120"


def test_what_is_no_post_code_is_refused_by_row_and_column(folder: Path) -> None:
    (error,) = file_of(folder, "客户编号,客户名称,邮编", "K-1,华瑞有限公司,20#").errors
    assert (error.row, error.column, error.value) == (2, "邮编", "20#")
    assert "six digits" in error.message


def test_who_gives_himself_customers_is_not_told(folder: Path, team: Team) -> None:
    name = team.account_manager.username
    rows = (f"K-1,甲,{name}", f"K-2,乙,{name}")
    run(folder, "number,name,account manager", *rows, mode="insert", by=team.account_manager)
    assert Customer.objects.filter(account_manager=team.account_manager).count() == 2
    assert not Notification.objects.filter(user=team.account_manager).exists()


def mains(customer: Customer) -> list[tuple[str, str, str, int]]:
    rows = customer.contacts.filter(is_main=True).order_by("kind")
    return [(row.kind, row.name, row.phone, row.version) for row in rows]


def test_main_contacts_and_accounts_follow_the_file(folder: Path, team: Team) -> None:
    """docs/adr/0008: the columns of Annex 1 and the main rows say the same."""
    head = "number,name,finance contact,finance phone,business contact,bank,bank account"
    run(folder, head, "K-1,甲,张三,010-1,,工行,6222 1", "K-2,乙,,,王五,,", by=team.group_leader)
    first, second = Customer.objects.order_by("number")
    assert mains(first) == [("finance", "张三", "010-1", 1)]
    assert mains(second) == [("business", "王五", "", 1)]
    assert [(row.bank_name, row.is_main) for row in first.bank_accounts.all()] == [("工行", True)]
    assert not second.bank_accounts.exists()
    assert first.contacts.get().created_by == team.group_leader
    changed = run(folder, head, "K-1,甲,张三,010-2,,,6222 9", "K-2,丙,,,,,", by=team.group_leader)
    assert counts(changed) == (0, 2, 0, 0)
    assert mains(first) == [("finance", "张三", "010-2", 2)]
    assert mains(second) == [("business", "王五", "", 1)]
    assert first.bank_accounts.get(is_main=True).account_number == "6222 9"


def test_currency_stays_while_a_temporary_limit_is_in_it(folder: Path) -> None:
    limited = create_customer(
        number="K-1",
        temporary_limit_amount=Decimal(1),
        temporary_limit_valid_to_on=dt.date(2027, 1, 1),
        temporary_limit_reason="x",
    )
    refused = run(folder, "number,name,currency", "K-1,甲,USD")
    assert [(error.row, error.column) for error in refused.errors] == [(2, "currency")]
    assert "The temporary limit is in CNY" in refused.errors[0].text
    assert counts(run(folder, "number,name,currency", "K-1,甲,CNY")) == (0, 1, 0, 0)
    Customer.objects.filter(pk=limited.pk).update(
        credit_limit_currency="CNY", credit_limit_amount=1, credit_limit_valid_to_on=dt.date(2027, 1, 1)
    )
    assert counts(run(folder, "number,name,currency", "K-1,甲,USD")) == (0, 1, 0, 0)


def test_a_new_alias_alone_is_a_change(folder: Path) -> None:
    known = create_customer(number="K-1")
    assert counts(run(folder, "number,aliases", "K-1,别名")) == (0, 1, 0, 0)
    known.refresh_from_db()
    assert known.version == 2
    assert known.aliases.count() == 1


def test_importing_twice_changes_nothing(folder: Path) -> None:
    lines = ("客户编号,客户名称,别名", "K-1,甲,乙;丙", "K-2,丁,")
    assert counts(run(folder, *lines)) == (2, 0, 0, 0)
    assert counts(run(folder, *lines)) == (0, 0, 2, 0)


def test_dry_run_writes_nothing(folder: Path) -> None:
    known = create_customer(number="K-1", name="旧")
    assert counts(run(folder, "number,name", "K-1,新", "K-2,乙", dry_run=True)) == (1, 1, 0, 0)
    known.refresh_from_db()
    assert known.name == "旧"
    assert Customer.objects.count() == 1


def test_running_numbers_step_over_given_ones(folder: Path) -> None:
    create_customer(number="C000002")
    run(folder, "name,address", "甲,a", "乙,b", "丙,c")
    numbers = Customer.objects.exclude(number="C000002").order_by("number").values_list("number", flat=True)
    assert list(numbers) == ["C000001", "C000003", "C000004"]


@pytest.mark.parametrize(
    ("mode", "lines", "column", "told"),
    [
        ("insert", ["K-1,甲,"], "number", "only new ones"),
        ("update", ["ZZ,甲,"], "number", "only known ones"),
        ("upsert", ["ZZ,,"], "name", "needs a name"),
        ("upsert", ["ZZ,甲,", "ZZ,乙,"], "number", "row 2"),
        ("upsert", [f"X,甲,{USCC}", f"Y,乙,{USCC}"], "uscc", "row 2"),
        ("upsert", ["X,甲,91310115MA1K4ABC05"], "uscc", "Another customer file"),
        ("upsert", ["SHUT,甲,"], "number", "closed"),
    ],
)
def test_one_wrong_row_and_nothing_is_written(
    folder: Path, mode: str, lines: list[str], column: str, told: str
) -> None:
    create_customer(number="K-1", name="原名")
    create_customer(number="K-9", uscc="91310115MA1K4ABC05")
    create_customer(number="SHUT", state=CustomerState.CLOSED)
    good = {"insert": "NEW,好,", "update": "K-1,改名,", "upsert": "NEW,好,"}[mode]
    result = run(folder, "number,name,uscc", *lines, good, mode=mode)
    (error,) = result.errors
    assert (error.column, error.row) == (column, len(lines) + 1)
    assert told in error.message
    assert told in error.text
    assert str(error.row) in error.text
    assert set(Customer.objects.values_list("number", flat=True)) == {"K-1", "K-9", "SHUT"}
    assert Customer.objects.get(number="K-1").name == "原名"


def test_a_customer_keeps_his_own_code(folder: Path) -> None:
    create_customer(number="K-1", uscc=USCC, name="甲")
    assert counts(run(folder, "number,uscc,name", f"K-1,{USCC},乙")) == (0, 1, 0, 0)


def test_cells_are_cleaned_as_in_the_form(folder: Path) -> None:
    file = file_of(
        folder,
        "客户编号,客户名称,统一社会信用代码,财务邮箱,财务电话,账期,注册资本,币种,企业性质,客户经理,别名",
        f"A/1,甲\u202e乙,914403001922038217,no-mail,abc,999,-5,ZZZ,火星,谁,{'x' * 201}",
        "K-2,好,,,,,,,,,",
    )
    assert {error.column for error in file.errors} == {
        *("客户编号", "客户名称", "统一社会信用代码", "财务邮箱", "财务电话", "账期", "注册资本", "币种"),
        *("企业性质", "客户经理", "别名"),
    }
    assert {error.row for error in file.errors} == {2}
    assert all(error.message for error in file.errors)
    assert [row.number for row in file.rows] == ["K-2"]
    assert file.row_count == 2


def test_a_number_is_not_longer_than_the_column(folder: Path) -> None:
    assert file_of(folder, "number,name", f"{'1' * 30},甲").errors == ()
    assert len(file_of(folder, "number,name", f"{'1' * 31},甲").errors) == 1


def test_people_by_user_name_or_by_a_name_that_is_one_persons(folder: Path) -> None:
    for _number in range(2):
        create_user(Role.ACCOUNT_MANAGER, name="李雷")
    file = file_of(folder, "number,name,account manager", "K-1,甲,李雷")
    assert "user name" in file.errors[0].message


def test_words_for_choices_in_every_language(folder: Path) -> None:
    with override("zh-hant"):
        file = file_of(
            folder,
            "number,name,enterprise type,letter language,currency",
            "K-1,甲,Listed company,繁體中文,rmb",
            "K-2,乙,listed,en,usd",
            "K-3,丙,私营企业,en,港幣",
        )
    assert file.errors == ()
    assert [row.values["enterprise_type"] for row in file.rows] == ["listed", "listed", "private"]
    assert [row.values["letter_language"] for row in file.rows] == ["zh-hant", "en", "en"]
    assert [row.values["currency"] for row in file.rows] == ["CNY", "USD", "HKD"]


@pytest.mark.parametrize(
    ("head", "code"),
    [("a,b", "import.no_header"), ("客户名称,公司名称,账期", "import.column_twice")],
)
def test_file_without_usable_columns(folder: Path, head: str, code: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        file_of(folder, head, "1,2,3")
    assert refused.value.code == code


# Who may ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", list(Role))
def test_who_imports_what(role: Role) -> None:
    user = create_user(role)
    allowed = {mode for mode in ("insert", "update", "upsert") if import_refusal(user, mode) is None}
    if role in {Role.GROUP_LEADER, Role.DEPUTY_LEADER, Role.ADMINISTRATOR}:
        assert allowed == {"insert", "update", "upsert"}
    else:
        assert allowed == ({"insert"} if role == Role.ACCOUNT_MANAGER else set())
    if "update" not in allowed:
        with pytest.raises(NotAllowedError):
            import_customers(rows=[], columns={}, mode="update", by=user)


def test_account_manager_imports_customers_of_his_own(folder: Path, team: Team) -> None:
    manager = team.account_manager
    other = create_user(Role.ACCOUNT_MANAGER)
    refused = run(
        folder, "number,name,account manager", f"K-1,甲,{other.username}", mode="insert", by=manager
    )
    assert "your own" in refused.errors[0].message
    assert counts(run(folder, "number,name", "K-1,甲", mode="insert", by=manager)) == (1, 0, 0, 0)
    assert Customer.objects.get().account_manager == manager


def test_account_manager_and_service_manager_are_two_people(folder: Path) -> None:
    both = create_user(Role.ACCOUNT_MANAGER, Role.SERVICE_MANAGER)
    create_customer(number="K-1", account_manager=both)
    result = run(
        folder,
        "number,name,account manager,service manager",
        f"K-1,甲,,{both.username}",
        f"K-2,乙,{both.username},{both.username}",
    )
    assert [error.column for error in result.errors] == ["service manager"] * 2


def test_number_taken_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    create_customer(number="K-1")
    rows = [ImportRow(row=2, number="K-1", values={"name": "甲"})]
    from customers.services import customer_import

    planned = customer_import._plan
    monkeypatch.setattr(
        customer_import,
        "_plan",
        lambda rows, **kwargs: customer_import.Plan(new=list(rows)) if planned else None,
    )
    with pytest.raises(ConflictError) as refused:
        import_customers(rows=rows, columns={}, mode="upsert", by=None)
    assert refused.value.code == "import.taken"


# The pages ----------------------------------------------------------------------------------------


def as_(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text(response: Any) -> str:
    return str(response.content.decode())


def handed_in(client: Client, *lines: str, mode: str = "upsert") -> Any:
    file = SimpleUploadedFile("客户.csv", "\n".join(lines).encode())
    sent = {"file": file, "mode": mode, "submission_key": str(uuid4())}
    return client.post(reverse("customers:import_create"), sent, follow=True)


def test_handing_in_looking_and_importing(team: Team) -> None:
    client = as_(team.group_leader)
    assert reverse("customers:import_create") in text(client.get(reverse("customers:list")))
    page = handed_in(client, "客户编号,客户名称,<说明>", "K-1,华<瑞>,x")
    assert "&lt;说明&gt;" in text(page)
    assert not Customer.objects.exists()
    stored = CustomerImport.objects.get()
    done = client.post(reverse("customers:import_commit", args=[stored.pk]), follow=True)
    assert "Imported at" in text(done)
    assert Customer.objects.get().name == "华<瑞>"
    client.post(reverse("customers:import_commit", args=[stored.pk]))
    assert Customer.objects.count() == 1
    assert "客户.csv" in text(client.get(reverse("customers:import_create")))
    assert as_(team.deputy_leader).get(stored.get_absolute_url()).status_code == 404


def test_rows_with_errors_come_back_to_be_corrected(team: Team) -> None:
    client = as_(team.administrator)
    page = handed_in(
        client, "编号说明,客户编号,客户名称,财务电话", "a,K-1,甲,+86 21 5555 0100", "b,K-2,,abc,"
    )
    assert "is no telephone number" in text(page)
    stored = CustomerImport.objects.get()
    refused = client.post(reverse("customers:import_commit", args=[stored.pk]), follow=True)
    assert "nothing was imported" in text(refused)
    assert not Customer.objects.exists()
    content = client.get(reverse("customers:import_errors", args=[stored.pk])).getvalue()
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert sheet[0] == ["编号说明", "客户编号", "客户名称", "财务电话", "Error"]
    assert [row[1] for row in sheet[1:]] == ["K-2"]
    assert "telephone" in sheet[1][4]


def test_errors_that_only_show_together_stop_the_commit_too(team: Team) -> None:
    client = as_(team.group_leader)
    handed_in(client, "客户编号,客户名称", "K-1,甲", "K-1,乙")
    stored = CustomerImport.objects.get()
    refused = client.post(reverse("customers:import_commit", args=[stored.pk]), follow=True)
    assert "nothing was imported" in text(refused)


def test_a_file_that_is_no_list_of_customers(team: Team) -> None:
    client = as_(team.group_leader)
    assert "No row names the columns" in text(handed_in(client, "a,b", "1,2"))
    assert "Only PDF" in text(handed_in(client, "<html>"))
    assert "This field is required" in text(
        client.post(reverse("customers:import_create"), {"mode": "upsert"})
    )


def test_account_manager_is_offered_new_customers_only(team: Team) -> None:
    client = as_(team.account_manager)
    page = text(client.get(reverse("customers:import_create")))
    assert 'value="insert"' in page
    assert 'value="upsert"' not in page
    assert handed_in(client, "number,name", "K-1,甲").status_code == 200
    assert not CustomerImport.objects.exists()


def test_sending_the_form_twice_keeps_one_file(team: Team) -> None:
    key = uuid4()
    stored = [
        take_import_file(
            name="a.csv",
            content=b"number,name\nK-1,x\n",
            mode="upsert",
            by=team.group_leader,
            submission_key=key,
        )
        for _number in range(2)
    ]
    assert stored[0] == stored[1]
    rows = [ImportRow(row=2, number="K-1", values={"name": "x"})]
    for _number in range(2):
        result = import_stored_file(stored=stored[0], rows=rows, columns={}, by=team.group_leader)
        assert counts(result) == (1, 0, 0, 0)
    assert Customer.objects.count() == 1


# The command --------------------------------------------------------------------------------------


def command(*arguments: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    status = 0
    try:
        call_command("import_customers", *arguments, stdout=out, stderr=err)
    except SystemExit as end:
        status = int(end.code or 0)
    return status, out.getvalue(), err.getvalue()


def test_command(folder: Path) -> None:
    path = folder / "a.csv"
    path.write_text("number,name\nK-1,甲\n")
    leader = create_user(Role.GROUP_LEADER)
    status, out, _err = command(str(path), "--json", "--dry-run")
    assert status == 0
    assert json.loads(out) == {
        "mode": "upsert",
        "rows": 1,
        "inserted": 1,
        "updated": 0,
        "unchanged": 0,
        "errors": [],
    }
    assert not Customer.objects.exists()
    assert command(str(path), "--user", leader.username) == (0, "1 new, 0 changed, 0 unchanged\n", "")
    assert Customer.objects.get().created_by == leader


def test_command_refuses_with_reasons(folder: Path) -> None:
    path = folder / "a.csv"
    path.write_text("number,name,finance phone\nOK,好,\n" + "".join(f"K{n},甲,abc\n" for n in range(21)))
    status, out, err = command(str(path), "--json")
    assert status == 2
    document = json.loads(out)
    assert len(document["errors"]) == 21
    assert document["errors"][0]["row"] == 3
    assert (document["errors"][0]["column"], document["errors"][0]["value"]) == ("finance phone", "abc")
    assert "1 more" in err
    assert not Customer.objects.exists()
    for arguments in ((str(folder / "none.csv"),), (str(path), "--user", "nobody")):
        status, out, err = command(*arguments, "--json")
        assert status == 2
        assert json.loads(out)["errors"][0]["row"] is None
        assert err
