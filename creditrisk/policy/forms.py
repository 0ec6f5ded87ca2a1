"""A draft of the rule-book as a form: one field per setting of the catalogue, and what publishing asks for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from creditrisk.forms import DayField, StrictForm
from creditrisk.money import DECIMAL_PLACES, MAX_DIGITS
from creditrisk.policy.faults import Fault
from creditrisk.policy.models import PolicyVersion
from creditrisk.policy.setting_words import same_value
from creditrisk.policy.settings_catalogue import SECTIONS, SETTINGS, Section, Setting, is_edited
from creditrisk.policy.settings_tree import setting_values

MOST = 9_999
"""More days, months or points mean a slip of the finger, and no date reckoned with them."""
TITLE_MAX_LENGTH, NOTE_MAX_LENGTH = 100, 500
HUNDRED = Decimal(100)


class NumbersField(forms.CharField):
    """Whole numbers with commas between them; a list of int."""

    def to_python(self, value: Any) -> Any:
        """Return the numbers. Raises ValidationError for what is none."""
        text = str(super().to_python(value)).replace("，", ",").replace("、", ",")
        numbers = [part.strip() for part in text.split(",") if part.strip()]
        try:
            found = [int(part) for part in numbers]
        except ValueError:
            raise forms.ValidationError(
                _("Enter whole numbers with commas between them."), code="numbers"
            ) from None
        if any(abs(number) > MOST for number in found):
            raise forms.ValidationError(
                _("A number must not be above %(most)s.") % {"most": MOST}, code="numbers"
            )
        return found


class CurrencyCodeField(forms.CharField):
    """A currency; small letters are made capital ones."""

    def to_python(self, value: Any) -> str:
        """Return the code in capital letters."""
        return str(super().to_python(value)).upper()


def _decimal(digits: int, places: int) -> forms.DecimalField:
    return forms.DecimalField(max_digits=digits, decimal_places=places)


def field_of(setting: Setting) -> forms.Field:
    """Return the field in which a setting is typed, with unit, clause and bounds beside it."""
    field: forms.Field
    if setting.kind in ("days", "bounds"):
        field = NumbersField(max_length=200)
    elif setting.kind == "currency":
        field = CurrencyCodeField(max_length=3)
    elif setting.kind == "choice":
        field = forms.ChoiceField(choices=setting.choices)
    elif setting.kind == "switch":
        field = forms.BooleanField(required=False)
    elif setting.kind == "amount":
        field = _decimal(MAX_DIGITS, DECIMAL_PLACES)
    elif setting.kind in ("number", "ratio"):
        field = _decimal(12, 6)
    else:
        field = forms.IntegerField(validators=[MinValueValidator(-MOST), MaxValueValidator(MOST)])
    for name, bound in (("min", setting.least), ("max", setting.most)):
        if bound:
            field.widget.attrs[name] = bound
    field.label = str(setting.label)
    field.help_text = " · ".join(str(part) for part in _hints(setting) if part)
    return field


def _hints(setting: Setting) -> Iterator[Any]:
    yield setting.unit
    if setting.least and setting.most:
        yield _("%(least)s to %(most)s") % {"least": setting.least, "most": setting.most}
    elif setting.least:
        yield _("at least %(least)s") % {"least": setting.least}
    yield setting.note
    yield setting.clause


def typed(setting: Setting, value: Any) -> Any:
    """Return a setting's value as it stands in its field."""
    if setting.kind in ("days", "bounds"):
        return ", ".join(str(number) for number in value)
    if setting.kind == "ratio":
        return f"{(Decimal(str(value)) * HUNDRED).normalize():f}"
    return value


def stored(setting: Setting, value: Any) -> Any:
    """Return what was typed in a setting's field as it is stored."""
    if setting.kind == "ratio":
        return f"{(value / HUNDRED).normalize():f}"
    return f"{value:f}" if isinstance(value, Decimal) else value


def field_name(path: str) -> str:
    """Return the name of a setting's field."""
    return path.replace(".", "__")


class SettingsForm(StrictForm, forms.Form):
    """Every setting of a draft, with its title and reason. `rules` is the rule-book that the person saw, in the draft's
    version `seen_version`; `changes` what he has other than that."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=TITLE_MAX_LENGTH)
    note = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=NOTE_MAX_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    seen_version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)

    def __init__(self, *args: Any, rules: Mapping[str, Any], **kwargs: Any) -> None:
        self.rules = setting_values(rules)
        shown = {
            field_name(path): typed(setting, self.rules[path])
            for path, setting in SETTINGS.items()
            if is_edited(setting)
        }
        kwargs["initial"] = {**shown, **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        for path, setting in SETTINGS.items():
            if is_edited(setting):
                self.fields[field_name(path)] = field_of(setting)

    def sections(self) -> Iterator[tuple[Section, list[BoundField], bool]]:
        """Yield each section with its fields, and whether one of them is wrong."""
        for section in SECTIONS:
            fields = [self[field_name(setting.path)] for setting in section.settings if is_edited(setting)]
            yield section, fields, any(field.errors for field in fields)

    def changes(self) -> dict[str, Any]:
        """Return path → value of what a valid form has other than the rule-book that was seen."""
        values = {
            path: stored(setting, self.cleaned_data[field_name(path)])
            for path, setting in SETTINGS.items()
            if is_edited(setting)
        }
        return {path: value for path, value in values.items() if not same_value(self.rules[path], value)}

    def add_faults(self, faults: Iterable[Fault]) -> None:
        """Show what the schema refuses at the fields that it is about: those that were changed, else the first."""
        changed = self.changes()
        for fault in faults:
            concerned = [path for path in fault.paths if field_name(path) in self.fields]
            wrong = [path for path in concerned if path in changed] or concerned[:1]
            if not wrong:
                self.add_error(None, forms.ValidationError(str(fault), code="unsound"))
            for path in wrong:
                self.add_error(field_name(path), forms.ValidationError(fault.text, code="unsound"))


class VersionChoiceField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """One of the versions, told with its day and note."""

    def label_from_instance(self, obj: Any) -> str:
        """Return how a version is called."""
        text = _("Version %(number)s, from %(date)s") % {
            "number": obj.number,
            "date": obj.effective_on.isoformat(),
        }
        return f"{text} · {obj.note}" if obj.note else text


class NewDraftForm(StrictForm, forms.Form):
    """What a draft is called, why, and from which rules it begins."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=TITLE_MAX_LENGTH)
    note = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=NOTE_MAX_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Proposed as the note of the version when you publish it."),
    )
    begin_from = VersionChoiceField(
        label=gettext_lazy("Begin from the rules of"),
        queryset=PolicyVersion.objects.order_by("-number"),
        required=False,
        empty_label=gettext_lazy("the newest version"),
        help_text=gettext_lazy(
            "An earlier version comes back with all its numbers; the approval chains stay those of the newest."
        ),
    )
    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)


class PublishDraftForm(StrictForm, forms.Form):
    """From when a draft is in force, and what its readers are told."""

    effective_on = DayField(label=gettext_lazy("In force from"))
    note = forms.CharField(
        label=gettext_lazy("What changed"),
        max_length=NOTE_MAX_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Everybody reads it beside the version."),
    )
    seen_version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)


class RebaseForm(StrictForm, forms.Form):
    """The version that the person saw when he brought his draft up to date."""

    onto = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
