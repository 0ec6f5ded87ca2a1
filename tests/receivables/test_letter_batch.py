"""Many letters as one PDF: which, in what order, unchanged inside; and noting all of them as posted at once."""

from __future__ import annotations

import datetime as dt
import io
import json
import zlib
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.exceptions import ConflictError, InvalidInputError, NotAllowedError
from creditrisk.notifications.models import OutboxMessage
from creditrisk.pdf import join_pdfs, page_count
from customers.models import Customer
from receivables.letters import render_letter
from receivables.models import DunningNotice
from receivables.selectors import letter_batch
from receivables.selectors.dunning import notice_list, stored_pdf
from receivables.selectors.letter_batch import PrintOrder, batch_pdf, letters_to_print
from receivables.services.posting import mark_all_posted
from tests.factories.people import create_user
from tests.receivables.letter_contents import letter_content
from tests.receivables.pdf_text import OBJECT, STREAM
from tests.receivables.test_letter_views import DUE, debtor, dunned

DAY = DUE + dt.timedelta(days=1)


def streams(pdf: bytes) -> set[bytes]:
    """Return what a PDF draws and with what: the unpacked streams of pages, fonts and pictures; not its properties."""
    found = (STREAM.search(body) for _number, body in OBJECT.findall(pdf) if b"/Type/Metadata" not in body)
    return {zlib.decompress(stream[1]) for stream in found if stream}


def by_hand(number: str, **fields: Any) -> Customer:
    """Return a customer without a mail address: letters to him wait to be posted."""
    return debtor(number=number, finance_email="", **fields)


def posted_by_hand(*numbers: str) -> list[DunningNotice]:
    """Return a letter, to be posted, to a new customer of each number."""
    return dunned(*map(by_hand, numbers))


# The file ---------------------------------------------------------------------------------------------------


def test_every_page_is_carried_over_byte_by_byte() -> None:
    """1 + 2 + 1 pages; on both sides of the paper each starts on an odd one: 1 (2) 3 4 5."""
    pdfs = [
        render_letter(letter_content("dunning_letter", "zh-hans")),
        render_letter(letter_content("final_demand", "en", items=30)),
        render_letter(letter_content("reminder", "zh-hant")),
    ]
    assert [page_count(pdf) for pdf in pdfs] == [1, 2, 1]
    plain = join_pdfs(pdfs, title="t", on=DAY)
    padded = join_pdfs(pdfs, title="t", on=DAY, is_duplex=True)
    assert (page_count(plain), page_count(padded)) == (4, 5)
    for joined in (plain, padded):
        inside = streams(joined)
        assert all(streams(pdf) <= inside for pdf in pdfs)
    assert join_pdfs(pdfs, title="t", on=DAY) == plain


def test_a_long_letter_and_one_letter_alone() -> None:
    long = render_letter(letter_content("final_demand", items=3000))
    assert page_count(long) > 50
    assert page_count(join_pdfs([long], title="t", on=DAY, is_duplex=True)) == page_count(long)


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"%PDF-1.7 /Type/Pages/Kids[]/Count 3"])
def test_a_file_that_typst_did_not_write_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="number of pages"):
        join_pdfs([content], title="t", on=DAY)


# Which, and in what order -----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_letters_are_sorted_by_post_code_customer_or_manager() -> None:
    ann, bob = (create_user(Role.SERVICE_MANAGER, username=name) for name in ("ann", "bob"))
    dunned(
        debtor(number="A", postal_code="300000", service_manager=bob),
        debtor(number="B", postal_code="", service_manager=ann),
        debtor(number="C", postal_code="100000", service_manager=bob),
        debtor(
            number="D",
            postal_code="100000",
            account_manager=create_user(Role.ACCOUNT_MANAGER, username="aaa"),
        ),
    )
    notices = notice_list(create_user(Role.FINANCE_CLERK))

    def sorted_by(order: PrintOrder) -> str:
        return "".join(letter.customer.number for letter in letters_to_print(notices, order=order))

    assert sorted_by(PrintOrder.POST_CODE) == "BCDA"
    assert sorted_by(PrintOrder.CUSTOMER) == "ABCD"
    assert sorted_by(PrintOrder.SERVICE_MANAGER) == "DBCA"


@pytest.mark.django_db
def test_too_many_at_once_are_refused(monkeypatch: Any) -> None:
    posted_by_hand("A", "B", "C")
    monkeypatch.setattr(letter_batch, "MOST_AT_ONCE", 3)
    notices = DunningNotice.objects.all()
    assert len(letters_to_print(notices, order=PrintOrder.CUSTOMER)) == 3
    monkeypatch.setattr(letter_batch, "MOST_AT_ONCE", 2)
    with pytest.raises(InvalidInputError) as refused:
        letters_to_print(notices, order=PrintOrder.CUSTOMER)
    assert refused.value.code == "letters.too_many"


