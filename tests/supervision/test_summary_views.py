"""Pages, downloads and the command of monthly summaries (P3.2.5)."""

from __future__ import annotations

import datetime as dt
import io
import json
from argparse import ArgumentTypeError
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.notifications.models import OutboxMessage
from receivables.models import PayableSum, Report
from supervision import summary_sections
from supervision.exports import sheet_name
from supervision.management.commands import monthly_summary as command
from supervision.models import MonthlySummary
from supervision.services import summaries as making
from supervision.services.summary_addenda import add_addenda
from supervision.services.summary_signing import sign_summary
from supervision.summary_document import Sheet, sheets_of, summary_pdf
from supervision.summary_document.addenda import figure_name
from supervision.summary_document.pdf import SummaryDocument
from supervision.summary_facts import Line, facts_to_data
from supervision.summary_sections import Behind, Section
from supervision.tables.summary_charts import heat_rows, stacked, waterfall
from supervision.tables.summary_links import link_of
from tests.factories.customers import create_active_customer
from tests.factories.people import create_user, reload
from tests.factories.reports import Line as ReportLine
from tests.receivables.effectiveness_world import notice
from tests.receivables.pdf_text import pdf_text
from tests.supervision.summary_world import (
    MONTH,
    OCTOBER_END,
    SEPTEMBER_END,
    World,
    corrected,
    create_world,
    made,
    report,
)
from tests.supervision.test_summary_facts import AGING, FACTS

pytestmark = pytest.mark.django_db
LIST = "/supervision/summaries/"


@pytest.fixture
def world() -> World:
    return create_world()


def browser(person: User) -> Client:
    client = Client()
    client.force_login(reload(person))
    return client


def text(person: User, path: str, status: int = 200) -> str:
    answer = browser(person).get(path)
    assert answer.status_code == status
    return answer.content.decode()


def queries(person: User, path: str) -> int:
    client = browser(person)
    client.get(path)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(path).status_code == 200
    return len(asked)


def own(world: World) -> MonthlySummary:
    return made(world)[world.team.service_manager.username]


def signed(summary: MonthlySummary, by: User, analysis: str = "逾期集中。") -> MonthlySummary:
    version = MonthlySummary.objects.get(pk=summary.pk).version
    return sign_summary(
        summary=summary, by=reload(by), analysis=analysis, seen_version=version, now=timezone.now()
    )


# The list -------------------------------------------------------------------------------------------------------------


def test_the_list_says_who_is_how_far(world: World) -> None:
    found = made(world)
    signed(found[world.other.username], world.other)
    MonthlySummary.objects.filter(pk=found[""].pk).update(sign_by_on=dt.date(2026, 1, 1))
    page = text(world.team.group_leader, LIST)
    for part in ("2026-10", "Whole group", "Other", "state-signed", "state-overdue", "state-draft"):
        assert part in page, part
    mine = text(world.team.service_manager, LIST)
    assert found[world.team.service_manager.username].get_absolute_url() in mine
    assert "Other" not in mine
    assert "Whole group" not in mine


def test_the_list_without_any_says_so_and_pages_over_months(world: World) -> None:
    assert "No monthly summary is made yet" in text(world.team.group_leader, LIST)
    for month in (MONTH, dt.date(2026, 1, 1)):
        made(world, month=month)
    newest = text(world.team.group_leader, LIST)
    assert "?until=2026-04" in newest
    assert "Later months" not in newest
    older = text(world.team.group_leader, f"{LIST}?until=2026-04")
    assert '<th scope="col">2026-01</th>' in older
    assert "?until=2026-10" in older
    assert "Earlier months" not in older
    for odd in ("2026-13", "x", "2099-01", "0001-01", ""):
        assert '<th scope="col">2026-10</th>' in text(world.team.group_leader, f"{LIST}?until={odd}")


def test_the_lists_queries_do_not_grow(world: World) -> None:
    made(world)
    before = queries(world.team.group_leader, LIST)
    for _number in range(4):
        create_active_customer(service_manager=create_user(Role.SERVICE_MANAGER))
    made(world, month=dt.date(2026, 9, 1))
    assert queries(world.team.group_leader, LIST) == before


