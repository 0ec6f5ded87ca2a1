"""How far a review has come, in the order of the paper form: what its page draws. Reads only what is
loaded.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from creditrisk.accounts.roles import Role
from creditrisk.template_tags import amount
from customers.models import ServiceType
from reviews.approval_chain import Chain, Stage
from reviews.models import (
    JUDGEMENTS,
    SCORERS,
    ApprovalStep,
    Decision,
    DecisionKind,
    Review,
    ReviewKind,
    ReviewState,
    StepState,
)


@dataclass(frozen=True)
class StepRow:
    """One opinion of the form: whose it is, and what has become of it. Times are moments, None where not
    reached.
    """

    label: str | Promise
    state: str
    state_label: str | Promise
    person: str = ""
    opinion: str = ""
    opened_at: dt.datetime | None = None
    decided_at: dt.datetime | None = None


@dataclass(frozen=True)
class StageRow:
    """One stage of the chain with its steps; `state` is the one that matters most among theirs."""

    label: str | Promise
    state: str
    steps: list[StepRow]


@dataclass(frozen=True)
class LogEvent:
    """One decision as an entry of the timeline."""

    at: dt.datetime
    title: str
    person: str
    text: str
    icon: str
    tone: str


@dataclass(frozen=True)
class LogRound:
    """The decisions of one round, in the order they were made."""

    number: int
    events: list[LogEvent] = field(default_factory=list)


STATES_BY_WEIGHT = (
    StepState.REJECTED,
    StepState.RETURNED,
    StepState.PENDING,
    StepState.WAITING,
    StepState.SUPERSEDED,
    StepState.CANCELLED,
    StepState.APPROVED,
)


def stages(review: Review, *, planned: Chain) -> list[StageRow]:
    """Return the review's stages in the current round: first the account manager's opinion or the scores, then the
    chain.

    `planned` is the chain that an unsubmitted form would pass, or the one a submitted form was frozen with.
    """
    judgements = {
        decision.step_id: decision for decision in review.decisions.all() if decision.kind in JUDGEMENTS
    }
    steps = {(step.stage, step.role): step for step in review.steps.all() if step.round == review.round}
    rows = [_market_stage(review) if review.kind == ReviewKind.ANNUAL else _initiators_stage(review)]
    for number, stage in enumerate(planned):
        shown = [_step_row(role, steps.get((number, role.value)), judgements) for role in stage.roles]
        states = {row.state for row in shown}
        weightiest = next(state for state in STATES_BY_WEIGHT if state in states)
        rows.append(StageRow(stage.label, weightiest, shown))
    return rows


def drawn(chain: Iterable[Stage]) -> list[StageRow]:
    """Return a chain that no review follows yet, as it is drawn: each stage with its time and its condition."""
    rows = []
    for stage in chain:
        said = _when_asked(stage)
        steps = [StepRow(role.label, StepState.WAITING, said) for role in stage.roles]
        rows.append(StageRow(stage.label, StepState.WAITING, steps))
    return rows


def _when_asked(stage: Stage) -> str:
    parts = []
    if stage.limit_days is not None:
        text = ngettext("%(count)s business day", "%(count)s business days", stage.limit_days)
        parts.append(text % {"count": stage.limit_days})
    if stage.condition and stage.condition.from_amount is not None:
        values = {"currency": stage.condition.currency, "amount": amount(stage.condition.from_amount)}
        parts.append(_("only from %(currency)s %(amount)s a month") % values)
    if stage.condition and stage.condition.service_types:
        labels = [str(one.label) for one in ServiceType if one.value in stage.condition.service_types]
        parts.append(_("only for %(services)s") % {"services": ", ".join(labels)})
    return " · ".join(parts)


def _initiators_stage(review: Review) -> StageRow:
    submissions = [one for one in review.decisions.all() if one.kind == DecisionKind.SUBMIT]
    is_writing = review.state in {ReviewState.DRAFT, ReviewState.RETURNED}
    if is_writing:
        state, label = StepState.PENDING, _("being written")
    elif submissions:
        state, label = StepState.APPROVED, _("submitted")
    else:
        state, label = StepState.CANCELLED, _("never submitted")
    row = StepRow(
        label=Role.ACCOUNT_MANAGER.label,
        state=state,
        state_label=label,
        person=review.initiator.display_name,
        opinion=review.new_customer_form.account_manager_opinion,
        opened_at=review.created_at,
        decided_at=submissions[-1].decided_at if submissions and not is_writing else None,
    )
    return StageRow(Role.ACCOUNT_MANAGER.label, state, [row])


def _market_stage(review: Review) -> StageRow:
    """Return how far the scores of an annual review are: the market department's opinion in Annex 2."""
    given = {score.role: score for score in review.scores.all()}
    steps = []
    for role in SCORERS:
        score = given.get(role)
        is_missed = score is None and review.ended_at is not None
        label = _("scored") if score else _("never scored") if is_missed else _("to be scored")
        steps.append(
            StepRow(
                label=role.label,
                state=StepState.APPROVED
                if score
                else StepState.CANCELLED
                if is_missed
                else StepState.PENDING,
                state_label=label,
                person=str(score.by) if score else "",
                opinion=review.annual_form.remarks if role == Role.SERVICE_MANAGER else "",
                opened_at=review.created_at,
                decided_at=score.given_at if score else None,
            )
        )
    states = {row.state for row in steps}
    weightiest = next(state for state in STATES_BY_WEIGHT if state in states)
    is_submitted = review.state not in {ReviewState.DRAFT, ReviewState.RETURNED}
    state = weightiest if is_submitted else StepState.PENDING.value
    return StageRow(_("Market department"), state, steps)


