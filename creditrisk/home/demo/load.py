"""Loading the demo company: deterministic for a given last month end, in one transaction: all of it or nothing."""

from __future__ import annotations

import datetime as dt
import tempfile
from decimal import Decimal
from pathlib import Path

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from creditrisk.dates import add_months
from creditrisk.exceptions import InvalidInputError
from creditrisk.exchange_rates.services import set_rate
from creditrisk.home.demo.adjustments import create_adjustments
from creditrisk.home.demo.annual import create_annual_reviews
from creditrisk.home.demo.case_reviews import compute_demo_figures, create_case_reviews
from creditrisk.home.demo.collections import create_collection_work, create_past_promises
from creditrisk.home.demo.companies import COUNT, Company, made_up_companies
from creditrisk.home.demo.contracts import create_contract_work, create_contracts
from creditrisk.home.demo.credit import create_standings
from creditrisk.home.demo.damages import create_damages_work
from creditrisk.home.demo.delegation import create_delegation
from creditrisk.home.demo.file_rows import create_file_rows
from creditrisk.home.demo.files import open_items_csv, payables_csv
from creditrisk.home.demo.grade_words import REASON, SOURCE
from creditrisk.home.demo.ledger import MONTHS, made_up_ledger, month_ends
from creditrisk.home.demo.people import create_people
from creditrisk.home.demo.policy import create_policy_drafts
from creditrisk.home.demo.portfolio import create_portfolio_work
from creditrisk.home.demo.reviews import PLAN, Plan, create_reviews
from creditrisk.home.demo.summaries import create_summaries
from creditrisk.home.demo.warnings import create_warnings
from creditrisk.notifications.services.sending import send_due_mails
from creditrisk.policy.selectors import policy_version_on
from customers.models import Customer, CustomerState, GradeChange, Industry
from receivables.models import DunningNotice, FileKind
from receivables.services.dunning_job import run_dunning_once
from receivables.services.imports import import_report

GRADES = {"good": ("A", "B", "B"), "slow": ("B", "C", "C"), "failing": ("C", "D")}
EARLIER_GRADES = {"A": "B", "C": "B", "D": "C"}
"""The grade of the year before where it was another one."""
ACCOUNT_MANAGERS = ("am", "am2", "am3", "am4")
SERVICE_MANAGERS = ("csm", "csm2", "csm3")
PROSPECTS_ACCOUNT_MANAGERS = ("am", "am2")
PROSPECTS_SERVICE_MANAGERS = ("csm",)
"""Their reviews wait for people whose log-ins are shown: everybody who tries the demo finds work in his inbox."""
INDUSTRIES = "CEFGIMNQ"
DUNNING_AFTER_DAYS = 2
"""Days after the last report on which the demo ran dunning. The schedule goes on from there on the first day: with
final demands to who did not pay meanwhile.
"""


@transaction.atomic
def load_demo(
    *, last: dt.date, today: dt.date, count: int = COUNT, months: int = MONTHS, plan: Plan = PLAN
) -> dict[str, int]:
    """Load `count` customers, `months` monthly reports up to the month end `last` and its payables, the dunning that
    followed the last one, the reviews of `plan`, and the work on contracts, visits, handovers and confirmations.

    Returns how many of each. Raises InvalidInputError where the database holds people already.
    """
    if User.objects.exists():
        raise InvalidInputError(
            "demo.not_empty", _("The demo is loaded into an empty database only; this one has users.")
        )
    users = create_people()
    companies = made_up_companies(count=count)
    customers = _create_customers(companies, users, today, prospects=len(plan))
    old, prospects = customers[: -len(plan)], customers[-len(plan) :]
    create_file_rows(customers, companies, users["am"], today)
    contracts = create_contracts(old, companies, last)
    reports = _import_reports(companies[: len(old)], users["finance"], last, months, today)
    compute_demo_figures()
    letters = _run_dunning(last, today)
    reviews = create_reviews(list(zip(prospects, companies[-len(plan) :], strict=True)), plan, users, today)
    create_contract_work(contracts, prospects[0], users, today)
    work = create_portfolio_work(old, users, today)
    create_collection_work(old, users, today)
    annual = create_annual_reviews(old, users, today)
    damages = create_damages_work(old, users, today)
    adjusted = create_adjustments(old, users, today)
    create_delegation(users, today)
    drafts = create_policy_drafts(users, today)
    warnings = create_warnings(old, users, today)
    meetings = create_case_reviews(users, today)
    # Last: nobody works on a file once it is closed.
    standings = create_standings(old, users, today)
    summaries = create_summaries(users, today)
    return {
        "users": len(users),
        "customers": len(customers),
        "reports": reports,
        "letters": letters,
        "reviews": len(reviews),
        "annual reviews": annual,
        **work,
        **damages,
        **adjusted,
        "early warnings": warnings,
        **standings,
        **drafts,
        "monthly summaries": summaries,
        "case reviews": meetings,
    }


