"""Who is told of a quarter's adjustment, once for all customers (P5.2.2)."""

from __future__ import annotations

from django.db import transaction
from django.urls import reverse
from django.utils.functional import Promise, lazy
from django.utils.translation import gettext_lazy, ngettext

from creditrisk.accounts.models import User
from creditrisk.accounts.selectors import people_with
from creditrisk.notifications.services import notify
from creditrisk.quarters import Quarter
from customers.services.messages import filled
from reviews.adjustment_selectors import counts_of_quarter, moves_per_manager
from reviews.models import DECIDERS, AdjustmentState

OF_YOURS = gettext_lazy(
    "Grade adjustment %(quarter)s of your customers: %(down)s with a worse grade, %(up)s with a better one given or "
    "proposed (P5.2.2)."
)


def _waiting(quarter: Quarter, count: int) -> str:
    text = ngettext(
        "Grade adjustment %(quarter)s: %(count)s better grade waits for your decision (P5.2.2).",
        "Grade adjustment %(quarter)s: %(count)s better grades wait for your decision (P5.2.2).",
        count,
    )
    return text % {"quarter": quarter, "count": count}


# Translated when each reader's message is written, in his language.
_waiting_text = lazy(_waiting, str)


@transaction.atomic
def tell_adjusted(quarter: Quarter) -> None:
    """One message per person and quarter: to the managers of customers whose grade moved, and to who decides."""
    address = f"{reverse('reviews:adjustment_list')}?quarter={quarter}"
    moves = moves_per_manager(quarter)
    managers = User.objects.in_bulk(list(moves))
    for pk, (down, up) in sorted(moves.items()):
        text: str | Promise = filled(OF_YOURS, quarter=quarter, down=down, up=up)
        notify(users=[managers[pk]], title=text, url=address, key=f"grades:{quarter}")
    if count := counts_of_quarter(quarter)[AdjustmentState.PROPOSED]:
        notify(
            users=people_with(*DECIDERS),
            title=_waiting_text(quarter, count),
            url=f"{address}&state={AdjustmentState.PROPOSED}",
            key=f"grades:{quarter}:waiting",
        )
