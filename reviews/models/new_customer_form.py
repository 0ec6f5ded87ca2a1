"""Annex 1: the new-customer credit review form, field by field."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from creditrisk.audit.tracking import tracked
from creditrisk.money import AmountField, CurrencyField
from creditrisk.visibility import SeenWithReview
from customers.models import EnterpriseType, ServiceType
from customers.models.customer import Grade
from reviews.models.review import Review


class ProvidedState(models.TextChoices):
    PROVIDED = "provided", _("provided")
    NOT_APPLICABLE = "not_applicable", _("not applicable")
    MISSING = "missing", _("missing")


def provided_field(label: object) -> models.CharField[str, str]:
    return models.CharField(label, max_length=20, choices=ProvidedState.choices, blank=True)  # type: ignore[arg-type]


@tracked()
class NewCustomerForm(models.Model):
    """The form of one new-customer review. Everything but the name may be empty in a draft;
    `reviews.completeness` says what submission needs.
    """

    review = models.OneToOneField(
        Review,
        models.CASCADE,
        primary_key=True,
        related_name="new_customer_form",
        verbose_name=_("review"),
    )

    # Customer
    name = models.CharField(_("customer name"), max_length=200)
    enterprise_type = models.CharField(
        _("type of enterprise"), max_length=20, choices=EnterpriseType.choices, blank=True
    )
    registered_capital_amount = AmountField(_("registered capital"), null=True, blank=True)
    registered_capital_currency = CurrencyField(_("currency of the registered capital"))
    bank_name = models.CharField(_("bank"), max_length=200, blank=True)
    bank_account = models.CharField(_("account number"), max_length=50, blank=True)
    legal_representative = models.CharField(_("legal representative"), max_length=100, blank=True)
    person_in_charge = models.CharField(_("person in charge"), max_length=100, blank=True)
    finance_contact = models.CharField(_("finance contact"), max_length=100, blank=True)
    finance_phone = models.CharField(_("finance phone"), max_length=50, blank=True)
    business_contact = models.CharField(_("business contact"), max_length=100, blank=True)
    business_phone = models.CharField(_("business phone"), max_length=50, blank=True)

    # Service
    service_types = ArrayField(
        models.CharField(max_length=20, choices=ServiceType.choices),
        verbose_name=_("service type"),
        default=list,
        blank=True,
    )
    business_content = models.TextField(_("business content"), blank=True)

    # Review items: the unified code replaces the three older numbers (GB 32100-2015); the form takes either
    uscc = models.CharField(_("unified social credit code"), max_length=18, blank=True)
    business_licence = provided_field(_("business licence"))
    business_licence_number = models.CharField(_("business licence number"), max_length=50, blank=True)
    business_licence_valid_to_on = models.DateField(_("business licence valid to"), null=True, blank=True)
    tax_registration = provided_field(_("tax registration"))
    tax_registration_number = models.CharField(_("tax registration number"), max_length=50, blank=True)
    organisation_code_certificate = provided_field(_("organisation code certificate"))
    organisation_code = models.CharField(_("organisation code"), max_length=50, blank=True)
    organisation_code_certificate_valid_to_on = models.DateField(
        _("organisation code certificate valid to"), null=True, blank=True
    )
    special_industry_permit = provided_field(_("special-industry permit"))
    special_industry_permit_number = models.CharField(
        _("special-industry permit number"), max_length=50, blank=True
    )
    special_industry_permit_valid_to_on = models.DateField(
        _("special-industry permit valid to"), null=True, blank=True
    )
    iso_9000 = provided_field(_("ISO 9000"))
    iso_9000_valid_to_on = models.DateField(_("ISO 9000 valid to"), null=True, blank=True)
    iso_20000 = provided_field(_("ISO 20000"))
    iso_20000_valid_to_on = models.DateField(_("ISO 20000 valid to"), null=True, blank=True)
    bank_credit_rating_evidence = provided_field(_("evidence of the bank credit rating"))
    bank_credit_rating = models.CharField(_("bank credit rating"), max_length=50, blank=True)
    bank_credit_rating_valid_to_on = models.DateField(_("bank credit rating valid to"), null=True, blank=True)
    tax_credit_rating_evidence = provided_field(_("evidence of the tax credit rating"))
    tax_credit_rating = models.CharField(_("tax credit rating"), max_length=50, blank=True)
    tax_credit_rating_valid_to_on = models.DateField(_("tax credit rating valid to"), null=True, blank=True)
    other_qualifications = models.TextField(_("other qualifications"), blank=True)

    # Transaction risk
    years_in_business = models.PositiveSmallIntegerField(_("years in business"), null=True, blank=True)
    ability_to_pay = models.TextField(_("ability to pay"), blank=True)
    related_business = models.TextField(_("related business"), blank=True)
    adverse_records = models.TextField(_("adverse records"), blank=True)

    # The credit asked for ("New customers and credit limits")
    expected_monthly_amount = AmountField(_("expected average monthly business"), null=True, blank=True)
    currency = CurrencyField(_("currency"))
    payment_term_days = models.PositiveSmallIntegerField(_("payment term (days)"), default=30)
    account_manager_opinion = models.TextField(_("account manager's opinion"), blank=True)

    # What the final approver gives: the proposal of the policy unless he sets another with a reason
    grade = models.CharField(_("credit grade"), max_length=1, choices=Grade.choices, blank=True)
    grade_reason = models.CharField(_("reason for another grade"), max_length=500, blank=True)

    objects: ClassVar[models.Manager[NewCustomerForm]] = SeenWithReview.as_manager()

    class Meta:
        verbose_name = _("new-customer review form")
        verbose_name_plural = _("new-customer review forms")
        constraints = [
            models.CheckConstraint(
                name="review_form_amounts_not_negative",
                condition=(
                    models.Q(expected_monthly_amount__isnull=True) | models.Q(expected_monthly_amount__gte=0)
                )
                & (
                    models.Q(registered_capital_amount__isnull=True)
                    | models.Q(registered_capital_amount__gte=0)
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def initiator_opinion(self) -> str:
        """What the account manager who hands it in has to say."""
        return self.account_manager_opinion

    @property
    def business(self) -> tuple[Decimal | None, str]:
        """Amount and currency that the review is about."""
        return self.expected_monthly_amount, self.currency

    def items_past(self, on: dt.date) -> list[str]:
        """Return the review items that are given and no longer valid on `on`, by field name."""
        return [
            name
            for name in REVIEW_ITEMS
            if getattr(self, name) not in {"", *ABSENT}
            and (valid_to_on := getattr(self, f"{name}_valid_to_on", None)) is not None
            and valid_to_on < on
        ]

    def answers(self) -> dict[str, Any]:
        """Return what the account manager fills in, by field name."""
        return {name: getattr(self, name) for name in ANSWER_FIELDS}


ABSENT = (ProvidedState.NOT_APPLICABLE, ProvidedState.MISSING)
REVIEW_ITEMS = (
    "business_licence",
    "tax_registration",
    "organisation_code_certificate",
    "special_industry_permit",
    "iso_9000",
    "iso_20000",
    "bank_credit_rating",
    "tax_credit_rating",
    "other_qualifications",
)
"""What a scan can be of (Annex 1: review items)."""

OUTCOME_FIELDS = ("grade", "grade_reason")

ANSWER_FIELDS = tuple(
    field.name
    for field in NewCustomerForm._meta.concrete_fields
    if field.name not in {"review", *OUTCOME_FIELDS}
)
