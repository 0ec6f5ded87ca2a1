"""Proposals to stop cooperation with a customer, or to go on with him: the group leader decides (P5.2.3, P5.2.4)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.accounts.selectors import holders_of
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import ConflictError, InvalidInputError, require
from creditrisk.notifications.services import notify
from creditrisk.numbering.services import next_number
from creditrisk.stored_files import describe_file, store_content
from customers.models import Customer, StateReasonCode
from customers.services import HandedIn, close_to_business, open_to_business, terminate_contracts_of
from customers.services.contract_locks import lock_with_managers
from customers.services.messages import filled
from receivables.models import (
    CooperationProposal,
    DunningNotice,
    ProposalFile,
    ProposalKind,
    ProposalState,
    Report,
)
from receivables.permissions import decide_proposal_refusal, propose_refusal, withdraw_proposal_refusal
from receivables.selectors.proposals import STOPPED_BY_DUNNING, open_proposal_of, paid_up_customers

FILES_MAX_COUNT = 20
WAITS = gettext_lazy("%(customer)s: a proposal waits for your decision (%(kind)s, %(number)s).")
DECIDED = gettext_lazy("%(customer)s: the proposal %(number)s (%(kind)s) was decided: %(state)s.")


def propose_stop_after(*, demand: DunningNotice) -> CooperationProposal | None:
    """Propose to stop cooperation after a final demand; return the proposal, None where one is open or cooperation was
    stopped for good. In the dunning run's transaction, by the rules; the run tells the leaders."""
    customer = demand.customer
    present = open_proposal_of(customer)
    if present is not None and present.kind == ProposalKind.RESUME and present.report_id is not None:
        # Its ground is gone: something is overdue again.
        _withdraw(present, on=demand.issued_on, by=None)
        present = None
    if present is not None or customer.state_reason_code == StateReasonCode.COOPERATION_STOPPED:
        return None
    return _propose(
        customer,
        kind=ProposalKind.STOP,
        on=demand.issued_on,
        by=None,
        notice=demand,
    )


@transaction.atomic
def propose_by_hand(
    *,
    customer: Customer,
    kind: str,
    reason: str,
    on: dt.date,
    by: User,
    files: Iterable[HandedIn] = (),
    submission_key: UUID | None = None,
) -> CooperationProposal:
    """Propose to stop cooperation (P5.2.4) or to resume it, with the documents that speak for it; return the proposal.
    The leaders are told. A form sent twice is one.

    Raises NotAllowedError for anybody but the customer's managers and the head of the department, ConflictError where
    a proposal is open already, InvalidInputError without a reason or for a file that is not allowed.
    """
    locked = lock_with_managers(customer.pk)
    if submission_key is not None:
        before = CooperationProposal.objects.filter(customer=locked, submission_key=submission_key).first()
        if before is not None:
            return before
    require(propose_refusal(by, locked, ProposalKind(kind)))
    if (present := open_proposal_of(locked)) is not None:
        raise ConflictError(
            "proposal.open", _("The proposal %(number)s is open already.") % {"number": present.number}
        )
    if not reason.strip():
        raise InvalidInputError("proposal.reason_missing", _("Give the reason of the proposal."))
    proposal = _propose(
        locked,
        kind=ProposalKind(kind),
        reason=reason.strip(),
        on=on,
        by=by,
        submission_key=submission_key,
    )
    for file in files:
        _store(proposal, file, by=by)
    _tell_leaders(proposal)
    return proposal


def propose_resumptions(*, report: Report) -> list[CooperationProposal]:
    """Propose to go on with every customer whom a final demand stopped and who owes nothing overdue in `report`; return
    the proposals. The leaders are told. Once for each stop: what the leader refused is proposed by hand again. The
    caller holds the customers.
    """
    made = []
    for customer in paid_up_customers(report):
        with transaction.atomic():
            locked = lock_with_managers(customer.pk)
            if (present := open_proposal_of(locked)) is not None:
                _withdraw(present, on=report.as_of, by=None)
            proposal = _propose(
                locked,
                kind=ProposalKind.RESUME,
                on=report.as_of,
                by=None,
                report=report,
            )
            _tell_leaders(proposal)
            made.append(proposal)
    return made


@transaction.atomic
def approve_proposal(
    *, proposal: CooperationProposal, decision: str, on: dt.date, by: User
) -> CooperationProposal:
    """The group leader follows the proposal; return it. Twice is once.

    A stop: the customer's contracts are terminated and he is closed to new business until the leader lets cooperation
    go on. A resumption: he is an active customer again, or a prospect without an approved review. His managers are
    told. Raises NotAllowedError, ConflictError where it was decided, InvalidInputError without a reason.
    """
    locked, is_repeated = _decide(proposal, ProposalState.APPROVED, decision, on=on, by=by)
    if is_repeated:
        return locked
    if locked.kind == ProposalKind.STOP:
        close_to_business(customer=locked.customer, number=locked.number, by=by)
        text = _("Cooperation was stopped by decision %(number)s (P5.2.4).") % {"number": locked.number}
        terminate_contracts_of(customer=locked.customer, ended_on=on, reason=text, by=by)
    else:
        open_to_business(customer=locked.customer, number=locked.number, by=by)
    return locked


