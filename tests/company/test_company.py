"""Our company: one row, kept by administrators, and what the letters say."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.audit.selectors import history_of
from creditrisk.company.models import COMPANY_FIELDS, Company
from creditrisk.company.selectors import missing_company_details, our_company, seal_image
from creditrisk.company.services import SEAL_MAX_BYTES, save_company, save_seal
from creditrisk.exceptions import InvalidInputError, NotAllowedError
from tests.factories.images import jpeg_head, png
from tests.factories.people import create_user

pytestmark = pytest.mark.django_db

ADD = "admin:company_company_add"
CHANGE = "admin:company_company_change"


@pytest.fixture
def administrator() -> User:
    return create_user(Role.ADMINISTRATOR)


@pytest.fixture
def client(administrator: User) -> Client:
    client = Client()
    client.force_login(administrator)
    return client


def values() -> dict[str, Any]:
    return {field: getattr(our_company(), field) for field in COMPANY_FIELDS}


def posted(**changes: Any) -> dict[str, Any]:
    """Return the form of the administration, filled in as it is shown."""
    return values() | {"envelope_window": our_company().envelope_window} | changes


def test_a_new_installation_is_the_company_of_its_settings() -> None:
    assert values() == settings.CREDITRISK_COMPANY
    assert not Company.objects.exists(), "reading writes nothing"


def test_what_an_administrator_saves_counts_from_then_on(administrator: User) -> None:
    save_company(values={"name": " 新名公司 "}, by=administrator)
    assert values() == settings.CREDITRISK_COMPANY | {"name": "新名公司"}
    save_company(values={"phone": "021-1"}, by=administrator)
    assert (our_company().name, our_company().phone) == ("新名公司", "021-1")


def test_every_change_is_kept_with_its_author_and_the_account_masked(administrator: User) -> None:
    save_company(values={}, by=administrator)
    save_company(values={"bank_account": "6222 0000 0000 0000 777"}, by=administrator)
    save_company(values={"bank_account": "6222 0000 0000 0000 777"}, by=administrator)
    [last, first] = history_of(our_company())
    assert (last.kind, last.person, first.kind) == ("update", str(administrator), "insert")
    [change] = last.changes
    assert (change.field, change.old, change.new) == ("bank_account", "•••• 0001", "•••• 0777")


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.ADMINISTRATOR}))
def test_nobody_else_changes_it(role: Role) -> None:
    with pytest.raises(NotAllowedError) as refused:
        save_company(values={"name": "x"}, by=create_user(role))
    assert refused.value.code == "company.not_allowed"
    assert not Company.objects.exists()


def test_it_keeps_a_name(administrator: User) -> None:
    with pytest.raises(InvalidInputError) as refused:
        save_company(values={"name": " "}, by=administrator)
    assert refused.value.code == "company.name_missing"


def test_another_field_is_a_programmers_mistake(administrator: User) -> None:
    with pytest.raises(TypeError, match="grade"):
        save_company(values={"grade": "A"}, by=administrator)


@pytest.mark.parametrize("fields", [{"id": 2, "name": "zwei"}, {"name": ""}])
def test_database_refuses_a_second_one_and_one_without_a_name(fields: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Company.objects.create(**fields)


def test_the_administration_leads_to_the_one_form(client: Client, administrator: User) -> None:
    listed = client.get(reverse("admin:company_company_changelist"))
    assert (listed.status_code, listed["Location"]) == (302, reverse(ADD))
    assert settings.CREDITRISK_COMPANY["name"] in client.get(reverse(ADD)).content.decode()
    saved = client.post(reverse(ADD), posted(email="letters@example.com"))
    assert saved.status_code == 302
    assert Company.objects.get().email == "letters@example.com"
    listed = client.get(reverse("admin:company_company_changelist"))
    assert listed["Location"] == reverse(CHANGE, args=[1])
    assert client.post(reverse(CHANGE, args=[1]), posted(name="新名公司")).status_code == 302
    assert Company.objects.get().name == "新名公司"
    assert history_of(our_company())[0].person == str(administrator)


def test_the_administration_has_no_second_one_and_no_end_for_the_first(client: Client) -> None:
    client.post(reverse(ADD), posted())
    assert client.get(reverse(ADD)).status_code == 403
    gone = reverse("admin:company_company_delete", args=[1])
    assert client.post(gone, {"post": "yes"}).status_code == 403
    assert Company.objects.exists()


# How letters are printed ------------------------------------------------------------------------------------


def test_envelope_and_fold_marks_are_kept(client: Client, administrator: User) -> None:
    assert (
        client.post(reverse(ADD), posted(envelope_window="chinese", has_fold_marks="on")).status_code == 302
    )
    assert (our_company().envelope_window, our_company().has_fold_marks) == ("chinese", True)
    with pytest.raises(InvalidInputError) as refused:
        save_company(values={"envelope_window": "left"}, by=administrator)
    assert refused.value.code == "company.envelope"


def test_a_seal_is_kept_replaced_and_taken_back(administrator: User) -> None:
    assert seal_image(our_company()) == b""
    first = png()
    for _twice in range(2):
        save_seal(content=first, by=administrator)
    assert seal_image(our_company()) == first
    assert len(history_of(our_company())) == 2, (
        "entered by the settings, then the seal; the second click is none"
    )
    save_seal(content=png(61), by=administrator)
    assert seal_image(our_company()) == png(61)
    for _twice in range(2):
        save_seal(content=None, by=administrator)
    assert (seal_image(our_company()), our_company().seal.name) == (b"", "")
    assert missing_company_details() == ()


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.ADMINISTRATOR}))
def test_nobody_else_changes_the_seal(role: Role) -> None:
    with pytest.raises(NotAllowedError):
        save_seal(content=png(), by=create_user(role))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"x" * (SEAL_MAX_BYTES + 1), "company.seal_too_large"),
        (b"", "company.seal_type"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'></svg>", "company.seal_type"),
        (b"%PDF-1.7\n" + b"x" * 40, "company.seal_type"),
        (b"plain text", "company.seal_type"),
        (png() + b"<script>", "attachment.polyglot"),
        (png().replace(b"IHDR", b"IHDR", 1)[:20], "company.seal_pixels"),
        (png(2000, 1), None),
        (png(2001, 1), "company.seal_pixels"),
        (png(65000, 65000, rows=b""), "company.seal_pixels"),
        (png(1, 0, rows=b""), "company.seal_pixels"),
        (png(rows=b""), "company.seal_damaged"),
        (jpeg_head(60, 60), "company.seal_damaged"),
        (b"\x89PNG\r\n\x1a\n<script>" + b"x" * 40, "attachment.polyglot"),
    ],
    ids=range(14),
)
def test_a_seal_is_a_whole_picture_of_a_bounded_size_whatever_it_is_called(
    administrator: User, content: bytes, code: str | None
) -> None:
    """A picture of 65,000 × 65,000 pixels would unpack to 17 GB: its head says so, and nothing unpacks it."""
    if code is None:
        save_seal(content=content, by=administrator)
        return
    with pytest.raises(InvalidInputError) as refused:
        save_seal(content=content, by=administrator)
    assert refused.value.code == code
    assert not our_company().seal


def test_the_administration_takes_a_seal_shows_it_and_says_in_place_what_is_wrong(client: Client) -> None:
    bad = client.post(reverse(ADD), posted(new_seal=SimpleUploadedFile("seal.png", b"plain text")))
    assert bad.status_code == 200
    assert "The seal is a picture" in bad.content.decode()
    good = client.post(reverse(ADD), posted(new_seal=SimpleUploadedFile("../../x.exe", png())))
    assert good.status_code == 302
    assert seal_image(our_company()) == png()
    assert "x.exe" not in our_company().seal.name
    page = client.get(reverse(CHANGE, args=[1])).content.decode()
    assert "data:image/png;base64," in page
    assert client.post(reverse(CHANGE, args=[1]), posted()).status_code == 302
    assert seal_image(our_company()) == png(), "no new one is not none"
    assert client.post(reverse(CHANGE, args=[1]), posted(has_no_seal="on")).status_code == 302
    assert seal_image(our_company()) == b""


def test_what_letters_lack_is_named(administrator: User) -> None:
    assert missing_company_details() == ()
    save_company(values={"bank_account": "", "phone": ""}, by=administrator)
    assert missing_company_details() == ("phone", "account number")
    save_seal(content=png(), by=administrator)
    assert missing_company_details() == ("phone", "account number")
    default_storage.delete(our_company().seal.name)
    assert missing_company_details()[-1] == "the picture of the company seal (its file is gone)"
    assert seal_image(our_company()) == b""