def _step_row(role: Role, step: ApprovalStep | None, judgements: dict[int | None, Decision]) -> StepRow:
    if step is None:
        return StepRow(role.label, StepState.WAITING, StepState.WAITING.label)
    judgement = judgements.get(step.pk) if step.decided_at else None
    return StepRow(
        label=role.label,
        state=step.state,
        state_label=step.get_state_display(),
        person=signature(judgement) if judgement else "",
        opinion=judgement.opinion if judgement else "",
        opened_at=step.opened_at,
        decided_at=step.decided_at,
    )


def signature(decision: Decision) -> str:
    """Return who decided; both names where a deputy did."""
    if decision.on_behalf_of is None:
        return decision.by.display_name
    names = {"name": decision.by.display_name, "absent": decision.on_behalf_of.display_name}
    return _("%(name)s on behalf of %(absent)s") % names


APPEARANCE = {
    DecisionKind.SUBMIT: ("send", "info"),
    DecisionKind.APPROVE: ("check-lg", "success"),
    DecisionKind.RETURN: ("arrow-return-left", "warning"),
    DecisionKind.REJECT: ("x-lg", "danger"),
    DecisionKind.WITHDRAW: ("slash-circle", ""),
    DecisionKind.TAKE_BACK: ("arrow-return-left", "warning"),
    DecisionKind.TRANSFER: ("arrow-right", ""),
    DecisionKind.CONSULT: ("chat-left-text", ""),
    DecisionKind.ADVISE: ("chat-left-text", "info"),
}


def log_by_round(decisions: Iterable[Decision]) -> list[LogRound]:
    """Return the decision log, the latest round first, each in the order the decisions were made."""
    rounds: dict[int, LogRound] = {}
    for decision in decisions:
        icon, tone = APPEARANCE[DecisionKind(decision.kind)]
        went_to = decision.snapshot.get("to")
        event = LogEvent(
            at=decision.decided_at,
            title=": ".join(filter(None, (decision.get_role_display(), decision.get_kind_display()))),
            person=signature(decision),
            text=f"→ {went_to['name']}: {decision.opinion}" if went_to else decision.opinion,
            icon=icon,
            tone=tone,
        )
        rounds.setdefault(decision.round, LogRound(decision.round)).events.append(event)
    return [rounds[number] for number in sorted(rounds, reverse=True)]