@transaction.atomic
def refuse_proposal(
    *, proposal: CooperationProposal, decision: str, on: dt.date, by: User
) -> CooperationProposal:
    """The group leader does not follow the proposal; return it. Twice is once.

    `decision` names the conditions: refusing a stop lets cooperation go on under them, where dunning had stopped it;
    what a person stopped for another reason stays so. Refusing a resumption leaves it stopped. Raises as
    `approve_proposal`.
    """
    locked, is_repeated = _decide(proposal, ProposalState.REFUSED, decision, on=on, by=by)
    by_dunning = locked.customer.state_reason_code in STOPPED_BY_DUNNING
    if not is_repeated and locked.kind == ProposalKind.STOP and by_dunning:
        open_to_business(customer=locked.customer, number=locked.number, by=by)
    return locked


@transaction.atomic
def withdraw_proposal(*, proposal: CooperationProposal, on: dt.date, by: User) -> CooperationProposal:
    """Who proposed by hand takes it back; return it. Twice is once. Raises NotAllowedError, ConflictError."""
    locked = _locked(proposal)
    if locked.state == ProposalState.WITHDRAWN:
        return locked
    require(withdraw_proposal_refusal(by, locked))
    _withdraw(locked, on=on, by=by)
    return locked


def _withdraw(proposal: CooperationProposal, *, on: dt.date, by: User | None) -> None:
    proposal.withdraw()
    proposal.decided_on = on
    with acting(by):
        proposal.save()


def _decide(
    proposal: CooperationProposal, state: ProposalState, decision: str, *, on: dt.date, by: User
) -> tuple[CooperationProposal, bool]:
    """Return the locked and decided proposal, and whether this is the second click of the same form."""
    locked = _locked(proposal)
    decision = decision.strip()
    if locked.state == state and (locked.decided_by_id, locked.decision) == (by.pk, decision):
        return locked, True
    require(decide_proposal_refusal(by, locked))
    if not decision:
        raise InvalidInputError(
            "proposal.decision_missing", _("Give the reason of the decision, or the conditions.")
        )
    move: Callable[[], None] = locked.approve if state == ProposalState.APPROVED else locked.refuse
    move()
    locked.decision, locked.decided_on, locked.decided_by = decision, on, by
    with acting(by):
        locked.save()
    _tell_managers(locked)
    return locked, False


def _locked(proposal: CooperationProposal) -> CooperationProposal:
    customer = lock_with_managers(proposal.customer_id)
    locked = CooperationProposal.objects.select_related("proposed_by", "notice").get(pk=proposal.pk)
    locked.customer = customer
    return locked


def _propose(
    customer: Customer,
    *,
    kind: ProposalKind,
    on: dt.date,
    by: User | None,
    reason: str = "",
    notice: DunningNotice | None = None,
    report: Report | None = None,
    submission_key: UUID | None = None,
) -> CooperationProposal:
    with acting(by):
        return CooperationProposal.objects.create(
            number=f"CP-{on.year}-{next_number(f'cooperation-{on.year}'):06d}",
            kind=kind,
            customer=customer,
            notice=notice,
            report=report,
            reason=reason,
            proposed_on=on,
            proposed_by=by,
            submission_key=submission_key,
        )


def _store(proposal: CooperationProposal, file: HandedIn, *, by: User) -> None:
    described = describe_file(name=file.name, content=file.content)
    if proposal.files.filter(name=described["name"], sha256=described["sha256"]).exists():
        return
    if proposal.files.count() >= FILES_MAX_COUNT:
        raise InvalidInputError(
            "attachment.too_many", _("At most %(count)s files can be kept here.") % {"count": FILES_MAX_COUNT}
        )
    stored = ProposalFile(proposal=proposal, uploaded_by=by, **described)
    store_content(stored, file.content)
    stored.save()


def _tell_leaders(proposal: CooperationProposal) -> None:
    notify(
        users=holders_of(Role.GROUP_LEADER),
        title=filled(
            WAITS,
            customer=proposal.customer.name,
            kind=ProposalKind(proposal.kind).label,
            number=proposal.number,
        ),
        url=proposal.get_absolute_url(),
        key=f"proposal:{proposal.number}",
    )


def _tell_managers(proposal: CooperationProposal) -> None:
    customer = proposal.customer
    people = {
        person.pk: person
        for person in (customer.account_manager, customer.service_manager, proposal.proposed_by)
        if person is not None
    }
    notify(
        users=people.values(),
        title=filled(
            DECIDED,
            customer=customer.name,
            number=proposal.number,
            kind=ProposalKind(proposal.kind).label,
            state=ProposalState(proposal.state).label,
        ),
        url=proposal.get_absolute_url(),
        key=f"proposal:{proposal.number}:decided",
    )
