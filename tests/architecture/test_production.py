"""Production refuses to start half secured."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.conf import settings

GOOD_KEY = "0123456789abcdefghijklmnopqrstuvwxyz" * 2
PRODUCTION = {
    "SECRET_KEY": GOOD_KEY,
    "ALLOWED_HOSTS": "credit.example.com",
    "DATABASE_URL": os.environ.get("DATABASE_URL", ""),
    "REDIS_URL": os.environ.get("REDIS_URL", ""),
    "PATH": os.environ["PATH"],
    "DJANGO_SETTINGS_MODULE": "creditrisk.settings",
}


SHOW_KEY = "import django; django.setup(); from django.conf import settings; print(settings.SECRET_KEY[:4])"


def _start(code: str = SHOW_KEY, **changes: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**PRODUCTION, **changes},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_production_starts_with_a_good_key() -> None:
    result = _start()
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY"),
        ({"SECRET_KEY": "changeme"}, "SECRET_KEY"),
        ({"SECRET_KEY": "k" * 49}, "SECRET_KEY"),
        ({"DEBUG": "1"}, "DEBUG must be off"),
        ({"CREDITRISK_DEMO": "1"}, "CREDITRISK_DEMO"),
        ({"CUSTOMER_MAILS_FROM": ""}, "CUSTOMER_MAILS_UNTIL"),
        ({"CUSTOMER_MAILS_FROM": "20:00"}, "CUSTOMER_MAILS_FROM must be before"),
        ({"CUSTOMER_MAILS_DRY_RUN_TO": "yes"}, "CUSTOMER_MAILS_DRY_RUN_TO"),
    ],
)
def test_production_refuses_to_start(changes: dict[str, str], message: str) -> None:
    result = _start(**changes)
    assert result.returncode != 0
    assert "ImproperlyConfigured" in result.stderr
    assert message in result.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("changes", "hours"),
    [
        ({}, "08:00:00 20:00:00"),
        ({"CUSTOMER_MAILS_FROM": "09:30", "CUSTOMER_MAILS_UNTIL": "18:00"}, "09:30:00 18:00:00"),
        ({"CUSTOMER_MAILS_FROM": "", "CUSTOMER_MAILS_UNTIL": ""}, "None None"),
        ({"CREDITRISK_LOCAL": "1"}, "None None"),
    ],
)
def test_mails_to_customers_leave_during_the_day_unless_told_otherwise(
    changes: dict[str, str], hours: str
) -> None:
    code = (
        "from django.conf import settings as s;"
        "print(s.CREDITRISK_CUSTOMER_MAILS_FROM, s.CREDITRISK_CUSTOMER_MAILS_UNTIL)"
    )
    assert _start(code, **changes).stdout.strip() == hours


def test_the_deployment_check_is_clean() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "django", "check", "--deploy", "--fail-level", "WARNING"],
        env=PRODUCTION,
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stderr
