"""How forms look (Bootstrap 5) and what they refuse: the project's renderer and the strict mixin."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import MaxValueValidator, MinValueValidator
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting
from django.forms.utils import flatatt
from django.http import HttpRequest
from django.utils.functional import lazy
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from creditrisk.escaping import escaped
from creditrisk.file_content import ALLOWED

ROWS = "4"
MEGABYTE = 1024 * 1024


class IsoDateInput(forms.DateInput):
    """A browser date picker: the value travels as YYYY-MM-DD in every language."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs=attrs, format="%Y-%m-%d")


class DayField(forms.DateField):
    """A day that a business can mean: what is reckoned from it stays within the calendar."""

    default_validators = [MinValueValidator(dt.date(1950, 1, 1)), MaxValueValidator(dt.date(2199, 12, 31))]


class BootstrapBoundField(BoundField):
    """A bound field whose widget carries Bootstrap's classes; its group is `django/forms/field.html`."""

    @property
    def layout(self) -> str:
        """Return how the field's group is laid out: check, options, hidden or control."""
        widget = self.field.widget
        if widget.is_hidden:
            return "hidden"
        if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
            return "options"
        return "check" if isinstance(widget, forms.CheckboxInput) else "control"

    @property
    def is_wide(self) -> bool:
        """Return whether the field takes a whole row of a `.form-grid`."""
        return self.layout == "options" or isinstance(self.field.widget, forms.Textarea | forms.FileInput)

    @property
    def is_file(self) -> bool:
        """Return whether the field takes one or more new files (drawn as a drop zone)."""
        return isinstance(self.field.widget, forms.FileInput)

    def as_widget(
        self,
        widget: forms.Widget | None = None,
        attrs: dict[str, Any] | None = None,
        only_initial: bool = False,
    ) -> Any:
        """Return the widget's HTML; plain date fields become date pickers."""
        chosen = widget or self.field.widget
        # Only the plain class: the admin's own date widget brings its own calendar.
        if type(chosen) is forms.DateInput:
            chosen = IsoDateInput(attrs=chosen.attrs)
        return super().as_widget(chosen, attrs, only_initial)

    def build_widget_attrs(self, attrs: Any, widget: forms.Widget | None = None) -> Any:
        """Return the widget's HTML attributes with Bootstrap's classes added to its own."""
        chosen = widget or self.field.widget
        built = super().build_widget_attrs(attrs, chosen)
        if chosen.is_hidden:
            return built
        classes = [chosen.attrs.get("class", ""), built.get("class", ""), _widget_class(chosen)]
        if self.errors:
            classes.append("is-invalid")
        built["class"] = " ".join(dict.fromkeys(filter(None, classes)))
        if type(chosen) is forms.Textarea and str(chosen.attrs.get("rows")) == "10":
            built["rows"] = ROWS
        return built


def _widget_class(widget: forms.Widget) -> str:
    if isinstance(widget, forms.CheckboxInput | forms.RadioSelect | forms.CheckboxSelectMultiple):
        return "form-check-input"
    return "form-select" if isinstance(widget, forms.Select) else "form-control"


class BootstrapRenderer(TemplatesSetting):
    """The project's FORM_RENDERER: templates from `templates/django/forms/`, classes from the bound field."""

    bound_field_class = BootstrapBoundField

    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> str:
        """Return the HTML; a select's not by Django's template, which took most of a filter's time."""
        if template_name == forms.Select.template_name:
            return _select(context["widget"])
        return super().render(template_name, context, request)


def _select(widget: dict[str, Any]) -> SafeString:
    groups = "".join(_options(group, options) for group, options, _index in widget["optgroups"])
    html = f'<select name="{escaped(widget["name"])}"{flatatt(widget["attrs"])}>{groups}\n</select>'
    return mark_safe(html)  # noqa: S308 - escaped piece by piece