def test_who_reads_what(world: World) -> None:
    """P3.1, P3.3, P3.4 read all; a manager his own, his department's head as well; an account manager none."""
    summary = own(world)
    path, group = (
        summary.get_absolute_url(),
        MonthlySummary.objects.get(service_manager=None).get_absolute_url(),
    )
    for role in Role:
        person = world.team.holder(role)
        all_ = role in {
            Role.GROUP_LEADER,
            Role.DEPUTY_LEADER,
            Role.LEGAL_AFFAIRS,
            Role.GENERAL_MANAGEMENT,
            Role.PLANNING_FINANCE,
            Role.GENERAL_MANAGER,
            Role.FINANCE_CLERK,
        }
        his = role in {Role.SERVICE_MANAGER, Role.DEPARTMENT_MANAGER}
        assert browser(person).get(path).status_code == (200 if all_ or his else 404), role
        assert browser(person).get(group).status_code == (200 if all_ else 404), role
    assert browser(world.other).get(path).status_code == 404
    assert summary.addenda.model.objects.visible_to(world.other).count() == 0


# One of them ----------------------------------------------------------------------------------------------------------


def test_the_page_of_a_draft_for_its_author(world: World) -> None:
    summary = own(world)
    page = text(world.team.service_manager, summary.get_absolute_url())
    for part in (
        *("Monthly summary 2026-10", "waits for the analysis", "1,200.00", "58.3 %", "-300.00", "-700.00"),
        *(
            "From month end to month end, CNY",
            "Aging at the last month ends, CNY",
            "Grades and their migration",
        ),
        *(
            "甲公司",
            "Sign off",
            "Compute the figures anew",
            "data-autosave",
            f"service_manager={summary.service_manager_id}",
        ),
        f"manager={summary.service_manager_id}",
        "/receivables/aging/customers/S1/",
    ):
        assert part in page, part
    assert "乙公司" not in page


def test_a_reader_sees_no_box_but_why(world: World) -> None:
    page = text(world.team.group_leader, own(world).get_absolute_url())
    assert "data-autosave" not in page
    assert "Only its customer service manager analyses and signs" in page
    assert "No analysis yet." in page


def test_a_later_report_is_told_before_the_signature(world: World) -> None:
    summary = own(world)
    corrected(world.closing, ReportLine(world.first, SEPTEMBER_END, "1.00", "A"))
    page = text(world.team.service_manager, summary.get_absolute_url())
    assert "A report was committed after these figures were computed" in page


def test_the_page_of_the_group_says_who_has_signed(world: World) -> None:
    found = made(world)
    page = text(world.team.deputy_leader, found[""].get_absolute_url())
    assert "2 customer service managers have not signed yet" in page
    assert found[world.other.username].get_absolute_url() in page
    assert "乙公司" in page


def test_the_pages_queries_do_not_grow(world: World) -> None:
    found = made(world)
    path = found[""].get_absolute_url()
    before = queries(world.team.group_leader, path)
    for _number in range(4):
        create_active_customer(service_manager=create_user(Role.SERVICE_MANAGER))
    made(world)
    assert queries(world.team.group_leader, path) == before


def test_signing_and_the_signed_page_with_its_addendum(world: World) -> None:
    summary, person = own(world), world.team.service_manager
    client = browser(person)
    address = reverse("supervision:summary_sign", args=[summary.pk])
    empty = client.post(address, {"analysis": " ", "seen_form_version": 1})
    assert empty.status_code == 400
    assert "Write your analysis before you sign." in empty.content.decode()
    assert client.post(address, {"analysis": "一", "seen_form_version": 1, "facts": "x"}).status_code == 400
    assert client.post(address, {"analysis": "一"}).status_code == 400
    assert client.post(address, {"analysis": "<b>一</b>", "seen_form_version": 9}).status_code == 409
    answer = client.post(address, {"analysis": "<b>一</b>", "seen_form_version": 1})
    assert (answer.status_code, answer["Location"]) == (302, summary.get_absolute_url())
    late = corrected(world.closing, ReportLine(world.first, SEPTEMBER_END, "650.00", "A"))
    add_addenda(now=timezone.now())
    page = text(person, summary.get_absolute_url())
    assert "&lt;b&gt;一&lt;/b&gt;" in page
    assert "signed by" in page
    assert "Addenda: what later reports changed" in page
    assert late.number in page
    assert "-550.00" in page
    assert "1,200.00" in page
    assert "data-autosave" not in page


