"""Who may do what with a review in which state. None means yes; a refusal says why not.

The refusal is what the page shows on the disabled button and what the service raises: they cannot differ. A
conflict (ConflictError) is a refusal of what was possible a moment ago. The rules read only what hangs on
their arguments (the departments of the customer's two managers are followed), so a page may ask for every button
without a query.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from enum import StrEnum

from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.exceptions import BusinessError, ConflictError, NotAllowedError
from customers import permissions as customer_permissions
from customers.models import Customer, CustomerState
from customers.permissions import (
    is_account_manager_of,
    is_department_head_of,
    is_service_manager_of,
    sees_customer,
)
from reviews.annual_progress import REVIEWED_YEARLY
from reviews.models import (
    BOUND_ROLES,
    SCORERS,
    ApprovalStep,
    Consultation,
    Review,
    ReviewKind,
    ReviewState,
    StepState,
)

Refusal = BusinessError | None


class Action(StrEnum):
    """What can be done with a review; whether one may be created is asked of the customer
    (`refusal_to_create`).
    """

    VIEW = "view"
    EDIT = "edit"
    ATTACH = "attach"
    REMOVE_ATTACHMENT = "remove_attachment"
    SCORE = "score"
    SUBMIT = "submit"
    WITHDRAW = "withdraw"
    URGE = "urge"
    SEND_COPY = "send_copy"
    APPROVE = "approve"
    RETURN = "return"
    REJECT = "reject"
    TAKE_BACK = "take_back"
    CLAIM = "claim"
    RELEASE = "release"
    TRANSFER = "transfer"
    CONSULT = "consult"


def refusal(action: Action, *, user: User, review: Review, step: ApprovalStep | None = None) -> Refusal:
    """Return why `user` may not do `action` now, or None where he may.

    The actions of `STEP_RULES` are asked of a step; ValueError where it is not given.
    """
    if action in REVIEW_RULES:
        return REVIEW_RULES[action](user, review)
    if step is None:
        raise ValueError(f"{action} is asked of a step")
    return STEP_RULES[action](user, review, step)


def require(action: Action, *, user: User, review: Review, step: ApprovalStep | None = None) -> None:
    """Raise the refusal of `action` if there is one."""
    found = refusal(action, user=user, review=review, step=step)
    if found is not None:
        raise found


def _refusal_to_view(user: User, review: Review) -> Refusal:
    # The same rule as ReviewQuerySet.visible_to, for a review that is loaded already.
    if _is_initiator_at_work(user, review) or is_account_manager_of(user, review.customer):
        return None
    if review.kind == ReviewKind.ANNUAL and is_service_manager_of(user, review.customer):
        return None
    if review.state != ReviewState.DRAFT and (
        sees_customer(user, review.customer) or _is_shared(user, review)
    ):
        return None
    return NotAllowedError("review.not_visible", _("You cannot see this review."))


def _is_shared(user: User, review: Review) -> bool:
    """Whether the review was put before `user` by name (`ReviewQuerySet._shared_with`)."""
    if not user.roles:
        return False
    by_name = {copy.user_id for copy in review.copies.all()}
    by_name |= {decision.by_id for decision in review.decisions.all() if decision.on_behalf_of_id}
    for step in review.steps.all():
        by_name.add(step.assignee_id)
        by_name |= {asked.asked_id for asked in step.consultations.all()}
    return user.pk in by_name or any(
        step.state == StepState.PENDING and _refusal_to_decide(user, review, step) is None
        for step in review.steps.all()
    )


def _is_initiator_at_work(user: User, review: Review) -> bool:
    """Whether he started the review and still holds any role: who lost them all sees nothing."""
    return user.pk == review.initiator_id and bool(user.roles)


def may_see_bank_account(user: User, review: Review) -> bool:
    """Return whether the page of a review shows `user`, who may see it, the whole account number.

    Everybody who may see a review reads the whole form as it was submitted. The one thing masked for some is
    the account number: in clear it is for the initiator, for those who decide in the review's chain or have
    decided in it, in whatever round, and for whoever may read it in the customer file.
    """
    if _is_initiator_at_work(user, review) or customer_permissions.may_see_bank_account(
        user, review.customer
    ):
        return True
    return _decides_in(user, review)


def _decides_in(user: User, review: Review) -> bool:
    """Whether `user` decides in the review's chain or has decided in it, in whatever round."""
    return any(
        step.decided_by_id == user.pk or acting_for(user, review, step) is not None
        for step in review.steps.all()
    )


