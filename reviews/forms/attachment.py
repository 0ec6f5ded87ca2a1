"""Files to attach, several at once."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from creditrisk.forms import SeveralFilesField, StrictForm
from reviews.models import AttachmentCategory


class AttachmentForm(StrictForm, forms.Form):
    """Category and files. What a file is, and whether it may be attached, the service finds out from its
    content.
    """

    category = forms.ChoiceField(label=_("Category"), choices=AttachmentCategory.choices)
    documents = SeveralFilesField(label=_("Files"))
