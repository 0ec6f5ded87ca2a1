"""The performance log (P3.2.2) and the contract's files."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction

from customers import services
from customers.models import Contract, ContractFile, ContractLogEntry, ContractState, LogKind
from customers.services import HandedIn
from tests.customers.contract_world import NOW, PDF, TODAY, code_of, contract_of
from tests.factories.people import Team, create_team

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def team() -> Team:
    return create_team()


@pytest.fixture
def contract(team: Team) -> Contract:
    return contract_of(team)


def add(team: Team, contract: Contract, **changes: Any) -> ContractLogEntry:
    arguments: dict[str, Any] = {
        "kind": "delivered",
        "happened_on": TODAY,
        "text": " two machines ",
        "by": team.service_manager,
        "today": TODAY,
    }
    return services.add_log_entry(contract=contract, **(arguments | changes))


def test_an_entry_with_files(team: Team, contract: Contract) -> None:
    entry = add(
        team, contract, amount=Decimal("0.01"), files=[HandedIn("签收单.pdf", PDF), HandedIn("b.pdf", PDF)]
    )
    entry.refresh_from_db()
    assert (entry.kind, entry.text, entry.amount) == (LogKind.DELIVERED, "two machines", Decimal("0.01"))
    assert sorted(entry.files.values_list("name", flat=True)) == ["b.pdf", "签收单.pdf"]
    assert contract.files.filter(entry__isnull=True).count() == 0


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"kind": "self_check"}, "log.kind"),
        ({"kind": "dispute"}, "log.kind"),
        ({"kind": "nonsense"}, "log.kind"),
        ({"happened_on": TODAY + dt.timedelta(days=1)}, "log.future"),
        ({"text": " \n"}, "log.text_missing"),
        ({"amount": Decimal(0)}, "log.amount"),
        ({"files": [HandedIn("x.html", b"<html><script>")]}, "attachment.type"),
        ({"files": [HandedIn("x.pdf", b"")]}, "attachment.empty"),
    ],
)
def test_what_is_not_recorded(team: Team, contract: Contract, changes: dict[str, Any], code: str) -> None:
    with transaction.atomic():
        assert code_of(lambda: add(team, contract, **changes)) == code
    assert not contract.log_entries.exists()


def test_a_form_sent_twice_is_one_entry(team: Team, contract: Contract) -> None:
    key = uuid4()
    assert add(team, contract, submission_key=key) == add(team, contract, submission_key=key)
    add(team, contract, submission_key=uuid4())
    assert contract.log_entries.count() == 2


def test_there_is_no_performance_of_a_draft_and_strangers_write_nothing(team: Team) -> None:
    draft = contract_of(team, ContractState.DRAFT)
    assert code_of(lambda: add(team, draft)) == "contract.log_draft"
    signed = contract_of(team)
    assert code_of(lambda: add(team, signed, by=team.group_leader)) == "contract.not_allowed"
    assert add(team, contract_of(team, ContractState.FINISHED)).pk  # late news of an ended contract


def test_entries_are_final(team: Team, contract: Contract) -> None:
    entry = add(team, contract)
    for change in (
        lambda: ContractLogEntry.objects.filter(pk=entry.pk).update(text="x"),
        lambda: ContractLogEntry.objects.filter(pk=entry.pk).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert ContractLogEntry.objects.get().text == "two machines"


# Files of the contract itself


def attach(team: Team, contract: Contract, name: str = "合同.pdf", content: bytes = PDF) -> ContractFile:
    return services.attach_contract_file(
        contract=contract, name=name, content=content, by=team.account_manager
    )


def test_attaching_and_removing(team: Team, contract: Contract, settings: Any) -> None:
    stored = attach(team, contract, "../../合同.pdf")
    assert attach(team, contract, "../../合同.pdf") == stored
    assert ".." not in stored.file.name
    assert "/" not in stored.name
    for _ in range(2):
        removed = services.remove_contract_file(stored=stored, by=team.account_manager, now=NOW)
    assert (removed.removed_at, removed.removed_by) == (NOW, team.account_manager)
    assert (Path(settings.MEDIA_ROOT) / stored.file.name).exists()
    assert attach(team, contract, "合同.pdf") != stored


def test_at_most_so_many(team: Team, contract: Contract, settings: Any) -> None:
    settings.CREDITRISK_ATTACHMENTS_MAX_COUNT = 1
    attach(team, contract)
    assert code_of(lambda: attach(team, contract, "other.pdf")) == "attachment.too_many"


def test_who_may(team: Team, contract: Contract) -> None:
    assert code_of(
        lambda: services.attach_contract_file(
            contract=contract, name="x.pdf", content=PDF, by=team.finance_clerk
        )
    ) == ("contract.not_allowed")
    stored = attach(team, contract)
    remove = {"stored": stored, "now": NOW}
    assert code_of(lambda: services.remove_contract_file(by=team.finance_clerk, **remove)) == (
        "contract.not_allowed"
    )
    logged = add(team, contract, files=[HandedIn("a.pdf", PDF)]).files.get()
    assert code_of(
        lambda: services.remove_contract_file(stored=logged, by=team.account_manager, now=NOW)
    ) == ("contract.log_file")
