"""Strict forms refuse what they do not know; rendered fields say what is wrong to everybody."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from creditrisk.forms import StrictForm


class CustomerForm(StrictForm, forms.Form):
    name = forms.CharField(label="Name", help_text="As on the licence.")
    since_on = forms.DateField(label="Since", required=False)
    services = forms.MultipleChoiceField(
        choices=[("sales", "Sales"), ("leasing", "Leasing")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    moment_at = forms.SplitDateTimeField(required=False)
    day_on = forms.DateField(widget=forms.SelectDateWidget, required=False)
    scan = forms.FileField(widget=forms.ClearableFileInput, required=False)
    agreed = forms.BooleanField(required=False)
    note = forms.CharField(widget=forms.Textarea, required=False)
    kind = forms.ChoiceField(choices=[("a", "A")], required=False)
    secret = forms.CharField(widget=forms.HiddenInput, required=False)


class PageForm(CustomerForm):
    extra_prefixes: ClassVar[tuple[str, ...]] = ("contacts",)


def codes(form: forms.BaseForm) -> list[str]:
    return [error.code or "" for error in form.non_field_errors().as_data()]


def test_form_accepts_its_own_fields_and_the_pages_buttons() -> None:
    form = CustomerForm(QueryDict("name=Acme&services=sales&csrfmiddlewaretoken=x&next=/&action=save"))
    assert form.is_valid(), form.errors


def test_form_refuses_an_unknown_field_and_names_it() -> None:
    form = CustomerForm(QueryDict("name=Acme&is_superuser=1&grade=A"))
    assert not form.is_valid()
    assert codes(form) == ["unknown_fields"]
    assert "grade, is_superuser" in form.non_field_errors()[0]


def test_form_refuses_an_unknown_file() -> None:
    files = MultiValueDict({"other": [SimpleUploadedFile("x.txt", b"x")]})
    form = CustomerForm(QueryDict("name=Acme"), files)
    assert codes(form) == ["unknown_fields"]


@pytest.mark.parametrize("name", ["moment_at_0", "moment_at_1", "day_on_year", "day_on_day", "scan-clear"])
def test_form_knows_the_parts_of_its_widgets(name: str) -> None:
    assert "unknown_fields" not in codes(CustomerForm(QueryDict(f"name=Acme&{name}=")))


def test_form_with_a_prefix_looks_only_at_its_own_fields() -> None:
    assert codes(CustomerForm(QueryDict("a-name=Acme&b-name=Other"), prefix="a")) == []
    assert codes(CustomerForm(QueryDict("a-name=Acme&a-owner=1"), prefix="a")) == ["unknown_fields"]


def test_form_leaves_the_formsets_it_names_alone() -> None:
    data = QueryDict("name=Acme&contacts-TOTAL_FORMS=1&contacts-0-name=Li")
    assert codes(PageForm(data)) == []
    assert codes(CustomerForm(data)) == ["unknown_fields"]


def test_unbound_form_has_no_errors() -> None:
    assert not CustomerForm().errors


def test_field_with_an_error_is_linked_to_its_texts() -> None:
    html = str(CustomerForm(QueryDict("name="))["name"].as_field_group())
    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert 'aria-invalid="true"' in html
    assert 'class="form-control is-invalid"' in html
    assert 'id="id_name_error"' in html
    assert 'id="id_name_helptext"' in html


def test_summary_links_to_each_field_with_an_error() -> None:
    html = str(CustomerForm(QueryDict("name=&x=1")))
    assert 'data-focus="id_name"' in html
    assert html.index("data-error-summary") < html.index('id="id_name"')


def test_valid_form_has_no_summary() -> None:
    assert "data-error-summary" not in str(CustomerForm(QueryDict("name=Acme")))


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("name", 'class="form-control"'),
        ("agreed", 'class="form-check-input"'),
        ("services", 'class="form-check-input"'),
        ("kind", 'class="form-select"'),
        ("note", 'rows="4"'),
        ("scan", "data-dropzone"),
        ("since_on", 'type="date"'),
    ],
)
def test_widgets_carry_bootstraps_classes(field: str, expected: str) -> None:
    assert expected in CustomerForm()[field].as_field_group()


def test_hidden_field_is_only_its_input() -> None:
    html = CustomerForm()["secret"].as_field_group()
    assert html == '<input type="hidden" name="secret" id="id_secret">'


@pytest.mark.parametrize("language", ["en", "zh-hans", "zh-hant"])
def test_date_travels_in_iso_form_in_every_language(language: str) -> None:
    from django.utils import translation

    with translation.override(language):
        form = CustomerForm(initial={"since_on": dt.date(2026, 2, 28)})
        assert 'value="2026-02-28"' in form["since_on"].as_field_group()
        assert CustomerForm(QueryDict("name=A&since_on=2026-02-28")).is_valid()


def test_hostile_input_is_escaped_when_shown_again() -> None:
    html = str(CustomerForm(QueryDict(query_string="name=&note=%3Cscript%3E&%3Cimg%3E=1")))
    assert "<script>" not in html
    assert "<img>" not in html
