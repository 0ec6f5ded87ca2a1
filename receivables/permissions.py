"""Who may do what with uploads and letters, and in which state. None means yes; a refusal says why not.

The refusal is what the page shows on the disabled button and what the service raises: they cannot differ.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.exceptions import ConflictError, NotAllowedError, Refusal
from customers.contract_permissions import forfeit_deposit_refusal
from customers.models import Customer, CustomerState, StateReasonCode
from customers.permissions import is_account_manager_of, is_department_head_of, is_service_manager_of
from receivables.models import (
    ClassifiedDetail,
    CooperationProposal,
    Delivery,
    DunningNotice,
    ForfeitureProposal,
    ForfeitureState,
    Promise,
    PromiseState,
    ProposalKind,
    ProposalState,
    Report,
    ReportState,
)

MANAGERS = (Role.ACCOUNT_MANAGER, Role.SERVICE_MANAGER)
UPLOADERS = (Role.FINANCE_CLERK, Role.PLANNING_FINANCE)


def upload_refusal(user: User | None) -> Refusal:
    """P3, P3.4: finance supplies the receivable data. No user: the command, run on the server itself."""
    if user is None or user.has_role(*UPLOADERS):
        return None
    return NotAllowedError(
        "report.upload_not_allowed",
        _("Only finance clerks and the planning & finance department manager upload aging reports (P3.4)."),
    )


def commit_refusal(user: User | None, report: Report) -> Refusal:
    """Whether `user` may commit this upload: finance may, once every row of it is accepted."""
    return upload_refusal(user) or COMMIT_REFUSALS.get(ReportState(report.state))


def discard_refusal(user: User | None, report: Report) -> Refusal:
    """Whether `user` may discard this upload: finance may, as long as it is not committed."""
    return upload_refusal(user) or DISCARD_REFUSALS.get(ReportState(report.state))


def columns_refusal(user: User | None, report: Report) -> Refusal:
    """Whether `user` may say how the file of this upload is read: finance may, as long as it is not committed."""
    return upload_refusal(user) or COLUMNS_REFUSALS.get(ReportState(report.state))


def classified_refusal(user: User) -> Refusal:
    """P5.2.2: a customer service manager draws up the classified detail of his own customers."""
    if user.has_role(Role.SERVICE_MANAGER):
        return None
    return NotAllowedError(
        "classified.not_allowed",
        _("Only a customer service manager draws up the classified detail of receivables (P5.2.2)."),
    )


def sign_refusal(user: User, detail: ClassifiedDetail) -> Refusal:
    """Whether `user` may work on a detail and sign it: its own manager may, as long as it is not signed."""
    if user.pk != detail.service_manager_id:
        return NotAllowedError(
            "classified.not_own",
            _("Only the customer service manager whose detail it is works on it (P5.2.2)."),
        )
    if detail.signed_at is not None:
        return ConflictError("classified.signed", _("This detail is signed: it never changes again."))
    return None


def statement_refusal(user: User, customer: Customer) -> Refusal:
    """P3.2, P3.4: the customer's managers and finance send him statements, and note what he answers."""
    is_manager = is_account_manager_of(user, customer) or is_service_manager_of(user, customer)
    if is_manager or user.has_role(*UPLOADERS):
        return None
    return NotAllowedError(
        "statement.not_allowed", _("Only the customer's managers and finance issue statements of account.")
    )


def statements_refusal(user: User) -> Refusal:
    """Whether `user` may issue statements to anybody at all: a manager to his customers, finance to all."""
    if user.has_role(*MANAGERS, *UPLOADERS):
        return None
    return NotAllowedError(
        "statement.not_allowed", _("Only the customer's managers and finance issue statements of account.")
    )


def run_dunning_refusal(user: User | None) -> Refusal:
    """P5.2.3: the schedule and the command run dunning; by hand a leader or an administrator."""
    if user is None or user.has_role(Role.GROUP_LEADER, Role.DEPUTY_LEADER, Role.ADMINISTRATOR):
        return None
    return NotAllowedError(
        "dunning.not_allowed", _("Only a leader of the group or an administrator runs dunning.")
    )


def template_refusal(user: User) -> Refusal:
    """P3.1, P5.2.3: leaders decide in which words the group demands money; administrators keep the texts."""
    if user.has_role(Role.GROUP_LEADER, Role.DEPUTY_LEADER, Role.ADMINISTRATOR):
        return None
    return NotAllowedError(
        "letter_template.not_allowed",
        _("Only a leader of the group or an administrator publishes the words of letters."),
    )


def posted_refusal(user: User, notice: DunningNotice) -> Refusal:
    """Who posted a notice notes it: the customer's managers (P5.2.3) and finance, unless its mail is on its
    way.
    """
    customer = notice.customer
    if not (
        is_account_manager_of(user, customer)
        or is_service_manager_of(user, customer)
        or user.has_role(*UPLOADERS)
    ):
        return NotAllowedError(
            "notice.posted_not_allowed",
            _("Only the customer's managers and finance note that a letter was posted."),
        )
    return POSTED_REFUSALS.get(notice.delivery)


