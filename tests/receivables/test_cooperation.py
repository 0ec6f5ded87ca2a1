"""Stopping cooperation and going on: proposed by demands, managers and payments, decided by the leader (P5.2.4)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from creditrisk.accounts.roles import Role
from creditrisk.notifications.models import Notification
from creditrisk.policy.default import DEFAULT_POLICY
from creditrisk.policy.services import publish_policy
from customers.credit_check import check_credit
from customers.credit_facts import credit_facts
from customers.models import Contract, ContractState, Customer, CustomerState
from customers.services import HandedIn, receive_deposit, reinstate_customer, sign_contract
from receivables.models import CooperationProposal, DunningNotice, DunningTerms, ForfeitureProposal, Report
from receivables.services.consequences import draw_consequences
from receivables.services.cooperation import (
    approve_proposal,
    propose_by_hand,
    refuse_proposal,
    withdraw_proposal,
)
from receivables.services.dunning import run_dunning
from receivables.services.merging import both_proposed
from tests.customers.contract_world import code_of, contract_of, customer_of
from tests.factories.people import Team, create_team, create_user
from tests.factories.reports import Line, create_report
from tests.receivables.test_dunning_run import AS_OF, DUE, day, send_all

pytestmark = pytest.mark.django_db
ON = day(16)
PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n%%EOF\n"


@pytest.fixture
def team() -> Team:
    return create_team()


@pytest.fixture
def customer(team: Team) -> Customer:
    return customer_of(team, finance_email="finance@customer.example")


def demanded(customer: Customer, **line: Any) -> CooperationProposal:
    """Let the customer get his final demand at 15 days; return the proposal that follows."""
    create_report(as_of=AS_OF, lines=[Line(customer, DUE, document="INV-1", **line)])
    run_dunning(on=day(1), by=None)
    send_all(day(1))
    assert run_dunning(on=day(15), by=None).errors == ()
    return CooperationProposal.objects.get(customer=customer, kind="stop")


def state_of(customer: Customer) -> tuple[str, str]:
    fresh = Customer.objects.get(pk=customer.pk)
    return fresh.state, fresh.state_reason_code


def test_a_final_demand_proposes_to_stop_cooperation_and_the_leader_is_asked(
    team: Team, customer: Customer
) -> None:
    proposal = demanded(customer)
    demand = DunningNotice.objects.get(stage="final_demand")
    assert (proposal.state, proposal.notice, proposal.proposed_by) == ("open", demand, None)
    assert proposal.reason_text == f"Final demand {demand.number} (P5.2.3)"
    assert Notification.objects.get(user=team.group_leader).url == proposal.get_absolute_url()
    assert state_of(customer) == ("suspended", "final_demand")


def test_approving_a_stop_terminates_the_contracts_and_closes_the_customer_to_business(
    team: Team, customer: Customer
) -> None:
    """Signed, performing and draft contracts end; a finished one stays what it is."""
    for state in (
        ContractState.SIGNED,
        ContractState.PERFORMING,
        ContractState.DRAFT,
        ContractState.FINISHED,
    ):
        contract_of(team, state, customer=customer)
    proposal = demanded(customer)
    for _click in range(2):
        decided = approve_proposal(proposal=proposal, decision=" 不再合作 ", on=ON, by=team.group_leader)
    assert (decided.state, decided.decision, decided.decided_by) == (
        "approved",
        "不再合作",
        team.group_leader,
    )
    assert state_of(customer) == ("suspended", "cooperation_stopped")
    states = list(Contract.objects.filter(customer=customer).order_by("pk").values_list("state", "ended_on"))
    assert states == [("terminated", ON)] * 3 + [("finished", dt.date(2026, 6, 30))]
    told = Notification.objects.filter(user=team.service_manager, url=proposal.get_absolute_url())
    assert told.count() == 1
    facts = credit_facts(Customer.objects.get(pk=customer.pk), on=ON)
    decision = check_credit(facts, request=None, on=ON, policy=DEFAULT_POLICY)
    assert (decision.decision, decision.reasons[0].code) == ("refuse", "stopped")


def test_a_suspension_is_a_hold_until_the_leader_stops_it_for_good(team: Team, customer: Customer) -> None:
    demanded(customer)
    facts = credit_facts(Customer.objects.get(pk=customer.pk), on=ON)
    assert "suspended" in {
        reason.code for reason in check_credit(facts, request=None, on=ON, policy=DEFAULT_POLICY).reasons
    }
    draft = contract_of(team, ContractState.DRAFT, customer=customer)
    assert code_of(lambda: sign_contract(contract=draft, signed_on=ON, by=team.account_manager))


def test_refusing_a_stop_lets_cooperation_go_on_under_conditions(team: Team, customer: Customer) -> None:
    running = contract_of(team, customer=customer)
    proposal = demanded(customer)
    refuse_proposal(proposal=proposal, decision="预付款发货", on=ON, by=team.group_leader)
    assert state_of(customer) == ("active", "cooperation_resumed")
    running.refresh_from_db()
    assert running.state == ContractState.SIGNED


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.GROUP_LEADER])
def test_the_group_leader_alone_decides(team: Team, customer: Customer, role: Role) -> None:
    proposal = demanded(customer)
    for act in (approve_proposal, refuse_proposal):
        assert code_of(lambda act=act: act(proposal=proposal, decision="x", on=ON, by=team.holder(role))) == (  # type: ignore[misc]
            "proposal.leader_only"
        )


def test_a_decision_needs_a_reason_and_is_taken_once(team: Team, customer: Customer) -> None:
    proposal = demanded(customer)
    leader, other = team.group_leader, create_user(Role.GROUP_LEADER)
    assert code_of(lambda: approve_proposal(proposal=proposal, decision=" ", on=ON, by=leader)) == (
        "proposal.decision_missing"
    )
    refuse_proposal(proposal=proposal, decision="条件", on=ON, by=leader)
    assert (
        code_of(lambda: approve_proposal(proposal=proposal, decision="停", on=ON, by=other))
        == "proposal.decided"
    )
    assert state_of(customer)[0] == "active"


def test_no_second_proposal_while_one_is_open_and_none_after_the_stop(team: Team, customer: Customer) -> None:
    """Two currencies are two demands and one proposal; who was stopped for good is not proposed again."""
    lines = [Line(customer, DUE, document="A"), Line(customer, DUE, document="B", currency="USD")]
    create_report(as_of=AS_OF, lines=[*lines, Line(customer, day(10), document="C")])
    run_dunning(on=day(1), by=None)
    send_all(day(1))
    run_dunning(on=day(11), by=None)
    send_all(day(11))
    run_dunning(on=day(15), by=None)
    proposal = CooperationProposal.objects.get()
    approve_proposal(proposal=proposal, decision="停", on=day(16), by=team.group_leader)
    run_dunning(on=day(25), by=None)
    assert DunningNotice.objects.filter(stage="final_demand").count() == 3
    assert CooperationProposal.objects.count() == 1


def paid_report(as_of: dt.date, *others: Line) -> Report:
    report = create_report(as_of=as_of, lines=others)
    draw_consequences(report)
    return report


def test_who_has_paid_in_full_is_proposed_to_the_leader_for_reactivation(
    team: Team, customer: Customer
) -> None:
    """The stop proposal that nobody decided is withdrawn: its ground is gone."""
    stop = demanded(customer)
    report = paid_report(day(20))
    resume = CooperationProposal.objects.get(kind="resume")
    stop.refresh_from_db()
    assert (resume.state, resume.report, stop.state) == ("open", report, "withdrawn")
    assert report.number in resume.reason_text
    assert state_of(customer)[0] == "suspended"
    approve_proposal(proposal=resume, decision="已付清", on=day(21), by=team.group_leader)
    assert state_of(customer) == ("active", "cooperation_resumed")


def test_way_back_after_the_leader_stopped_cooperation(team: Team, customer: Customer) -> None:
    approve_proposal(proposal=demanded(customer), decision="停", on=ON, by=team.group_leader)
    paid_report(day(40))
    resume = CooperationProposal.objects.get(kind="resume")
    refuse_proposal(proposal=resume, decision="风险过高", on=day(41), by=team.group_leader)
    assert state_of(customer) == ("suspended", "cooperation_stopped")
    paid_report(day(70))
    assert CooperationProposal.objects.filter(kind="resume").count() == 1, "asked once for each stop"


@pytest.mark.parametrize(
    ("line", "is_proposed"),
    [
        ({"due_on": day(19)}, False),
        ({"due_on": day(20)}, True),
        ({"due_on": day(19), "amount": "-5.00"}, True),
    ],
)
def test_one_overdue_item_keeps_the_customer_stopped(
    customer: Customer, line: dict[str, Any], is_proposed: bool
) -> None:
    """As of day 20: due on day 19 is overdue, due on day 20 is not; an old credit is nothing he owes."""
    demanded(customer)
    paid_report(day(20), Line(customer, **line))
    assert CooperationProposal.objects.filter(kind="resume").exists() is is_proposed


def test_a_report_from_before_the_demand_proposes_nothing(customer: Customer) -> None:
    demanded(customer)
    draw_consequences(create_report(as_of=day(14)))
    assert not CooperationProposal.objects.filter(kind="resume").exists()


def test_who_was_suspended_by_hand_is_not_proposed(team: Team) -> None:
    customer_of(team, state=CustomerState.SUSPENDED, state_reason="理由")
    paid_report(day(20))
    assert not CooperationProposal.objects.exists()


def proposed(customer: Customer, by: Any, **changes: Any) -> CooperationProposal:
    values: dict[str, Any] = {"kind": "stop", "reason": "经营异常", "on": ON}
    return propose_by_hand(customer=customer, by=by, **(values | changes))


@pytest.mark.parametrize("role", list(Role))
def test_managers_and_the_head_of_their_department_propose(
    team: Team, customer: Customer, role: Role
) -> None:
    person = team.holder(role)
    if role in {Role.ACCOUNT_MANAGER, Role.SERVICE_MANAGER, Role.DEPARTMENT_MANAGER}:
        proposal = proposed(customer, person)
        assert (proposal.state, proposal.proposed_by, proposal.reason_text) == ("open", person, "经营异常")
        assert Notification.objects.filter(user=team.group_leader, url=proposal.get_absolute_url()).exists()
    else:
        assert code_of(lambda: proposed(customer, person)) == "proposal.not_allowed"


def test_a_proposal_by_hand_carries_documents_and_is_made_once(team: Team, customer: Customer) -> None:
    key = uuid4()
    files = [HandedIn("执行裁定.pdf", PDF), HandedIn("执行裁定.pdf", PDF)]
    first, second = (
        proposed(customer, team.service_manager, files=files, submission_key=key) for _click in range(2)
    )
    assert first == second
    assert [stored.name for stored in first.files.all()] == ["执行裁定.pdf"]
    assert code_of(lambda: proposed(customer, team.account_manager)) == "proposal.open"


@pytest.mark.parametrize(
    ("state", "changes", "code"),
    [
        (CustomerState.ACTIVE, {"kind": "resume"}, "customer.not_suspended"),
        (CustomerState.ACTIVE, {"reason": " "}, "proposal.reason_missing"),
        (CustomerState.CLOSED, {}, "customer.closed"),
        (CustomerState.ACTIVE, {"files": [HandedIn("x.exe", b"MZ\x90\x00\x03\x00")]}, "attachment.type"),
    ],
)
def test_what_cannot_be_proposed(
    team: Team, state: CustomerState, changes: dict[str, Any], code: str
) -> None:
    customer = customer_of(team, state=state)
    assert code_of(lambda: proposed(customer, team.service_manager, **changes)) == code


def test_who_was_stopped_is_proposed_for_resumption_only(team: Team, customer: Customer) -> None:
    stop = proposed(customer, team.service_manager)
    approve_proposal(proposal=stop, decision="停", on=ON, by=team.group_leader)
    assert code_of(lambda: proposed(customer, team.service_manager)) == "proposal.stopped"
    resume = proposed(customer, team.service_manager, kind="resume")
    approve_proposal(proposal=resume, decision="好", on=ON, by=team.group_leader)
    assert state_of(customer)[0] == "active"


def test_nobody_decides_his_own_proposal(customer: Customer) -> None:
    both = create_user(Role.GROUP_LEADER, Role.ACCOUNT_MANAGER)
    Customer.objects.filter(pk=customer.pk).update(account_manager=both)
    proposal = proposed(Customer.objects.get(pk=customer.pk), both)
    assert (
        code_of(lambda: approve_proposal(proposal=proposal, decision="x", on=ON, by=both)) == "proposal.own"
    )


def test_who_proposed_takes_it_back(team: Team, customer: Customer) -> None:
    proposal = proposed(customer, team.service_manager)
    assert (
        code_of(lambda: withdraw_proposal(proposal=proposal, on=ON, by=team.account_manager))
        == "proposal.not_own"
    )
    for _click in range(2):
        assert withdraw_proposal(proposal=proposal, on=ON, by=team.service_manager).state == "withdrawn"
    assert code_of(
        lambda: approve_proposal(proposal=proposal, decision="x", on=ON, by=team.group_leader)
    ) == ("proposal.decided")


def test_a_closed_file_stays_closed_whatever_is_decided(team: Team, customer: Customer) -> None:
    proposal = proposed(customer, team.service_manager)
    Customer.objects.filter(pk=customer.pk).update(state=CustomerState.CLOSED)
    approve_proposal(proposal=proposal, decision="停", on=ON, by=team.group_leader)
    assert state_of(customer)[0] == "closed"


def test_at_most_twenty_documents(team: Team, customer: Customer) -> None:
    files = [HandedIn(f"{number}.pdf", PDF) for number in range(21)]
    assert code_of(lambda: proposed(customer, team.service_manager, files=files)) == "attachment.too_many"
    assert not CooperationProposal.objects.exists()


def test_a_policy_may_propose_the_suspension_too(team: Team, customer: Customer) -> None:
    """Suspension “proposal”: the demand alone changes nothing; the leader's approval does."""
    rules = replace(DEFAULT_POLICY.dunning, suspension="proposal")
    publish_policy(
        policy=replace(DEFAULT_POLICY, dunning=rules),
        effective_on=DUE,
        today=DUE,
        by=team.administrator,
        note="",
    )
    proposal = demanded(customer)
    assert state_of(customer)[0] == "active"
    assert DunningNotice.objects.filter(has_suspended=True).count() == 0
    approve_proposal(proposal=proposal, decision="停", on=ON, by=team.group_leader)
    assert state_of(customer) == ("suspended", "cooperation_stopped")
    assert Decimal(proposal.notice.total_amount) == Decimal("100.00")


