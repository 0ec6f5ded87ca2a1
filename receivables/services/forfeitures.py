"""Turning a security deposit into liquidated damages: proposed by the final demand, confirmed by one click (P5.2.3)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.accounts.selectors import people_with
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import InvalidInputError, require
from creditrisk.notifications.services import notify
from customers.models import Customer, DepositAccount
from customers.services import forfeit_deposit
from customers.services.messages import filled
from receivables.models import DunningNotice, ForfeitureProposal, ForfeitureState
from receivables.permissions import decide_forfeiture_refusal
from receivables.selectors.forfeitures import deposits_behind

ASKED = gettext_lazy(
    "Final demand %(number)s to %(customer)s: the deposit of %(currency)s %(amount)s waits for your confirmation"
    " (P5.2.3)."
)
PROPOSED_BY = (Role.PLANNING_FINANCE, Role.GROUP_LEADER)


@transaction.atomic
def claim_deposits(*, demand: DunningNotice, at_once: bool) -> list[ForfeitureProposal]:
    """Claim every deposit that the customer has in the currency of a final demand; return what was claimed.

    With `at_once` it becomes liquidated damages now, by the rules; otherwise planning & finance and the group leader
    are asked. Part of the dunning run: the customer is locked.
    """
    claimed = []
    for account in deposits_behind(demand.customer, currency=demand.currency):
        proposal = ForfeitureProposal.objects.create(
            customer=demand.customer,
            account=account,
            notice=demand,
            currency=account.currency,
            amount=account.balance_amount,
            proposed_on=demand.issued_on,
        )
        if at_once:
            _forfeit(proposal, demand.customer, on=demand.issued_on, by=None)
        else:
            _ask(proposal)
        claimed.append(proposal)
    return claimed


def _ask(proposal: ForfeitureProposal) -> None:
    notify(
        users=people_with(*PROPOSED_BY),
        title=filled(
            ASKED,
            number=str(proposal.notice.number),
            customer=proposal.customer.name,
            currency=proposal.currency,
            amount=f"{proposal.amount:,.2f}",
        ),
        url=proposal.notice.get_absolute_url(),
        key=f"forfeiture:{proposal.pk}",
    )


@transaction.atomic
def confirm_forfeiture(*, proposal: ForfeitureProposal, on: dt.date, by: User) -> ForfeitureProposal:
    """The deposit becomes liquidated damages on the date `on`, as far as it is still held; return the proposal. Twice
    is once.

    Raises NotAllowedError for anybody but planning & finance and the group leader, ConflictError where it was refused,
    InvalidInputError where nothing is held any more.
    """
    locked = _locked(proposal)
    if locked.state == ForfeitureState.CONFIRMED and locked.decided_by_id == by.pk:
        return locked
    require(decide_forfeiture_refusal(by, locked))
    _forfeit(locked, locked.customer, on=on, by=by)
    return locked


@transaction.atomic
def refuse_forfeiture(
    *, proposal: ForfeitureProposal, reason: str, on: dt.date, by: User
) -> ForfeitureProposal:
    """The deposit stays what it is, for `reason`; return the proposal. Twice is once.

    Raises NotAllowedError, ConflictError where it was decided otherwise, InvalidInputError without a reason.
    """
    locked = _locked(proposal)
    reason = reason.strip()
    if locked.state == ForfeitureState.REFUSED and (locked.decided_by_id, locked.reason) == (by.pk, reason):
        return locked
    require(decide_forfeiture_refusal(by, locked))
    if not reason:
        raise InvalidInputError("forfeiture.reason_missing", _("Say why the deposit is not claimed."))
    locked.refuse()
    locked.reason, locked.decided_on, locked.decided_by = reason, on, by
    with acting(by):
        locked.save()
    return locked


def _locked(proposal: ForfeitureProposal) -> ForfeitureProposal:
    customer = Customer.objects.select_for_update().get(pk=proposal.customer_id)
    rows = ForfeitureProposal.objects.select_related("account__contract", "notice")
    locked: ForfeitureProposal = rows.get(pk=proposal.pk)
    locked.customer = customer
    return locked


def _forfeit(proposal: ForfeitureProposal, customer: Customer, *, on: dt.date, by: User | None) -> None:
    """Move the deposit; `by` None: by the rules."""
    number = str(proposal.notice.number)
    account = DepositAccount.objects.select_related("contract").get(pk=proposal.account_id)
    if account.balance_amount <= 0:
        raise InvalidInputError(
            "forfeiture.nothing_held", _("Nothing of this deposit is held any more: refuse the proposal.")
        )
    proposal.amount = min(proposal.amount, account.balance_amount)
    proposal.entry = forfeit_deposit(
        customer=customer,
        currency=proposal.currency,
        amount=proposal.amount,
        happened_on=on,
        contract=account.contract,
        reason=_("Final demand %(number)s (P5.2.3)") % {"number": number},
        decision=str(by)
        if by
        else _("by the rules, policy %(version)s") % {"version": proposal.notice.policy_version},
        by=by,
    )
    proposal.confirm()
    proposal.decided_on, proposal.decided_by = on, by
    with acting(by):
        proposal.save()
