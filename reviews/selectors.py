"""Reads of reviews: who may decide what, the inbox, the page of one review."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import SEES_ALL_CUSTOMERS, Role
from creditrisk.accounts.selectors import deputies_of, holders_by_role, holders_of, people_at_work
from creditrisk.policy.schema import Policy
from creditrisk.policy.selectors import policy_version_on
from customers.models import Customer, CustomerState
from customers.selectors import is_uscc_taken
from reviews.approval_chain import Chain, Facts, Stage, chain_for, thaw
from reviews.completeness import open_questions
from reviews.models import (
    SCORERS,
    AnnualForm,
    ApprovalStep,
    Attachment,
    Consultation,
    Decision,
    NewCustomerForm,
    Phrase,
    Review,
    ReviewCopy,
    ReviewKind,
    ReviewState,
    Score,
    StepState,
)
from reviews.models.review import EDITABLE_STATES, OPEN_STATES, ReviewQuerySet
from reviews.models.sharing import ConsultationQuerySet
from reviews.models.step import ApprovalStepQuerySet
from reviews.verification_code import hash_start

SCORE_MISSING = _("Account manager and service manager must both have scored before the review is submitted.")
USCC_TAKEN = _("Another customer file has this unified social credit code: one company is one customer.")


def deciders(review: Review, role: str) -> QuerySet[User]:
    """Return the active people who may decide the steps of `role` in this review now, never its initiator.

    The customer's own service manager, the head of the account manager's department; else every holder of the
    role.
    """
    people = holders_of(role).exclude(pk=review.initiator_id)
    customer = review.customer
    if role == Role.SERVICE_MANAGER:
        return people.filter(serviced_customers=customer)
    if role == Role.DEPARTMENT_MANAGER:
        return people.filter(headed_departments__members=customer.account_manager_id).distinct()
    return people


def signers(step: ApprovalStep) -> list[User]:
    """Return the active people who may decide an open step in their own name: who took it on, else `deciders`."""
    holder = step.assignee
    if holder is not None and holder.has_role(step.role):
        return [holder]
    return list(deciders(step.review, step.role))


@dataclass(frozen=True)
class Asked:
    """For whom an open step waits: the people who sign it themselves, and those who stand in for one of them."""

    step: ApprovalStep
    signers: list[User]
    deputies: list[User]

    @property
    def everybody(self) -> list[User]:
        """All of them."""
        return self.signers + self.deputies


def people_asked(review: Review, steps: Iterable[ApprovalStep], *, day: dt.date) -> list[Asked]:
    """Return for whom each of the open `steps` waits on `day`. A deputy is neither the initiator nor one who has
    decided in the round.
    """
    signed_by = []
    for step in steps:
        step.review = review
        signed_by.append((step, signers(step)))
    away = deputies_of({person for _step, people in signed_by for person in people}, day=day)
    barred = {step.decided_by_id for step in review.steps.all() if step.round == review.round}
    barred.add(review.initiator_id)
    asked = []
    for step, people in signed_by:
        deputies = {deputy.pk: deputy for person in people for deputy in away.get(person.pk, ())}
        own = barred | {person.pk for person in people}
        asked.append(Asked(step, people, [deputy for key, deputy in deputies.items() if key not in own]))
    return asked


def possible_receivers(step: ApprovalStep, *, by: User) -> QuerySet[User]:
    """Return to whom `by` may transfer the step: others at work who hold its role, never the initiator."""
    return holders_of(step.role).exclude(pk__in=(by.pk, step.review.initiator_id))


def possible_advisers(review: Review, *, by: User) -> QuerySet[User]:
    """Return whom `by` may ask for an opinion, or send a copy: people at work but himself and the initiator."""
    return people_at_work().exclude(pk__in=(by.pk, review.initiator_id))


def roles_nobody_can_sign(review: Review, chain: Iterable[Stage]) -> list[Role]:
    """Return the roles of `chain` that nobody but the initiator could sign, in the order of the chain."""
    roles = dict.fromkeys(role for stage in chain for role in stage.roles)
    return [role for role in roles if not deciders(review, role).exists()]


def open_review_of(customer: Customer) -> Review | None:
    """Return the customer's new-customer review that has not ended yet, if there is one."""
    return Review.objects.filter(
        customer=customer, kind=ReviewKind.NEW_CUSTOMER, state__in=OPEN_STATES
    ).first()


