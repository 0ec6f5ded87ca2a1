"""A review: one form on its way through the approval chain. The row that every decision locks first."""

from __future__ import annotations

from typing import Any, ClassVar

from django.apps import apps
from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, FSMModelMixin, transition

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import SEES_ALL_CUSTOMERS, Role
from creditrisk.audit.tracking import tracked
from creditrisk.money import AmountField, CurrencyField
from creditrisk.policy.models import PolicyVersion
from customers.models import Customer


class ReviewKind(models.TextChoices):
    NEW_CUSTOMER = "new_customer", _("New-customer review")
    ANNUAL = "annual", _("Annual review")


class ReviewState(models.TextChoices):
    DRAFT = "draft", _("draft")
    IN_APPROVAL = "in_approval", _("in approval")
    RETURNED = "returned", _("returned")
    APPROVED = "approved", _("approved")
    REJECTED = "rejected", _("rejected")
    WITHDRAWN = "withdrawn", _("withdrawn")


OPEN_STATES = (ReviewState.DRAFT, ReviewState.IN_APPROVAL, ReviewState.RETURNED)
EDITABLE_STATES = (ReviewState.DRAFT, ReviewState.RETURNED)


class ReviewQuerySet(models.QuerySet["Review"]):
    def visible_to(self, user: User) -> ReviewQuerySet:
        """Return the reviews of the customers that `user` may see, and those he started.

        A review that was put before him by name he sees wherever it belongs (`_shared_with`), while he holds a role.
        A draft is seen by its initiator and the customer's account manager only, an annual one by his service manager
        too: after a handover the new one may withdraw what his predecessor left. Somebody without any role sees
        nothing, not even his own.
        The action `view` of `reviews.permissions` is the same rule for a review that is loaded already.
        """
        if not user.roles:
            return self.none()
        visible = models.Q(customer__in=Customer.objects.visible_to(user))
        draft = models.Q(state=ReviewState.DRAFT)
        seen = models.Q(initiator=user) | (visible & ~draft)
        if user.has_role(Role.ACCOUNT_MANAGER):
            seen |= draft & models.Q(customer__account_manager=user)
        if user.has_role(Role.SERVICE_MANAGER):
            seen |= draft & models.Q(kind=ReviewKind.ANNUAL, customer__service_manager=user)
        if not user.has_role(*SEES_ALL_CUSTOMERS):
            seen |= self._shared_with(user)
        return self.filter(seen)

    def _shared_with(self, user: User) -> models.Q:
        """Return the condition that a review was put before `user` by name, whosever customer it is of: a copy, a
        question, a step transferred to him, one that waits for an absent colleague whose deputy he is or that he
        decided as such.
        """
        # By name: these models are built on this one.
        copies = apps.get_model("reviews", "ReviewCopy").objects
        steps: Any = apps.get_model("reviews", "ApprovalStep").objects
        decisions = apps.get_model("reviews", "Decision").objects
        asked = apps.get_model("reviews", "Consultation").objects
        shared = (
            models.Q(pk__in=copies.filter(user=user.pk).values("review"))
            | models.Q(pk__in=asked.filter(asked=user.pk).values("step__review"))
            | models.Q(pk__in=steps.filter(assignee=user.pk).values("review"))
            | models.Q(pk__in=decisions.filter(by=user.pk, on_behalf_of__isnull=False).values("review"))
        )
        if user.stands_in_for:
            shared |= models.Q(pk__in=steps.pending_for(user).values("review"))
        return shared


@tracked()
class Review(FSMModelMixin, models.Model):
    """One review. `chain` is the approval chain as frozen at submission; `form_version` rises with every
    saved edit. An annual review has the `year` it is of. `business_amount` in `business_currency` is the monthly
    business that the form asks for or tells, for lists; None where it does not say. `cites` is the earlier review that
    it corrects or was started anew from: what has ended is never changed.
    """

    number = models.CharField(_("record number"), max_length=30, unique=True)
    kind = models.CharField(_("kind"), max_length=20, choices=ReviewKind.choices)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="reviews", verbose_name=_("customer"))
    initiator = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="initiated_reviews",
        verbose_name=_("initiator"),
    )
    review_on = models.DateField(_("review date"))
    year = models.PositiveSmallIntegerField(_("year"), null=True, blank=True)
    business_amount = AmountField(_("monthly business"), null=True, blank=True)
    business_currency = CurrencyField(_("currency"))
    state = FSMField(
        _("state"), max_length=20, choices=ReviewState.choices, default=ReviewState.DRAFT, protected=True
    )
    round = models.PositiveSmallIntegerField(_("round"), default=1)
    form_version = models.PositiveIntegerField(_("form version"), default=1)
    cites = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="cited_by",
        verbose_name=_("earlier review"),
    )
    chain = models.JSONField(_("approval chain"), default=list, blank=True)
    policy_version = models.ForeignKey(
        PolicyVersion, models.PROTECT, null=True, blank=True, verbose_name=_("policy version")
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    submitted_at = models.DateTimeField(_("submitted at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    objects: ClassVar[models.Manager[Review]] = ReviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["initiator", "-created_at"], name="review_initiator"),
            models.Index(fields=["state", "-created_at"], name="review_state"),
            models.Index(fields=["-created_at", "-id"], name="review_newest"),
        ]
        constraints = [
            models.UniqueConstraint(
                name="one_open_review_per_customer_and_kind",
                fields=["customer", "kind"],
                condition=models.Q(state__in=["draft", "in_approval", "returned"]),
            ),
            models.UniqueConstraint(
                name="one_annual_review_per_customer_and_year",
                fields=["customer", "year"],
                condition=models.Q(
                    state__in=["draft", "in_approval", "returned", "approved"], cites__isnull=True
                ),
            ),
            models.CheckConstraint(
                name="review_year_is_of_annual_ones",
                condition=models.Q(kind="annual", year__isnull=False)
                | (~models.Q(kind="annual") & models.Q(year__isnull=True)),
            ),
            models.CheckConstraint(
                name="review_ended_has_time",
                condition=models.Q(state__in=["approved", "rejected", "withdrawn"], ended_at__isnull=False)
                | (
                    models.Q(state__in=["draft", "in_approval", "returned"]) & models.Q(ended_at__isnull=True)
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("reviews:detail", args=[self.number])

    @property
    def is_editable(self) -> bool:
        """Whether the form may be changed: as a draft, or returned to its initiator."""
        return self.state in EDITABLE_STATES

    @transition(field=state, source=[ReviewState.DRAFT, ReviewState.RETURNED], target=ReviewState.IN_APPROVAL)
    def submit(self) -> None:
        """The initiator hands the form in; the chain starts from its first stage."""

    @transition(field=state, source=ReviewState.IN_APPROVAL, target=ReviewState.RETURNED)
    def send_back(self) -> None:
        """An approver returns the form to the initiator."""

    @transition(field=state, source=ReviewState.IN_APPROVAL, target=ReviewState.APPROVED)
    def approve(self) -> None:
        """The last stage approved."""

    @transition(field=state, source=ReviewState.IN_APPROVAL, target=ReviewState.REJECTED)
    def reject(self) -> None:
        """An approver rejected: the end."""

    @transition(
        field=state,
        source=[ReviewState.DRAFT, ReviewState.IN_APPROVAL, ReviewState.RETURNED],
        target=ReviewState.WITHDRAWN,
    )
    def withdraw(self) -> None:
        """The initiator takes the form back for good."""
