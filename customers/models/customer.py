"""The customer file: master data of Annex 1, portfolio, state, grade and limit."""

from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_fsm import GET_STATE, FSMField, FSMModelMixin, transition

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import SEES_ALL_CUSTOMERS, Role
from creditrisk.audit.masking import mask_number
from creditrisk.audit.tracking import tracked
from creditrisk.money import AmountField, CurrencyField
from customers.models.industry import Industry
from customers.models.name_fields import NameGramsField, NameInitialsField
from customers.models.payment_term import PaymentTermKind, payment_term_text
from customers.models.state_reason import StateReasonCode, reason_text
from customers.numbers import NUMBER_FORBIDDEN, NUMBER_MAX_LENGTH, NUMBERS_RESERVED


class CustomerState(models.TextChoices):
    PROSPECT = "prospect", _("prospect")
    IN_REVIEW = "in_review", _("in review")
    ACTIVE = "active", _("active")
    WATCH = "watch", _("watch")
    SUSPENDED = "suspended", _("suspended")
    CLOSED = "closed", _("closed")


class Grade(models.TextChoices):
    A = "A", _("A – excellent")
    B = "B", _("B – good")
    C = "C", _("C – fair")
    D = "D", _("D – failing")


class ServiceLevel(models.TextChoices):
    """What we do for the customer, whatever his grade (P3.1 f)."""

    PRIORITY = "priority", _("priority")
    STANDARD = "standard", _("standard")
    LIMITED = "limited", _("limited")


class EnterpriseType(models.TextChoices):
    STATE_OWNED = "state_owned", _("State-owned enterprise")
    PRIVATE = "private", _("Private enterprise")
    FOREIGN_INVESTED = "foreign_invested", _("Foreign-invested enterprise")
    LISTED = "listed", _("Listed company")
    INSTITUTION = "institution", _("Public institution")
    SOLE_PROPRIETOR = "sole_proprietor", _("Sole proprietor")
    OTHER = "other", _("Other")


def state_without_suspension(customer: Customer) -> str:
    """Return where a suspended customer goes back to: without an approved review he is no active one
    (P4.1)."""
    settled = customer.reviewed_on is not None or customer.is_onboarded
    return CustomerState.ACTIVE if settled else CustomerState.PROSPECT


class CustomerQuerySet(models.QuerySet["Customer"]):
    def visible_to(self, user: User) -> CustomerQuerySet:
        """Return the customers `user` may see (P3).

        Leaders, supervising departments and finance see all; a department head those of his department's
        account and service managers; an AM or CSM his own. It is the role that counts: who lost it sees
        nothing by it, and an administrator as such sees no customer (he keeps people and rules, not files).
        `customers.permissions.sees_customer` is the same rule for a customer who is loaded already.
        """
        if user.has_role(*SEES_ALL_CUSTOMERS):
            return self
        mine = models.Q()
        if user.has_role(Role.ACCOUNT_MANAGER):
            mine |= models.Q(account_manager=user)
        if user.has_role(Role.SERVICE_MANAGER):
            mine |= models.Q(service_manager=user)
        if user.has_role(Role.DEPARTMENT_MANAGER):
            mine |= models.Q(account_manager__department__head=user)
            mine |= models.Q(service_manager__department__head=user)
        return self.filter(mine) if mine else self.none()