def _refusal_to_edit(user: User, review: Review) -> Refusal:
    if user.pk != review.initiator_id:
        return NotAllowedError("review.not_initiator", _("Only the initiator may change this form."))
    if not _starts(user, review):
        return NotAllowedError(
            "review.handed_over",
            _(
                "You are no longer the service manager of this customer: "
                "the new one may withdraw this review and start his own."
            )
            if review.kind == ReviewKind.ANNUAL
            else _(
                "You are no longer the account manager of this customer: "
                "the new one may withdraw this review and start his own."
            ),
        )
    return _refusal_of_form_state(review)


def _starts(user: User, review: Review) -> bool:
    """Whether `user` is the one who starts this kind of review for the customer now (P4.1, P4.2)."""
    if review.kind == ReviewKind.ANNUAL:
        return is_service_manager_of(user, review.customer)
    return is_account_manager_of(user, review.customer)


def _refusal_of_form_state(review: Review) -> Refusal:
    if review.state == ReviewState.IN_APPROVAL:
        return ConflictError(
            "review.locked", _("The form is locked while it is in approval: only withdrawing is possible.")
        )
    return None if review.is_editable else _ended(review)


def _refusal_to_withdraw(user: User, review: Review) -> Refusal:
    if not (_is_initiator_at_work(user, review) or _starts(user, review)):
        return NotAllowedError(
            "review.not_initiator",
            _("Only the initiator or the customer's service manager may withdraw this review.")
            if review.kind == ReviewKind.ANNUAL
            else _("Only the initiator or the customer's account manager may withdraw this review."),
        )
    return None if review.ended_at is None else _ended(review)


def _refusal_to_urge(user: User, review: Review) -> Refusal:
    if not _is_initiator_at_work(user, review):
        return NotAllowedError(
            "review.not_initiator", _("Only the initiator urges those who are to decide his review.")
        )
    if review.ended_at is not None:
        return _ended(review)
    if review.state != ReviewState.IN_APPROVAL:
        return ConflictError(
            "review.not_in_approval", _("The review is not in approval: it waits for nobody.")
        )
    return None


def _refusal_to_send_copy(user: User, review: Review) -> Refusal:
    if not (_decides_in(user, review) or _is_initiator_at_work(user, review)):
        return NotAllowedError(
            "review.not_taking_part", _("Only the initiator and those who decide send copies of a review.")
        )
    if review.ended_at is not None:
        return _ended(review)
    if review.submitted_at is None:
        return NotAllowedError("review.not_submitted", _("A draft is not sent to others: submit it first."))
    return None


def _ended(review: Review) -> ConflictError:
    reason = _("This review is %(state)s: nothing can be changed any more.")
    return ConflictError("review.ended", reason % {"state": review.get_state_display()})


def scoring_role(user: User, review: Review) -> Role | None:
    """Return as what `user` scores the annual review of his customer: account manager or service manager, or None."""
    if review.kind != ReviewKind.ANNUAL:
        return None
    if is_account_manager_of(user, review.customer):
        return Role.ACCOUNT_MANAGER
    return Role.SERVICE_MANAGER if is_service_manager_of(user, review.customer) else None


def _refusal_to_score(user: User, review: Review) -> Refusal:
    if scoring_role(user, review) is None:
        return NotAllowedError(
            "score.not_yours",
            _("Only the customer's account manager and service manager score his annual review (Annex 2)."),
        )
    refused = _refusal_of_form_state(review)
    if refused is None and review.state == ReviewState.DRAFT and len(review.scores.all()) == len(SCORERS):
        reason = _("Both scores are in: they stand, unless an approver returns the review.")
        return ConflictError("score.both_in", reason)
    return refused