def latest_approved(customer: Customer) -> Review | None:
    """Return the customer's last approved review of any kind, if there is one."""
    approved = Review.objects.filter(customer=customer, state=ReviewState.APPROVED)
    return approved.order_by("-ended_at", "-pk").first()


def open_review_of_kind(review: Review) -> Review | None:
    """Return the review of the same kind and customer that has not ended, if there is one."""
    same = Review.objects.filter(customer=review.customer_id, kind=review.kind, state__in=OPEN_STATES)
    return same.first()


def annual_review_of(customer: Customer, *, year: int) -> Review | None:
    """Return what keeps the annual review of `year` from being started: one that has not ended, of whatever year, or
    the approved one of this year. None where nothing does.
    """
    return (
        Review.objects.filter(customer=customer, kind=ReviewKind.ANNUAL)
        .filter(Q(state__in=OPEN_STATES) | Q(state=ReviewState.APPROVED, year=year))
        .order_by("-pk")
        .first()
    )


def managers_at_work() -> dict[str, set[int]]:
    """Return account manager and service manager → the primary keys of the active people who hold the role."""
    held = holders_by_role(Role.ACCOUNT_MANAGER, Role.SERVICE_MANAGER)
    return {role: {person.pk for person in people} for role, people in held.items()}


def customers_to_launch(service_manager: User | None, *, year: int) -> QuerySet[Customer]:
    """Return the customers whose annual review of `year` may be missing, of one service manager or of all, by number.
    Whether each can be started is asked of `reviews.permissions.refusal_of_annual`.
    """
    assessed = Review.objects.filter(customer=OuterRef("pk"), kind=ReviewKind.ANNUAL, year=year).exclude(
        state__in=(ReviewState.REJECTED, ReviewState.WITHDRAWN)
    )
    customers = Customer.objects.exclude(state=CustomerState.CLOSED).filter(
        ~Exists(assessed), reviewed_on__isnull=False, service_manager__isnull=False
    )
    return (
        customers if service_manager is None else customers.filter(service_manager=service_manager)
    ).order_by("number")


def reviews_of_year(year: int) -> ReviewQuerySet:
    """Return the annual reviews of a year that are in approval or approved and that no later one has overtaken, with
    what a row of the leader's sitting shows (P3.1 f)."""
    later = Review.objects.filter(
        customer=OuterRef("customer"), state=ReviewState.APPROVED, ended_at__gt=OuterRef("ended_at")
    )
    found: ReviewQuerySet = Review.objects.filter(
        ~Exists(later),
        kind=ReviewKind.ANNUAL,
        year=year,
        state__in=(ReviewState.IN_APPROVAL, ReviewState.APPROVED),
    )
    return found.select_related("customer", "annual_form", "service_level_confirmation__confirmed_by")


def form_of(review: Review) -> NewCustomerForm | AnnualForm:
    """Return the form of the review as it is stored now."""
    model: type[NewCustomerForm] | type[AnnualForm] = (
        AnnualForm if review.kind == ReviewKind.ANNUAL else NewCustomerForm
    )
    form = model.objects.get(pk=review.pk)
    form.review = review
    return form


def questions_before_submission(form: NewCustomerForm | AnnualForm) -> dict[str, str | Promise]:
    """Return field → reason for everything that keeps the form from being submitted; empty where it is
    complete.
    """
    if isinstance(form, AnnualForm):
        given = {score.role for score in form.review.scores.all()}
        return {f"score_{role.value}": SCORE_MISSING for role in SCORERS if role not in given}
    found = open_questions(form.answers())
    if "uscc" not in found and form.uscc and is_uscc_taken(form.uscc, by_other_than=form.review.customer):
        found["uscc"] = USCC_TAKEN
    return found


def chain_of(form: NewCustomerForm | AnnualForm, *, policy: Policy) -> Chain:
    """Return the approval chain of `policy` that the form would pass if it were submitted as it is."""
    types = form.facts.get("service_types", ()) if isinstance(form, AnnualForm) else form.service_types
    facts = Facts(*form.business, frozenset(types))
    return chain_for(form.review.kind, facts, chains=policy.approvals.chains)


def planned_chain(review: Review, *, on: dt.date) -> Chain:
    """Return the chain that the form would pass if it were submitted as it is on the day `on`."""
    form = review.annual_form if review.kind == ReviewKind.ANNUAL else review.new_customer_form
    return chain_of(form, policy=policy_version_on(on).policy)


