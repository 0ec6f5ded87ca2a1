"""Proposals about cooperation, and who has paid up after a final demand (P5.2.3, P5.2.4)."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, QuerySet

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from customers.models import Contract, Customer, CustomerState, StateReasonCode
from customers.models.contract import ENDED_STATES
from receivables.models import CooperationProposal, DunningNotice, ProposalKind, ProposalState, Report
from receivables.selectors.item_lines import items_of

STOPPED_BY_DUNNING = (StateReasonCode.FINAL_DEMAND, StateReasonCode.COOPERATION_STOPPED)


def open_proposal_of(customer: Customer) -> CooperationProposal | None:
    """Return the proposal about the customer that waits for the leader; there is at most one."""
    return CooperationProposal.objects.filter(customer=customer, state=ProposalState.OPEN).first()


def paid_up_customers(report: Report) -> list[Customer]:
    """Return the customers whom a final demand, or a decision after it, stopped before the day of `report`, who owe
    nothing overdue in it, and about whom nobody was asked since whether to go on. One query."""
    overdue = items_of(report).filter(customer=OuterRef("pk"), due_on__lt=report.as_of, open_amount__gt=0)
    demands = DunningNotice.objects.filter(
        customer=OuterRef("pk"), has_suspended=True, issued_on__lte=report.as_of
    )
    newer = DunningNotice.objects.filter(
        customer=OuterRef("customer"), has_suspended=True, issued_on__gt=OuterRef("proposed_on")
    )
    stops = CooperationProposal.objects.filter(kind=ProposalKind.STOP, state=ProposalState.APPROVED)
    decided = stops.filter(customer=OuterRef("pk"), decided_on__lte=report.as_of)
    newer_stop = stops.filter(customer=OuterRef("customer"), decided_on__gt=OuterRef("proposed_on"))
    asked = CooperationProposal.objects.filter(
        ~Exists(newer), ~Exists(newer_stop), customer=OuterRef("pk"), kind=ProposalKind.RESUME
    )
    stopped = Customer.objects.filter(
        Exists(demands) | Exists(decided),
        ~Exists(overdue),
        ~Exists(asked),
        state=CustomerState.SUSPENDED,
        state_reason_code__in=STOPPED_BY_DUNNING,
    )
    return list(stopped.order_by("number"))


def proposal_list(user: User) -> QuerySet[CooperationProposal]:
    """Return the proposals `user` may see, newest first."""
    visible: QuerySet[CooperationProposal] = CooperationProposal.objects.visible_to(user)
    return visible.select_related(
        "customer__account_manager__department",
        "customer__service_manager__department",
        "notice",
        "report",
        "proposed_by",
        "decided_by",
    )


def contracts_to_end(proposal: CooperationProposal) -> QuerySet[Contract]:
    """Return the contracts that approving a stop would terminate."""
    running: QuerySet[Contract] = Contract.objects.filter(customer=proposal.customer_id)
    return running.exclude(state__in=ENDED_STATES).select_related("handler")


def proposals_waiting_for(user: User) -> QuerySet[CooperationProposal]:
    """Return the proposals that wait for this person's decision: the group leader's (P3.1)."""
    waiting = CooperationProposal.objects.filter(state=ProposalState.OPEN)
    return waiting if user.has_role(Role.GROUP_LEADER) else waiting.none()