def test_what_is_typed_is_saved(world: World) -> None:
    summary = own(world)
    address = reverse("supervision:summary_autosave", args=[summary.pk])
    client = browser(world.team.service_manager)
    answer = client.post(address, {"analysis": "初稿", "seen_form_version": 1})
    assert (answer.status_code, answer.json()["form_version"], answer.json()["invalid"]) == (200, 2, {})
    assert MonthlySummary.objects.get(pk=summary.pk).analysis == "初稿"
    assert client.post(address, {"analysis": "二", "seen_form_version": 1}).status_code == 409
    assert client.post(address, {"analysis": "二"}).status_code == 400
    too_long = client.post(address, {"analysis": "长" * 10_001, "seen_form_version": 2})
    assert list(too_long.json()["invalid"]) == ["analysis"]
    reader = browser(world.team.group_leader)
    assert reader.post(address, {"analysis": "二", "seen_form_version": 2}).status_code == 403


def test_computing_anew(world: World) -> None:
    summary = own(world)
    corrected(world.closing, ReportLine(world.first, SEPTEMBER_END, "1.00", "A"))
    address = reverse("supervision:summary_refresh", args=[summary.pk])
    assert browser(world.team.service_manager).post(address).status_code == 302
    assert MonthlySummary.objects.get(pk=summary.pk).figures.aging[0].total_amount == 1
    assert browser(world.team.group_leader).post(address).status_code == 403


# PDF and workbook -----------------------------------------------------------------------------------------------------


def test_the_pdf_in_both_languages(world: World) -> None:
    summary = signed(own(world), world.team.service_manager, "第一行\n=第二行 #set text(red)")
    late = corrected(world.closing, ReportLine(world.first, SEPTEMBER_END, "650.00", "A"))
    add_addenda(now=timezone.now())
    answer = browser(world.team.group_leader).get(reverse("supervision:summary_pdf", args=[summary.pk]))
    assert answer["Content-Type"] == "application/pdf"
    english = pdf_text(b"".join(answer) if answer.streaming else answer.content)
    for part in (
        *("Monthlysummary2026-10", "Signedby", "第一行", "=第二行#settext(red)", "Keyfigures", "1,200.00"),
        *("Grades", "甲公司", "Addenda", late.number, "-550.00", "Reclassified"),
    ):
        assert part in english, part
    client = browser(world.team.group_leader)
    client.cookies["django_language"] = "zh-hans"
    chinese = pdf_text(client.get(reverse("supervision:summary_pdf", args=[summary.pk])).content)
    assert "应收账款" in chinese
    assert "\ufffd" not in chinese


def test_the_same_content_gives_the_same_bytes() -> None:
    document = SummaryDocument("", FACTS, "", computed_on=OCTOBER_END)
    pdf = summary_pdf(document, language="en")
    assert pdf == summary_pdf(document, language="en")
    assert "Wholegroup" in pdf_text(pdf)
    assert "Draft:notsignedyet" in pdf_text(pdf)


def test_the_workbook_has_a_sheet_for_each_table(world: World) -> None:
    summary = signed(own(world), world.team.service_manager, "第一行\n=第二行")
    corrected(world.closing, ReportLine(world.first, SEPTEMBER_END, "650.00", "A"))
    add_addenda(now=timezone.now())
    answer = browser(world.team.group_leader).get(reverse("supervision:summary_workbook", args=[summary.pk]))
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer)))  # type: ignore[arg-type]
    key_figures = {row[0]: row[3] for row in book["Key figures"].iter_rows(values_only=True)}
    assert key_figures["Receivables"] == 1200
    assert [row[0] for row in book["Analysis"].iter_rows(values_only=True)] == [
        "Analysis",
        "第一行",
        "'=第二行",
    ]
    changes = list(book["Addenda"].iter_rows(values_only=True))
    assert changes[1][2:] == ("Receivables at the month's end", "CNY", 1200, 650, -550)
    sources = dict(book["Sources"].iter_rows(values_only=True))
    assert sources["Report of the month's end"].startswith(world.closing.number)
    assert "Grades and their migration" in book.sheetnames
    heads = [[cell.value for cell in sheet[1]] for sheet in book.worksheets[2:5]]
    assert heads[0][1:3] == ["Opening CNY", "New items CNY"]
    assert (heads[1][-1], heads[2][3]) == ("Total CNY", "Overdue CNY")


