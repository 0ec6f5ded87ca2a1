"""Draws the approval chains into docs/approval-chain.md; with --check it only tells whether the page is
current.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils import translation

from creditrisk.accounts.roles import Role
from reviews.approval_chain import CHAINS, Chain, Condition, Stage

PAGE = Path(settings.BASE_DIR) / "docs" / "approval-chain.md"

TITLES = {"new_customer": "New-customer review (Annex 1)", "annual": "Annual review (Annex 2)"}
WHICH_HOLDER = {
    Role.SERVICE_MANAGER: "the customer's own",
    Role.DEPARTMENT_MANAGER: "head of the account manager's department",
}
STARTERS = {
    "new_customer": "Account manager writes the form and his opinion",
    "annual": "Customer service manager starts; account manager and he score",
}


def approval_chain_page() -> str:
    """Return the whole page, in English."""
    with translation.override("en"):
        parts = [
            "# Approval chains\n\n"
            "Generated from `creditrisk/policy/approval_chains.py` by "
            "`manage.py approval_chain_diagram`; do not edit.\n"
        ]
        parts += [chain_section(kind, chain) for kind, chain in CHAINS.items()]
    return "\n".join(parts)


def chain_section(kind: str, chain: Chain) -> str:
    """Return one chain as a drawing and a table."""
    return (
        f"## {TITLES[kind]}\n\n```mermaid\n{_drawing(kind, chain)}```\n\n"
        "| Step | Stage | Who decides | When | Business days |\n|---|---|---|---|---|\n"
        + "".join(
            f"| {number} | {stage.label} | {_deciders(stage)} | {_condition(stage.condition)} "
            f"| {stage.limit_days or '–'} |\n"
            for number, stage in enumerate(chain, start=1)
        )
    )


def _drawing(kind: str, chain: Chain) -> str:
    lines = ["flowchart TD", f'    start(["{STARTERS[kind]}"])']
    before = ["start"]
    for stage in chain:
        nodes = [f"{stage.name}_{role.value}" if len(stage.roles) > 1 else stage.name for role in stage.roles]
        lines += [f'    {node}["{role.label}"]' for node, role in zip(nodes, stage.roles, strict=True)]
        edge = f' -->|"{_condition(stage.condition)}"| ' if stage.condition else " --> "
        lines.append("    " + " & ".join(before) + edge + " & ".join(nodes))
        before = nodes
    lines += [
        '    approved(["Approved"])',
        "    " + " & ".join(before) + " --> approved",
        '    open_step{{"Any open step"}}',
        '    returned(["Returned to the initiator"])',
        '    ended(["Rejected or withdrawn"])',
        "    open_step -. returns, with a reason .-> returned",
        "    returned -. submitted again, all steps anew .-> start",
        "    open_step -. rejects, with a reason; or the initiator withdraws .-> ended",
    ]
    return "\n".join(lines) + "\n"


def _deciders(stage: Stage) -> str:
    labels = [f"{role.label} ({WHICH_HOLDER.get(role, 'any holder')})" for role in stage.roles]
    return labels[0] if len(labels) == 1 else "all, in parallel: " + "; ".join(labels)


def _condition(condition: Condition | None) -> str:
    if condition is None:
        return "always"
    parts = []
    if condition.from_amount is not None:
        parts.append(f"from {condition.currency} {condition.from_amount:,} a month")
    if condition.service_types:
        parts.append("service type " + " or ".join(sorted(condition.service_types)))
    return " and ".join(parts)


class Command(BaseCommand):
    help = "Draws the approval chains of Annex 1 and Annex 2 into docs/approval-chain.md."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="write nothing; exit 1 if the page is not current"
        )

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        page = approval_chain_page()
        if not check:
            PAGE.parent.mkdir(exist_ok=True)
            PAGE.write_text(page, encoding="utf-8")
            self.stderr.write(f"written: {PAGE.name}")
        elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page:
            self.stderr.write("docs/approval-chain.md is not current: run manage.py approval_chain_diagram")
            raise SystemExit(1)
