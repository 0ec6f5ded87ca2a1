"""Proposals about cooperation, and what is decided about them and about deposits."""

from __future__ import annotations

from uuid import uuid4

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _

from creditrisk.forms import SeveralFilesField, StrictForm
from customers.filters import OfCustomerFilter
from receivables.models import CooperationProposal, ProposalKind, ProposalState


class ProposalFilter(django_filters.FilterSet):
    """Customer, what is proposed, state."""

    customer = OfCustomerFilter()
    kind = django_filters.ChoiceFilter(label=_("proposal"), choices=ProposalKind.choices)
    state = django_filters.ChoiceFilter(label=_("state"), choices=ProposalState.choices)

    class Meta:
        model = CooperationProposal
        fields: tuple[str, ...] = ()


class ProposalForm(StrictForm, forms.Form):
    """A proposal by hand (P5.2.4)."""

    kind = forms.ChoiceField(label=_("Proposal"), choices=ProposalKind.choices)
    reason = forms.CharField(label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4}))
    documents = SeveralFilesField(label=_("Documents"), required=False)
    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)


class DecisionForm(StrictForm, forms.Form):
    """The reason of a decision, or the conditions under which cooperation goes on."""

    decision = forms.CharField(
        label=_("Reason or conditions"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )


class ForfeitureRefusalForm(StrictForm, forms.Form):
    """Why a deposit is not claimed."""

    reason = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))
