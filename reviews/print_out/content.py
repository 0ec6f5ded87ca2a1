"""What stands on the paper form, as texts in the active language: blocks one below the other.

A block is a title with pairs (label, value, whether it takes the whole width), a table (heads, rows) or signatures.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.policy.schema import Policy
from creditrisk.template_tags import amount
from reviews.annual_view import contracts_of, payments_of, score_sheet, service_types_of
from reviews.approval_chain import Chain
from reviews.models import Review, ReviewKind
from reviews.outcome_view import final_outcome
from reviews.paper_form import shown_sections
from reviews.permissions import may_see_bank_account
from reviews.progress import StageRow, log_by_round, stages

NONE = "–"


def blocks_of(review: Review, *, reader: User, chain: Chain, policy: Policy) -> list[dict[str, Any]]:
    """Return the blocks of the form for one reader: what he may not see is not on his paper. Reads what is loaded."""
    rows = stages(review, planned=chain)
    if review.kind == ReviewKind.ANNUAL:
        body = _annual(review, reader=reader, policy=policy)
    else:
        body = _new_customer(review, reader=reader)
    return [
        {"title": "", "pairs": _header(review)},
        *body,
        _signatures(rows),
        *_outcome(review),
        _files(review),
        _log(review),
    ]


def _header(review: Review) -> list[list[Any]]:
    customer = review.customer
    pairs = [
        (_("Record number"), review.number),
        (_("Review date"), review.review_on.isoformat()),
        (_("Customer"), customer.name),
        (_("Customer number"), customer.number),
        (_("Account manager"), str(customer.account_manager or NONE)),
        (_("Customer service manager"), str(customer.service_manager or NONE)),
    ]
    if review.kind == ReviewKind.ANNUAL:
        pairs += [(_("Year"), str(review.year)), (_("State"), review.get_state_display())]
    else:
        pairs[4] = (_("Account manager"), str(review.initiator))
    if review.cites is not None:
        pairs.append((_("Cites"), review.cites.number))
    return [[label, value, False] for label, value in pairs]


def _new_customer(review: Review, *, reader: User) -> list[dict[str, Any]]:
    form = review.new_customer_form
    sections = shown_sections(form, is_masked=not may_see_bank_account(reader, review))
    return [
        {
            "title": str(section.heading),
            "pairs": [[one.label, one.value or NONE, one.is_long] for one in answers],
        }
        for section, answers in sections
        if section.code != "opinion"
    ]


def _annual(review: Review, *, reader: User, policy: Policy) -> list[dict[str, Any]]:
    form = review.annual_form
    sheet = score_sheet(review, form, user=reader, policy=policy)
    scored = [
        [
            row.label,
            *(f"{cell.answer} {cell.points}" if cell.answer else NONE for cell in row.cells),
            "\n".join(filter(None, (row.proposal, *(cell.reason for cell in row.cells)))),
        ]
        for row in sheet.rows
    ]
    totals = [_("Total"), *(NONE if total is None else str(total) for total in sheet.totals)]
    average = "" if sheet.score is None else _("average %(score)s") % {"score": sheet.score}
    if sheet.grade:
        average += _(": grade %(grade)s, %(consequence)s") % {
            "grade": sheet.grade,
            "consequence": sheet.consequence,
        }
    return [
        {
            "title": _("Contracts"),
            "pairs": [[_("Service type"), ", ".join(service_types_of(form.facts)) or NONE, True]],
            "heads": [_("Contract number"), _("Contract amount"), _("Contract term"), _("Payment term")],
            "rows": [
                [
                    contract.number,
                    f"{contract.currency} {amount(contract.amount)}",
                    f"{_day(contract.starts_on)} – {_day(contract.ends_on)}",
                    str(contract.payment_term),
                ]
                for contract in contracts_of(form.facts)
            ],
        },
        {
            "title": _("Payment situation"),
            "pairs": [],
            "heads": [
                _("As of"),
                _("Cumulative amount received"),
                _("Open"),
                _("Overdue"),
                _("Average days late"),
            ],
            "rows": [
                [
                    payment.as_of.isoformat(),
                    *(
                        f"{payment.currency} {amount(value)}"
                        for value in (payment.received_amount, payment.open_amount, payment.overdue_amount)
                    ),
                    _number(payment.average_days_late),
                ]
                for payment in payments_of(form.facts)
            ],
        },
        {
            "title": _("Market department's opinion"),
            "pairs": [],
            "heads": [_("Criterion"), _("Account manager"), _("Customer service manager"), _("Reasons")],
            "rows": [*scored, [*totals, average]],
        },
        {"title": _("Remarks"), "pairs": [["", form.remarks or NONE, True]]},
    ]


def _signatures(rows: Iterable[StageRow]) -> dict[str, Any]:
    return {
        "title": _("Opinions and approvals"),
        "pairs": [],
        "signatures": [
            [
                str(step.label),
                step.opinion or NONE,
                str(step.state_label),
                step.person or NONE,
                _moment(step.decided_at),
            ]
            for row in rows
            for step in row.steps
        ],
    }


def _outcome(review: Review) -> list[dict[str, Any]]:
    outcome = final_outcome(review)
    if outcome is None:
        return []
    pairs = [[_("Credit grade"), outcome["grade"], False]]
    if outcome["limit_amount"] is not None:
        limit = f"{outcome['currency']} {amount(outcome['limit_amount'])}"
        pairs.append([_("Credit limit"), limit, False])
        pairs.append([_("Valid to"), outcome["credit_limit_valid_to_on"], False])
    if outcome["service_level_label"]:
        pairs.append([_("Service level"), str(outcome["service_level_label"]), False])
    pairs.append([_("Consequence"), str(outcome["consequence_label"]), False])
    return [{"title": _("Outcome"), "pairs": pairs}]


def _files(review: Review) -> dict[str, Any]:
    return {
        "title": _("Attachments"),
        "pairs": [],
        "heads": [_("Category"), _("File name"), "SHA-256"],
        "rows": [
            [file.get_category_display(), file.name, file.sha256[:16]] for file in review.attachments.all()
        ],
    }


def _log(review: Review) -> dict[str, Any]:
    return {
        "title": _("Decision log"),
        "pairs": [],
        "heads": [_("When"), _("What"), _("Name"), _("Opinion")],
        "rows": [
            [
                _moment(event.at),
                f"{event.title} ({round_.number})" if round_.number > 1 else event.title,
                event.person,
                event.text or NONE,
            ]
            for round_ in reversed(log_by_round(review.decisions.all()))
            for event in round_.events
        ],
    }


def _moment(at: dt.datetime | None) -> str:
    return NONE if at is None else f"{timezone.localtime(at):%Y-%m-%d %H:%M}"


def _day(day: dt.date | None) -> str:
    return NONE if day is None else day.isoformat()


def _number(value: Decimal | None) -> str:
    return NONE if value is None else str(value)