@pytest.mark.django_db
def test_a_batch_is_what_was_issued_or_names_the_letter_that_is_not() -> None:
    letters = posted_by_hand("A", "B")
    pdf, pages = batch_pdf(letters, on=DAY, is_duplex=True)
    assert pages == 3
    assert all(streams(stored_pdf(letter)) <= streams(pdf) for letter in letters)
    path = Path(default_storage.path(str(letters[1].pdf.name)))
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(ConflictError, match="DL-2026-000002 to B is missing or not the one"):
        batch_pdf(letters, on=DAY, is_duplex=False)
    path.unlink()
    with pytest.raises(ConflictError, match="DL-2026-000002"):
        batch_pdf(letters, on=DAY, is_duplex=False)
    with pytest.raises(InvalidInputError):
        batch_pdf([], on=DAY, is_duplex=False)


# Noting them as posted --------------------------------------------------------------------------------------


@pytest.fixture
def clerk() -> User:
    return create_user(Role.FINANCE_CLERK)


def noted() -> list[tuple[dt.date | None, int | None]]:
    return list(DunningNotice.objects.order_by("pk").values_list("posted_on", "posted_by"))


@pytest.mark.django_db
def test_all_are_noted_at_once_and_once(clerk: User) -> None:
    letters = posted_by_hand("A", "B", "C")
    keys = [letter.pk for letter in letters]
    assert mark_all_posted(notices=keys[:2], on=DAY, by=clerk) == 2
    assert mark_all_posted(notices=keys, on=DAY, by=clerk) == 1, "the other two are noted already"
    assert mark_all_posted(notices=keys, on=DAY, by=clerk) == 0
    assert noted() == [(DAY, clerk.pk)] * 3
    assert mark_all_posted(notices=[], on=DAY, by=clerk) == 0


@pytest.mark.django_db
def test_all_or_none(clerk: User) -> None:
    """One whose mail is on its way, one noted on another day, one day before its own: nothing is noted."""
    *letters, mailed = dunned(by_hand("A"), by_hand("B"), debtor(number="M"))
    keys = [letter.pk for letter in letters]
    with pytest.raises(ConflictError, match=r"DL-2026-000003 \(M\): Its mail is still on its way"):
        mark_all_posted(notices=[*keys, mailed.pk], on=DAY, by=clerk)
    with pytest.raises(InvalidInputError, match=r"DL-2026-000001 \(A\): It cannot have been posted before"):
        mark_all_posted(notices=keys, on=DAY - dt.timedelta(days=1), by=clerk)
    with pytest.raises(ConflictError) as gone:
        mark_all_posted(notices=[*keys, 0], on=DAY, by=clerk)
    assert gone.value.code == "letters.gone"
    assert noted() == [(None, None)] * 3
    mark_all_posted(notices=keys[:1], on=DAY, by=clerk)
    with pytest.raises(ConflictError, match="noted as posted already"):
        mark_all_posted(notices=keys, on=DAY + dt.timedelta(days=1), by=clerk)
    assert noted()[1] == (None, None)


@pytest.mark.django_db
def test_the_same_people_may_as_for_one_letter() -> None:
    manager = create_user(Role.SERVICE_MANAGER)
    letters = dunned(by_hand("A", service_manager=manager), by_hand("B"))
    assert mark_all_posted(notices=[letters[0].pk], on=DAY, by=manager) == 1
    with pytest.raises(NotAllowedError, match=r"\(B\)"):
        mark_all_posted(notices=[letters[1].pk], on=DAY, by=manager)


# Pages ------------------------------------------------------------------------------------------------------

PRINT, FILE, POSTED = (reverse(f"receivables:letter_print{end}") for end in ("", "_file", "_posted"))


@pytest.fixture
def client(client: Client, clerk: User) -> Client:
    client.force_login(clerk)
    return client


@pytest.mark.django_db
def test_what_waits_to_be_posted_is_printed_unless_another_state_is_asked_for(client: Client) -> None:
    dunned(by_hand("K-1", postal_code="200001"), by_hand("K-2"), debtor(number="K-3"))
    page = client.get(PRINT).content.decode()
    assert "Open 2 letters as one PDF" in page
    assert "1 letter goes to a customer without a post code" in page
    assert "K-3" not in page
    assert "200001" in page
    every = client.get(f"{PRINT}?state=").content.decode()
    assert "Open 3 letters as one PDF" in every
    assert "Its mail is still on its way" in every, "the reason stands at the disabled button"
    assert "No letter fits" in client.get(f"{PRINT}?customer=nobody").content.decode()


@pytest.mark.django_db
def test_the_file_is_shown_in_a_sandbox_and_notes_nothing(client: Client) -> None:
    posted_by_hand("K-1", "K-2")
    response = client.get(f"{FILE}?duplex=on&order=customer")
    assert (response.status_code, response["Content-Type"]) == (200, "application/pdf")
    assert page_count(response.content) == 3
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert noted() == [(None, None)] * 2
    assert page_count(client.get(f"{FILE}?order=nonsense").content) == 2
    assert client.get(f"{FILE}?customer=nobody").status_code == 400
    OutboxMessage.objects.all().delete()
    default_storage.delete(str(DunningNotice.objects.order_by("pk")[0].pdf.name))
    broken = client.get(FILE)
    assert broken.status_code == 409
    assert "DL-2026-000001" in broken.content.decode()