def test_the_workbook_of_a_draft_says_so(world: World) -> None:
    answer = browser(world.team.group_leader).get(
        reverse("supervision:summary_workbook", args=[made(world)[""].pk])
    )
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer)))  # type: ignore[arg-type]
    assert dict(book["Sources"].iter_rows(values_only=True))["Signed"] == "not signed"


def test_names_of_sheets_are_short_and_each_once() -> None:
    used: set[str] = set()
    sheet = Sheet("a", "A long title: with what no name of a sheet may have / and more", (), ())
    assert sheet_name(sheet, used) == "A long title  with what no name"
    assert sheet_name(sheet, used) == "A long title  with what no na 2"
    assert sheet_name(sheet, used) == "A long title  with what no na 3"


# Tables and charts ----------------------------------------------------------------------------------------------------


def test_all_currencies_and_what_has_no_rate() -> None:
    facts = replace(FACTS, aging=(AGING, replace(AGING, currency="USD")))
    key_figures = sheets_of(facts)[0]
    assert ("Receivables in all currencies", "", "CNY", 1400) in [row.cells for row in key_figures.rows]
    assert "Without a rate, and so not in the sum: USD" in [row.cells[0] for row in key_figures.rows]


def test_a_month_without_a_report_has_tables_all_the_same() -> None:
    facts = replace(
        FACTS, aging=(), trend=(), base=None, overdue=(), closing=None, recovered=(), bucket_days=()
    )
    sheets = {sheet.kind: sheet for sheet in sheets_of(facts)}
    assert sheets["key_figures"].rows[0].cells[1] == 4
    assert sheets["recovered"].empty == "No notice was issued in these months."
    assert "bridge" not in sheets
    facts = replace(FACTS, aging=(replace(AGING, bridge=None, total_amount=0),), bridge_gap="no_items")  # type: ignore[arg-type]
    bridge = next(sheet for sheet in sheets_of(facts) if sheet.kind == "bridge")
    assert bridge.note.startswith("One of the two month ends has sums only")
    assert (
        next(row for row in sheets_of(facts)[0].rows if "Overdue" in str(row.cells[0])).cells[0] == "Overdue"
    )


def test_what_was_recovered(world: World) -> None:
    """A reminder of 31 August demanded 1,000. After 30 and 60 days, on 30 September and 30 October, the report of 30
    September is the last one, and shows the whole; within 7 and 14 days there is no report: nobody knows.
    """
    late = report(dt.date(2026, 8, 31), ReportLine(world.first, SEPTEMBER_END, "1000.00", "A"))
    letter = notice(world.first, 1, ("A", "1000.00"), report=late, stage="reminder", due_on=SEPTEMBER_END)
    type(letter).objects.filter(pk=letter.pk).update(issued_on=dt.date(2026, 8, 31))
    facts = own(world).figures
    by_days = {one.days: (one.known_amount, one.recovered_amount) for one in facts.recovered}
    assert by_days[30] == (1000, 0)
    assert by_days[60] == (1000, 0)
    recovered = next(sheet for sheet in sheets_of(facts) if sheet.kind == "recovered")
    assert recovered.rows[0].cells[:3] == ("2026-08", "reminder CNY", 1000)
    assert recovered.rows[0].cells[3:] == ("not known yet", "not known yet", "0.0 %", "0.0 %")


def test_payables_on_the_page(world: World) -> None:
    owed = report(OCTOBER_END.replace(day=30))
    Report.objects.filter(pk=owed.pk).update(kind="payables", file_kind="payables")
    PayableSum.objects.create(report=owed, customer=world.first, currency="CNY", total_amount=25, items=1)
    page = text(world.team.group_leader, made(world)[""].get_absolute_url())
    assert "Payables against receivables, CNY" in page
    assert "Both sides could be set off by 25.00 CNY" in page


def test_a_waterfall_that_has_nothing_to_draw() -> None:
    assert waterfall(replace(AGING, bridge=None)) is None
    nothing = replace(
        AGING.bridge[0], **dict.fromkeys(AGING.bridge[0].__dataclass_fields__, AGING.total_amount * 0)
    )  # type: ignore[index]
    assert waterfall(replace(AGING, bridge=(nothing,))) is None
    assert stacked(replace(FACTS, trend=()), currency="CNY") is None
    drawn = waterfall(AGING)
    assert drawn is not None
    assert [step.amount for step in drawn.steps] == [1160, 500, -300, 40, 1400]


