"""Visits, handovers and confirmations in every state, each brought there by the services as its people would."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from creditrisk.accounts.models import User
from creditrisk.home.demo.reviews import LICENCE_PDF
from creditrisk.policy.selectors import policy_version_on
from customers import services
from customers.file_confirmation import file_confirmed_on, latest_by_section, snapshot_hash, snapshot_of
from customers.models import Customer, FileConfirmation, FileSection, RiskSignal, Visit, VisitChannel
from customers.services import VisitRecord

VISITS = 24
HANDOVERS = 4
CONFIRMED_AFTER_REVIEW = dt.timedelta(days=10)
CONFIRMED_AT_THE_LATEST = dt.timedelta(days=150)
FORGOTTEN = dt.timedelta(days=230)
"""An eighth of the demo's files was not confirmed for so long: overdue, if six months are the rule."""

FINDINGS = (
    VisitRecord(
        done_on=dt.date.min,
        purpose="季度例行拜访 / Quarterly visit",
        channel=VisitChannel.ON_SITE,
        impression="合作稳定,付款按约定执行。 Stable; pays as contracted.",
        risk_signal=RiskSignal.NONE,
        leadership_changes="无变化。 None.",
        staff_turnover="核心团队稳定。 The core team stays.",
        reasons_to_continue="售后响应快,产品质量好。 Fast after-sales service, good quality.",
        recent_developments="二期厂房投产。 The second plant has started production.",
        customer_participants="王总、李经理",
    ),
    VisitRecord(
        done_on=dt.date.min,
        purpose="了解回款变慢的原因 / Why payments have become slower",
        channel=VisitChannel.REMOTE,
        impression="资金紧张,下月再次联系。 Short of cash; call again next month.",
        risk_signal=RiskSignal.WATCH,
        leadership_changes="财务总监上月更换。 A new finance director since last month.",
        staff_turnover="采购部两人离职。 Two buyers have left.",
        reasons_to_continue="没有同等的替代供应商。 No comparable supplier.",
        recent_developments="两个大客户延期付款。 Two large customers of theirs pay late.",
        customer_participants="财务总监",
    ),
    VisitRecord(
        done_on=dt.date.min,
        purpose="催收与协商 / Overdue amounts and what comes next",
        channel=VisitChannel.ON_SITE,
        impression="经营困难,建议暂停发货。 In difficulties: stop deliveries.",
        risk_signal=RiskSignal.ALARM,
        leadership_changes="总经理离任,尚无继任者。 The general manager has left; no successor yet.",
        staff_turnover="员工减少约三分之一。 About a third of the staff is gone.",
        reasons_to_continue="希望以货抵债。 They hope to pay in goods.",
        recent_developments="供应商起诉。 Sued by a supplier.",
        customer_participants="副总经理",
    ),
    VisitRecord(
        done_on=dt.date.min,
        purpose="展会洽谈 / Talk at the trade fair",
        channel=VisitChannel.FAIR,
        impression="有新项目意向。 Interested in a new project.",
        risk_signal=RiskSignal.NONE,
        recent_developments="计划进入海外市场。 Plans to go abroad.",
    ),
)


def create_portfolio_work(
    customers: Sequence[Customer], users: dict[str, User], today: dt.date
) -> dict[str, int]:
    """Create visits, handovers and confirmations of these active customers; return how many of each."""
    clock = dt.datetime.combine(today, dt.time(1, 30), tzinfo=dt.UTC)
    return {
        "visits": _create_visits(customers[:VISITS], clock, today),
        "handovers": _create_handovers(customers[-HANDOVERS:], users, clock),
        "confirmations": _create_confirmations(customers, clock),
    }


def _managers(customer: Customer) -> tuple[User, User]:
    if customer.account_manager is None or customer.service_manager is None:
        raise ValueError("a demo customer lacks one of his people")
    return customer.account_manager, customer.service_manager


def _create_visits(customers: Sequence[Customer], now: dt.datetime, today: dt.date) -> int:
    """Two of five are planned (the first ones overdue), one in ten is cancelled, the others are done."""
    for index, customer in enumerate(customers):
        account_manager, service_manager = _managers(customer)
        by = (account_manager, service_manager)[index % 2]
        if index % 5 in (0, 3):
            visit = _plan(customer, by, today + dt.timedelta(days=2 * index - 12), now)
            if index % 10 == 5:
                services.cancel_visit(
                    visit=visit, reason="客户改期。 The customer asked for another day.", by=by, now=now
                )
            continue
        done_on = today - dt.timedelta(days=5 + 4 * index)
        visit = _record(customer, by, index, done_on, now)
        follow_up = services.add_follow_up(
            visit=visit,
            text="发送更新后的付款计划 / Send the new payment plan",
            due_on=done_on + dt.timedelta(days=30),
            responsible=service_manager,
            by=by,
        )
        if index % 4 == 1:
            services.complete_follow_up(follow_up=follow_up, by=service_manager, now=now)
    return len(customers)