def test_the_way_back_is_proposed_also_where_the_leader_s_decision_suspended(
    team: Team, customer: Customer
) -> None:
    """Suspended by hand when the demand came: the demand did not suspend, the approved stop did."""
    Customer.objects.filter(pk=customer.pk).update(state=CustomerState.SUSPENDED, state_reason="理由")
    proposal = demanded(customer)
    assert DunningNotice.objects.filter(has_suspended=True).count() == 0
    approve_proposal(proposal=proposal, decision="停", on=day(16), by=team.group_leader)
    paid_report(day(15))
    assert not CooperationProposal.objects.filter(kind="resume").exists(), "a report from before the decision"
    paid_report(day(20))
    assert CooperationProposal.objects.get(kind="resume").state == "open"


def test_refusing_a_stop_leaves_what_a_person_had_stopped(team: Team, customer: Customer) -> None:
    Customer.objects.filter(pk=customer.pk).update(state=CustomerState.SUSPENDED, state_reason="理由")
    refuse_proposal(proposal=demanded(customer), decision="条件", on=ON, by=team.group_leader)
    fresh = Customer.objects.get(pk=customer.pk)
    assert (fresh.state, fresh.state_reason) == ("suspended", "理由")


def test_a_new_demand_takes_the_place_of_a_proposal_to_resume(team: Team, customer: Customer) -> None:
    """Paid up on day 20, a new item is demanded on day 60: the leader is asked whether to stop, not to go on."""
    demanded(customer)
    paid_report(day(20), Line(customer, day(40), document="INV-2"))
    resume = CooperationProposal.objects.get(kind="resume", state="open")
    run_dunning(on=day(41), by=None)
    send_all(day(41))
    run_dunning(on=day(55), by=None)
    resume.refresh_from_db()
    assert resume.state == "withdrawn"
    stop = CooperationProposal.objects.get(state="open")
    assert (stop.kind, stop.notice is not None) == ("stop", True)