def sees_scores_of(user: User, review: Review, role: str) -> bool:
    """Return whether `user` may read the scores given as `role`: before the review is submitted each scorer sees the
    other's only once his own are in (Annex 2), and nobody else sees either.
    """
    if review.state != ReviewState.DRAFT or role == scoring_role(user, review):
        return True
    return any(score.by_id == user.pk for score in review.scores.all())


REVIEW_RULES: Mapping[Action, Callable[[User, Review], Refusal]] = {
    Action.VIEW: _refusal_to_view,
    Action.EDIT: _refusal_to_edit,
    Action.ATTACH: _refusal_to_edit,
    Action.REMOVE_ATTACHMENT: _refusal_to_edit,
    Action.SCORE: _refusal_to_score,
    Action.SUBMIT: _refusal_to_edit,
    Action.WITHDRAW: _refusal_to_withdraw,
    Action.URGE: _refusal_to_urge,
    Action.SEND_COPY: _refusal_to_send_copy,
}


def acting_for(user: User, review: Review, step: ApprovalStep) -> User | None:
    """Return in whose name `user` would decide the step: his own where it is his, else that of an absent colleague
    whose deputy he is; None where it is neither's. An initiator's deputy acts for him no more than he himself could.
    """
    people = (user, *(absent for absent in user.stands_in_for if absent.pk != review.initiator_id))
    return next((person for person in people if _refusal_of_signer(person, review, step) is None), None)


def absent_signer(user: User, review: Review, step: ApprovalStep) -> User | None:
    """Return on whose behalf `user` decides the step; None where it is his own, or not his at all."""
    signer = acting_for(user, review, step)
    return None if signer is None or signer.pk == user.pk else signer


def _refusal_to_decide(user: User, review: Review, step: ApprovalStep) -> Refusal:
    if user.pk == review.initiator_id:
        return NotAllowedError("review.own", _("Nobody decides on a review that he started himself."))
    refused = _refusal_of_step_state(review, step)
    if refused is not None:
        return refused
    signer = acting_for(user, review, step)
    if signer is None:
        return _refusal_of_signer(user, review, step)
    if signer.pk != user.pk and _has_decided_in_round(user, review, step):
        reason = _("You have decided in this round already: another deputy must act for %(name)s.")
        return NotAllowedError("step.deputy_decided", reason % {"name": signer.display_name})
    return None


def _has_decided_in_round(user: User, review: Review, step: ApprovalStep) -> bool:
    return any(other.round == step.round and other.decided_by_id == user.pk for other in review.steps.all())


def _refusal_to_give_away(user: User, review: Review, step: ApprovalStep) -> Refusal:
    """P3: only he whose step it is himself, not his deputy, binds it to one person."""
    refused = _refusal_to_decide(user, review, step)
    return refused or _refusal_of_signer(user, review, step)


def _refusal_to_claim(user: User, review: Review, step: ApprovalStep) -> Refusal:
    refused = _refusal_to_give_away(user, review, step)
    if refused is not None:
        return refused
    if step.role in BOUND_ROLES or step.assignee_id == user.pk:
        return NotAllowedError("step.yours_alone", _("This step waits for you alone already."))
    return None


def _refusal_to_release(user: User, review: Review, step: ApprovalStep) -> Refusal:
    refused = _refusal_to_give_away(user, review, step)
    if refused is None and step.assignee_id != user.pk:
        return NotAllowedError("step.not_taken_on", _("You have not taken this step on."))
    return refused


def refusal_to_receive(*, user: User, review: Review, step: ApprovalStep, by: User) -> Refusal:
    """Return why `by` may not transfer the step to `user`; None where he may: one at work who holds its role."""
    if user.pk == by.pk:
        return NotAllowedError("transfer.self", _("The step is yours already: choose somebody else."))
    if user.pk == review.initiator_id:
        return NotAllowedError("review.own", _("Nobody decides on a review that he started himself."))
    if not user.has_role(step.role):
        reason = _("%(name)s does not hold the role %(role)s.")
        return NotAllowedError(
            "transfer.role", reason % {"name": user.display_name, "role": step.get_role_display()}
        )
    return None


