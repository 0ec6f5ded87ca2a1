"""`load_demo` and `demo_logins` as commands: sizes, and the same company every time. A small one will do."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.home.demo.people import DEMO_PASSWORD, demo_logins

pytestmark = pytest.mark.django_db
LAST = dt.date(2026, 10, 31)


@pytest.mark.parametrize(
    "options", [("--customers", "20"), ("--customers", "2401"), ("--months", "0"), ("--months", "25")]
)
def test_a_size_without_sense_is_refused(options: tuple[str, str]) -> None:
    with pytest.raises(CommandError, match="--customers is 21 to 2400, --months 1 to 24"):
        call_command("load_demo", *options, stderr=io.StringIO())
    assert not User.objects.exists()


FINGERPRINTS = {
    "customers": "SELECT number, name, uscc, state, grade, credit_limit_amount, reviewed_on, bank_account"
    " FROM customers_customer ORDER BY number",
    "contracts": "SELECT number, amount, signed_on, ends_on FROM customers_contract ORDER BY number",
    "open items": "SELECT r.as_of, i.document, i.due_on, i.currency, i.open_amount FROM receivables_openitem i"
    " JOIN receivables_report r ON r.id = i.report_id ORDER BY r.as_of, i.document, i.open_amount",
    "reviews": "SELECT number, state, round, review_on FROM reviews_review ORDER BY number",
}


def fingerprints() -> dict[str, str]:
    found = {}
    with connection.cursor() as cursor:
        for name, statement in FINGERPRINTS.items():
            cursor.execute(statement)
            rows = cursor.fetchall()
            assert rows, name
            found[name] = hashlib.sha256(repr(rows).encode()).hexdigest()
    return found


def test_the_same_demo_twice_is_the_same(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    found = []
    for customers in (40, 40, 41):
        with transaction.atomic():
            call_command(
                "load_demo", "--last", LAST.isoformat(), "--customers", str(customers), "--months", "2",
                stderr=io.StringIO(),
            )  # fmt: skip
            found.append(fingerprints())
            transaction.set_rollback(True)
    assert found[0] == found[1]
    assert found[1]["customers"] != found[2]["customers"]


def test_demo_logins_prints_one_per_role() -> None:
    said = io.StringIO()
    call_command("demo_logins", stdout=said)
    head, *lines = said.getvalue().splitlines()
    assert DEMO_PASSWORD in head
    assert [line.split()[0] for line in lines] == [username for username, *_rest in demo_logins()]
    assert all(str(Role(role).label) in said.getvalue() for role in Role)