@tracked(exclude=("name_grams", "name_en_grams", "short_name_grams", "name_initials", "short_name_initials"))
class Customer(FSMModelMixin, models.Model):
    """One customer. The unified social credit code replaces the three older numbers (GB 32100-2015); a file may
    carry either. `state` moves only through the services. `state_reason` is what a person typed; where the
    software moved him, `state_reason_code` says why and `state_reason` is the number of the review or letter:
    pages show `state_reason_text`. `version` rises with every change of the master
    data or portfolio and guards against silent overwriting. A credit limit keeps the currency it was given in,
    whatever currency the file is kept in afterwards. An onboarded customer was ours before the product
    was: he is active and awaits his first review. `confirmed_on` is the oldest of the latest
    confirmations of the file's sections, None until each was confirmed (P4.3). `submission_key` makes a form
    that is sent twice one customer."""

    number = models.CharField(_("customer number"), max_length=NUMBER_MAX_LENGTH, unique=True)
    name = models.CharField(_("name"), max_length=200)
    name_en = models.CharField(_("English name"), max_length=200, blank=True)
    short_name = models.CharField(_("short name"), max_length=100, blank=True)
    name_grams = NameGramsField(source="name")
    name_en_grams = NameGramsField(source="name_en")
    short_name_grams = NameGramsField(source="short_name")
    name_initials = NameInitialsField(source="name", max_length=200)
    short_name_initials = NameInitialsField(source="short_name", max_length=100)
    enterprise_type = models.CharField(
        _("type of enterprise"), max_length=20, choices=EnterpriseType.choices, blank=True
    )
    industry = models.ForeignKey(
        Industry,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="customers",
        verbose_name=_("industry"),
    )
    registered_capital_amount = AmountField(_("registered capital"), null=True, blank=True)
    registered_capital_currency = CurrencyField(_("currency of the registered capital"))
    uscc = models.CharField(
        _("unified social credit code"), max_length=18, unique=True, null=True, blank=True
    )
    business_licence_number = models.CharField(_("business licence number"), max_length=50, blank=True)
    tax_registration_number = models.CharField(_("tax registration number"), max_length=50, blank=True)
    organisation_code = models.CharField(_("organisation code"), max_length=50, blank=True)
    bank_name = models.CharField(_("bank"), max_length=200, blank=True)
    bank_account = models.CharField(_("account number"), max_length=50, blank=True)
    legal_representative = models.CharField(_("legal representative"), max_length=100, blank=True)
    person_in_charge = models.CharField(_("person in charge"), max_length=100, blank=True)
    finance_contact = models.CharField(_("finance contact"), max_length=100, blank=True)
    finance_phone = models.CharField(_("finance phone"), max_length=50, blank=True)
    finance_email = models.EmailField(_("finance e-mail"), blank=True)
    business_contact = models.CharField(_("business contact"), max_length=100, blank=True)
    business_phone = models.CharField(_("business phone"), max_length=50, blank=True)
    address = models.CharField(_("address"), max_length=300, blank=True)
    postal_code = models.CharField(_("post code"), max_length=10, blank=True)
    letter_language = models.CharField(
        _("language of letters"), max_length=10, choices=settings.LANGUAGES, default="zh-hans"
    )
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="subsidiaries",
        verbose_name=_("parent company"),
    )
    currency = CurrencyField(_("currency"))
    payment_term_kind = models.CharField(
        _("kind of payment term"),
        max_length=12,
        choices=PaymentTermKind.choices,
        default=PaymentTermKind.NET,
    )
    payment_term_days = models.PositiveSmallIntegerField(_("payment term (days)"), default=30)

    account_manager = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="managed_customers",
        verbose_name=_("account manager"),
    )
    service_manager = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="serviced_customers",
        verbose_name=_("customer service manager"),
    )

    state = FSMField(
        _("state"),
        max_length=10,
        choices=CustomerState.choices,
        default=CustomerState.PROSPECT,
        protected=True,
    )
    is_onboarded = models.BooleanField(_("onboarded"), default=False)
    state_reason_code = models.CharField(
        _("what changed the state"), max_length=20, choices=StateReasonCode.choices, blank=True
    )
    state_reason = models.CharField(_("reason for the state"), max_length=500, blank=True)
    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="merged_files",
        verbose_name=_("merged into"),
    )
    reviewed_on = models.DateField(_("last approved review"), null=True, blank=True)
    confirmed_on = models.DateField(_("file confirmed on"), null=True, blank=True)
    grade = models.CharField(_("credit grade"), max_length=1, choices=Grade.choices, blank=True)
    grade_is_provisional = models.BooleanField(_("provisional grade"), default=False)
    grade_valid_to_on = models.DateField(_("grade valid to"), null=True, blank=True)
    service_level = models.CharField(
        _("service level"), max_length=10, choices=ServiceLevel.choices, default=ServiceLevel.STANDARD
    )
    service_level_reason = models.CharField(_("reason for the service level"), max_length=500, blank=True)
    credit_limit_amount = AmountField(_("credit limit"), null=True, blank=True)
    credit_limit_currency = CurrencyField(_("currency of the credit limit"), default="", blank=True)
    credit_limit_valid_to_on = models.DateField(_("credit limit valid to"), null=True, blank=True)
    temporary_limit_amount = AmountField(_("temporary limit"), null=True, blank=True)
    temporary_limit_valid_to_on = models.DateField(_("temporary limit valid to"), null=True, blank=True)
    temporary_limit_reason = models.CharField(_("reason for the temporary limit"), max_length=500, blank=True)
    frozen_at = models.DateTimeField(_("frozen at"), null=True, blank=True)
    frozen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("frozen by"),
    )
    freeze_reason = models.CharField(_("reason for freezing or unfreezing"), max_length=500, blank=True)

    version = models.PositiveIntegerField(_("version"), default=1)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("created by"),
    )
    updated_at = models.DateTimeField(_("changed at"), auto_now=True)
    submission_key = models.UUIDField(null=True, blank=True, unique=True, editable=False)

    objects: ClassVar[models.Manager[Customer]] = CustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        ordering = ["number"]
        indexes = [
            models.Index(fields=["account_manager", "state"], name="customer_am_state"),
            models.Index(fields=["service_manager", "state"], name="customer_csm_state"),
            models.Index(fields=["name"], name="customer_name"),
            GinIndex(fields=["name_grams", "name_en_grams", "short_name_grams"], name="customer_name_grams"),
        ]
        # A file is closed or merged into another, never deleted: what points to it need not be checked row by row.
        triggers = [pgtrigger.Protect(name="customers_are_kept", operation=pgtrigger.Delete)]
        constraints = [
            models.CheckConstraint(
                name="customer_number_fits_an_address",
                condition=~models.Q(number__regex=NUMBER_FORBIDDEN)
                & ~models.Q(number__in=["", *NUMBERS_RESERVED]),
            ),
            models.CheckConstraint(name="customer_has_name", condition=~models.Q(name="")),
            models.CheckConstraint(name="customer_uscc_not_empty", condition=~models.Q(uscc="")),
            models.CheckConstraint(
                name="customer_suspended_with_reason",
                condition=~models.Q(state="suspended") | ~models.Q(state_reason=""),
            ),
            models.CheckConstraint(
                name="customer_state_reason_code_has_number",
                condition=models.Q(state_reason_code="") | ~models.Q(state_reason=""),
            ),
            models.CheckConstraint(
                name="customer_not_his_own_parent",
                condition=models.Q(parent__isnull=True) | ~models.Q(parent=models.F("id")),
            ),
            models.CheckConstraint(
                name="customer_frozen_by_somebody_with_reason",
                condition=models.Q(frozen_at__isnull=True, frozen_by__isnull=True)
                | (models.Q(frozen_at__isnull=False, frozen_by__isnull=False) & ~models.Q(freeze_reason="")),
            ),
            models.CheckConstraint(
                name="customer_temporary_limit_has_end_and_reason",
                condition=models.Q(
                    temporary_limit_amount__isnull=True, temporary_limit_valid_to_on__isnull=True
                )
                | (
                    models.Q(
                        temporary_limit_amount__isnull=False,
                        temporary_limit_amount__gt=0,
                        temporary_limit_valid_to_on__isnull=False,
                    )
                    & ~models.Q(temporary_limit_reason="")
                ),
            ),
            models.CheckConstraint(
                name="customer_grade_end_is_of_a_grade",
                condition=models.Q(grade_valid_to_on__isnull=True) | ~models.Q(grade=""),
            ),
            models.CheckConstraint(
                name="customer_merged_is_closed",
                condition=models.Q(merged_into__isnull=True)
                | models.Q(state="closed") & ~models.Q(merged_into=models.F("id")),
            ),
            models.CheckConstraint(
                name="customer_provisional_grade_is_a_grade",
                condition=models.Q(grade_is_provisional=False) | ~models.Q(grade=""),
            ),
            models.CheckConstraint(
                name="customer_credit_limit_is_whole",
                condition=models.Q(
                    credit_limit_amount__isnull=True,
                    credit_limit_currency="",
                    credit_limit_valid_to_on__isnull=True,
                )
                | (
                    models.Q(credit_limit_amount__gte=0, credit_limit_valid_to_on__isnull=False)
                    & ~models.Q(credit_limit_currency="")
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"

    def get_absolute_url(self) -> str:
        return reverse("customers:detail", args=[self.number])

    @property
    def state_reason_text(self) -> str:
        """The reason for the state in the reader's language."""
        return reason_text(self.state_reason_code, self.state_reason)

    @property
    def bank_account_masked(self) -> str:
        """The account number as lists, exports and logs may show it."""
        return mask_number(self.bank_account)

    @property
    def is_temporary_limit_in_file_currency(self) -> bool:
        """Whether another currency of the file would make the temporary limit another amount."""
        return self.temporary_limit_amount is not None and not self.credit_limit_currency

    @property
    def payment_term(self) -> str:
        """The payment term in words."""
        return payment_term_text(self.payment_term_kind, self.payment_term_days)

    @property
    def is_frozen(self) -> bool:
        """Whether new business is blocked; the state and the collection of what is open stay as they are."""
        return self.frozen_at is not None

    @property
    def limit_currency(self) -> str:
        """The currency of both limits: that of the permanent one, which keeps it; else that of the file."""
        return str(self.credit_limit_currency or self.currency)

    @transition(field=state, source=CustomerState.PROSPECT, target=CustomerState.IN_REVIEW)
    def enter_review(self) -> None:
        """P4.1: the new-customer review runs."""

    @transition(field=state, source=CustomerState.IN_REVIEW, target=CustomerState.PROSPECT)
    def leave_review(self) -> None:
        """The review was rejected or withdrawn."""

    @transition(
        field=state, source=[CustomerState.PROSPECT, CustomerState.IN_REVIEW], target=CustomerState.ACTIVE
    )
    def activate(self) -> None:
        """P4.1: the last approval was given (or onboarding by an aging file)."""

    @transition(
        field=state,
        source=[CustomerState.PROSPECT, CustomerState.IN_REVIEW, CustomerState.ACTIVE, CustomerState.WATCH],
        target=CustomerState.SUSPENDED,
    )
    def suspend(self) -> None:
        """P5.2.3: cooperation stops."""

    @transition(
        field=state,
        source=CustomerState.SUSPENDED,
        target=GET_STATE(state_without_suspension, states=[CustomerState.ACTIVE, CustomerState.PROSPECT]),
    )
    def reinstate(self) -> None:
        """Cooperation goes on."""

    @transition(field=state, source=CustomerState.ACTIVE, target=CustomerState.WATCH)
    def put_on_watch(self) -> None:
        """P5.1: he is looked at more closely; business goes on."""

    @transition(field=state, source=CustomerState.WATCH, target=CustomerState.ACTIVE)
    def end_watch(self) -> None:
        """P5.1: nothing to worry about any more."""

    @transition(
        field=state,
        source=[
            CustomerState.PROSPECT,
            CustomerState.ACTIVE,
            CustomerState.WATCH,
            CustomerState.SUSPENDED,
        ],
        target=CustomerState.CLOSED,
    )
    def close(self) -> None:
        """P3.1 (a): the file is closed. A running review is ended first."""

    @transition(field=state, source=CustomerState.CLOSED, target=CustomerState.PROSPECT)
    def reopen(self) -> None:
        """P4.1: he comes back like a new customer, and awaits a review."""

    @transition(
        field=state,
        source=[
            CustomerState.PROSPECT,
            CustomerState.IN_REVIEW,
            CustomerState.ACTIVE,
            CustomerState.WATCH,
            CustomerState.SUSPENDED,
        ],
        target=CustomerState.CLOSED,
    )
    def close_as_merged(self) -> None:
        """Everything of this file moved into another file of the same customer."""
