"""A small company with one of everything: each role of P3 staffed, and the same objects three times over.

`own` belongs to the account manager and the service manager of the team, `department` to their colleagues in
the same department, `foreign` to people of another department under another head. `lost` belongs to somebody
who has lost his roles and to nobody else.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.utils import timezone

from creditrisk.accounts.models import Absence, RoleAssignment, User
from creditrisk.accounts.roles import Role
from creditrisk.business_days.models import CalendarDay
from creditrisk.exchange_rates.models import ExchangeRate
from creditrisk.jobs.services import JobOutcome, run_job
from creditrisk.lists.models import SavedFilter
from creditrisk.notifications.models import Notification, OutboxMessage
from creditrisk.policy.default import DEFAULT_POLICY
from creditrisk.policy.models import PolicyDraft, PolicyVersion
from creditrisk.policy.schema import policy_to_data
from creditrisk.policy.selectors import policy_version_on
from creditrisk.stored_files import describe_file, store_content
from customers import services
from customers.models import (
    ContractState,
    Customer,
    CustomerAlias,
    CustomerImport,
    CustomerMerge,
    CustomerState,
    DepositEntry,
    SelfCheck,
)
from customers.services import take_import_file
from receivables.letters import render_letter
from receivables.models import (
    CollectionContact,
    CooperationProposal,
    DamagesReceipt,
    DamagesWaiver,
    DunningNotice,
    DunningTerms,
    ForfeitureProposal,
    Promise,
    PromisedItem,
    PromiseInstalment,
    ProposalFile,
    Report,
)
from receivables.services.classified import draw_up_detail
from receivables.services.statements import issue_statements
from receivables.services.uploads import check_report, commit_report, upload_report
from reviews.approval_chain import CHAINS, NEW_CUSTOMER
from reviews.models import Attachment, GradeAdjustment, Phrase, Review
from reviews.services import (
    add_attachment,
    ask_colleague,
    claim_step,
    return_step,
    send_copies,
    urge_deciders,
)
from supervision.models import PolicySimulation
from tests.factories.customers import (
    create_active_customer,
    create_bank_account,
    create_contact,
    create_contract,
    create_customer,
    create_qualification,
    create_scan,
)
from tests.factories.people import Team, create_department, create_team, create_user, reload, session_of
from tests.factories.reviews import (
    NOW,
    approve_all,
    create_annual_approved,
    create_annual_draft,
    create_annual_submitted,
    create_draft,
    create_submitted,
    seen,
    step_of,
)
from tests.factories.visits import PNG, done, follow_up, planned, proposed
from tests.receivables.letter_contents import letter_content

SCOPES = ("own", "department", "foreign", "lost")
STEP_ROLES = tuple(role for stage in CHAINS[NEW_CUSTOMER] for role in stage.roles)
PDF = (
    b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)
IMPORTERS = ("account_manager", "administrator", "group_leader", "deputy_leader")
REPORT_HEAD = "客户编码,客户名称,发票号,发票日期,到期日,币种,发票金额,应收余额"

ANONYMOUS, ROLE_LESS, FLAGGED, INACTIVE = "anonymous", "role_less", "flagged", "inactive"
PEOPLE = (*(role.value for role in Role), ROLE_LESS, FLAGGED, INACTIVE, ANONYMOUS)
"""The 11 roles, somebody who lost his roles, a superuser without any, a deactivated leader, and a stranger."""


@dataclass(frozen=True)
class Scope:
    """What one portfolio holds, by name (`customer`, `returned`, `letter` …)."""

    team: Team
    things: Mapping[str, Any]

    def __getattr__(self, name: str) -> Any:
        try:
            return self.things[name]
        except KeyError:
            raise AttributeError(name) from None


@dataclass(frozen=True)
class World:
    """The company. `sessions` maps a person to the key of his session; a stranger has none."""

    team: Team
    people: Mapping[str, User]
    scopes: Mapping[str, Scope]
    sessions: Mapping[str, str]
    reports: Mapping[str, Report]
    notifications: Mapping[str, Notification]
    internal_mail: OutboxMessage
    shared_filter: SavedFilter
    own_filter: SavedFilter
    other: dict[str, Any] = field(default_factory=dict)

    def client(self, person: str, *, enforce_csrf_checks: bool = False) -> Client:
        """Return a fresh browser in which `person` is logged in."""
        client = Client(raise_request_exception=False, enforce_csrf_checks=enforce_csrf_checks)
        if person in self.sessions:
            client.cookies[settings.SESSION_COOKIE_NAME] = self.sessions[person]
        return client


def create_world() -> World:
    """Return a new company. Call it inside a transaction that is rolled back."""
    PolicyVersion.objects.get_or_create(
        number=1,
        defaults={
            "effective_on": dt.date(2000, 1, 1),
            "data": policy_to_data(DEFAULT_POLICY),
            "note": "default",
        },
    )
    team = create_team()
    people = {role.value: team.holder(role) for role in Role}
    people[ROLE_LESS] = create_user(Role.ACCOUNT_MANAGER, Role.SERVICE_MANAGER, Role.DEPARTMENT_MANAGER)
    people[FLAGGED] = create_user(is_superuser=True)
    people[INACTIVE] = create_user(Role.GROUP_LEADER, Role.ADMINISTRATOR)
    teams = {
        "own": team,
        "department": replace(
            team,
            account_manager=create_user(Role.ACCOUNT_MANAGER, department=team.market),
            service_manager=create_user(Role.SERVICE_MANAGER, department=team.market),
        ),
        "foreign": _other_department(team),
        "lost": _lost_department(team, people[ROLE_LESS]),
    }
    scopes = {name: Scope(members, _things(members, name)) for name, members in teams.items()}
    RoleAssignment.objects.filter(user=people[ROLE_LESS]).delete()
    sessions = {person: session_of(reload(user)) for person, user in people.items()}
    User.objects.filter(pk=people[INACTIVE].pk).update(is_active=False)
    reports = _reports(team, scopes)
    details = {
        name: draw_up_detail(month_on=dt.date(2026, 2, 1), by=reload(members.service_manager))
        for name, members in teams.items()
        if members.service_manager.pk != people[ROLE_LESS].pk
    }
    return World(
        team=team,
        people=people,
        scopes=scopes,
        sessions=sessions,
        reports=reports,
        notifications={
            person: Notification.objects.create(key=f"seen:{person}", user=user, title="读我", url="/policy/")
            for person, user in people.items()
        },
        internal_mail=_mail("internal", customer_number=""),
        shared_filter=_saved_filter(people[Role.GROUP_LEADER.value], is_shared=True),
        own_filter=_saved_filter(people[Role.GROUP_LEADER.value], is_shared=False),
        other=_personal(people)
        | {
            "imports": {role: _import(people[role]) for role in IMPORTERS},
            "details": details,
            "job_run": run_job(
                job="annual_reviews", period="2025", work=lambda: JobOutcome({}, errors=("broken",))
            ),
            **_policy_drafts(team.administrator),
            "statements": {
                name: issue_statements(
                    customers=[scope.customer],
                    as_of=dt.date(2026, 2, 28),
                    language="",
                    send=False,
                    today=dt.date(2026, 3, 1),
                    by=team.finance_clerk,
                )[0]
                for name, scope in scopes.items()
            },
        },
    )


def _policy_drafts(admin: User) -> dict[str, Any]:
    """Return a draft of the policy that could be published, one that another version has outdated, and a simulation."""
    first = PolicyVersion.objects.get(number=1)
    second, _created = PolicyVersion.objects.get_or_create(
        number=2,
        defaults={
            "effective_on": dt.date(2099, 1, 1),
            "data": policy_to_data(DEFAULT_POLICY),
            "note": "later",
        },
    )
    sooner = replace(DEFAULT_POLICY, warnings=replace(DEFAULT_POLICY.warnings, churn_after_days=45))
    draft, outdated = (
        PolicyDraft.objects.create(
            title=title, data=policy_to_data(sooner), based_on=version, created_by=admin, changed_by=admin
        )
        for title, version in (("流失预警提前", second), ("旧草稿", first))
    )
    simulation = PolicySimulation.objects.create(
        draft=draft,
        draft_version=1,
        rules=draft.data,
        compared_with=first,
        on=dt.date(2026, 3, 1),
        quarters=1,
        requested_by=admin,
    )
    return {"draft": draft, "outdated_draft": outdated, "simulation": simulation}


def _personal(people: Mapping[str, User]) -> dict[str, Any]:
    """Return what everybody has of his own, and a colleague who is none of the people that try the addresses."""
    colleague = create_user(Role.SERVICE_MANAGER)
    day = dt.date(2100, 1, 1)
    return {
        "colleague": colleague,
        "rate": ExchangeRate.objects.create(currency="USD", base_currency="CNY", valid_on=day, rate=7),
        "calendar_day": CalendarDay.objects.create(day=day, is_business_day=False),
        "phrases": {name: Phrase.objects.create(user=user, text="同意") for name, user in people.items()},
        "absences": {
            name: Absence.objects.create(
                person=user, deputy=colleague, starts_on=day, ends_on=day, entered_by=user
            )
            for name, user in people.items()
        },
    }


def _saved_filter(owner: User, *, is_shared: bool) -> SavedFilter:
    return SavedFilter.objects.create(
        owner=owner, page="customers:list", name=f"shared: {is_shared}", query="grade=A", is_shared=is_shared
    )


def _other_department(team: Team) -> Team:
    head = create_user(Role.DEPARTMENT_MANAGER)
    department = create_department(head=head)
    return replace(
        team,
        market=department,
        department_manager=head,
        account_manager=create_user(Role.ACCOUNT_MANAGER, department=department),
        service_manager=create_user(Role.SERVICE_MANAGER, department=department),
    )


def _lost_department(team: Team, person: User) -> Team:
    """Return the people around somebody who starts reviews, heads the department, and will lose his roles."""
    department = create_department(head=person)
    person.department = department
    person.save()
    return replace(
        team,
        market=department,
        account_manager=person,
        service_manager=create_user(Role.SERVICE_MANAGER),
        department_manager=create_user(Role.DEPARTMENT_MANAGER),
    )


def _things(team: Team, scope: str) -> dict[str, Any]:
    portfolio = {"account_manager": team.account_manager, "service_manager": team.service_manager}
    things: dict[str, Any] = {
        "customer": create_active_customer(reviewed_on=timezone.localdate(), **portfolio),
        "suspended": create_active_customer(
            state=CustomerState.SUSPENDED, state_reason="逾期", reviewed_on=timezone.localdate(), **portfolio
        ),
        "prospect": create_draft(team).customer,
        "draft": create_draft(team),
    }
    things["unreviewed"] = create_active_customer(reviewed_on=None, is_onboarded=True, **portfolio)
    # Nothing is open of him, so a contract can be signed; the others have an old item in the report.
    things["solvent"] = create_active_customer(reviewed_on=timezone.localdate(), **portfolio)
    things["watched"] = create_active_customer(state=CustomerState.WATCH, state_reason="观察", **portfolio)
    things["closed"] = create_active_customer(state=CustomerState.CLOSED, state_reason="终止", **portfolio)
    things["frozen"] = create_active_customer(
        frozen_at=NOW, frozen_by=team.group_leader, freeze_reason="诉讼", **portfolio
    )
    things["limited"] = create_active_customer(
        temporary_limit_amount=Decimal("1000.00"),
        temporary_limit_valid_to_on=timezone.localdate(),
        temporary_limit_reason="项目",
        **portfolio,
    )
    things["adjustment"] = _adjustment(things["customer"])
    things["contract"] = create_contract(customer=things["customer"], handler=team.account_manager)
    things |= _contract_things(team, things["customer"], portfolio)
    things["contact"] = create_contact(customer=things["customer"])
    things["bank_account"] = create_bank_account(customer=things["customer"])
    things["qualification"] = create_qualification(
        customer=things["customer"], number=f"LICENCE-{scope}", valid_to_on=timezone.localdate()
    )
    things["scan"] = create_scan(qualification=things["qualification"], by=team.account_manager)
    things["alias"] = CustomerAlias.objects.create(customer=things["customer"], name=f"别名 {scope}")
    things["merge"] = CustomerMerge.objects.create(
        keep=things["customer"],
        drop=create_customer(state=CustomerState.CLOSED, merged_into=things["customer"]),
        reason="重复",
        snapshot={},
        merged_by=team.administrator,
    )
    things["annual"] = create_annual_draft(team)
    if scope != "lost":
        for role in STEP_ROLES:
            things[f"at_{role}"] = approve_all(team, create_submitted(team), up_to=role)
        things["claimed"] = approve_all(team, create_submitted(team), up_to=Role.LEGAL_AFFAIRS)
        claim_step(step=step_of(things["claimed"], Role.LEGAL_AFFAIRS), by=team.legal_affairs, now=NOW)
        things["returned"], things["attachment"] = _returned(team)
        things["approved"] = approve_all(team, create_submitted(team))
        things["annual_submitted"] = create_annual_submitted(team)
        things["annual_approved"] = create_annual_approved(team)
        urge_deciders(review=things[f"at_{Role.SERVICE_MANAGER.value}"], by=team.account_manager, now=NOW)
        # Asked and sent to somebody who sees every customer: nobody else sees more by it.
        things["question"] = ask_colleague(
            step=step_of(things[f"at_{Role.SERVICE_MANAGER.value}"], Role.SERVICE_MANAGER),
            asked=team.finance_clerk,
            question="付款如何?",
            by=team.service_manager,
            now=NOW,
        )
        send_copies(
            review=things["annual_submitted"], readers=[team.finance_clerk], by=team.service_manager, now=NOW
        )
    things["visit_planned"] = planned(things["customer"], team.account_manager)
    things["visit_done"] = done(things["customer"], team.account_manager, files=[("照片.png", PNG)])
    things["visit_file"] = things["visit_done"].files.get()
    things["follow_up"] = follow_up(things["visit_done"], team.account_manager)
    things["handover"] = proposed(things["unreviewed"], team.account_manager, team.service_manager)
    things["letter"] = _letter(things["customer"])
    things["promise"] = _promise(things["customer"], team)
    things |= _collection_things(things["customer"], things["letter"], things["deposit"], team)
    money = {"customer": things["customer"], "currency": "CNY", "amount": Decimal("0.01")}
    things["waiver"] = DamagesWaiver.objects.create(reason="老客户", asked_by=team.account_manager, **money)
    things["damages_receipt"] = DamagesReceipt.objects.create(
        received_on=dt.date(2026, 3, 1), effect_amount=Decimal("0.01"), by=team.finance_clerk, **money
    )
    things["mail"] = _mail(scope, customer_number=things["customer"].number)
    return things


def _contract_things(team: Team, customer: Customer, portfolio: Mapping[str, User]) -> dict[str, Any]:
    """Return contracts in the states from which something can be done, and what hangs on them."""
    today, by = timezone.localdate(), team.account_manager
    made = {"customer": customer, "handler": by}
    performing = create_contract(state=ContractState.PERFORMING, **made)
    entry = services.add_log_entry(
        contract=performing, kind="note", happened_on=today, text="备注", by=by, today=today
    )
    stored = services.attach_contract_file(contract=performing, name="合同.pdf", content=PDF, by=by)
    dispute = services.open_dispute(
        contract=performing, subject="数量", owner=team.legal_affairs, opened_on=today, by=by
    )
    self_check = SelfCheck.objects.create(
        contract=performing,
        role=Role.SERVICE_MANAGER,
        period_starts_on=dt.date(2026, 1, 1),
        period_ends_on=dt.date(2026, 6, 30),
        opened_on=dt.date(2026, 1, 1),
    )
    # Something old is open of the others: new business with them is on hold.
    solvent = create_active_customer(reviewed_on=today, **portfolio)
    weak = create_active_customer(grade="D", reviewed_on=today, **portfolio)
    refused = create_active_customer(grade="D", reviewed_on=today, **portfolio)
    override = services.request_override(customer=refused, reason="保函", on=today, by=by)
    deposit = services.receive_deposit(
        customer=customer, currency="CNY", amount=Decimal("500.00"), happened_on=today, by=team.finance_clerk
    )
    return {
        "signed": create_contract(**made),
        "contract_draft": create_contract(state=ContractState.DRAFT, customer=solvent, handler=by),
        "performing": performing,
        "finishable": create_contract(state=ContractState.PERFORMING, **made),
        "log_entry": entry,
        "contract_file": stored,
        "dispute": dispute,
        "self_check": self_check,
        "weak": weak,
        "override": override,
        "deposit": deposit,
    }


def _returned(team: Team) -> tuple[Review, Attachment]:
    """Return a review that came back, with a file: others may see it, its initiator may change it."""
    review = create_draft(team)
    attachment = add_attachment(
        review=review, by=team.account_manager, name="合同.pdf", content=PDF, category="contract"
    )
    review = submit_again(review)
    return_step(
        step=step_of(review, Role.SERVICE_MANAGER),
        by=team.service_manager,
        opinion="补充材料",
        now=NOW,
        **seen(review),
    )
    return Review.objects.get(pk=review.pk), attachment


def submit_again(review: Review) -> Review:
    """Submit the review as it is stored."""
    from tests.factories.reviews import submit

    return submit(Review.objects.get(pk=review.pk))


@cache
def letter_file() -> bytes:
    """Return a letter as a real PDF: only such can be printed together with others."""
    return render_letter(letter_content())


def _letter(customer: Customer) -> DunningNotice:
    letter = DunningNotice(
        stage="dunning_letter",
        number=f"DL-2026-{customer.pk:06d}",
        customer=customer,
        currency="CNY",
        total_amount=Decimal("100.00"),
        language="zh-hans",
        issued_on=dt.date(2026, 3, 1),
        report=_committed_report(),
        policy_version=policy_version_on(dt.date(2026, 3, 1)),
        pdf_sha256=sha256(letter_file()).hexdigest(),
    )
    letter.pdf.save("letter.pdf", ContentFile(letter_file()), save=False)
    letter.save()
    return letter


def _promise(customer: Customer, team: Team) -> Promise:
    """Return a promise about an item that the reports of this world do not know: theirs can be promised still."""
    promise = Promise.objects.create(
        number=f"PP-2025-{customer.pk:06d}",
        customer=customer,
        currency="CNY",
        amount=Decimal("10.00"),
        made_on=dt.date(2026, 3, 1),
        last_due_on=dt.date(2026, 3, 9),
        recorded_by=team.account_manager,
    )
    PromiseInstalment.objects.create(promise=promise, due_on=promise.last_due_on, amount=promise.amount)
    PromisedItem.objects.create(
        promise=promise, document="OLD-0", due_on=dt.date(2026, 1, 1), open_amount=promise.amount
    )
    return promise


def _collection_things(
    customer: Customer, letter: DunningNotice, deposit: DepositEntry, team: Team
) -> dict[str, Any]:
    """Return what hangs on a final demand, and what collection keeps about a customer."""
    proposal = CooperationProposal.objects.create(
        number=f"CP-2025-{customer.pk:06d}",
        kind="stop",
        customer=customer,
        reason="经营异常",
        proposed_on=dt.date(2026, 3, 1),
        proposed_by=team.account_manager,
    )
    stored = ProposalFile(
        proposal=proposal, uploaded_by=team.account_manager, **describe_file(name="判决.pdf", content=PDF)
    )
    store_content(stored, PDF)
    stored.save()
    CollectionContact.objects.create(
        customer=customer, happened_on=dt.date(2026, 3, 1), result="reached", by=team.account_manager
    )
    return {
        "proposal": proposal,
        "proposal_file": stored,
        "forfeiture": ForfeitureProposal.objects.create(
            customer=customer,
            account=deposit.account,
            notice=letter,
            currency="CNY",
            amount=deposit.amount,
            proposed_on=dt.date(2026, 3, 1),
        ),
        "terms": DunningTerms.objects.create(
            customer=customer, reason="框架协议", set_by=team.planning_finance
        ),
    }


def _import(person: User) -> CustomerImport:
    return take_import_file(
        name="customers.csv",
        content=f"客户编号,客户名称\nI-{person.pk},导入公司\n".encode(),
        mode="insert",
        by=User.objects.get(pk=person.pk),
    )


def _adjustment(customer: Customer) -> GradeAdjustment:
    """Return an adjustment that proposes A for a customer with B and waits."""
    speed = {
        "currency": "CNY",
        "paid_amount": "100.00",
        "paid_amount_days": "-200.00",
        "payments": 1,
        "overdue_amount": "0.00",
        "overdue_amount_days": "0.00",
        "overdue_items": 0,
        "average_days_late": "-2.00",
    }
    return GradeAdjustment.objects.create(
        customer=customer,
        quarter="2025Q4",
        state="proposed",
        old_grade="B",
        new_grade="A",
        facts={
            "first_on": "2025-10-01",
            "last_on": "2025-12-31",
            "reports": [{"number": "AR-2025-9999", "as_of": "2025-12-31"}],
            "speeds": [speed],
            "average_days_late": "-2.00",
            "oldest": None,
            "standing": {"grade": "B", "given_grade": "A", "score": None, "answers": "", "points": None},
        },
        reasons=[
            {"clause": "P5.2.2 (1)", "fact": "average_days_late", "value": "CNY -2.00"},
            {"clause": "P5.2.2 (2)", "fact": "no_score", "value": "A"},
            {"clause": "P5.2.2 (4)", "fact": "effective", "value": "awaits_confirmation"},
        ],
        report=_committed_report(),
        policy_version=policy_version_on(dt.date(2025, 12, 31)),
        adjusted_on=dt.date(2026, 1, 1),
    )


def _committed_report() -> Report:
    known = Report.objects.filter(number="AR-2025-9999").first()
    if known is not None:
        return known
    report = Report(
        number="AR-2025-9999",
        as_of=dt.date(2025, 12, 31),
        state="committed",
        file_name="first.csv",
        file_size_bytes=1,
        sha256="0" * 64,
        policy_version=policy_version_on(dt.date(2025, 12, 31)),
        committed_at=timezone.now(),
    )
    report.file.save("first", ContentFile(b"x"), save=False)
    report.save()
    return report


def _mail(key: str, *, customer_number: str) -> OutboxMessage:
    message = OutboxMessage(
        key=f"security:{key}",
        to="finance@example.com",
        subject="催款函",
        body="请付款。",
        customer_number=customer_number,
        state=OutboxMessage.State.FAILED,
        error="550",
        attachment_name="letter.pdf",
    )
    message.attachment.save("letter.pdf", ContentFile(PDF), save=False)
    message.save()
    return message


def report_file(customers: Mapping[str, str], *, as_of: dt.date, amount: str = "100.00") -> bytes:
    """Return a csv of one overdue item for each customer (number → name)."""
    rows = [
        f"{number},{name},INV-{number},{as_of - dt.timedelta(40)},{as_of - dt.timedelta(10)},CNY,{amount},{amount}"
        for number, name in customers.items()
    ]
    return "\n".join([REPORT_HEAD, *rows, ""]).encode()


def ledger_file(customers: Mapping[str, str]) -> bytes:
    """Return a csv of one paid invoice for each customer (number → name)."""
    rows = [
        f"{number},{name},OLD-{number},2025-12-01,2025-12-31,1.00,2026-01-05"
        for number, name in customers.items()
    ]
    return "\n".join(["客户编码,客户名称,发票号,发票日期,到期日,发票金额,收款日期", *rows, ""]).encode()


def _reports(team: Team, scopes: Mapping[str, Scope]) -> dict[str, Report]:
    """Return reports in the states that matter; the committed one holds an item of each portfolio."""
    customers = {scope.customer.number: scope.customer.name for scope in scopes.values()}
    reports = {}
    for state, as_of, listed in (
        ("committed", dt.date(2026, 2, 28), customers),
        ("checked", dt.date(2026, 3, 31), customers),
        ("refused", dt.date(2026, 4, 30), {**customers, "UNKNOWN-1": "谁"}),
        ("uploaded", dt.date(2026, 5, 31), customers),
    ):
        report = upload_report(
            file=ContentFile(report_file(listed, as_of=as_of), name="aging.csv"),
            file_name="aging.csv",
            as_of=as_of,
            today=as_of,
            by=team.finance_clerk,
        )
        if state != "uploaded":
            report = check_report(report=report, by=team.finance_clerk)
        if state == "committed":
            report = commit_report(report=report, by=team.finance_clerk)
        assert report.state == state, report.refusal
        reports[state] = report
    ledger = upload_report(
        file=ContentFile(ledger_file(customers), name="ledger.csv"),
        file_name="ledger.csv",
        as_of=dt.date(2026, 1, 31),
        today=dt.date(2026, 1, 31),
        kind="ledger",
        by=team.finance_clerk,
    )
    commit_report(report=check_report(report=ledger, by=team.finance_clerk), by=team.finance_clerk)
    owed = report_file(customers, as_of=dt.date(2026, 2, 28)).decode()
    payables = upload_report(
        file=ContentFile(owed.replace("应收", "应付").encode(), name="payables.csv"),
        file_name="payables.csv",
        as_of=dt.date(2026, 2, 28),
        today=dt.date(2026, 2, 28),
        kind="payables",
        by=team.finance_clerk,
    )
    payables = check_report(report=payables, by=team.finance_clerk)
    assert commit_report(report=payables, by=team.finance_clerk).accepted == len(customers)
    return reports


def fingerprint() -> dict[str, int]:
    """Return how many rows of every table this transaction has written so far, what was rolled back included, history
    too; sessions are left out. PostgreSQL counts them anyway: asking costs next to nothing.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables"
            " WHERE relname NOT IN ('django_session', 'django_migrations', 'django_content_type', 'auth_permission')"
        )
        return dict(cursor.fetchall())