def chain_shown(review: Review, *, on: dt.date) -> Chain:
    """Return the chain that a submitted review was frozen with, or the one that a draft would pass on the day `on`."""
    return thaw(review.chain) or planned_chain(review, on=on)


def startable_customers(user: User) -> QuerySet[Customer]:
    """Return the customers whose new-customer review `user` may start now (P4.1), by number."""
    if not user.has_role(Role.ACCOUNT_MANAGER):
        return Customer.objects.none()
    unreviewed = Q(state=CustomerState.PROSPECT) | Q(
        state__in=(CustomerState.ACTIVE, CustomerState.WATCH), reviewed_on__isnull=True
    )
    still_open = Review.objects.filter(
        customer=OuterRef("pk"), kind=ReviewKind.NEW_CUSTOMER, state__in=OPEN_STATES
    )
    return Customer.objects.filter(unreviewed, ~Exists(still_open), account_manager=user)


def open_on(day: dt.date) -> Q:
    """Return the condition that a review was started and not ended at the end of a day."""
    return Q(created_at__date__lte=day) & (Q(ended_at__isnull=True) | Q(ended_at__date__gt=day))


def review_list(user: User) -> ReviewQuerySet:
    """Return the reviews `user` may see, with what a row of the list shows, newest first."""
    visible: ReviewQuerySet = Review.objects.visible_to(user)
    return visible.select_related("customer", "initiator")


def reviews_of(customer: Customer, *, person: User | None) -> ReviewQuerySet:
    """Return the customer's reviews that `person` may see (None: the command on the server, which sees all), with who
    started them."""
    seen: ReviewQuerySet = Review.objects.all() if person is None else Review.objects.visible_to(person)
    return seen.filter(customer=customer).select_related("initiator")


def review_for_page(user: User) -> ReviewQuerySet:
    """Return the reviews `user` may see, ready for the page of one: people, form, steps, decisions
    and files.
    """
    visible: ReviewQuerySet = Review.objects.visible_to(user)
    return visible.select_related(
        "customer__account_manager__department__head",
        "customer__service_manager__department",
        "initiator",
        "policy_version",
        "cites",
        "new_customer_form",
        "annual_form",
    ).prefetch_related(
        "scores__by",
        Prefetch(
            "steps",
            ApprovalStep.objects.select_related("decided_by", "assignee").prefetch_related(
                "assignee__role_assignments",
                Prefetch("consultations", Consultation.objects.select_related("asked", "by")),
            ),
        ),
        Prefetch("cited_by", Review.objects.exclude(state=ReviewState.DRAFT).order_by("pk")),
        Prefetch("copies", ReviewCopy.objects.select_related("user", "by")),
        Prefetch(
            "attachments", Attachment.objects.filter(removed_at__isnull=True).order_by("category", "pk")
        ),
        Prefetch("attachments", _earlier_files(), to_attr="earlier_files"),
        "decisions__by",
        "decisions__on_behalf_of",
        "decisions__step",
    )


def _earlier_files() -> QuerySet[Attachment]:
    """Return the files whose place another version has taken, the latest first."""
    later = Attachment.objects.filter(
        review=OuterRef("review"),
        category=OuterRef("category"),
        item=OuterRef("item"),
        name=OuterRef("name"),
        version__gt=OuterRef("version"),
        removed_at__isnull=True,
    )
    return Attachment.objects.filter(Exists(later), removed_at__isnull=False).order_by("-version")


def steps_to_decide(user: User) -> QuerySet[ApprovalStep]:
    """Return the open steps that wait for `user`, the longest waiting first."""
    pending: ApprovalStepQuerySet = ApprovalStep.objects.pending_for(user)
    return _for_rows(pending).order_by("opened_at", "pk")


def steps_by_key(user: User, keys: Iterable[int]) -> QuerySet[ApprovalStep]:
    """Return the steps with these primary keys whose reviews `user` may see, open or not, the longest waiting first."""
    seen = ApprovalStep.objects.filter(pk__in=list(keys), review__in=Review.objects.visible_to(user))
    return seen.select_related("review__customer").order_by("opened_at", "pk")