@pytest.mark.django_db
def test_all_that_were_shown_are_noted_with_one_click(client: Client, clerk: User) -> None:
    letters = posted_by_hand("K-1", "K-2")
    keys = ",".join(str(letter.pk) for letter in letters)
    page = client.get(PRINT).content.decode()
    assert f'value="{keys}"' in page
    for _twice in range(2):
        response = client.post(POSTED, {"letters": keys, "posted_on": DAY.isoformat()})
        assert response["Location"] == reverse("receivables:letter_list")
    assert noted() == [(DAY, clerk.pk)] * 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"posted_on": "2999-01-01"}, 400),
        ({"posted_on": "2026-01-01"}, 400),
        ({"posted_on": ""}, 400),
        ({"letters": "1,x"}, 400),
        ({"letters": "9" * 30}, 400),
        ({"letters": "0"}, 404),
        ({"extra": "1"}, 400),
    ],
)
def test_what_is_wrong_is_told_and_notes_nothing(client: Client, data: dict[str, str], status: int) -> None:
    (letter,) = posted_by_hand("K-1")
    sent = {"letters": str(letter.pk), "posted_on": DAY.isoformat()} | data
    assert client.post(POSTED, sent).status_code == status
    assert noted() == [(None, None)]


@pytest.mark.django_db
def test_letters_to_customers_of_others_are_not_there(client: Client) -> None:
    (letter,) = posted_by_hand("K-1")
    client.force_login(create_user(Role.SERVICE_MANAGER))
    assert "K-1" not in client.get(PRINT).content.decode()
    assert client.get(FILE).status_code == 400
    sent = {"letters": str(letter.pk), "posted_on": DAY.isoformat()}
    assert client.post(POSTED, sent).status_code == 404


@pytest.mark.django_db
def test_the_page_costs_a_constant_number_of_queries(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    posted_by_hand(*(f"K-{number}" for number in range(60)))
    with django_assert_max_num_queries(14):
        assert client.get(f"{PRINT}?order=csm").status_code == 200


# The command ------------------------------------------------------------------------------------------------


def letters_command(path: Path, **options: Any) -> str:
    out = io.StringIO()
    usual: dict[str, Any] = {"stage": "dunning_letter", "first": DAY, "last": DAY}
    arguments = usual | options
    call_command(
        "letters",
        "--stage", arguments.pop("stage"),
        "--from", str(arguments.pop("first")),
        "--to", str(arguments.pop("last")),
        "--pdf", str(path),
        stdout=out,
        **arguments,
    )  # fmt: skip
    return out.getvalue()


@pytest.mark.django_db
def test_the_command_writes_all_letters_of_a_stage_and_some_days(tmp_path: Path) -> None:
    dunned(
        by_hand("B", postal_code="300000"),
        by_hand("A", postal_code="200001"),
        debtor(number="M", postal_code="100000"),
    )
    path = tmp_path / "letters.pdf"
    told = json.loads(letters_command(path, json=True))
    assert (told["file"], told["pages"]) == (str(path), 3)
    assert [letter["customer"] for letter in told["letters"]] == ["M", "A", "B"]
    assert told["letters"][0] | {"sha256": ""} == {
        "number": "DL-2026-000003",
        "customer": "M",
        "postal_code": "100000",
        "stage": "dunning_letter",
        "currency": "CNY",
        "amount": "1234.50",
        "issued_on": "2026-03-03",
        "sha256": "",
    }
    assert page_count(path.read_bytes()) == 3
    assert "2 letters on 3 pages" in letters_command(path, to_post=True, duplex=True, sort="customer")
    assert noted() == [(None, None)] * 3


@pytest.mark.django_db
@pytest.mark.parametrize(
    "options",
    [
        {"stage": "final_demand"},
        {"first": DAY + dt.timedelta(days=1), "last": DAY + dt.timedelta(days=9)},
        {"first": DAY + dt.timedelta(days=1), "last": DAY - dt.timedelta(days=1)},
    ],
)
def test_the_command_says_so_where_nothing_fits(tmp_path: Path, options: dict[str, Any]) -> None:
    posted_by_hand("A")
    path = tmp_path / "letters.pdf"
    with pytest.raises(CommandError, match="No letter fits") as refused:
        letters_command(path, **options)
    assert refused.value.returncode == 2
    assert not path.exists()


@pytest.mark.django_db
def test_the_command_names_a_changed_letter_and_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    (letter,) = posted_by_hand("A")
    with pytest.raises(CommandError, match="cannot be written") as refused:
        letters_command(tmp_path / "missing" / "letters.pdf")
    assert refused.value.returncode == 2
    default_storage.delete(str(letter.pdf.name))
    with pytest.raises(CommandError, match="DL-2026-000001"):
        letters_command(tmp_path / "letters.pdf")
