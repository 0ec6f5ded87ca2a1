"""What the customer file itself puts into a dossier. Account numbers are masked, as in every list."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from creditrisk.accounts.models import User
from creditrisk.policy.selectors import policy_version_on
from customers import selectors
from customers.contract_selectors import deposit_balances
from customers.credit_check import CreditDecision, check_credit
from customers.credit_facts import credit_facts
from customers.dossier.content import (
    Choice,
    Column,
    Fact,
    Section,
    columns_of,
    facts_of,
    register_section,
    values_of,
)
from customers.grade_words import in_words
from customers.groups import group_of, members_seen
from customers.models import Contact, Contract, Customer, GradeChange, Qualification, WarningCase
from customers.portfolio_selectors import confirmation_standing, confirmations_of
from customers.warning_wording import sentence

COMPANY = (
    *(
        "number",
        "name",
        "name_en",
        "short_name",
        "enterprise_type",
        "industry",
        "uscc",
        "business_licence_number",
    ),
    *("tax_registration_number", "organisation_code", "registered_capital_amount"),
    *("registered_capital_currency", "legal_representative", "person_in_charge", "address"),
    "postal_code",
    *("currency", "payment_term_kind", "payment_term_days", "letter_language"),
)
STANDING = (
    *("grade", "grade_is_provisional", "grade_valid_to_on", "reviewed_on"),
    *("service_level", "frozen_at", "freeze_reason", "account_manager", "service_manager"),
)
MEMBER = ("number", "name", "state", "grade")
CONTACT = (
    *("kind", "name", "title", "phone", "mobile", "email", "wechat"),
    *("preferred_channel", "letter_order", "is_main"),
)
QUALIFICATION = ("kind", "name", "number", "issuer", "rating", "valid_from_on", "valid_to_on")
CONTRACT = (
    *("number", "service_type", "state", "currency", "amount", "signed_on", "ends_on"),
    *("payment_term_days", "handler"),
)
GRADE = ("effective_on", "old", "new", "is_provisional", "source", "reason", "decided_by")


def company(*, customer: Customer, person: User | None, on: dt.date) -> Section:
    """Return who the customer is (Annex 1)."""
    aliases = ", ".join(customer.aliases.values_list("name", flat=True))
    return Section(
        "company",
        _("Company"),
        facts=(*facts_of(customer, *COMPANY), Fact("aliases", _("Aliases"), aliases)),
    )


def standing(*, customer: Customer, person: User | None, on: dt.date) -> Section:
    """Return the customer's state, grade and managers."""
    state = (*facts_of(customer, "state"), Fact("state_reason", _("Reason"), customer.state_reason_text))
    return Section("standing", _("Standing"), facts=(*state, *facts_of(customer, *STANDING)))


def credit(*, customer: Customer, person: User | None, on: dt.date) -> Section:
    """Return the credit check without an amount: limits, exposure, what is available, and every ground for a hold."""
    policy = policy_version_on(on).policy
    decision = check_credit(credit_facts(customer, on=on), request=None, on=on, policy=policy)
    return Section(
        "credit",
        _("Credit limit and exposure"),
        facts=(
            Fact("decision", _("New business"), Choice(decision.decision, str(DECISIONS[decision.decision]))),
            Fact("currency", _("Currency"), decision.own.currency),
            Fact("limit", _("Limit"), decision.own.limit_amount),
            Fact("exposure", _("Exposure"), _exposure(decision)),
            Fact("available", _("Available"), decision.available_amount),
            *facts_of(
                customer,
                *("credit_limit_amount", "credit_limit_valid_to_on"),
                *("temporary_limit_amount", "temporary_limit_valid_to_on", "temporary_limit_reason"),
            ),
        ),
        columns=(Column("code", _("Code")), Column("text", _("Reason")), Column("clause", _("Clause"))),
        rows=tuple((reason.code, reason.text, reason.clause) for reason in decision.reasons),
    )


DECISIONS = {
    "allow": gettext_lazy("allowed"),
    "hold": gettext_lazy("on hold"),
    "refuse": gettext_lazy("refused"),
}


def _exposure(decision: CreditDecision) -> Decimal | None:
    return decision.own.exposure_amount if decision.is_exposure_known else None


def group(*, customer: Customer, person: User | None, on: dt.date) -> Section | None:
    """Return the other companies of the group, as far as the person may see them; None where there is no group."""
    found = group_of(customer)
    if found is None:
        return None
    members = Customer.objects.filter(pk__in=found.member_pks).order_by("number")
    seen = members if person is None else members_seen(found, person)
    rows = tuple(values_of(member, *MEMBER) for member in seen if member.pk != customer.pk)
    return Section(
        "group",
        _("Group of companies"),
        facts=(Fact("members", _("Companies of the group"), len(found.member_pks)),),
        columns=columns_of(Customer, *MEMBER),
        rows=rows,
    )