_DISCARDED = ConflictError("report.discarded", _("The upload was discarded."))
_SUPERSEDED = ConflictError("report.superseded", _("A later upload has superseded this report."))
_COMMITTED = ConflictError(
    "report.committed", _("The report is committed. Upload a corrected file: it supersedes this one.")
)
COMMIT_REFUSALS = {
    ReportState.UPLOADED: ConflictError(
        "report.not_checked", _("The file is still being checked. Try again in a moment.")
    ),
    ReportState.REFUSED: ConflictError(
        "report.refused",
        _("The file has errors. Correct them and upload it again: nothing is half imported."),
    ),
    ReportState.COMMITTED: _COMMITTED,
    ReportState.SUPERSEDED: _SUPERSEDED,
    ReportState.DISCARDED: _DISCARDED,
}
DISCARD_REFUSALS = {
    ReportState.COMMITTED: _COMMITTED,
    ReportState.SUPERSEDED: _SUPERSEDED,
    ReportState.DISCARDED: _DISCARDED,
}
COLUMNS_REFUSALS = {**DISCARD_REFUSALS, ReportState.UPLOADED: COMMIT_REFUSALS[ReportState.UPLOADED]}
_ON_ITS_WAY = ConflictError(
    "notice.mail_under_way", _("Its mail is still on its way: wait until it is sent.")
)
POSTED_REFUSALS = {
    Delivery.QUEUED: _ON_ITS_WAY,
    Delivery.SENDING: _ON_ITS_WAY,
    Delivery.SENT: ConflictError("notice.mailed", _("It was sent by mail already.")),
    Delivery.POSTED: ConflictError("notice.posted", _("It is noted as posted already.")),
}


# Collections ------------------------------------------------------------------------------------------


def promise_refusal(user: User, customer: Customer) -> Refusal:
    """P5.2.3: the customer's managers chase the debt, and record what he promises."""
    if is_account_manager_of(user, customer) or is_service_manager_of(user, customer):
        return None
    return NotAllowedError(
        "promise.not_allowed", _("Only the customer's managers record his promises to pay (P5.2.3).")
    )


def contact_refusal(user: User, customer: Customer) -> Refusal:
    """P5.2.3: the customer's managers chase the debt, and keep the log of it."""
    if is_account_manager_of(user, customer) or is_service_manager_of(user, customer):
        return None
    return NotAllowedError(
        "contact.not_allowed", _("Only the customer's managers keep the log of collection (P5.2.3).")
    )


def withdraw_promise_refusal(user: User, promise: Promise) -> Refusal:
    """Whether `user` may take the promise back: the managers may, as long as no report has decided."""
    if refusal := promise_refusal(user, promise.customer):
        return refusal
    if promise.state == PromiseState.OPEN:
        return None
    return ConflictError("promise.decided", _("The promise is settled: it stays as it is."))


def propose_refusal(user: User, customer: Customer, kind: str) -> Refusal:
    """P5.2.4: the customer's managers propose to stop cooperation, or to resume it; so does their department's head."""
    if not (
        is_account_manager_of(user, customer)
        or is_service_manager_of(user, customer)
        or is_department_head_of(user, customer)
    ):
        return NotAllowedError(
            "proposal.not_allowed",
            _("Only the customer's managers and the head of their department propose this (P5.2.4)."),
        )
    is_suspended = customer.state == CustomerState.SUSPENDED
    is_stopped = customer.state_reason_code == StateReasonCode.COOPERATION_STOPPED
    if customer.state == CustomerState.CLOSED:
        return ConflictError("customer.closed", _("The customer file is closed."))
    if kind == ProposalKind.STOP and is_suspended and is_stopped:
        return ConflictError("proposal.stopped", _("Cooperation with this customer has already stopped."))
    if kind == ProposalKind.RESUME and not is_suspended:
        return ConflictError("customer.not_suspended", _("The customer is not suspended."))
    return None


def decide_proposal_refusal(user: User, proposal: CooperationProposal) -> Refusal:
    """P3.1 (a), P5.2.3: the group leader decides how cooperation goes on; nobody decides his own proposal."""
    if not user.has_role(Role.GROUP_LEADER):
        return NotAllowedError(
            "proposal.leader_only", _("Only the group leader decides about cooperation (P3.1).")
        )
    if proposal.proposed_by_id == user.pk:
        return NotAllowedError("proposal.own", _("Nobody decides his own proposal."))
    return _decided(proposal)


def withdraw_proposal_refusal(user: User, proposal: CooperationProposal) -> Refusal:
    """Who proposed takes it back, as long as nobody has decided."""
    if proposal.proposed_by_id != user.pk:
        return NotAllowedError("proposal.not_own", _("Only who made the proposal takes it back."))
    return _decided(proposal)


def _decided(proposal: CooperationProposal) -> Refusal:
    if proposal.state == ProposalState.OPEN:
        return None
    return ConflictError("proposal.decided", _("The proposal was decided already."))


def decide_forfeiture_refusal(user: User, proposal: ForfeitureProposal) -> Refusal:
    """P5.2.3, P3.4: who may forfeit a deposit confirms what the rules propose, or refuses it."""
    if refusal := forfeit_deposit_refusal(user, proposal.customer):
        return refusal
    if proposal.state == ForfeitureState.OPEN:
        return None
    return ConflictError("forfeiture.decided", _("This was decided already."))


def dunning_terms_refusal(user: User) -> Refusal:
    """P3.1, P3.4: leaders and planning & finance agree on another way of dunning."""
    if user.has_role(Role.GROUP_LEADER, Role.DEPUTY_LEADER, Role.PLANNING_FINANCE):
        return None
    return NotAllowedError(
        "dunning_terms.not_allowed",
        _("Only the leaders and the planning & finance department manager change how a customer is dunned."),
    )