def refusal_to_be_asked(*, user: User, review: Review, by: User) -> Refusal:
    """Return why `by` may not ask `user` for an opinion on a step; None where he may: anybody at work but himself and
    the initiator, whose opinion is in the form.
    """
    if user.pk == by.pk:
        return NotAllowedError(
            "consult.self", _("Ask somebody else: your own opinion comes with your decision.")
        )
    if user.pk == review.initiator_id:
        return NotAllowedError(
            "consult.initiator",
            _("The initiator's opinion is in the form. Return it where something is missing."),
        )
    if not user.roles:
        reason = _("%(name)s has left or holds no role: ask somebody else.")
        return NotAllowedError("consult.no_role", reason % {"name": user.display_name})
    return None


def refusal_to_advise(*, user: User, consultation: Consultation) -> Refusal:
    """Return why `user` may not answer the question, or None where he may."""
    if consultation.asked_id != user.pk or not user.roles:
        return NotAllowedError("advise.not_asked", _("Somebody else was asked for this opinion."))
    if consultation.answered_at is not None:
        return ConflictError("advise.answered", _("You have given this opinion already."))
    if consultation.step.state != StepState.PENDING:
        return ConflictError(
            "advise.decided", _("The step has been decided meanwhile: your opinion is not needed any more.")
        )
    return None


def _refusal_to_take_back(user: User, review: Review, step: ApprovalStep) -> Refusal:
    if review.ended_at is not None:
        return _ended(review)
    if step.state != StepState.APPROVED or step.decided_by_id != user.pk:
        return NotAllowedError("step.not_your_approval", _("Only an approval of your own can be taken back."))
    if step.round != review.round or review.state != ReviewState.IN_APPROVAL:
        return ConflictError("step.superseded", _("The review has gone back to its initiator meanwhile."))
    later = [other for other in review.steps.all() if other.round == step.round and other.stage > step.stage]
    if any(other.decided_at is not None for other in later):
        return ConflictError(
            "step.next_decided", _("The next stage has been decided already: your approval stands.")
        )
    return None if acting_for(user, review, step) is not None else _refusal_of_signer(user, review, step)


STEP_RULES: Mapping[Action, Callable[[User, Review, ApprovalStep], Refusal]] = {
    Action.APPROVE: _refusal_to_decide,
    Action.RETURN: _refusal_to_decide,
    Action.REJECT: _refusal_to_decide,
    Action.CONSULT: _refusal_to_decide,
    Action.TAKE_BACK: _refusal_to_take_back,
    Action.CLAIM: _refusal_to_claim,
    Action.RELEASE: _refusal_to_release,
    Action.TRANSFER: _refusal_to_give_away,
}


STEP_ACTIONS = frozenset(STEP_RULES)


def _refusal_of_step_state(review: Review, step: ApprovalStep) -> Refusal:
    if step.state == StepState.PENDING:
        return None
    if step.state == StepState.WAITING:
        return NotAllowedError("step.not_open", _("The stages before this one must be complete first."))
    if step.state == StepState.SUPERSEDED:
        return ConflictError(
            "step.superseded",
            _("The review was returned to its initiator: this step is asked again in the next round."),
        )
    if step.state == StepState.CANCELLED or step.decided_by is None:
        return _ended(review)
    reason = _("%(name)s has already decided this step: %(decision)s.")
    return ConflictError(
        "step.decided",
        reason % {"name": step.decided_by.display_name, "decision": step.get_state_display()},
    )


def _refusal_of_signer(user: User, review: Review, step: ApprovalStep) -> Refusal:
    """Return why the step is not one that `user` signs himself: another role's, or taken on by another."""
    holder = step.assignee
    if holder is None or not holder.has_role(step.role):
        return _refusal_of_role(user, review.customer, step)
    if holder.pk == user.pk:
        return None
    refused = _refusal_of_role(user, review.customer, step)
    return refused or ConflictError(
        "step.taken_on", _("%(name)s has taken this step on.") % {"name": holder.display_name}
    )