def contacts(*, customer: Customer, person: User | None, on: dt.date) -> Section:
    """Return the contacts at present."""
    rows = selectors.contacts_of(customer).filter(retired_at__isnull=True)
    return Section(
        "contacts",
        _("Contacts"),
        columns=columns_of(Contact, *CONTACT),
        rows=tuple(values_of(row, *CONTACT) for row in rows),
    )


def bank_accounts(*, customer: Customer, person: User | None, on: dt.date) -> Section:
    """Return the accounts at present, their numbers masked."""
    rows = selectors.bank_accounts_of(customer).filter(retired_at__isnull=True)
    return Section(
        "bank_accounts",
        _("Bank accounts"),
        columns=(
            Column("bank_name", _("Bank")),
            Column("branch", _("Branch")),
            Column("account_number", _("Account number")),
            Column("holder", _("Account holder")),
        ),
        rows=tuple((row.bank_name, row.branch, row.masked_number, row.holder) for row in rows),
    )


def qualifications(*, customer: Customer, person: User | None, on: dt.date) -> Section:
    """Return the licences, certificates and ratings at present."""
    rows = selectors.qualifications_of(customer).filter(retired_at__isnull=True)
    return Section(
        "qualifications",
        _("Qualifications"),
        columns=columns_of(Qualification, *QUALIFICATION),
        rows=tuple(values_of(row, *QUALIFICATION) for row in rows),
    )


def contracts(*, customer: Customer, person: User | None, on: dt.date) -> Section:
    """Return the contracts, newest first (P3.1 c)."""
    return Section(
        "contracts",
        _("Contracts"),
        columns=columns_of(Contract, *CONTRACT),
        rows=tuple(values_of(row, *CONTRACT) for row in selectors.contracts_of(customer)),
    )


def deposits(*, customer: Customer, person: User | None, on: dt.date) -> Section:
    """Return what we hold of the customer."""
    return Section(
        "deposits",
        _("Deposits"),
        columns=(Column("currency", _("Currency")), Column("balance", _("Balance"))),
        rows=tuple((balance.currency, balance.amount) for balance in deposit_balances(customer)),
    )


def grades(*, customer: Customer, person: User | None, on: dt.date) -> Section:
    """Return the grades that were given, newest first."""
    return Section(
        "grades",
        _("Grade history"),
        columns=columns_of(GradeChange, *GRADE),
        rows=tuple(values_of(row, *GRADE) for row in in_words(selectors.grade_history_of(customer))),
    )


def confirmation(*, customer: Customer, person: User | None, on: dt.date) -> Section:
    """Return when the file was confirmed, and by whom (P4.3)."""
    file = confirmation_standing(customer, on=on)
    return Section(
        "confirmation",
        _("File confirmation"),
        facts=(Fact("due_on", _("Due on"), file.due_on),),
        columns=(
            Column("confirmed_at", _("Confirmed at")),
            Column("confirmed_by", _("Confirmed by")),
            Column("sections", _("Sections")),
            Column("note", _("Note")),
        ),
        rows=tuple(
            (row.confirmed_at, str(row.confirmed_by), ", ".join(row.section_labels), row.note)
            for row in confirmations_of(customer)
        ),
    )


def warnings(*, customer: Customer, person: User | None, on: dt.date) -> Section:
    """Return the early warnings raised by the day, newest first (P5.1)."""
    raised = customer.warning_cases.filter(raised_on__lte=on).select_related("owner")
    return Section(
        "warnings",
        _("Early warnings"),
        columns=(
            *columns_of(WarningCase, "number", "kind", "raised_on"),
            Column("told", _("What warns")),
            *columns_of(WarningCase, "owner", "due_on", "state", "outcome", "closed_on"),
        ),
        rows=tuple(
            (
                *values_of(case, "number", "kind", "raised_on"),
                sentence(case.kind, case.numbers, reason=case.reason),
                *values_of(case, "owner", "due_on", "state", "outcome", "closed_on"),
            )
            for case in raised
        ),
    )


def register() -> None:
    """Register the sections of this app; the higher apps put theirs between them."""
    for position, build in (
        (10, company),
        (20, standing),
        (30, credit),
        (40, group),
        (70, contracts),
        (80, deposits),
        (90, grades),
        (92, warnings),
        (110, contacts),
        (120, bank_accounts),
        (130, qualifications),
        (140, confirmation),
    ):
        register_section(build, position=position)
