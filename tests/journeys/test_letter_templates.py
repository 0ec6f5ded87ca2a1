"""A leader words a letter anew beside its preview; finance prints what is to be posted and notes it (P5.2.3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command
from playwright.sync_api import expect

from customers.models import Contact, Customer, CustomerState
from receivables.models import DunningNotice, LetterTemplate
from tests.factories.reports import Line, create_report
from tests.journeys.conftest import PHONE, Person
from tests.receivables.pdf_text import pdf_text

pytestmark = [pytest.mark.journey, pytest.mark.no_cover, pytest.mark.usefixtures("company")]

Visit = Callable[..., Person]
DAY = dt.date(2026, 11, 20)
EDIT = "/receivables/letters/templates/dunning_letter/zh-hans/"


def debtors(count: int) -> list[Customer]:
    """Return customers of the demo who read Simplified Chinese and have no mail address: their letters are posted."""
    chosen = Customer.objects.filter(state=CustomerState.ACTIVE, letter_language="zh-hans").order_by("number")
    found = list(chosen[:count])
    Customer.objects.filter(pk__in=[customer.pk for customer in found]).update(finance_email="")
    Contact.objects.filter(customer__in=found).update(email="")
    return found


def letter_to(customer: Customer, on: dt.date) -> DunningNotice:
    """Return the dunning letter that a run on a day writes to a customer for an item that is a day late."""
    create_report(as_of=on, lines=[Line(customer, on - dt.timedelta(days=1), "1234.50", document=f"J-{on}")])
    call_command("run_dunning", "--on", on.isoformat())
    return DunningNotice.objects.get(customer=customer, issued_on=on)


def text_of(letter: DunningNotice) -> str:
    with default_storage.open(str(letter.pdf.name)) as file:
        return pdf_text(file.read())


def test_a_leader_words_a_letter_anew_and_the_next_run_uses_it(visit: Visit) -> None:
    first, second = debtors(2)
    old = letter_to(first, DAY)
    old_text = text_of(old)
    assert "催款函" in old_text

    leader = visit("vp")
    page = leader.page
    leader.open("/")
    page.get_by_role("link", name="Letter templates").click()
    page.get_by_role("row", name="Dunning letter 简体中文").get_by_role("link", name="Edit").click()
    preview = page.locator("#letter-preview img").first
    before = preview.get_attribute("src")
    page.locator("[name=title]").fill("请尽快付款")
    expect(page.locator("#letter-preview img").first).not_to_have_attribute("src", before or "")
    assert page.evaluate("document.querySelector('#letter-preview img').naturalWidth") > 500

    page.locator("[name=closing]").fill("请付 {totl}。")
    expect(page.locator("#letter-preview")).to_contain_text("There is no placeholder {totl}")
    page.get_by_role("button", name="Publish").click()
    expect(page.locator("[data-error-summary]")).to_contain_text("{totl}")
    assert not LetterTemplate.objects.exists()

    page.locator("[name=closing]").fill("特此函告。")
    expect(page.locator("#letter-preview img").first).to_be_visible()
    page.locator("[name=customer]").fill(first.number)
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator("#letter-preview img").first).to_be_visible()
    expect(page.locator("[name=title]")).to_have_value("请尽快付款")
    page.locator("[name=note]").fill("Shorter")
    page.get_by_role("button", name="Publish").click()
    expect(page.locator("main")).to_contain_text("Version 1 is in force from the next letter on.")
    expect(page.locator("#difference ins").first).to_be_visible()

    new = letter_to(second, DAY + dt.timedelta(days=1))
    assert str(new.template_version) == "v1"
    assert "请尽快付款" in text_of(new)
    old.refresh_from_db()
    assert (old.template_version, text_of(old)) == (None, old_text)
    leader.open(f"/receivables/letters/{new.pk}/")
    expect(page.locator("main")).to_contain_text("v1")
    # Two answers of 400 and more are what was asked for: the console names them.
    assert [complaint for complaint in leader.complaints if "status of 400" not in complaint] == []


def test_letters_to_be_posted_are_printed_and_noted_in_one_go(visit: Visit) -> None:
    first, second = debtors(2)
    letters = [letter_to(first, DAY), letter_to(second, DAY + dt.timedelta(days=1))]
    clerk = visit("finance")
    page = clerk.page
    clerk.open("/receivables/letters/")
    page.get_by_role("link", name="Print letters").click()
    page.locator("[name=issued_from]").fill(DAY.isoformat())
    page.locator("[name=order]").select_option("customer")
    page.get_by_role("button", name="Apply").click()
    link = page.get_by_role("link", name="Open 2 letters as one PDF")
    pdf = page.request.get(clerk.address + (link.get_attribute("href") or ""))
    assert (pdf.status, pdf.headers["content-type"]) == (200, "application/pdf")
    assert pdf.body().startswith(b"%PDF")
    page.get_by_role("button", name="Note all as posted").click()
    expect(page.locator("main")).to_contain_text("2 letters are noted as posted.")
    for letter in letters:
        letter.refresh_from_db()
        assert letter.delivery == "posted"
    clerk.open("/receivables/letters/print/")
    expect(page.locator("main")).not_to_contain_text(letters[0].number or "")
    assert clerk.complaints == []


def test_editor_and_print_page_fit_a_phone(visit: Visit) -> None:
    leader = visit("vp", viewport=PHONE)
    for path in (EDIT, f"{EDIT}versions/", "/receivables/letters/print/"):
        leader.open(path)
        assert not leader.scrolls_sideways(), path
    assert leader.complaints == []