def steps_decided(user: User) -> QuerySet[ApprovalStep]:
    """Return the steps that `user` decided, of reviews he may still see, the latest first."""
    decided = ApprovalStep.objects.filter(decided_by=user)
    if not user.has_role(*SEES_ALL_CUSTOMERS):  # who sees all customers sees every review that was decided on
        decided = decided.filter(review__in=Review.objects.visible_to(user))
    return _for_rows(decided).order_by("-decided_at", "-pk")


def _for_rows(steps: QuerySet[ApprovalStep]) -> QuerySet[ApprovalStep]:
    return steps.select_related("review__customer", "review__initiator")


def reviews_started(user: User) -> QuerySet[Review]:
    """Return the reviews that `user` started, newest first."""
    return review_list(user).filter(initiator=user)


def steps_waiting_for(user: User) -> ApprovalStepQuerySet:
    """Return the steps that `user` could decide now."""
    pending: ApprovalStepQuerySet = ApprovalStep.objects.pending_for(user)
    return pending


def reviews_to_score(user: User) -> ReviewQuerySet:
    """Return the annual reviews whose scores wait for `user`: of his customers, being written, his own not in yet."""
    own = Q()
    for role, field in ((Role.ACCOUNT_MANAGER, "account_manager"), (Role.SERVICE_MANAGER, "service_manager")):
        if user.has_role(role):
            missing = ~Exists(Score.objects.filter(review=OuterRef("pk"), role=role))
            own |= Q(missing, **{f"customer__{field}": user})
    waiting: ReviewQuerySet = Review.objects.filter(kind=ReviewKind.ANNUAL, state__in=EDITABLE_STATES)
    return waiting.filter(own).select_related("customer", "initiator") if own else waiting.none()


def questions_to(user: User) -> ConsultationQuerySet:
    """Return the questions that wait for an opinion of `user`, the longest waiting first."""
    waiting: ConsultationQuerySet = Consultation.objects.waiting_for(user)
    return waiting.select_related("step__review__customer", "by").order_by("asked_at", "pk")


def copies_for(user: User) -> QuerySet[ReviewCopy]:
    """Return the reviews that were sent to `user` to read, the latest first; none where he holds no role any more."""
    sent = ReviewCopy.objects.filter(user=user) if user.roles else ReviewCopy.objects.none()
    return sent.select_related("review__customer", "by").order_by("-sent_at", "-pk")


def waiting_for(user: User) -> list[QuerySet[Any]]:
    """Return everything in the inbox that waits for `user`: steps to decide, reviews to score, questions to answer."""
    return [
        steps_waiting_for(user),
        reviews_to_score(user).select_related(None),
        questions_to(user).select_related(None),
    ]


def inbox_count(user: User) -> int:
    """Return how many steps wait for `user`."""
    return steps_waiting_for(user).count()


def steps_with_deadline(on: dt.date) -> QuerySet[ApprovalStep]:
    """Return the open steps of whose deadline something may have to be said on `on`: not escalated yet, and past it, or
    not reminded of yet.
    """
    unspoken = Q(reminded_at__isnull=True) | Q(due_on__lt=on)
    return ApprovalStep.objects.filter(
        unspoken, state=StepState.PENDING, due_on__isnull=False, escalated_at__isnull=True
    )


def people_told_of_delay(step: ApprovalStep) -> list[User]:
    """Return who is told that an open step is overdue: those who would decide the next stage; after the last, the
    initiator.
    """
    chain = thaw(step.review.chain)
    if step.stage + 1 == len(chain):
        return [step.review.initiator]
    found = {
        person.pk: person for role in chain[step.stage + 1].roles for person in deciders(step.review, role)
    }
    return list(found.values())


def who_wants_the_digest() -> QuerySet[User]:
    """Return the people at work who want mails and the morning's one among them."""
    return people_at_work().filter(mails_wanted=True, digest_wanted=True).exclude(email="")


def phrases_of(person: User) -> QuerySet[Phrase]:
    """Return the person's own phrases for opinions, in their alphabetical order."""
    return Phrase.objects.filter(user=person).order_by("text")


def decision_of_code(code: str) -> Decision | None:
    """Return the decision that the verification code of a print-out was made of; None where there is none."""
    try:
        start = hash_start(code)
    except ValueError:
        return None
    found = Decision.objects.filter(sha256__startswith=start).select_related("review__customer")
    return found.defer("snapshot").first()


def roles_held(roles: Iterable[str]) -> set[str]:
    """Return those of `roles` that somebody at work holds."""
    return {role for role, people in holders_by_role(*roles).items() if people}
