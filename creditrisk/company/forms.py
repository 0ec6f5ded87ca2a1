"""Our company as the administration edits it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from creditrisk.company.models import COMPANY_FIELDS, PRINT_FIELDS, Company
from creditrisk.company.services import require_seal
from creditrisk.exceptions import InvalidInputError


class CompanyForm(forms.ModelForm):  # type: ignore[type-arg]
    """The letterhead, the account, the envelope, and a new seal or none."""

    new_seal = forms.FileField(
        label=_("New company seal"),
        required=False,
        help_text=_("PNG (with a transparent ground) or JPEG, at most 300 kB and 2,000 pixels either way."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg"}),
    )
    has_no_seal = forms.BooleanField(label=_("Print no seal from now on"), required=False)

    class Meta:
        model = Company
        fields = (*COMPANY_FIELDS, *PRINT_FIELDS)

    def clean_new_seal(self) -> bytes | None:
        """Return the picture; refused here, in place, as the service would refuse it."""
        file: Any = self.cleaned_data["new_seal"]
        if not file:
            return None
        content: bytes = file.read()
        try:
            require_seal(content)
        except InvalidInputError as refusal:
            raise forms.ValidationError(str(refusal), code=refusal.code) from None
        return content
