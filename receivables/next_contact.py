"""When a customer is called again, by what the last call led to (P5.2.3). Pure rules."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

from creditrisk.business_days.calendar import BusinessCalendar
from creditrisk.policy.schema import DunningRules

CallResult = Literal["reached", "no_answer", "wrong_number", "promise", "dispute"]


def next_contact_on(
    result: CallResult,
    *,
    on: date,
    rules: DunningRules,
    calendar: BusinessCalendar,
    first_instalment_on: date | None = None,
    settle_by_on: date | None = None,
) -> date:
    """Return the day on which the manager gets in touch again after a contact on the day `on`.

    Who was reached, or not, or had another number: some business days later. A promise: the day after its first
    instalment (`first_instalment_on`) and the days of grace. A dispute: the day by which it is to be settled
    (`settle_by_on`), or some calendar days later; never before `on`.
    """
    contacts = rules.contacts
    if result == "promise":
        first_on = first_instalment_on or on
        return first_on + timedelta(days=rules.promise_grace_days + 1)
    if result == "dispute":
        return max(on, settle_by_on or on + timedelta(days=contacts.dispute_days))
    business_days = {
        "reached": contacts.reached_days,
        "no_answer": contacts.no_answer_days,
        "wrong_number": contacts.wrong_number_days,
    }
    return calendar.after(on, business_days[result])