def test_the_heat_of_the_matrix() -> None:
    row = next(one for one in heat_rows(FACTS) if one.code == "C")
    assert [(cell.customers, cell.heat, cell.direction) for cell in row.cells] == [
        (0, 0, "up"),
        (1, 4, "up"),
        (0, 0, "same"),
        (0, 0, "down"),
        (0, 0, "same"),
    ]


def test_every_figure_of_every_section_leads_to_a_page_that_opens(world: World) -> None:
    facts = own(world).figures
    client = browser(world.team.group_leader)
    for of in (Behind(None, MONTH, OCTOBER_END), Behind(world.other.pk, MONTH, OCTOBER_END)):
        figures = [row.figure for sheet in sheets_of(facts) for row in sheet.rows if row.figure]
        figures += [sheet.behind for sheet in sheets_of(facts) if sheet.behind]
        addresses = {link_of(figure, of=of, facts=facts) for figure in figures}
        assert "" not in addresses
        for address in addresses:
            assert client.get(address).status_code == 200, address
    assert link_of("nothing:known", of=of, facts=facts) == ""
    assert link_of("month:2020-01:CNY", of=of, facts=facts) == ""


def test_what_notices_recovered_leads_to_their_month_and_grades_to_no_list(world: World) -> None:
    """Which customer had which grade then no list tells: there is no link rather than one to all customers."""
    facts = own(world).figures
    of = Behind(world.other.pk, MONTH, OCTOBER_END)
    recovered = replace(
        facts, recovered=(*FACTS.recovered, replace(FACTS.recovered[0], month=dt.date(2026, 8, 1)))
    )
    (sheet,) = (one for one in sheets_of(recovered) if one.key == "recovered")
    links = [link_of(row.figure, of=of, facts=recovered) for row in sheet.rows]
    assert ["first=2026-10&last=2026-10" in links[0], "first=2026-08&last=2026-08" in links[1]] == [
        True,
        True,
    ]
    assert "first=2026-08&last=2026-10" in link_of(sheet.behind, of=of, facts=recovered)
    assert "first=" not in link_of(sheet.behind, of=of, facts=replace(facts, recovered=()))
    (grades,) = (one for one in sheets_of(facts) if one.key == "grades")
    assert {row.figure for row in grades.rows} == {""}


def test_links_narrow_the_lists_to_the_manager(world: World) -> None:
    """The list of contracts, letters, promises, visits, reviews and disputes behind a manager's figure shows
    his alone.
    """
    letter = notice(world.first, 1, ("A", "1.00"), report=world.closing, due_on=SEPTEMBER_END)
    other = notice(world.second, 1, ("C", "1.00"), report=world.closing, due_on=SEPTEMBER_END)
    page = text(world.team.group_leader, f"/receivables/letters/?manager={world.other.pk}")
    assert str(other.number) in page
    assert str(letter.number) not in page


