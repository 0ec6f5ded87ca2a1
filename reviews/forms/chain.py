"""Changing an approval chain: its stages, each a form, and when it takes effect."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.forms import BaseFormSet, formset_factory
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.roles import Role
from creditrisk.forms import StrictForm
from creditrisk.policy.approval_chains import Chain, Condition, Stage
from customers.forms.fields import CURRENCIES
from customers.models import ServiceType
from reviews.chain_check import APPROVING_ROLES


class StageForm(forms.Form):
    """One stage: who is asked (all of them at the same time), within how many business days, and when at all."""

    roles = forms.TypedMultipleChoiceField(
        label=_("Who approves"),
        choices=[(role.value, role.label) for role in APPROVING_ROLES],
        coerce=Role,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    limit_days = forms.IntegerField(
        label=_("Business days"),
        min_value=1,
        max_value=60,
        required=False,
        help_text=_("Empty: no deadline."),
    )
    from_amount = forms.DecimalField(
        label=_("Only from a monthly business of"),
        min_value=Decimal("0.01"),
        max_digits=18,
        decimal_places=2,
        required=False,
    )
    currency = forms.ChoiceField(label=_("Currency"), choices=[(code, code) for code in CURRENCIES])
    service_types = forms.MultipleChoiceField(
        label=_("Only for these services"),
        choices=ServiceType.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        """Refuse a stage that says when, but not who."""
        data = super().clean() or {}
        says_when = any(data.get(name) for name in ("limit_days", "from_amount", "service_types"))
        if says_when and not data.get("roles") and not data.get("DELETE") and not self.errors:
            self.add_error("roles", _("Choose who approves, or remove the stage."))
        return data

    @property
    def stage(self) -> Stage | None:
        """The stage that was filled in; None where the form was left empty."""
        data = self.cleaned_data
        if not data.get("roles"):
            return None
        types, amount = frozenset(data["service_types"]), data["from_amount"]
        condition = Condition(amount, data["currency"], types) if types or amount is not None else None
        return Stage("stage", tuple(data["roles"]), condition, data["limit_days"])


class _Stages(BaseFormSet):  # type: ignore[type-arg]
    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["ORDER"].label = _("Position")
        form.fields["DELETE"].label = _("Remove this stage")

    @property
    def stages(self) -> list[Stage]:
        """The filled-in stages in the order of their positions, without those to be removed."""
        found = [form.stage for form in self.ordered_forms]
        return [stage for stage in found if stage is not None]


StageFormSet = formset_factory(
    StageForm, formset=_Stages, extra=1, can_order=True, can_delete=True, max_num=20, absolute_max=25
)


def stage_values(chain: Chain) -> list[dict[str, Any]]:
    """Return the chain as the initial values of the forms."""
    return [
        {
            "roles": [role.value for role in stage.roles],
            "limit_days": stage.limit_days,
            "from_amount": stage.condition.from_amount if stage.condition else None,
            "currency": stage.condition.currency if stage.condition else CURRENCIES[0],
            "service_types": sorted(stage.condition.service_types) if stage.condition else [],
        }
        for stage in chain
    ]


class PublishForm(StrictForm, forms.Form):
    """From when the chain is in force, and what changed."""

    extra_prefixes = ("form",)
    effective_on = forms.DateField(label=_("In force from"))
    note = forms.CharField(label=_("What changes, and why"), max_length=500)
    seen_version = forms.IntegerField(widget=forms.HiddenInput)

    def see(self, version: int) -> None:
        """Keep what was typed; the next publishing means to change `version`."""
        data = self.data.copy()  # type: ignore[attr-defined]
        data["seen_version"] = str(version)
        self.data = data
