"""Visits, handovers and confirmations for tests, made by the services as people make them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from creditrisk.accounts.models import User
from customers.models import Customer, FollowUp, Handover, Visit
from customers.services import VisitRecord, add_follow_up, plan_visit, propose_handover, record_visit
from tests.factories.customers import create_active_customer
from tests.factories.people import Team

NOW = dt.datetime(2026, 11, 24, 2, 0, tzinfo=dt.UTC)
TODAY = dt.date(2026, 11, 24)
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 16


def days(count: int) -> dt.timedelta:
    return dt.timedelta(days=count)


def create_customer_of(team: Team, **fields: Any) -> Customer:
    """Return an active customer of the team's two managers."""
    return create_active_customer(
        account_manager=team.account_manager, service_manager=team.service_manager, **fields
    )


def planned(customer: Customer, by: User, *, planned_on: dt.date = TODAY, **fields: Any) -> Visit:
    """Return a visit planned for TODAY (or `planned_on`, planned on that very day where it is past)."""
    values: dict[str, Any] = {"purpose": "季度拜访", "channel": "on_site", "responsible": by}
    now = NOW + (min(planned_on, TODAY) - TODAY)
    return plan_visit(customer=customer, planned_on=planned_on, by=by, now=now, **(values | fields))


def record_of(**fields: Any) -> VisitRecord:
    """Return what is told after an ordinary visit on TODAY."""
    values: dict[str, Any] = {
        "done_on": TODAY,
        "purpose": "季度拜访",
        "channel": "on_site",
        "impression": "合作稳定",
        "risk_signal": "none",
    }
    return VisitRecord(**(values | fields))


def done(customer: Customer, by: User, *, files: Any = (), **fields: Any) -> Visit:
    """Return a visit recorded without a plan on TODAY."""
    return record_visit(customer=customer, record=record_of(**fields), files=files, by=by, now=NOW)


def follow_up(visit: Visit, by: User, **fields: Any) -> FollowUp:
    """Return what `by` notes for himself after a visit, due in a week."""
    values: dict[str, Any] = {"text": "发送报价", "due_on": TODAY + days(7), "responsible": by}
    return add_follow_up(visit=visit, by=by, **(values | fields))


def proposed(customer: Customer, by: User, recipient: User, **fields: Any) -> Handover:
    """Return the handover that the account manager `by` proposes."""
    values: dict[str, Any] = {"state_of_business": "合同执行顺利", "open_points": "尾款未付"}
    return propose_handover(customer=customer, recipient=recipient, by=by, now=NOW, **(values | fields))