def _refusal_of_role(user: User, customer: Customer, step: ApprovalStep) -> Refusal:
    if not user.has_role(step.role):
        reason = _("This step is decided by: %(role)s.") % {"role": step.get_role_display()}
        return NotAllowedError("step.role", reason)
    if step.role == Role.SERVICE_MANAGER and not is_service_manager_of(user, customer):
        return NotAllowedError(
            "step.service_manager", _("This step is decided by the service manager of this customer.")
        )
    if step.role == Role.DEPARTMENT_MANAGER and not is_department_head_of(user, customer):
        return NotAllowedError(
            "step.department_head", _("This step is decided by the head of the account manager's department.")
        )
    return None


def refusal_of_gap(role: Role) -> BusinessError:
    """Return why a review cannot be submitted while nobody but its initiator could decide as `role`, with the
    remedy.
    """
    if role == Role.SERVICE_MANAGER:
        reason = _(
            "The customer needs a service manager other than you: enter one in the customer file first."
        )
    elif role == Role.DEPARTMENT_MANAGER:
        reason = _(
            "Your department needs a head other than you who holds the role of department manager: "
            "ask an administrator."
        )
    else:
        reason = _("Nobody but you could decide as %(role)s: ask an administrator to assign the role.")
        reason = reason % {"role": role.label}
    return NotAllowedError(f"submit.nobody_{role.value}", reason)


def needs_new_customer_review(customer: Customer) -> bool:
    """Return whether P4.1 asks for a review: a prospect, or an onboarded customer who never had one."""
    if customer.state == CustomerState.PROSPECT:
        return True
    return customer.state in {CustomerState.ACTIVE, CustomerState.WATCH} and customer.reviewed_on is None


def refusal_to_create(*, user: User, customer: Customer, open_review: Review | None) -> Refusal:
    """Return why `user` may not start the new-customer review of `customer`; `open_review` is the one not yet
    ended.
    """
    if not user.has_role(Role.ACCOUNT_MANAGER):
        return NotAllowedError(
            "review.create_role", _("Only an account manager starts a new-customer review (P4.1).")
        )
    if not is_account_manager_of(user, customer):
        return NotAllowedError(
            "review.create_not_yours", _("Only the customer's own account manager starts his review (P4.1).")
        )
    if open_review is not None:
        reason = _("Review %(number)s of this customer has not ended yet.") % {"number": open_review.number}
        return ConflictError("review.create_open", reason)
    if not needs_new_customer_review(customer):
        return NotAllowedError(
            "review.create_not_needed", _("This customer needs no new-customer review (P4.1).")
        )
    return None


COPYABLE_STATES = (ReviewState.REJECTED, ReviewState.WITHDRAWN)


def refusal_to_copy(*, user: User, review: Review) -> Refusal:
    """Return why `user` may not take the answers of an ended new-customer review over into a new one."""
    if review.kind != ReviewKind.NEW_CUSTOMER or review.state not in COPYABLE_STATES:
        return NotAllowedError(
            "review.not_copyable", _("Only a new-customer review that was rejected or withdrawn is copied.")
        )
    return _refusal_to_view(user, review)


CORRECTABLE = (CustomerState.ACTIVE, CustomerState.WATCH)


def refusal_to_correct(
    *, user: User, review: Review, open_review: Review | None, latest: Review | None
) -> Refusal:
    """Return why `user` may not correct an approved review by a new one that cites it: `open_review` is one of its kind
    that has not ended, `latest` the customer's last approved one of any kind. He is who starts this kind for the
    customer now (P4.1, P4.2).
    """
    if review.state != ReviewState.APPROVED:
        return NotAllowedError(
            "correct.not_approved", _("Only an approved review is corrected by a new one that cites it.")
        )
    if not _starts(user, review):
        return NotAllowedError(
            "correct.not_yours",
            _("Only the customer's own service manager corrects his annual review.")
            if review.kind == ReviewKind.ANNUAL
            else _("Only the customer's own account manager corrects his new-customer review."),
        )
    if open_review is not None:
        reason = _("Review %(number)s of this customer has not ended yet.") % {"number": open_review.number}
        return ConflictError("review.create_open", reason)
    if latest is not None and latest.pk != review.pk:
        reason = _("Review %(number)s has assessed the customer since: correct that one.")
        return ConflictError("correct.later", reason % {"number": latest.number})
    if review.customer.state not in CORRECTABLE:
        return NotAllowedError(
            "correct.customer", _("The customer is neither active nor on watch: nothing is to be corrected.")
        )
    return None


