"""What the forms of the rows of a customer file have in common."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import uuid4

from django import forms

from creditrisk.exceptions import ConflictError, InvalidInputError
from creditrisk.forms import StrictForm
from customers.models.retirable import Retirable


class RowForm(StrictForm, forms.ModelForm):  # type: ignore[type-arg]
    """A new row, or a stored one with the `version` the person saw. It saves nothing: the service does."""

    field_of_refusal: ClassVar[dict[str, str]] = {}
    submission_key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.row.pk is None:
            del self.fields["version"]
            self.fields["submission_key"].initial = uuid4
            self.fields["submission_key"].required = True
        else:
            del self.fields["submission_key"]
            self.fields["version"].required = True
            self.initial["version"] = self.row.version

    @property
    def row(self) -> Retirable:
        """The row the form is about."""
        assert isinstance(self.instance, Retirable)
        return self.instance

    @property
    def row_data(self) -> dict[str, Any]:
        """The cleaned fields of the model."""
        return {name: self.cleaned_data[name] for name in self._meta.fields or ()}

    def _post_clean(self) -> None:
        """Leave the row as it is stored: the service compares with it under its lock, and knows the constraints."""

    def add_refusal(self, refusal: InvalidInputError) -> None:
        """Show what the service refused, at the field it is about."""
        self.add_error(self.field_of_refusal.get(refusal.code), str(refusal))

    def add_conflict(self, conflict: ConflictError, *, version: int) -> None:
        """Show who changed what meanwhile; what was typed stays, and saving again is meant against `version`."""
        self.data = {**self.data.dict(), self.add_prefix("version"): str(version)}  # type: ignore[attr-defined]
        self.add_error(None, str(conflict))