def _options(group: str | None, options: list[dict[str, Any]]) -> str:
    lines = "".join(
        f'\n  <option value="{escaped(option["value"])}"{flatatt(option["attrs"]) if option["attrs"] else ""}>'
        f"{escaped(option['label'])}</option>"
        for option in options
    )
    return f'\n  <optgroup label="{escaped(group)}">{lines}\n  </optgroup>' if group else lines


class StrictForm(forms.BaseForm):
    """Refuses POST fields that the form does not know. Put it first: `class F(StrictForm, forms.ModelForm)`.

    `extra_fields` names what a page posts beside the form (buttons, `next`); `extra_prefixes` the formsets on
    the same page. A form with a prefix looks only at the fields under its own prefix.
    """

    extra_fields: ClassVar[frozenset[str]] = frozenset({"csrfmiddlewaretoken", "next", "action"})
    extra_prefixes: ClassVar[tuple[str, ...]] = ()

    def full_clean(self) -> None:
        """Validate as usual, then add a non-field error `unknown_fields` that names what is not known."""
        super().full_clean()
        if self.is_bound and (unknown := sorted(self._unknown_fields())):
            message = _("The form was sent with fields that it does not have: %(names)s. Reload the page.")
            error = ValidationError(message, code="unknown_fields", params={"names": ", ".join(unknown)})
            self.add_error(None, error)

    def _unknown_fields(self) -> set[str]:
        known = set(self.extra_fields)
        for name, field in self.fields.items():
            html_name = self.add_prefix(name)
            known |= {*_posted_names(field.widget, html_name), self.add_initial_prefix(name)}
        others = tuple(f"{prefix}-" for prefix in self.extra_prefixes)
        own = f"{self.prefix}-" if self.prefix else ""
        sent = {*self.data, *self.files}
        return {name for name in sent - known if name.startswith(own) and not name.startswith(others)}


def _posted_names(widget: forms.Widget, html_name: str) -> Iterator[str]:
    """Yield every name under which the widget posts."""
    yield html_name
    if isinstance(widget, forms.ClearableFileInput):
        yield widget.clear_checkbox_name(html_name)
    elif isinstance(widget, forms.MultiWidget):
        for suffix, part in zip(widget.widgets_names, widget.widgets, strict=True):  # type: ignore[attr-defined]
            yield from _posted_names(part, html_name + suffix)
    elif isinstance(widget, forms.SelectDateWidget):
        yield from (html_name + "_" + part for part in ("year", "month", "day"))


class SeveralFilesInput(forms.FileInput):
    """A file input that takes several files at once."""

    allow_multiple_selected = True


class SeveralFilesField(forms.FileField):
    """A list of files, each of them cleaned like one. What a file is, and whether it may be kept, the service finds
    out from its content (see `creditrisk.stored_files`).
    """

    widget = SeveralFilesInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"allow_empty_file": True, "help_text": files_help_text, **kwargs})

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        endings = ",".join(ending for kind in ALLOWED for ending in kind.endings)
        return {**super().widget_attrs(widget), "accept": endings}

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[bytes]]:
        """Return the files; at least one where the field is required."""
        files = data if isinstance(data, list) and data else [None]
        cleaned = [super(SeveralFilesField, self).clean(file, initial) for file in files]
        return [file for file in cleaned if file]


def _files_help_text() -> str:
    limit = settings.CREDITRISK_ATTACHMENT_MAX_BYTES // MEGABYTE
    text = gettext("PDF, PNG, JPEG, Word, Excel or plain text; at most %(megabytes)s MB each.")
    return text % {"megabytes": limit}


files_help_text = lazy(_files_help_text, str)()


def filter_facts(form: forms.BaseForm) -> Sequence[tuple[str, str]]:
    """Return label and chosen value of every filter that was set, as a person reads them."""
    facts = []
    for field in form:
        value = form.cleaned_data.get(field.name) if form.is_valid() else None
        if value not in (None, "", []):
            choices = {str(code): label for code, label in getattr(field.field, "choices", None) or ()}
            facts.append((str(field.label), str(choices.get(str(value), value))))
    return facts
