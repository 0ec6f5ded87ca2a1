"""Who is told what about a review. Recorded with the decision, in each reader's own language; mails leave
after commit.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise, lazystr
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.notifications.services import notify
from reviews.models import ApprovalStep, Decision, DecisionKind, Review, ReviewCopy, Urging
from reviews.paper_form import labels_of
from reviews.selectors import people_asked

WAITS = _("Review %(number)s of %(customer)s waits for your decision (%(role)s).")
SCORES_IN = _("Review %(number)s of %(customer)s: both scores are in, submit it.")
APPROVED = _("Review %(number)s of %(customer)s is approved.")
APPROVED_KEEPING = _(
    "Review %(number)s of %(customer)s is approved. Changed in the customer file meanwhile and kept there: "
    "%(fields)s."
)
RETURNED = _("Review %(number)s of %(customer)s was returned by %(name)s.")
REJECTED = _("Review %(number)s of %(customer)s was rejected by %(name)s.")
URGED = _("%(name)s asks for your decision on review %(number)s of %(customer)s (%(role)s).")
TAKEN_BACK = _(
    "%(name)s took back the approval of review %(number)s of %(customer)s: it does not wait for you now."
)
WITHDRAWN = _("Review %(number)s of %(customer)s was withdrawn by %(name)s: nothing is left for you to do.")
ON_BEHALF = _("%(name)s, your deputy, on review %(number)s of %(customer)s: %(decision)s.")
TRANSFERRED = _(
    "%(name)s transferred review %(number)s of %(customer)s to you (%(role)s): it waits for your decision. %(reason)s"
)
CONSULTED = _("%(name)s asks for your opinion on review %(number)s of %(customer)s.")
ADVISED = _("%(name)s gave you his opinion on review %(number)s of %(customer)s.")
NEARLY_DUE = _("Review %(number)s of %(customer)s waits for your decision (%(role)s) by %(due)s.")
OVERDUE = _("Review %(number)s of %(customer)s is overdue since %(due)s: it waits for %(role)s.")
COPIED = _("%(name)s sent you review %(number)s of %(customer)s to read.")


class _Filled:
    """A text that is translated only when it is read, with what it names filled in."""

    def __init__(self, text: Promise, values: dict[str, str | Promise]) -> None:
        self.text, self.values = text, values

    def __str__(self) -> str:
        return str(self.text) % self.values


def _filled(text: Promise, review: Review, **values: str | Promise) -> Promise:
    parts = {"number": review.number, "customer": review.customer.name, **values}
    return lazystr(_Filled(text, parts))


def tell_launched(reviews: Iterable[Review], *, now: dt.datetime) -> None:
    """Tell each account manager once of the annual reviews that wait for his scores."""
    waiting: dict[User, list[Review]] = {}
    for review in reviews:
        manager = review.customer.account_manager
        assert manager is not None  # without him no review is started
        waiting.setdefault(manager, []).append(review)
    for manager, his in waiting.items():
        notify(
            users=[manager],
            title=lazystr(_ToScore(len(his), his[0].initiator.display_name)),
            url=f"{reverse('reviews:inbox')}?tab=score",
            key=f"annual:{his[0].pk}",
        )


class _ToScore:
    """How many reviews wait for scores, in the language of whoever reads it."""

    def __init__(self, count: int, person: str) -> None:
        self.count, self.person = count, person

    def __str__(self) -> str:
        text = ngettext(
            "%(person)s started %(count)s annual review: your scores are asked for.",
            "%(person)s started %(count)s annual reviews: your scores are asked for.",
            self.count,
        )
        return text % {"person": self.person, "count": self.count}


def tell_scores_in(review: Review, *, by: User) -> None:
    """Tell the initiator that both scores are in and he may submit."""
    notify(
        users=[] if by.pk == review.initiator_id else [review.initiator],
        title=_filled(SCORES_IN, review),
        url=review.get_absolute_url(),
        key=f"scores:{review.pk}:{review.form_version}",
    )


def tell_deciders(review: Review, steps: Iterable[ApprovalStep], *, now: dt.datetime) -> None:
    """Tell those who may decide the steps that have just opened, and the deputies of who is away."""
    for asked in people_asked(review, steps, day=timezone.localdate(now)):
        notify(
            users=asked.everybody,
            title=_filled(WAITS, review, role=Role(asked.step.role).label),
            url=review.get_absolute_url(),
            key=f"step:{asked.step.pk}",
        )


def tell_approved(review: Review, decision: Decision) -> None:
    """Tell initiator and service manager of the approval, and which answers of the form the customer file did
    not take over.
    """
    kept = decision.snapshot["outcome"]["kept_fields"]
    if kept:
        _tell(review, APPROVED_KEEPING, decision, fields=labels_of(kept))
    else:
        _tell(review, APPROVED, decision)


def tell_initiator(review: Review, text: Promise, decision: Decision) -> None:
    """Tell the initiator that the review was returned or rejected."""
    _tell(review, text, decision)


def _tell(review: Review, text: Promise, decision: Decision, **values: str | Promise) -> None:
    people = {review.initiator_id: review.initiator}
    manager = review.customer.service_manager
    if decision.kind == DecisionKind.APPROVE and manager is not None:
        people[manager.pk] = manager
    if decision.kind in (DecisionKind.APPROVE, DecisionKind.REJECT):
        people |= _readers(review)
    people.pop(decision.by_id, None)
    _tell_of(review, people, text, decision, **values)


def _tell_of(
    review: Review, people: Mapping[int, User], text: Promise, decision: Decision, **values: str | Promise
) -> None:
    notify(
        users=list(people.values()),
        title=_filled(text, review, name=decision.by.display_name, **values),
        url=review.get_absolute_url(),
        key=f"decision:{decision.pk}",
    )


def _asked_by_key(review: Review, steps: Iterable[ApprovalStep], now: dt.datetime) -> dict[int, User]:
    return {
        person.pk: person
        for asked in people_asked(review, steps, day=timezone.localdate(now))
        for person in asked.everybody
    }


def tell_urged(review: Review, urgings: Iterable[Urging]) -> None:
    """Remind those who may decide the urged steps."""
    by_step = {urging.step_id: urging for urging in urgings}
    steps = [urging.step for urging in by_step.values()]
    for asked in people_asked(review, steps, day=next(iter(by_step.values())).urged_on):
        urging = by_step[asked.step.pk]
        notify(
            users=asked.everybody,
            title=_filled(URGED, review, name=urging.by.display_name, role=Role(asked.step.role).label),
            url=review.get_absolute_url(),
            key=f"urging:{urging.pk}",
        )


def tell_nearly_due(review: Review, step: ApprovalStep, *, on: dt.date) -> list[User]:
    """Remind those for whom an open step waits that its time is nearly up; return them."""
    (asked,) = people_asked(review, [step], day=on)
    people = asked.everybody
    _tell_of_deadline(review, step, people, NEARLY_DUE, key=f"reminder:{step.pk}:{step.due_on}")
    return people


def tell_overdue(review: Review, step: ApprovalStep, people: Iterable[User]) -> None:
    """Tell `people` that an open step is overdue."""
    _tell_of_deadline(review, step, people, OVERDUE, key=f"escalation:{step.pk}:{step.due_on}")


def _tell_of_deadline(
    review: Review, step: ApprovalStep, people: Iterable[User], text: Promise, *, key: str
) -> None:
    due = step.due_on.isoformat() if step.due_on else ""
    notify(
        users=people,
        title=_filled(text, review, role=Role(step.role).label, due=due),
        url=review.get_absolute_url(),
        key=key,
    )


def tell_taken_back(review: Review, steps: Iterable[ApprovalStep], decision: Decision) -> None:
    """Tell those whose step was open that it waits again."""
    people = _asked_by_key(review, steps, decision.decided_at)
    people.pop(decision.by_id, None)
    _tell_of(review, people, TAKEN_BACK, decision)


def tell_withdrawn(review: Review, steps: Iterable[ApprovalStep], decision: Decision) -> None:
    """Tell those whose step was open that it is gone from their inbox, and who has a copy."""
    people = _readers(review) | _asked_by_key(review, steps, decision.decided_at)
    people.pop(decision.by_id, None)
    _tell_of(review, people, WITHDRAWN, decision)


def tell_absent(review: Review, decision: Decision) -> None:
    """Tell an absent person what his deputy has done on his behalf."""
    absent = decision.on_behalf_of
    if absent is not None:
        notify(
            users=[absent],
            title=_filled(
                ON_BEHALF,
                review,
                name=decision.by.display_name,
                decision=DecisionKind(decision.kind).label,
            ),
            url=review.get_absolute_url(),
            key=f"on-behalf:{decision.pk}",
        )


def tell_transferred(review: Review, person: User, decision: Decision) -> None:
    """Tell who is to decide a step now that it was transferred to him, and why."""
    _tell_of(
        review,
        {person.pk: person},
        TRANSFERRED,
        decision,
        role=Role(decision.role).label,
        reason=decision.opinion,
    )


def tell_consulted(review: Review, person: User, decision: Decision) -> None:
    """Tell a colleague that his opinion is asked for."""
    _tell_of(review, {person.pk: person}, CONSULTED, decision)


def tell_advised(review: Review, person: User, decision: Decision) -> None:
    """Tell who asked that the opinion is there."""
    _tell_of(review, {person.pk: person}, ADVISED, decision)


def tell_copied(review: Review, copies: Iterable[ReviewCopy]) -> None:
    """Tell the readers of new copies."""
    for copy in copies:
        notify(
            users=[copy.user],
            title=_filled(COPIED, review, name=copy.by.display_name),
            url=review.get_absolute_url(),
            key=f"copy:{copy.pk}",
        )


def _readers(review: Review) -> dict[int, User]:
    return {copy.user_id: copy.user for copy in review.copies.select_related("user")}
