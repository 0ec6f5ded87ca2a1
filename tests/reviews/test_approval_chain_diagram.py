"""The page that draws the chains is generated, and the check knows when it is not current."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from creditrisk.accounts.roles import Role
from reviews.approval_chain import CHAINS, Condition, Stage
from reviews.management.commands import approval_chain_diagram as command


def test_the_committed_page_is_current() -> None:
    call_command("approval_chain_diagram", "--check")


def test_a_changed_or_missing_page_fails_the_check(tmp_path: Path, monkeypatch: Any) -> None:
    page = tmp_path / "docs" / "approval-chain.md"
    monkeypatch.setattr(command, "PAGE", page)
    with pytest.raises(SystemExit) as missing:
        call_command("approval_chain_diagram", "--check")
    assert missing.value.code == 1
    call_command("approval_chain_diagram")
    call_command("approval_chain_diagram", "--check")
    page.write_text(page.read_text() + "edited\n")
    with pytest.raises(SystemExit):
        call_command("approval_chain_diagram", "--check")


@pytest.mark.parametrize("kind", CHAINS)
def test_every_role_of_a_chain_is_drawn_and_listed(kind: str) -> None:
    page = command.approval_chain_page()
    section = page.split(f"## {command.TITLES[kind]}")[1].split("\n## ")[0]
    for stage in CHAINS[kind]:
        for role in stage.roles:
            assert section.count(str(role.label)) >= 2


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        (
            Condition(from_amount=Decimal(1_000_000), service_types=frozenset({"leasing", "sales"})),
            "| from CNY 1,000,000 a month and service type leasing or sales |",
        ),
        (Condition(from_amount=Decimal(1000), currency="USD"), "| from USD 1,000 a month |"),
        (Condition(service_types=frozenset({"leasing"})), "| service type leasing |"),
        (None, "| always |"),
    ],
)
def test_conditions_are_written_out(condition: Condition | None, text: str) -> None:
    section = command.chain_section("annual", (Stage("x", (Role.LEGAL_AFFAIRS,), condition),))
    assert text in section
