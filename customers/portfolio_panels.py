"""What visits, handovers and confirmations add to the customer's page."""

from __future__ import annotations

from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.dates import local_today
from customers.models import Customer
from customers.panels import PageAction, Panel
from customers.permissions import is_account_manager_of
from customers.portfolio_permissions import confirm_refusal, manages, propose_refusal, visit_refusal
from customers.portfolio_selectors import (
    confirmation_standing,
    confirmations_of,
    handover_list,
    open_handover_of,
    visit_list,
)
from customers.portfolio_tables import STANDINGS

SHOWN = 5


def visits_panel(*, customer: Customer, user: User) -> Panel:
    """Return the customer's latest visits, and what can be done: plan one, record one."""
    today = local_today()
    visits = list(
        visit_list(user)
        .filter(customer=customer)
        .select_related(None)
        .prefetch_related("responsible")
        .order_by(Coalesce("done_on", "planned_on").desc(), "-pk")[:SHOWN]
    )
    context = {
        "customer": customer,
        "visits": [(visit, visit.is_overdue(on=today)) for visit in visits],
        "may_visit": visit_refusal(user, customer) is None,
    }
    return Panel(_("Visits"), "customers/_visits_panel.html", context)


def handovers_panel(*, customer: Customer, user: User) -> Panel | None:
    """Return the customer's handovers; nothing where there never was one."""
    seen = handover_list(user).filter(customer=customer)
    handovers = list(seen.select_related(None).prefetch_related("proposed_by", "recipient")[:SHOWN])
    if not handovers:
        return None
    return Panel(_("Handovers"), "customers/_handovers_panel.html", {"handovers": handovers})


def confirmation_panel(*, customer: Customer, user: User) -> Panel:
    """Return how the file stands, and who confirmed what (P4.3)."""
    standing = confirmation_standing(customer, on=local_today())
    context = {
        "customer": customer,
        "file": standing,
        "standing_label": STANDINGS[standing.standing],
        "confirmations": list(confirmations_of(customer)[:SHOWN]),
        "may_confirm": confirm_refusal(user, customer) is None,
    }
    return Panel(_("File confirmation"), "customers/_confirmation_panel.html", context)


def confirm_action(*, customer: Customer, user: User) -> PageAction | None:
    """Return the button that confirms the file, for those who manage the customer."""
    if not manages(user, customer):
        return None
    return PageAction(
        label=_("Confirm file"),
        url=reverse("portfolio:confirm", args=[customer.number]),
        icon="patch-check",
        refusal=confirm_refusal(user, customer),
    )


def handover_action(*, customer: Customer, user: User) -> PageAction | None:
    """Return the button that hands the customer over, for his account manager."""
    if not is_account_manager_of(user, customer):
        return None
    return PageAction(
        label=_("Hand over"),
        url=reverse("portfolio:handover_propose", args=[customer.number]),
        icon="arrow-right",
        refusal=propose_refusal(user, customer, open_handover=open_handover_of(customer)),
    )