def test_a_leader_who_lifted_the_suspension_himself_finds_nothing_to_resume(
    team: Team, customer: Customer
) -> None:
    demanded(customer)
    paid_report(day(20))
    resume = CooperationProposal.objects.get(kind="resume")
    reinstate_customer(customer=Customer.objects.get(pk=customer.pk), reason="电话确认", by=team.group_leader)
    approve_proposal(proposal=resume, decision="好", on=day(21), by=team.group_leader)
    fresh = Customer.objects.get(pk=customer.pk)
    assert (fresh.state, fresh.state_reason) == ("active", "电话确认")


def test_two_files_with_a_proposal_each_are_not_merged(team: Team, customer: Customer) -> None:
    other = customer_of(team)
    proposed(customer, team.service_manager)
    assert both_proposed(customer, other) is None
    proposed(other, team.service_manager)
    refusal = both_proposed(customer, other)
    assert refusal is not None
    assert refusal.code == "merge.proposals"


# The pages --------------------------------------------------------------------------------------------


def as_(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_a_proposal_from_the_page_to_the_decision(team: Team, customer: Customer) -> None:
    contract_of(team, customer=customer, number="HT-PAGE")
    manager, leader = as_(team.service_manager), as_(team.group_leader)
    create = reverse("receivables:proposal_create", args=[customer.number])
    assert "Ask the group leader" in manager.get(create).content.decode()
    data = {"kind": "stop", "reason": "经营<异常>", "submission_key": str(uuid4())}
    assert "is required" in manager.post(create, data | {"reason": ""}).content.decode()
    bad = SimpleUploadedFile("x.exe", b"MZ\x90\x00\x03\x00")
    assert manager.post(create, data | {"documents": bad}).status_code == 200
    response = manager.post(create, data | {"documents": SimpleUploadedFile("判决.pdf", PDF)})
    proposal = CooperationProposal.objects.get()
    assert response["Location"] == proposal.get_absolute_url()
    page = leader.get(proposal.get_absolute_url()).content.decode()
    assert "HT-PAGE" in page
    assert "经营&lt;异常&gt;" in page
    stored = proposal.files.get()
    file = leader.get(reverse("receivables:proposal_file", args=[proposal.number, stored.pk]))
    assert b"".join(file.streaming_content) == PDF  # type: ignore[attr-defined]
    approve = reverse("receivables:proposal_approve", args=[proposal.number])
    assert leader.post(approve, {"decision": ""}).status_code == 400
    assert manager.post(approve, {"decision": "x"}).status_code == 403
    assert leader.post(approve, {"decision": "停止合作"}).status_code == 302
    assert "停止合作" in leader.get(proposal.get_absolute_url()).content.decode()
    listed = leader.get(f"{reverse('receivables:proposal_list')}?state=approved&customer={customer.number}")
    assert proposal.number in listed.content.decode()
    csv = leader.get(f"{reverse('receivables:proposal_list')}?format=csv")
    assert proposal.number in b"".join(csv.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]


def test_refusing_and_taking_back_on_the_page(team: Team, customer: Customer) -> None:
    first = proposed(customer, team.service_manager)
    refuse = reverse("receivables:proposal_refuse", args=[first.number])
    assert as_(team.group_leader).post(refuse, {"decision": "预付"}).status_code == 302
    second = proposed(customer, team.service_manager, reason="又一次")
    withdraw = reverse("receivables:proposal_withdraw", args=[second.number])
    assert as_(team.service_manager).post(withdraw).status_code == 302
    states = list(CooperationProposal.objects.order_by("pk").values_list("state", flat=True))
    assert states == ["refused", "withdrawn"]


def test_the_list_costs_as_many_queries_for_twenty_proposals_as_for_two(
    team: Team, django_assert_max_num_queries: Any
) -> None:
    for _number in range(20):
        proposed(customer_of(team), team.service_manager)
    client = as_(team.group_leader)
    with django_assert_max_num_queries(12):
        client.get(reverse("receivables:proposal_list"))


def test_a_deposit_is_claimed_or_left_on_the_page_of_the_demand(team: Team, customer: Customer) -> None:
    receive = {"customer": customer, "happened_on": AS_OF, "by": team.finance_clerk, "amount": Decimal(500)}
    receive_deposit(currency="CNY", **receive)
    receive_deposit(currency="USD", **receive)
    lines = [Line(customer, DUE, document="A"), Line(customer, DUE, document="B", currency="USD")]
    create_report(as_of=AS_OF, lines=lines)
    run_dunning(on=day(1), by=None)
    send_all(day(1))
    run_dunning(on=day(15), by=None)
    claimed, left = ForfeitureProposal.objects.order_by("currency")
    finance = as_(team.planning_finance)
    assert (
        "Confirm: it becomes liquidated damages"
        in finance.get(claimed.notice.get_absolute_url()).content.decode()
    )
    assert finance.post(reverse("receivables:forfeiture_confirm", args=[claimed.pk])).status_code == 302
    refuse = reverse("receivables:forfeiture_refuse", args=[left.pk])
    assert finance.post(refuse, {"reason": ""}).status_code == 400
    assert finance.post(refuse, {"reason": "和解"}).status_code == 302
    states = dict(ForfeitureProposal.objects.values_list("currency", "state"))
    assert states == {"CNY": "confirmed", "USD": "refused"}


def test_terms_are_agreed_and_ended_on_their_page(team: Team, customer: Customer) -> None:
    finance = as_(team.planning_finance)
    url = reverse("receivables:dunning_terms", args=[customer.number])
    assert "This customer is dunned as the policy says." in finance.get(url).content.decode()
    data = {"contract": "", "reason": "框架协议", "letter_from_day": "5", "minimum_amount": "100.00"}
    assert "The days must rise" in finance.post(url, data | {"letter_from_day": "0"}).content.decode()
    assert finance.post(url, data).status_code == 302
    terms = DunningTerms.objects.get()
    assert (terms.letter_from_day, terms.minimum_amount) == (5, Decimal("100.00"))
    assert "框架协议" in finance.get(url).content.decode()
    assert customer.name in finance.get(reverse("receivables:dunning_terms_list")).content.decode()
    assert as_(team.service_manager).post(url, data).status_code == 403
    assert finance.post(reverse("receivables:dunning_terms_end", args=[terms.pk])).status_code == 302
    assert not DunningTerms.objects.exists()
