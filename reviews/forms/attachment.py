"""Files to attach, several at once."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from creditrisk.forms import SeveralFilesField, StrictForm
from reviews.models import REVIEW_ITEMS, AttachmentCategory
from reviews.paper_form import label_of


class AttachmentForm(StrictForm, forms.Form):
    """Category and files. What a file is, and whether it may be attached, the service finds out from its
    content.
    """

    category = forms.ChoiceField(label=_("Category"), choices=AttachmentCategory.choices)
    item = forms.ChoiceField(
        label=_("Scan of"),
        choices=lambda: [("", "–"), *((name, label_of(name)) for name in REVIEW_ITEMS)],
        required=False,
    )
    documents = SeveralFilesField(label=_("Files"))