AtWork = Mapping[str, Collection[int]]
"""Role → the primary keys of the active people who hold it."""


def refusal_to_start_annual(
    *, user: User, customer: Customer, year: int, found: Review | None, at_work: AtWork
) -> Refusal:
    """Return why `user` may not start the annual review of `customer` for `year` (P4.2); `found` is one that is open,
    of whatever year, or approved for this one.
    """
    if not user.has_role(Role.SERVICE_MANAGER):
        return NotAllowedError(
            "annual.role", _("Only a customer service manager starts an annual review (P3.2.6).")
        )
    if not is_service_manager_of(user, customer):
        return NotAllowedError(
            "annual.not_yours",
            _("Only the customer's own service manager starts his annual review (P3.2.6)."),
        )
    return refusal_of_annual(customer=customer, year=year, found=found, at_work=at_work)


def refusal_of_annual(*, customer: Customer, year: int, found: Review | None, at_work: AtWork) -> Refusal:
    """Return why no annual review of `customer` can be started for `year`, whoever asks."""
    if found is not None and found.ended_at is not None:
        reason = _("Review %(number)s has already assessed this customer for %(year)s.")
        return ConflictError("annual.done", reason % {"number": found.number, "year": year})
    if found is not None:
        reason = _("Review %(number)s of this customer has not ended yet.") % {"number": found.number}
        return ConflictError("review.create_open", reason)
    if customer.state not in REVIEWED_YEARLY or customer.reviewed_on is None:
        return NotAllowedError(
            "annual.not_reviewed",
            _("Only a customer with an approved new-customer review is assessed yearly (P4.1, P4.2)."),
        )
    for role, manager, code in (
        (Role.ACCOUNT_MANAGER, customer.account_manager_id, "annual.no_account_manager"),
        (Role.SERVICE_MANAGER, customer.service_manager_id, "annual.no_service_manager"),
    ):
        if manager not in at_work[role]:
            reason = _("The customer has no %(role)s at work, who must score: give him one first.")
            return NotAllowedError(code, reason % {"role": role.label})
    return None


def annual_list_refusal(user: User) -> NotAllowedError | None:
    """Everybody in the business follows the annual reviews of the customers he sees; an administrator sees none."""
    if user.has_role(*(role for role in Role if role != Role.ADMINISTRATOR)):
        return None
    return NotAllowedError("annual.not_allowed", _("The annual reviews are shown to the business roles."))


def sitting_refusal(user: User) -> NotAllowedError | None:
    """P3.1 (f): the group leader re-confirms each customer's service level."""
    if user.has_role(Role.GROUP_LEADER):
        return None
    return NotAllowedError(
        "service_level.role", _("Only the group leader re-confirms service levels (P3.1 f).")
    )


def service_level_refusal(user: User, review: Review, *, latest: Review | None) -> Refusal:
    """Return why `user` may not re-confirm the service level of `review` outside its approval (P3.1 f); `latest` is the
    customer's last approved review."""
    if refused := sitting_refusal(user):
        return refused
    if review.kind != ReviewKind.ANNUAL or review.state not in (
        ReviewState.IN_APPROVAL,
        ReviewState.APPROVED,
    ):
        return NotAllowedError(
            "service_level.no_review",
            _("A service level follows from an annual review that is in approval or approved (P3.1 f)."),
        )
    if review.state == ReviewState.APPROVED and latest is not None and latest.pk != review.pk:
        return ConflictError(
            "service_level.overtaken",
            _("A later annual review has assessed this customer: confirm that one."),
        )
    return None
