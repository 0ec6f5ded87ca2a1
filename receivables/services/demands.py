"""What a final demand brings about (P5.2.3): cooperation stops, the deposit is claimed, the leader decides how to go
on."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext_lazy

from creditrisk.accounts.models import User
from creditrisk.notifications.services import notify
from creditrisk.policy.schema import DunningRules
from customers.models import Customer, CustomerState, StateReasonCode
from customers.services import suspend_customer
from customers.services.messages import filled
from receivables.models import DunningNotice
from receivables.services.cooperation import propose_stop_after
from receivables.services.forfeitures import claim_deposits

STOPPED = gettext_lazy(
    "Cooperation with %(customer)s stopped with final demand %(number)s: please decide how to go on."
)
ASKED = gettext_lazy(
    "Final demand %(number)s to %(customer)s: please decide whether cooperation stops (P5.2.4)."
)


@transaction.atomic
def follow_final_demand(*, demand: DunningNotice, rules: DunningRules, leaders: Iterable[User]) -> Customer:
    """Do what follows from a final demand to a locked customer, at once or as proposals, as the policy says; return
    him as he is then.

    Part of the dunning run: in its transaction, by the rules.
    """
    customer = demand.customer
    if rules.suspension == "automatic" and customer.state != CustomerState.SUSPENDED:
        demand.customer = suspend_customer(
            customer=customer, reason=str(demand.number), code=StateReasonCode.FINAL_DEMAND, by=None
        )
        demand.has_suspended = True
        demand.save()
    claim_deposits(demand=demand, at_once=rules.forfeiture == "automatic")
    proposal = propose_stop_after(demand=demand)
    if proposal is not None:
        notify(
            users=leaders,
            title=filled(
                STOPPED if demand.has_suspended else ASKED,
                customer=demand.customer.name,
                number=str(demand.number),
            ),
            url=proposal.get_absolute_url(),
            key=f"final-demand:{demand.number}",
        )
    return demand.customer
