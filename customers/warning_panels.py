"""Early warnings on the customer's page."""

from __future__ import annotations

from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.dates import local_today
from customers.models import CaseState, Customer
from customers.panels import Panel
from customers.warning_permissions import raise_refusal
from customers.warning_selectors import case_list
from customers.warning_wording import sentence

SHOWN = 5


def warnings_panel(*, customer: Customer, user: User) -> Panel:
    """Return the customer's early warnings, the open ones first, and the button that raises one."""
    cases = (
        case_list(user)
        .filter(customer=customer)
        .select_related(None)
        .prefetch_related("owner")
        .order_by("-state", "-raised_on", "-pk")[:SHOWN]
    )
    today = local_today()
    context = {
        "customer": customer,
        "cases": [
            (case, sentence(case.kind, case.numbers, reason=case.reason), case.is_overdue(on=today))
            for case in cases
        ],
        "may_raise": raise_refusal(user, customer) is None,
        "open_state": CaseState.OPEN,
    }
    return Panel(_("Early warnings"), "customers/_warnings_panel.html", context)
