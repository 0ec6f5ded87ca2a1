"""Messages: every code has one, complete in every language, with a remedy."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.utils import translation

from receivables.reading import FileRefused, ReadWarning, RowError
from receivables.reading.messages import REFUSALS, ROW_ERRORS, WARNINGS

SOURCES = Path(__file__).resolve().parents[3] / "receivables" / "reading"
PARAMS = {
    "limit": 5, "other_row": 2, "candidates": "C1, C2", "type": "PDF", "sheet": "S", "dimension": "A1:B2",
    "sheets": ["a", "b"], "columns": ["x", "y"], "rows": 9, "row": 3, "missing": ["due_on"], "found": ["客户"],
    "field": "due_on", "encodings": ["big5", "gb18030"], "encoding": "utf-8", "column": "余额", "factor": 10_000,
    "currency": "CNY", "as_of": "2025-06-30", "formulas": 4, "headers": 1, "sum": "90.00",
    "number": "AR-1", "hidden": 2,
}  # fmt: skip


@pytest.mark.parametrize("language", ["en", "zh-hans", "zh-hant"])
@pytest.mark.parametrize("code", ROW_ERRORS)
def test_a_row_error_names_row_column_and_value(code: str, language: str) -> None:
    with translation.override(language):
        text = RowError(17, "到期日", "31.02.2025", code, PARAMS).message
    assert "17" in text
    assert "%(" not in text
    assert "到期日" in text or code == "shifted"
    assert "31.02.2025" in text or code in {"missing", "formula_without_value", "shifted"}


@pytest.mark.parametrize("language", ["en", "zh-hans", "zh-hant"])
@pytest.mark.parametrize("code", REFUSALS)
def test_a_refusal_has_a_reason_and_a_remedy(code: str, language: str) -> None:
    with translation.override(language):
        text = str(FileRefused(code, PARAMS))
    assert len(re.findall(r"[.。]", text)) >= 2
    assert "%(" not in text


@pytest.mark.parametrize("code", WARNINGS)
def test_a_warning_is_a_sentence_and_its_rows(code: str) -> None:
    assert "%(" not in ReadWarning(code, params=PARAMS).message


def test_the_rows_of_a_warning_are_counted_and_the_first_named() -> None:
    assert ReadWarning("due_before_document", (2,), 1).message.endswith("(1 row: 2)")
    assert ReadWarning("due_before_document", (2, 5), 2).message.endswith("(2 rows: 2, 5)")
    assert ReadWarning("due_before_document", (2, 5), 9).message.endswith("(9 rows: 2, 5…)")


def test_a_value_with_a_percent_sign_is_shown_as_it_is() -> None:
    assert "“100%s”" in RowError(2, "100%", "100%s", "not_a_number").message


def test_missing_columns_are_named_with_examples() -> None:
    text = str(
        FileRefused("missing_columns", {"missing": ["due_on", "document"], "found": ["客户"], "row": 4})
    )
    assert "due date, document number" in text
    assert "到期日 / Due date" in text
    assert "row 4" in text


def test_every_code_that_is_raised_has_a_text_and_every_text_a_code() -> None:
    """Codes stand in the sources as plain words; a text for a code that nobody raises is dead."""
    callers = [SOURCES.parent / "selectors" / "examined_file.py"]
    source = "".join(
        path.read_text() for path in [*SOURCES.glob("*.py"), *callers] if path.name != "messages.py"
    )
    raised = set(re.findall(r'FileRefused\(\s*"(\w+)"', source))
    assert raised == set(REFUSALS)
    warned = set(re.findall(r'(?:\.warn|ReadWarning)\(\s*"(\w+)"', source))
    assert warned == set(WARNINGS)
    from_caller = {
        "unknown_customer",
        "ambiguous_customer",
        "customer_cannot_be_created",
        "customer_item_twice",
    }
    erred = set(
        re.findall(r'(?:_error|error_outside|AmountError|DateError|found\.error)\(\s*"(\w+)"', source)
    )
    choices = set(re.findall(r'"(too_\w+)" if .* else "(too_\w+)"', source)[0])
    assert erred | choices | from_caller == set(ROW_ERRORS)


def test_the_package_has_no_other_names() -> None:
    import receivables.reading as package

    with pytest.raises(AttributeError):
        _ = package.nothing