def test_a_section_of_another_app_is_counted_and_shown(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the early warnings will be: ten lines, and the page, the PDF and the workbook have it."""
    monkeypatch.setattr(summary_sections, "_sections", dict(summary_sections._sections))
    section = Section(
        "warnings",
        "Early warnings",
        {"raised": "Raised", "closed": "Closed"},
        lambda period: {world.other.pk: [Line("raised", 2), Line("raised", 1)]},
        lambda code, of: f"/reviews/?{code}",
    )
    summary_sections.register_section(section, position=65)
    summary = made(world)[world.other.username]
    assert summary.figures.section("warnings").lines == (Line("raised", 3),)
    page = text(world.team.group_leader, summary.get_absolute_url())
    assert "Early warnings" in page
    assert "/reviews/?raised" in page


def test_what_was_not_known_when_it_was_signed_is_told_so(world: World) -> None:
    """No payables were known when the month was signed: they are not known, rather than nothing, and no difference."""
    summary = signed(own(world), world.team.service_manager)
    payables = report(OCTOBER_END.replace(day=30))
    type(payables).objects.filter(pk=payables.pk).update(kind="payables", file_kind="payables")
    world.first.payable_sums.create(report=payables, currency="CNY", total_amount=25, items=1)
    add_addenda(now=timezone.now())
    page = text(world.team.group_leader, summary.get_absolute_url())
    assert 'data-label="As signed">not known</td>' in page
    client = browser(world.team.group_leader)
    answer = client.get(reverse("supervision:summary_workbook", args=[summary.pk]))
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer)))  # type: ignore[arg-type]
    changes = list(book["Addenda"].iter_rows(values_only=True))
    assert changes[1][2:] == ("Payables to customers", "CNY", "not known", 25, None)
    answer = client.get(reverse("supervision:summary_pdf", args=[summary.pk]))
    assert "notknown" in pdf_text(answer.content)


def test_a_currency_without_a_rate_is_told_in_workbook_mail_and_command(world: World) -> None:
    """P3.2.5: what is left out of a sum is told wherever the sum is."""
    corrected(
        world.closing,
        ReportLine(world.first, SEPTEMBER_END, "700.00", "A"),
        ReportLine(world.first, SEPTEMBER_END, "70.00", "U", currency="USD"),
    )
    told = "Without a rate, and so not in the sum: USD"
    assert told in printed("--month", "2026-10")
    summary = signed(own(world), world.team.service_manager)
    assert told in OutboxMessage.objects.get(to="leader@example.com").body
    answer = browser(world.team.group_leader).get(reverse("supervision:summary_workbook", args=[summary.pk]))
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer)))  # type: ignore[arg-type]
    assert told in [row[0] for row in book["Key figures"].iter_rows(values_only=True)]


def test_names_of_changed_figures() -> None:
    buckets = FACTS.buckets
    with translation.override("en"):
        assert figure_name("total", buckets) == "Receivables at the month's end"
        assert figure_name("bucket:0", buckets) == "Receivables not due"
        assert figure_name("bucket:9", buckets) == "Receivables 9"


# The command ----------------------------------------------------------------------------------------------------------


def printed(*arguments: str) -> str:
    out = io.StringIO()
    call_command("monthly_summary", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_makes_and_prints(world: World) -> None:
    data = json.loads(printed("--month", "2026-10", "--json"))
    assert data["month"] == "2026-10"
    assert data["group"]["facts"]["aging"][0]["total_amount"] == "1460.00"
    assert [one["manager"] for one in data["managers"]] == sorted(
        [world.team.service_manager.username, world.other.username]
    )
    stored = MonthlySummary.objects.get(service_manager=world.other)
    mine = json.loads(printed("--month", "2026-10", "--csm", world.other.username, "--json"))
    assert mine["group"] is None
    assert mine["managers"][0]["facts"] == facts_to_data(stored.figures)
    assert (mine["managers"][0]["state"], mine["managers"][0]["signed_at"]) == ("draft", None)


def test_the_command_prints_what_was_signed_and_its_addenda(world: World) -> None:
    signed(made(world)[world.other.username], world.other)
    late = corrected(world.closing, ReportLine(world.second, SEPTEMBER_END, "1.00", "C"))
    add_addenda(now=timezone.now())
    (one,) = json.loads(printed("--month", "2026-10", "--csm", world.other.username, "--json"))["managers"]
    assert one["signed_by"] == world.other.username
    assert one["facts"]["aging"][0]["total_amount"] == "260.00"
    assert one["addenda"][0]["report"] == late.number
    text_ = printed("--month", "2026-10")
    assert "Whole group" in text_
    assert "1,460.00" in text_


def test_the_command_writes_files(world: World, tmp_path: Path) -> None:
    pdf, book = tmp_path / "group.pdf", tmp_path / "csm.xlsx"
    printed("--month", "2026-10", "--pdf", str(pdf))
    printed("--month", "2026-10", "--csm", world.other.username, "--xlsx", str(book))
    assert "Wholegroup" in pdf_text(pdf.read_bytes())
    assert (
        dict(openpyxl.load_workbook(book)["Sources"].iter_rows(values_only=True))["Customer service manager"]
        == "Other"
    )


def test_the_command_refuses(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for arguments in (["--month", "2999-01"], ["--month", "2026-10", "--csm", "nobody"]):
        with pytest.raises(CommandError) as refused:
            printed(*arguments)
        assert refused.value.returncode == 2
    with pytest.raises(ArgumentTypeError):
        command.month("2026-13")

    def failing(*_arguments: object) -> bool:
        from django.db import DatabaseError

        raise DatabaseError("disk full")

    monkeypatch.setattr(making, "_make", failing)
    with pytest.raises(CommandError) as failed:
        printed("--month", "2026-08", "--pdf", str(tmp_path / "none.pdf"))
    assert failed.value.returncode == 1
    assert not (tmp_path / "none.pdf").exists()