def _plan(customer: Customer, by: User, planned_on: dt.date, now: dt.datetime) -> Visit:
    return services.plan_visit(
        customer=customer,
        planned_on=planned_on,
        purpose="季度例行拜访 / Quarterly visit",
        channel=VisitChannel.ON_SITE,
        responsible=by,
        by=by,
        # A plan is for the day it is made or later: those of past days were made earlier.
        now=now - dt.timedelta(days=30),
    )


def _record(customer: Customer, by: User, index: int, done_on: dt.date, now: dt.datetime) -> Visit:
    found = FINDINGS[index % len(FINDINGS)]
    values = {field: getattr(found, field) for field in VisitRecord.__dataclass_fields__}
    return services.record_visit(
        customer=customer,
        record=VisitRecord(**(values | {"done_on": done_on})),
        files=[("会议纪要.pdf", LICENCE_PDF)] if index % 4 == 1 else (),
        by=by,
        now=now,
    )


def _create_handovers(customers: Sequence[Customer], users: dict[str, User], now: dt.datetime) -> int:
    """One still open, one accepted, one declined, one withdrawn."""
    for index, customer in enumerate(customers):
        account_manager, service_manager = _managers(customer)
        others = (users[name] for name in ("csm", "csm2") if users[name] != service_manager)
        recipient = next(others)
        handover = services.propose_handover(
            customer=customer,
            recipient=recipient,
            state_of_business="合同执行顺利,每月供货一次。 The contract runs smoothly; monthly deliveries.",
            open_points="11 月发票尚未核对。 The invoice of November is not reconciled yet.",
            by=account_manager,
            now=now - dt.timedelta(days=9 - index),
        )
        if index == 1:
            services.accept_handover(handover=handover, by=recipient, now=now - dt.timedelta(days=6))
        elif index == 2:
            services.decline_handover(
                handover=handover,
                reason="目前客户已满,请另选他人。 My portfolio is full: choose somebody else.",
                by=recipient,
                now=now - dt.timedelta(days=5),
            )
        elif index == 3:
            services.withdraw_handover(handover=handover, by=account_manager, now=now - dt.timedelta(days=4))
    return len(customers)


def _create_confirmations(customers: Sequence[Customer], now: dt.datetime) -> int:
    """Most files are confirmed in time; some are overdue, some only in part confirmed. In bulk: there are hundreds."""
    version = policy_version_on(now.date())
    confirmations = []
    for index, customer in enumerate(customers):
        if index >= len(customers) - HANDOVERS:
            customer.refresh_from_db(
                fields=["version", "service_manager"]
            )  # a handover may have changed both
        sections = FileSection.values if index % 20 != 19 else FileSection.values[:2]
        snapshot = snapshot_of(customer, sections)
        confirmed_at = now - _confirmed_ago(customer, now.date(), is_forgotten=index % 8 == 7)
        confirmations.append(
            FileConfirmation(
                customer=customer,
                sections=sections,
                note="电话核实 / Checked by phone" if index % 5 == 0 else "",
                confirmed_on=confirmed_at.date(),
                confirmed_at=confirmed_at,
                confirmed_by=_managers(customer)[index % 2],
                file_version=customer.version,
                snapshot=snapshot,
                snapshot_sha256=snapshot_hash(snapshot),
                policy_version=version,
            )
        )
        latest = latest_by_section([(sections, confirmed_at.date())])
        customer.confirmed_on = file_confirmed_on(latest)
    FileConfirmation.objects.bulk_create(confirmations)
    Customer.objects.bulk_update(customers, ["confirmed_on"])
    return len(customers)


def _confirmed_ago(customer: Customer, today: dt.date, *, is_forgotten: bool) -> dt.timedelta:
    if is_forgotten or customer.reviewed_on is None:
        return FORGOTTEN
    return max(
        min(today - customer.reviewed_on - CONFIRMED_AFTER_REVIEW, CONFIRMED_AT_THE_LATEST), dt.timedelta(0)
    )
