"""Everybody whose log-in the demo shows finds work in his inbox."""

from __future__ import annotations

import datetime as dt

import pytest

from creditrisk.accounts.models import User
from creditrisk.home.demo.load import load_demo
from reviews.selectors import inbox_count


@pytest.mark.django_db
def test_every_approver_of_the_demo_has_something_to_decide() -> None:
    load_demo(last=dt.date(2026, 10, 31), today=dt.date(2026, 11, 24), count=24, months=1)
    approvers = ("csm", "dept", "legal", "office", "planning", "vp", "manager")
    waiting = {name: inbox_count(User.objects.get(username=name)) for name in approvers}
    assert min(waiting.values()) >= 1, waiting
