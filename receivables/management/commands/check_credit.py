"""check_credit: whether a customer gets new business of an amount on a date, with every reason why not."""

from __future__ import annotations

import datetime as dt
import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from creditrisk.dates import local_today
from creditrisk.policy.selectors import policy_version_on
from customers.credit_check import CreditDecision, CreditRequest, check_credit
from customers.credit_facts import credit_facts
from customers.forms.credit import CreditCheckForm
from customers.management.arguments import customer_numbered

BAD_INPUT = 2


class Command(BaseCommand):
    """Prints the decision. Exit 0 whatever it is, 2 where the question cannot be understood."""

    help = (
        "Says whether a customer gets new business of an amount: allow, hold or refuse, with the reasons, the limit, "
        "the exposure and what is available, in the currency of the customer's limit."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("number", help="customer number")
        parser.add_argument("--amount", required=True, help="what is asked for, from 0 on")
        parser.add_argument("--currency", required=True, help="its currency, such as CNY")
        parser.add_argument(
            "--on", type=dt.date.fromisoformat, metavar="YYYY-MM-DD", help="the day (default: today)"
        )
        parser.add_argument("--json", action="store_true", help="as JSON on standard output")

    def handle(self, *args: object, **options: Any) -> None:
        customer = customer_numbered(options["number"])
        on: dt.date = options["on"] or local_today()
        asked = {"amount": options["amount"], "currency": options["currency"].upper(), "on": on.isoformat()}
        form = CreditCheckForm(asked, customer=customer, today=on)
        if not form.is_valid():
            told = [f"--{name}: {' '.join(map(str, errors))}" for name, errors in form.errors.items()]
            raise CommandError("\n".join(told), returncode=BAD_INPUT)
        request = CreditRequest(form.cleaned_data["amount"], form.cleaned_data["currency"])
        policy = policy_version_on(on).policy
        decision = check_credit(credit_facts(customer, on=on), request=request, on=on, policy=policy)
        self.stdout.write(_as_json(decision) if options["json"] else _as_text(decision))


def _as_json(decision: CreditDecision) -> str:
    return json.dumps(
        {
            "decision": decision.decision,
            "reasons": [{"code": reason.code, "text": reason.text} for reason in decision.reasons],
            "limit": str(decision.own.limit_amount),
            "exposure": str(decision.own.exposure_amount),
            "available": str(decision.available_amount),
        },
        ensure_ascii=False,
    )


def _as_text(decision: CreditDecision) -> str:
    own = decision.own
    figures = _("%(currency)s limit %(limit)s, exposure %(exposure)s, available %(available)s") % {
        "currency": own.currency,
        "limit": f"{own.limit_amount:,.2f}",
        "exposure": f"{own.exposure_amount:,.2f}",
        "available": f"{decision.available_amount:,.2f}",
    }
    lines = [f"{reason.code}: {reason.text}" for reason in decision.reasons]
    return "\n".join([decision.decision, figures, *lines])
