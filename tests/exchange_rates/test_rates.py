"""Exchange rates: a missing one is an error, never 1; finance enters and uploads them ("Aging", P3.4)."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.test.utils import override_settings

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.exceptions import InvalidInputError, NotAllowedError
from creditrisk.exchange_rates import services
from creditrisk.exchange_rates.conversion import Rates
from creditrisk.exchange_rates.models import ExchangeRate
from creditrisk.exchange_rates.selectors import MissingRateError, rates_on
from tests.factories.people import create_user

MAY = dt.date(2026, 5, 31)
URL = "/exchange-rates/"


def test_an_amount_is_rounded_half_up_to_the_cent() -> None:
    """10.01 × 7.12345 = 71.3057345; 0.50 × 0.01 = 0.005, which is a cent."""
    rates = Rates("CNY", MAY, {"USD": Decimal("7.12345"), "JPY": Decimal("0.01"), "CNY": Decimal(1)})
    assert rates.in_base(Decimal("10.01"), "USD") == Decimal("71.31")
    assert rates.in_base(Decimal("0.50"), "JPY") == Decimal("0.01")
    assert rates.in_base(Decimal("-0.50"), "JPY") == Decimal("-0.01")
    assert rates.in_base(Decimal("5.55"), "CNY") == Decimal("5.55")
    with pytest.raises(KeyError):
        rates.in_base(Decimal(1), "EUR")


@pytest.fixture
def clerk(db: None) -> User:
    return create_user(Role.FINANCE_CLERK)


def entered(clerk: User, day: dt.date, rate: str = "7.1", currency: str = "USD") -> ExchangeRate:
    return services.set_rate(
        currency=currency, base_currency="CNY", valid_on=day, rate=Decimal(rate), by=clerk
    )


def test_the_latest_rate_of_the_day_or_before_counts_for_31_days(clerk: User) -> None:
    entered(clerk, dt.date(2026, 5, 1), "7.1")
    entered(clerk, dt.date(2026, 5, 20), "7.2")
    entered(clerk, dt.date(2026, 6, 2), "7.3")

    def on(day: dt.date) -> Decimal:
        return rates_on(day, currencies=["USD", "CNY"], base_currency="CNY").by_currency["USD"]

    assert on(dt.date(2026, 5, 1)) == Decimal("7.1")
    assert on(dt.date(2026, 5, 19)) == Decimal("7.1")
    assert on(MAY) == Decimal("7.2")
    assert on(dt.date(2026, 7, 3)) == Decimal("7.3")
    for day in (dt.date(2026, 4, 30), dt.date(2026, 7, 4)):
        with pytest.raises(MissingRateError, match="no rate of USD") as missing:
            on(day)
        assert missing.value.currencies == ("USD",)
    with override_settings(CREDITRISK_RATE_MAX_AGE_DAYS=0), pytest.raises(MissingRateError):
        on(MAY)


def test_the_own_currency_needs_no_rate(clerk: User) -> None:
    assert rates_on(MAY, currencies=["CNY"], base_currency="CNY").by_currency == {"CNY": 1}


def test_a_rate_is_corrected_on_its_day_and_removed(clerk: User) -> None:
    entered(clerk, MAY, "71")
    rate = entered(clerk, MAY, "7.1")
    assert str(ExchangeRate.objects.get()) == "2026-05-31 USD 7.1 CNY"
    services.remove_rate(rate=rate, by=clerk)
    assert not ExchangeRate.objects.exists()


@pytest.mark.parametrize(
    ("currency", "rate", "day", "message"),
    [
        ("US", "7", MAY, "no currency code"),
        ("U1D", "7", MAY, "no currency code"),
        ("元元元", "7", MAY, "no currency code"),
        ("CNY", "1", MAY, "own currency"),
        ("USD", "0", MAY, "above zero"),
        ("USD", "-1", MAY, "above zero"),
        ("USD", "1.123456789", MAY, "8 decimals"),
        ("USD", "NaN", MAY, "is no rate"),
        ("USD", "1e10", MAY, "is no rate"),
        ("USD", "7", dt.date(1999, 12, 31), "not between"),
        ("USD", "7", dt.date(2101, 1, 1), "not between"),
    ],
)
def test_what_is_no_rate(clerk: User, currency: str, rate: str, day: dt.date, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        entered(clerk, day, rate, currency)


@pytest.mark.parametrize("role", [Role.PLANNING_FINANCE, Role.ADMINISTRATOR])
def test_finance_and_administrators_enter_rates(role: Role, db: None) -> None:
    assert entered(create_user(role), MAY).rate == Decimal("7.1")


def test_others_do_not(clerk: User) -> None:
    rate = entered(clerk, MAY)
    manager = create_user(Role.ACCOUNT_MANAGER)
    with pytest.raises(NotAllowedError):
        entered(manager, MAY)
    with pytest.raises(NotAllowedError):
        services.remove_rate(rate=rate, by=manager)
    with pytest.raises(NotAllowedError):
        services.upload_rates(path=Path("x"), base_currency="CNY", by=manager)


def written(folder: Path, text: str) -> Path:
    path = folder / "rates.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_of_rates_is_entered_and_corrects_what_was_there(clerk: User, tmp_path: Path) -> None:
    entered(clerk, MAY, "9")
    path = written(
        tmp_path, "币种,日期,汇率,备注\nusd,2026-05-31,7.1,x\nEUR,2026/05/31,8.2\nEUR,2026-05-31,8.25\n"
    )
    assert services.upload_rates(path=path, base_currency="CNY", by=clerk) == 3
    assert {rate.currency: rate.rate for rate in ExchangeRate.objects.all()} == {
        "USD": Decimal("7.1"),
        "EUR": Decimal("8.25"),
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Currency,Date\nUSD,2026-05-31\n", "needs the columns"),
        ("Currency,Date,Rate\nUSD,2026-05-31,7\nEUR,31.5.2026,8\n", "Row 3: “31.5.2026” is not a date"),
        ("Currency,Date,Rate\nUSD,2026-05-31,seven\n", "Row 2: “seven” is not a rate"),
        ("Currency,Date,Rate\nUSD,2026-05-31,7\nEURO,2026-05-31,8\n", "Row 3: “EURO” is no currency code"),
        ("Currency,Date,Rate\nUSD,2026-05-31\n", "Row 2: “” is not a rate"),
        ("Currency,Date,Rate\nCNY,2026-05-31,1\n", "Row 2: CNY is the company's own"),
        ("Currency,Date,Rate\n", "no rows"),
        ("", "empty"),
    ],
)
def test_a_file_with_one_wrong_row_is_not_entered(
    clerk: User, tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(InvalidInputError, match=message):
        services.upload_rates(path=written(tmp_path, text), base_currency="CNY", by=clerk)
    assert not ExchangeRate.objects.exists()


def test_the_page_enters_uploads_and_removes(clerk: User) -> None:
    client = Client()
    client.force_login(clerk)
    response = client.post(URL, {"currency": "usd", "valid_on": "2026-05-31", "rate": "7.1"})
    assert response.status_code == 302
    page = client.get(URL).content.decode()
    assert "7.1" in page
    assert (
        "no currency code"
        in client.post(URL, {"currency": "u1", "valid_on": "2026-05-31", "rate": "7"}).content.decode()
    )
    file = SimpleUploadedFile("r.csv", b"Currency,Date,Rate\nEUR,2026-05-31,8\n")
    assert client.post(f"{URL}upload/", {"file": file}).status_code == 302
    assert ExchangeRate.objects.count() == 2
    assert client.post(f"{URL}upload/", {}).status_code >= 400
    rate = ExchangeRate.objects.get(currency="EUR")
    assert client.post(f"{URL}{rate.pk}/remove/").status_code == 302
    assert ExchangeRate.objects.get().currency == "USD"


def test_others_read_the_page_without_forms(clerk: User) -> None:
    entered(clerk, MAY)
    client = Client()
    client.force_login(create_user(Role.ACCOUNT_MANAGER))
    page = client.get(URL).content.decode()
    assert "7.1" in page
    assert '<form method="post" enctype' not in page


def test_the_command_enters_a_file_or_nothing(db: None, tmp_path: Path, capsys: Any) -> None:
    call_command("import_rates", str(written(tmp_path, "Currency,Date,Rate\nUSD,2026-05-31,7.1\n")), "--json")
    assert json.loads(capsys.readouterr().out) == {"rates": 1, "base": "CNY"}
    assert ExchangeRate.objects.get().entered_by is None
    with pytest.raises(SystemExit) as stop:
        call_command("import_rates", str(written(tmp_path, "x\n")), "--json")
    assert stop.value.code == 2
    assert json.loads(capsys.readouterr().out)["rates"] == 0
