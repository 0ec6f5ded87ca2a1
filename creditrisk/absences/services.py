"""Appointing a deputy for an absence, and coming back earlier (P3: "a role-holder may appoint a deputy")."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.urls import reverse
from django.utils.functional import Promise, lazystr
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from creditrisk.accounts.models import Absence, User
from creditrisk.accounts.roles import Role
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import BusinessError, ConflictError, InvalidInputError, NotAllowedError
from creditrisk.notifications.services import notify

STANDS_IN = gettext_lazy("You stand in for %(name)s from %(start)s to %(end)s.")
NO_LONGER = gettext_lazy("You no longer stand in for %(name)s.")


def refusal_to_enter(*, person: User, by: User) -> BusinessError | None:
    """Return why `by` may not enter or end an absence of `person`; None where he may: his own, or as administrator."""
    if by.pk == person.pk or by.has_role(Role.ADMINISTRATOR):
        return None
    return NotAllowedError(
        "absence.not_yours", _("Only the person himself or an administrator appoints his deputy.")
    )


@transaction.atomic
def appoint_deputy(
    *, person: User, deputy: User, starts_on: dt.date, ends_on: dt.date, by: User, today: dt.date
) -> Absence:
    """Let `deputy` decide on behalf of `person` from `starts_on` to `ends_on` (both included); return the absence. The
    deputy is told.

    Raises NotAllowedError (see `refusal_to_enter`), InvalidInputError for dates that are reversed or past and for a
    deputy who is the person himself, has no role, or is away in that time; ConflictError where the person has an
    absence in that time already.
    """
    both = User.objects.select_for_update().filter(pk__in=(person.pk, deputy.pk)).order_by("pk")
    people = {user.pk: user for user in both}
    if refused := refusal_to_enter(person=person, by=by):
        raise refused
    if ends_on < starts_on:
        raise InvalidInputError("absence.reversed", _("The last day must not come before the first."))
    if ends_on < today:
        raise InvalidInputError(
            "absence.past", _("The absence is over already: its last day is in the past.")
        )
    if deputy.pk == person.pk:
        raise InvalidInputError("absence.self", _("Choose somebody else: nobody stands in for himself."))
    if not people[deputy.pk].roles:
        raise InvalidInputError(
            "absence.no_role",
            _("%(name)s has left or holds no role: choose another deputy.") % {"name": deputy},
        )
    in_that_time = Absence.objects.filter(starts_on__lte=ends_on, ends_on__gte=starts_on)
    if found := in_that_time.filter(person=person).first():
        reason = _("There is an absence from %(start)s to %(end)s already: end it first.")
        raise ConflictError("absence.overlaps", reason % {"start": found.starts_on, "end": found.ends_on})
    if in_that_time.filter(person=deputy).exists():
        raise InvalidInputError(
            "absence.deputy_away",
            _("%(name)s is away himself in that time: choose another deputy.") % {"name": deputy},
        )
    with acting(by):
        absence = Absence.objects.create(
            person=person, deputy=deputy, starts_on=starts_on, ends_on=ends_on, entered_by=by
        )
    _tell(absence, STANDS_IN, key=f"absence:{absence.pk}")
    return absence


@transaction.atomic
def end_absence(*, absence: Absence, by: User, today: dt.date) -> Absence | None:
    """End an absence: yesterday was its last day, or it never was (None) where it would have begun today or later. The
    deputy is told.

    Raises NotAllowedError (see `refusal_to_enter`), ConflictError where it is over already.
    """
    stored = Absence.objects.select_for_update().filter(pk=absence.pk).first()
    if stored is None or stored.ends_on < today:
        raise ConflictError("absence.over", _("This absence is over already."))
    if refused := refusal_to_enter(person=stored.person, by=by):
        raise refused
    key = f"absence-end:{stored.pk}"
    with acting(by):
        if stored.starts_on >= today:
            _tell(stored, NO_LONGER, key=key)
            stored.delete()
            return None
        stored.ends_on = today - dt.timedelta(days=1)
        stored.save()
    _tell(stored, NO_LONGER, key=key)
    return stored


class _Said:
    """What the deputy is told, in his language."""

    def __init__(self, text: Promise, absence: Absence) -> None:
        self.text = text
        self.values = {
            "name": absence.person.display_name,
            "start": absence.starts_on.isoformat(),
            "end": absence.ends_on.isoformat(),
        }

    def __str__(self) -> str:
        return str(self.text) % self.values


def _tell(absence: Absence, text: Promise, *, key: str) -> None:
    notify(users=[absence.deputy], title=lazystr(_Said(text, absence)), url=reverse("absences:list"), key=key)
