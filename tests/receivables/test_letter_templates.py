"""Publishing the words of letters: who may, what letters then say, and that nothing published changes (P5.2.3)."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.company.services import save_company
from creditrisk.exceptions import ConflictError, InvalidInputError, NotAllowedError
from creditrisk.notifications.models import OutboxMessage
from receivables.letters.texts import TEXTS, StageTexts
from receivables.letters.wording import wording_values
from receivables.models import DunningNotice, LetterTemplate
from receivables.selectors.dunning import stored_pdf
from receivables.selectors.letter_preview import MOST_ITEMS, preview_letter
from receivables.selectors.letter_templates import (
    TemplateVersion,
    current_version,
    current_versions,
    template_versions,
    version_differences,
)
from receivables.services.dunning import run_dunning
from receivables.services.letter_templates import publish_template
from tests.factories.customers import create_active_customer
from tests.factories.people import create_team, create_user
from tests.factories.reports import Line, create_report
from tests.receivables.pdf_text import pdf_text
from tests.receivables.test_letter_views import debtor

DAY = dt.date(2026, 3, 3)
MAY = {Role.GROUP_LEADER, Role.DEPUTY_LEADER, Role.ADMINISTRATOR}
WORDS = StageTexts(
    title="请付款",
    opening=("贵公司欠款 **{total}**，请于 {pay_by} 前付清。",),
    closing=("特此函告。",),
    mail=("{total}，{pay_by}",),
)


@pytest.fixture
def leader() -> User:
    return create_user(Role.GROUP_LEADER)


def publish(by: User, *, based_on: int = 0, **changes: Any) -> TemplateVersion:
    """Publish WORDS with some changes as the Simplified Chinese dunning letter."""
    where = {"stage": "dunning_letter", "language": "zh-hans", "note": "Ton"}
    values = {name: changes.pop(name) for name in tuple(changes) if name in where}
    return publish_template(**where | values, wording=replace(WORDS, **changes), based_on=based_on, by=by)


def letter_of(day: dt.date, **fields: Any) -> DunningNotice:
    """Return a dunning letter issued on that day to a new customer; he owes 1,234.50."""
    customer = debtor(**fields)
    create_report(as_of=day, lines=[Line(customer, day - dt.timedelta(days=1), "1234.50")])
    run_dunning(on=day, by=None)
    return customer.dunning_notices.get()


# Publishing -------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("role", list(Role))
def test_leaders_and_administrators_publish_nobody_else(role: Role) -> None:
    person = create_user(role)
    if role in MAY:
        assert publish(person).number == 1
        return
    with pytest.raises(NotAllowedError) as refused:
        publish(person)
    assert refused.value.code == "letter_template.not_allowed"
    assert not LetterTemplate.objects.exists()


@pytest.mark.django_db
def test_versions_count_from_one_per_stage_and_language(leader: User) -> None:
    assert current_version("dunning_letter", "zh-hans").number == 0
    first = publish(leader)
    assert (first.number, first.wording, first.published_by, first.note) == (1, WORDS, str(leader), "Ton")
    assert publish(leader, based_on=1, title="请尽快付款").number == 2
    assert publish(leader, language="zh-hant").number == 1
    assert current_version("dunning_letter", "en").number == 0
    numbers = {(entry.stage, entry.language): entry.number for entry in current_versions()}
    assert len(numbers) == 9
    assert {key: number for key, number in numbers.items() if number} == {
        ("dunning_letter", "zh-hans"): 2,
        ("dunning_letter", "zh-hant"): 1,
    }


@pytest.mark.django_db
def test_the_same_words_again_publish_nothing(leader: User) -> None:
    for _twice in range(2):
        assert publish(leader).number == 1
    delivered = TEXTS["en"].stages["reminder"]
    version = publish_template(
        stage="reminder", language="en", wording=delivered, note="", based_on=0, by=leader
    )
    assert (version.number, LetterTemplate.objects.count()) == (0, 1)


@pytest.mark.django_db
def test_who_saw_an_older_version_is_told_who_was_faster(leader: User) -> None:
    publish(leader)
    with pytest.raises(ConflictError, match="Version 1 was published meanwhile by") as refused:
        publish(create_user(Role.DEPUTY_LEADER), title="另一个")
    assert str(leader) in str(refused.value)


@pytest.mark.django_db
def test_an_earlier_version_and_the_delivered_words_are_restored_as_new_versions(leader: User) -> None:
    publish(leader)
    publish(leader, based_on=1, title="二")
    assert publish(leader, based_on=2).number == 3
    delivered = TEXTS["zh-hans"].stages["dunning_letter"]
    version = publish_template(
        stage="dunning_letter", language="zh-hans", wording=delivered, note="", based_on=3, by=leader
    )
    assert (version.number, version.wording) == (4, delivered)
    assert [entry.number for entry in template_versions("dunning_letter", "zh-hans")] == [4, 3, 2, 1, 0]


@pytest.mark.django_db
@pytest.mark.parametrize(("stage", "language"), [("nothing", "en"), ("reminder", "fr"), ("reminder", "")])
def test_there_is_no_other_template(leader: User, stage: str, language: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        publish_template(stage=stage, language=language, wording=WORDS, note="", based_on=0, by=leader)
    assert refused.value.code == "letter_template.unknown"


@pytest.mark.django_db
def test_words_that_are_wrong_are_refused_with_every_reason(leader: User) -> None:
    with pytest.raises(InvalidInputError) as refused:
        publish(leader, opening=("{totl}",), title="")
    for expected in ("Title: Nothing is written here", "{totl}", "{total} is missing", "{pay_by} is missing"):
        assert expected in str(refused.value)
    assert not LetterTemplate.objects.exists()


@pytest.mark.django_db
def test_a_published_version_never_changes(leader: User) -> None:
    publish(leader)
    for change in (
        lambda: LetterTemplate.objects.update(title="x"),
        lambda: LetterTemplate.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    row = LetterTemplate.objects.get()
    for number in (0, 1):
        values = {name: getattr(row, name) for name in (*wording_values(WORDS), "stage", "language")}
        with pytest.raises(IntegrityError), transaction.atomic():
            LetterTemplate.objects.create(**values, number=number, published_by=leader)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_publishes_and_the_other_is_told() -> None:
    people = [create_user(Role.GROUP_LEADER), create_user(Role.DEPUTY_LEADER)]
    barrier = Barrier(2)

    def attempt(person: User) -> str:
        barrier.wait()
        try:
            return str(publish(person, title=f"标题 {person.pk}").number)
        except ConflictError as conflict:
            return conflict.code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(attempt, people)) == ["1", "letter_template.changed"]
    assert LetterTemplate.objects.count() == 1


# Letters ----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_letters_use_the_words_in_force_and_keep_them(leader: User) -> None:
    """Three letters on three days: before the first version, after it, after the second."""
    before = letter_of(DAY)
    publish(leader)
    first = letter_of(DAY + dt.timedelta(days=1))
    publish(leader, based_on=1, title="再次请付款")
    second = letter_of(DAY + dt.timedelta(days=2))
    assert before.template_version is None
    assert (str(first.template_version), str(second.template_version)) == ("v1", "v2")
    texts = [pdf_text(stored_pdf(letter)) for letter in (before, first, second)]
    assert "催款函" in texts[0]
    assert "贵公司欠款人民币1,234.50元，请于2026年3月11日前付清。" in texts[1]
    assert "再次请付款" in texts[2]
    assert "再次" not in texts[1]
    subjects = OutboxMessage.objects.order_by("pk").values_list("subject", "body")
    assert [subject.split(" ")[0] for subject, _body in subjects] == ["催款函", "请付款", "再次请付款"]
    assert "人民币 1,234.50 元，2026年3月11日" in subjects[1][1]


@pytest.mark.django_db
def test_other_languages_and_stages_keep_their_own_words(leader: User) -> None:
    publish(leader)
    english = letter_of(DAY, letter_language="en")
    assert english.template_version is None
    assert "Dunningletter" in pdf_text(stored_pdf(english))


@pytest.mark.django_db
def test_without_our_account_a_letter_asks_to_get_in_touch() -> None:
    administrator = create_user(Role.ADMINISTRATOR)
    save_company(values={"bank_account": ""}, by=administrator)
    manager = create_user(Role.SERVICE_MANAGER)
    User.objects.filter(pk=manager.pk).update(phone="021-5555")
    letter = letter_of(DAY, service_manager=manager)
    text = pdf_text(stored_pdf(letter))
    assert "付款账户请与我公司联系确认" in text
    assert "021-5555" in text
    assert "开户银行" not in text
    assert letter.message is not None
    assert "付款账户请与我公司联系确认" in letter.message.body


@pytest.mark.django_db
def test_the_post_code_stands_before_the_address() -> None:
    letter = letter_of(DAY, address="星湖街 328 号", postal_code="215021")
    assert "215021星湖街328号" in pdf_text(stored_pdf(letter))


@pytest.mark.django_db
def test_two_currencies_are_two_letters_each_in_its_own_figures() -> None:
    customer = debtor()
    due_on = DAY - dt.timedelta(days=1)
    create_report(
        as_of=DAY,
        lines=[
            Line(customer, due_on, "1234.50", document="A"),
            Line(customer, due_on, "99.00", document="B", currency="USD"),
        ],
    )
    run_dunning(on=DAY, by=None)
    letters = {letter.currency: pdf_text(stored_pdf(letter)) for letter in customer.dunning_notices.all()}
    assert set(letters) == {"CNY", "USD"}
    assert "大写：人民币壹仟贰佰叁拾肆元伍角整" in letters["CNY"]
    assert "大写：美元玖拾玖元整" in letters["USD"]
    assert "99.00" not in letters["CNY"]
    assert "1,234.50" not in letters["USD"]


# Preview ----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("stage", ["reminder", "dunning_letter", "final_demand"])
@pytest.mark.parametrize("language", ["en", "zh-hans", "zh-hant"])
def test_a_preview_of_nobody_has_what_the_stage_has(stage: Any, language: Any) -> None:
    wording = TEXTS[language].stages[stage]
    letter = preview_letter(stage=stage, language=language, wording=wording, customer=None, on=DAY)
    assert letter.total_amount == sum(item.open_amount for item in letter.items)
    assert (letter.number is None) == (stage == "reminder")
    assert (letter.damages_amount > 0) == (stage == "final_demand")
    assert all((item.days_overdue <= 0) == (stage == "reminder") for item in letter.items)
    assert bool(letter.earlier_letters) == (stage == "final_demand")


@pytest.mark.django_db
def test_a_preview_for_a_customer_shows_what_he_owes() -> None:
    """21 items overdue: 20 are shown; the one in dollars and the one not due are left out."""
    manager = create_user(Role.SERVICE_MANAGER)
    customer = create_active_customer(name="华瑞", service_manager=manager)
    other = create_active_customer()
    late = DAY - dt.timedelta(days=5)
    lines = [Line(customer, late, "10.00", document=f"D{number:02d}") for number in range(MOST_ITEMS + 1)]
    lines += [Line(customer, late, "7.00", document="U", currency="USD"), Line(other, late, document="O")]
    lines.append(Line(customer, DAY, "3.00", document="N"))
    create_report(as_of=DAY, lines=lines)
    letter = preview_letter(
        stage="dunning_letter", language="zh-hans", wording=WORDS, customer=customer, on=DAY
    )
    assert [item.document for item in letter.items] == [f"D{number:02d}" for number in range(MOST_ITEMS)]
    assert (letter.customer.name, letter.contact_name) == ("华瑞", manager.display_name)
    reminder = preview_letter(stage="reminder", language="zh-hans", wording=WORDS, customer=customer, on=DAY)
    assert [item.document for item in reminder.items] == ["N"]
    nothing = preview_letter(stage="reminder", language="zh-hans", wording=WORDS, customer=other, on=DAY)
    assert [item.document for item in nothing.items] == ["INV-0001", "INV-0002"]
    assert nothing.customer.number == other.number


# Pages ------------------------------------------------------------------------------------------------------

EDIT = ("receivables:letter_template_edit", ["dunning_letter", "zh-hans"])


@pytest.fixture
def client(client: Client, leader: User) -> Client:
    client.force_login(leader)
    return client


def form(**changes: Any) -> dict[str, Any]:
    return wording_values(WORDS) | {"note": "", "customer": "", "based_on": "0"} | changes


@pytest.mark.django_db
def test_the_list_shows_titles_and_everybody_may_read_it(client: Client) -> None:
    address = reverse("receivables:letter_template_list")
    page = client.get(address).content.decode()
    for title in ("Final demand for payment", "最终催款函", "最終催款函", "as delivered"):
        assert title in page
    client.force_login(create_user(Role.SERVICE_MANAGER))
    page = client.get(address).content.decode()
    assert "publishes the words of letters" in page
    assert f'href="{reverse(EDIT[0], args=EDIT[1])}"' not in page


@pytest.mark.django_db
def test_editing_starts_from_the_words_in_force_with_their_preview(client: Client) -> None:
    page = client.get(reverse(EDIT[0], args=EDIT[1])).content.decode()
    assert "请贵公司于**{pay_by}前（含当日）**" in page
    assert 'src="data:image/png;base64,' in page


@pytest.mark.django_db
def test_publishing_leads_to_the_versions_and_a_second_click_is_one(client: Client, leader: User) -> None:
    for _twice in range(2):
        response = client.post(reverse(EDIT[0], args=EDIT[1]), form(note="  Ton  milder "))
        assert response["Location"] == reverse("receivables:letter_template_versions", args=EDIT[1])
    row = LetterTemplate.objects.get()
    assert (row.number, row.note, row.published_by, row.wording) == (1, "Ton milder", leader, WORDS)
    page = client.get(response["Location"]).content.decode()
    assert "Ton milder" in page
    assert "<del>" in page
    assert "in force" in page


@pytest.mark.django_db
def test_what_is_wrong_is_told_at_its_field_and_instead_of_the_preview(client: Client) -> None:
    sent = form(opening="{totl} <b>", customer="nobody")
    response = client.post(reverse(EDIT[0], args=EDIT[1]), sent)
    assert response.status_code == 400
    page = response.content.decode()
    assert "There is no placeholder {totl}" in page
    assert "No customer of yours has this number." in page
    assert "{totl} &lt;b&gt;" in page
    assert "data:image/png" not in page
    assert not LetterTemplate.objects.exists()


@pytest.mark.django_db
def test_a_stale_page_is_told_and_keeps_what_was_typed(client: Client) -> None:
    publish(create_user(Role.DEPUTY_LEADER))
    response = client.post(reverse(EDIT[0], args=EDIT[1]), form(title="我的标题"))
    assert response.status_code == 409
    page = response.content.decode()
    assert "Version 1 was published meanwhile" in page
    assert "我的标题" in page


@pytest.mark.django_db
def test_an_earlier_version_is_filled_in_to_be_published_again(client: Client, leader: User) -> None:
    publish(leader)
    page = client.get(reverse(EDIT[0], args=EDIT[1]) + "?from=0").content.decode()
    assert "催款函" in page
    assert "Version 0 again" in page
    assert 'name="based_on" value="1"' in page
    page = client.get(reverse(EDIT[0], args=EDIT[1]) + "?from=77").content.decode()
    assert 'value="请付款"' in page


@pytest.mark.django_db
def test_the_preview_follows_the_form_and_keeps_nothing(client: Client) -> None:
    address = reverse("receivables:letter_template_preview", args=EDIT[1])
    part = client.post(address, form(), headers={"HX-Request": "true"}).content.decode()
    assert part.count("data:image/png;base64,") == 1
    assert "<html" not in part
    whole = client.post(address, form(title="新标题")).content.decode()
    assert "<html" in whole
    assert 'value="新标题"' in whole
    assert "data:image/png;base64," in whole
    wrong = client.post(address, form(mail="{x}"), headers={"HX-Request": "true"}).content.decode()
    assert "There is no preview before this is right" in wrong
    assert "{x}" in wrong
    extra = client.post(address, form(published_by="1"), headers={"HX-Request": "true"}).content.decode()
    assert "does not have" in extra
    assert not LetterTemplate.objects.exists()


@pytest.mark.django_db
def test_a_preview_shows_no_customer_whom_one_does_not_see(client: Client) -> None:
    customer = debtor(number="K-77")
    address = reverse("receivables:letter_template_preview", args=EDIT[1])
    sent, headers = form(customer=" K-77 "), {"HX-Request": "true"}
    assert "data:image/png" in client.post(address, sent, headers=headers).content.decode()
    client.force_login(create_user(Role.ADMINISTRATOR))
    page = client.post(address, sent, headers=headers).content.decode()
    assert "No customer of yours" in page
    assert customer.name not in page


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["edit", "preview", "versions"])
def test_what_is_no_template_is_not_found(client: Client, name: str) -> None:
    for arguments in (["letter", "en"], ["reminder", "fr"]):
        address = reverse(f"receivables:letter_template_{name}", args=arguments)
        response = client.post(address, form()) if name == "preview" else client.get(address)
        assert response.status_code == 404


@pytest.mark.django_db
def test_two_versions_are_compared_word_by_word(client: Client, leader: User) -> None:
    publish(leader)
    publish(leader, based_on=1, closing=("此致函告。",))
    address = reverse("receivables:letter_template_versions", args=EDIT[1])
    page = client.get(address).content.decode()
    assert "From version 1 to version 2" in page
    assert "<del>特此</del>" in page
    same = client.get(f"{address}?old=2&new=2").content.decode()
    assert "Nothing differs." in same
    wide = client.get(f"{address}?old=0&new=1&x=1").content.decode()
    assert "From version 0 to version 1" in wide
    assert "From version 1 to version 2" in client.get(f"{address}?old=x&new=99").content.decode()
    versions = template_versions("dunning_letter", "zh-hans")
    [difference] = version_differences(versions[1], versions[0])
    assert difference.field == "closing"


@pytest.mark.django_db
def test_a_letter_leads_to_its_words(client: Client, leader: User) -> None:
    publish(leader)
    letter = letter_of(DAY)
    page = client.get(letter.get_absolute_url()).content.decode()
    assert f"{reverse('receivables:letter_template_versions', args=EDIT[1])}?new=1" in page
    assert LetterTemplate.objects.get().get_absolute_url() in page


@pytest.mark.django_db
def test_the_list_of_letters_says_what_is_missing(client: Client) -> None:
    address = reverse("receivables:letter_list")
    assert "Letters lack" not in client.get(address).content.decode()
    administrator = create_user(Role.ADMINISTRATOR)
    save_company(values={"bank_account": "", "bank_name": ""}, by=administrator)
    page = client.get(address).content.decode()
    assert "bank, account number" in page
    assert "Complete it" not in page
    client.force_login(administrator)
    assert "Complete it" in client.get(address).content.decode()


@pytest.mark.django_db
def test_managers_of_other_teams_see_letters_only_through_their_customers() -> None:
    """Templates are everybody's; the letters made of them are not."""
    team = create_team()
    letter = letter_of(DAY)
    assert not DunningNotice.objects.visible_to(team.service_manager).filter(pk=letter.pk).exists()