def _create_customers(
    companies: list[Company], users: dict[str, User], today: dt.date, *, prospects: int
) -> list[Customer]:
    """Customers from before the product came are active and reviewed; the last ones are prospects."""
    first_prospect = len(companies) - prospects
    industries = list(Industry.objects.filter(code__in=INDUSTRIES))
    customers = Customer.objects.bulk_create(
        _customer(index, company, users, industries, today, is_prospect=index >= first_prospect)
        for index, company in enumerate(companies)
    )
    version = policy_version_on(today)
    GradeChange.objects.bulk_create(
        GradeChange(
            customer=customer,
            old=old,
            new=new,
            effective_on=effective_on,
            source=SOURCE,
            reason=REASON,
            policy_version=version,
        )
        for index, customer in enumerate(customers[:first_prospect])
        for old, new, effective_on in _grades_so_far(index, customer)
    )
    return customers


def _grades_so_far(index: int, customer: Customer) -> list[tuple[str, str, dt.date]]:
    """Return old grade, new grade and day of a customer's grades: two in three were reviewed the year before as well,
    and every second of these had another grade then.
    """
    if customer.reviewed_on is None:
        return []
    if index % 3 == 0:
        return [("", customer.grade, customer.reviewed_on)]
    year_before = add_months(customer.reviewed_on, -12)
    earlier = EARLIER_GRADES.get(customer.grade, customer.grade) if index % 2 else customer.grade
    if earlier == customer.grade:
        return [("", customer.grade, year_before)]
    return [("", earlier, year_before), (earlier, customer.grade, customer.reviewed_on)]


def _customer(
    index: int,
    company: Company,
    users: dict[str, User],
    industries: list[Industry],
    today: dt.date,
    *,
    is_prospect: bool,
) -> Customer:
    grades = GRADES[company.payer]
    account_managers = PROSPECTS_ACCOUNT_MANAGERS if is_prospect else ACCOUNT_MANAGERS
    service_managers = PROSPECTS_SERVICE_MANAGERS if is_prospect else SERVICE_MANAGERS
    reviewed_on = add_months(today, -(index % 11) - 1)
    reviewed = {
        "state": CustomerState.ACTIVE,
        "reviewed_on": reviewed_on,
        "grade": grades[index % len(grades)],
        "grade_valid_to_on": add_months(reviewed_on, 12),
        "credit_limit_amount": company.monthly_amount * 2,
        "credit_limit_currency": company.currency,
        "credit_limit_valid_to_on": add_months(reviewed_on, 12),
    }
    return Customer(
        number=company.number,
        name=company.name,
        name_en=company.name_en,
        enterprise_type=company.enterprise_type,
        industry=industries[index % len(industries)],
        registered_capital_amount=company.capital_amount,
        uscc=company.uscc,
        bank_name=company.bank_name,
        bank_account=company.bank_account,
        legal_representative=company.legal_representative,
        person_in_charge=company.legal_representative,
        finance_contact=company.contact,
        finance_phone=company.phone,
        finance_email=company.email,
        business_contact=company.contact,
        business_phone=company.phone,
        address=company.address,
        postal_code=company.postal_code,
        letter_language=company.letter_language,
        currency=company.currency,
        payment_term_days=company.payment_term_days,
        payment_term_kind=company.payment_term_kind,
        account_manager=users[account_managers[index % len(account_managers)]],
        service_manager=users[service_managers[index % len(service_managers)]],
        created_by=users["am"],
        **({} if is_prospect else reviewed),
    )


def _import_reports(
    companies: list[Company], finance: User, last: dt.date, months: int, today: dt.date
) -> int:
    """Import the monthly files, and what we owe at the last month end, as finance does: by the same service."""
    ledger = made_up_ledger(companies, last)
    days = month_ends(last, months)
    with tempfile.TemporaryDirectory() as folder:
        files = [
            (FileKind.OPEN_ITEMS, f"open-items-{day}.csv", day, open_items_csv(ledger, day)) for day in days
        ]
        files.append((FileKind.PAYABLES, f"payables-{last}.csv", last, payables_csv(companies, last)))
        for kind, name, day, content in files:
            if day == last and kind == FileKind.OPEN_ITEMS and months > 1:
                create_past_promises(ledger, days[-2], last)
            path = Path(folder) / name
            path.write_bytes(content)
            result = import_report(path=path, file_name=name, as_of=day, today=today, kind=kind, by=finance)
            if result.report is None or result.rejected:
                raise AssertionError(f"the demo's own file was refused: {result}")
    for day in days:
        set_rate(currency="USD", base_currency="CNY", valid_on=day, rate=demo_rate(day), by=finance)
    return len(days)


def demo_rate(day: dt.date) -> Decimal:
    """Return a made-up rate of the US dollar in CNY at a month end: around 7.1, never far from the month before."""
    return Decimal(71_000 + 37 * ((day.year * 12 + day.month) % 13 - 6)) / 10_000


def _run_dunning(last: dt.date, today: dt.date) -> int:
    """Run dunning once as the schedule would have, and send its mails; return the number of reminders and letters."""
    on = last + dt.timedelta(days=DUNNING_AFTER_DAYS)
    if on < today:
        run_dunning_once(on=on)
        send_due_mails(now=timezone.make_aware(dt.datetime.combine(on, dt.time(9))))
    return DunningNotice.objects.count()
