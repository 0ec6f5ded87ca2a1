"""What goes into a page by the thousand is escaped as Django escapes it."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils.html import conditional_escape
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from creditrisk.escaping import escaped


@pytest.mark.parametrize(
    "value",
    ["<b>", "A & B", "'\"", "华瑞", "", 12, None, mark_safe("<b>A &amp; B</b>"), gettext_lazy("Customer")],
)
def test_as_django_does(value: Any) -> None:
    assert escaped(value) == conditional_escape(value)
