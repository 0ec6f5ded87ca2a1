"""The texts of refusals, row errors and warnings, each with its remedy, in the reader's language.

Codes and parameters are stored and sent; the text is made where it is shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

Texts = dict[str, Promise]

FIELD_LABELS: Texts = {
    "customer_ref": _("customer number or name"),
    "customer_name": _("customer name"),
    "document": _("document number"),
    "document_on": _("document date"),
    "due_on": _("due date"),
    "currency": _("currency"),
    "amount": _("amount"),
    "open_amount": _("open amount"),
    "contract": _("contract number"),
    "description": _("description"),
    "paid_on": _("payment date"),
    "paid_amount": _("paid amount"),
    "bucket": _("aging bucket"),
    "buckets": _("aging buckets (at least two)"),
}
# Column names to suggest; both languages, whatever the reader's.
FIELD_EXAMPLES = {
    "customer_ref": "客户编码 / Customer No.",
    "document": "发票号 / Invoice No.",
    "due_on": "到期日 / Due date",
    "open_amount": "应收余额 / Open amount",
    "document_on": "发票日期 / Invoice date",
    "amount": "发票金额 / Invoice amount",
    "paid_on": "收款日期 / Settled on",
    "buckets": "未到期 / Not due, 1-30, 31-60, 61-90, >90",
}
EXAMPLES_OF_KIND = {
    "open_items": ("customer_ref", "document", "due_on", "open_amount"),
    "payables": ("customer_ref", "document", "due_on", "open_amount"),
    "ledger": ("customer_ref", "document", "document_on", "amount", "paid_on"),
    "receipts": ("customer_ref", "paid_on", "open_amount"),
    "aged_table": ("customer_ref", "buckets"),
}
PAYABLE_EXAMPLES = FIELD_EXAMPLES | {
    "document": "单据号 / Document No.",
    "open_amount": "应付余额 / Open payable",
}
RECEIPT_EXAMPLES = FIELD_EXAMPLES | {"open_amount": "收款金额 / Amount received"}

ROW_ERRORS: Texts = {
    "missing": _(
        "Row %(row)s, column “%(column)s”: the cell is empty. Fill it in, or delete the row if it is not "
        "an open item."
    ),
    "formula_without_value": _(
        "Row %(row)s, column “%(column)s”: the cell holds a formula that was never calculated. Open the "
        "file in a spreadsheet program, let it calculate, save it and upload it again."
    ),
    "shifted": _(
        "Row %(row)s has cells to the right of the last column: its values have probably moved. Put "
        "amounts that contain the separator in quotation marks, or save the file as .xlsx."
    ),
    "cell_too_long": _(
        "Row %(row)s, column “%(column)s”: the cell has more than %(limit)s characters, beginning with "
        "“%(value)s”. Shorten it."
    ),
    "text_too_long": _(
        "Row %(row)s, column “%(column)s”: “%(value)s” is longer than %(limit)s characters. Shorten it."
    ),
    "control_characters": _(
        "Row %(row)s, column “%(column)s”: “%(value)s” contains control characters. Type the text again."
    ),
    "damaged_characters": _(
        "Row %(row)s, column “%(column)s”: characters of “%(value)s” were lost before the file was "
        "uploaded. Type the text again, and export the file as UTF-8 or .xlsx."
    ),
    "error_cell": _(
        "Row %(row)s, column “%(column)s”: the formula in the cell ends in the error %(value)s. Correct "
        "the formula or write the value."
    ),
    "not_a_date": _("Row %(row)s, column “%(column)s”: “%(value)s” is not a date. Write it as 2025-03-01."),
    "impossible_date": _(
        "Row %(row)s, column “%(column)s”: the calendar has no day “%(value)s”. Correct the date, as in "
        "2025-03-01."
    ),
    "ambiguous_date": _(
        "Row %(row)s, column “%(column)s”: “%(value)s” can be two different days, and nothing in the file "
        "tells which. Write dates as 2025-03-01."
    ),
    "two_digit_year": _(
        "Row %(row)s, column “%(column)s”: “%(value)s” has a year of two digits. Write dates as 2025-03-01."
    ),
    "date_out_of_range": _(
        "Row %(row)s, column “%(column)s”: “%(value)s” is not between the years 1990 and 2100. Correct "
        "the date, as in 2025-03-01."
    ),
    "not_a_number": _("Row %(row)s, column “%(column)s”: “%(value)s” is not an amount. Write it as 1234.50."),
    "ambiguous_number": _(
        "Row %(row)s, column “%(column)s”: “%(value)s” can be two different amounts, because the file "
        "uses both the dot and the comma for decimals. Write amounts as 1234.50."
    ),
    "too_many_decimals": _(
        "Row %(row)s, column “%(column)s”: “%(value)s” has more than two decimals. Round it to the cent, "
        "as in 1234.50."
    ),
    "too_large": _(
        "Row %(row)s, column “%(column)s”: “%(value)s” has more than 14 digits before the decimals. "
        "Correct the amount."
    ),
    "unknown_currency": _(
        "Row %(row)s, column “%(column)s”: “%(value)s” is not a currency. Write its ISO code, such as "
        "CNY, USD or HKD."
    ),
    "currency_sign": _(
        "Row %(row)s, column “%(column)s”: the currency of “%(value)s” is not the currency of the row. "
        "Correct one of them, or add a currency column."
    ),
    "duplicate": _(
        "Row %(row)s, column “%(column)s”: document “%(value)s” of the same customer with the same due "
        "date and currency is already in row %(other_row)s. Delete one of the two, or add their amounts "
        "in one row."
    ),
    "payment_without_date": _(
        "Row %(row)s, column “%(column)s”: “%(value)s” was paid, but the row does not say on which day. Add the "
        "payment date, as in 2025-03-01."
    ),
    "settled_twice": _(
        "Row %(row)s, column “%(column)s”: the document was settled by an earlier row already, and again on "
        "%(value)s. Write how much was paid on each day, or delete one of the two."
    ),
    "receipt_after_as_of": _(
        "Row %(row)s, column “%(column)s”: the receipt of %(value)s is later than the as-of date. Correct one of the "
        "two, or leave the row for the next file."
    ),
    "buckets_differ": _(
        "Row %(row)s, column “%(column)s”: the total is %(value)s, but the buckets of the row come to %(sum)s. Correct "
        "the row."
    ),
    # Found by the caller, who knows the customers.
    "unknown_customer": _(
        "Row %(row)s, column “%(column)s”: no customer has the number, credit code or name “%(value)s”. "
        "Correct it, or create the customer first."
    ),
    "ambiguous_customer": _(
        "Row %(row)s, column “%(column)s”: several customers are called “%(value)s” (%(candidates)s). Write "
        "the customer number instead."
    ),
    "customer_cannot_be_created": _(
        "Row %(row)s, column “%(column)s”: no customer “%(value)s” can be created, because this is no valid "
        "customer number or the name is too long. Correct it, or create the customer by hand."
    ),
    "customer_item_twice": _(
        "Row %(row)s, column “%(column)s”: “%(value)s” is the customer of row %(other_row)s under another "
        "name, and both rows have the same document, due date and currency. Delete one of the two."
    ),
}

REFUSALS: Texts = {
    "empty_file": _("The file is empty. Save it with its rows and upload it again."),
    "file_too_large": _(
        "The file is larger than %(limit)s MB. Split it, or delete sheets that are not needed."
    ),
    "web_page": _(
        "The file is a web page or XML with the name of a spreadsheet. Open it in a spreadsheet program, "
        "save it as .xlsx and upload that."
    ),
    "foreign_file": _(
        "The file is of type %(type)s, not a spreadsheet. Upload .xlsx, .xls, .xlsb, .ods or .csv."
    ),
    "not_a_spreadsheet": _("The file is not a spreadsheet. Upload .xlsx, .xls, .xlsb, .ods or .csv."),
    "password_protected": _(
        "The file is protected by a password. Open it, remove the password, save it and upload it again."
    ),
    "macros": _("The file contains macros. Save it as .xlsx without macros and upload that."),
    "truncated": _(
        "The file is damaged or was not copied completely. Open it in a spreadsheet program, save it "
        "again and upload it."
    ),
    "damaged_workbook": _(
        "The workbook cannot be read: it is damaged. Open it in a spreadsheet program, save it as .xlsx "
        "and upload that."
    ),
    "zip_bomb": _(
        "The file unpacks to far more than its size and was not opened. Save the sheet alone in a new "
        ".xlsx and upload that."
    ),
    "too_many_parts": _(
        "The workbook has more than %(limit)s parts. Save the sheet alone in a new .xlsx and upload that."
    ),
    "unsafe_names": _(
        "The file contains parts with unsafe names and was not opened. Save the sheet in a new .xlsx and "
        "upload that."
    ),
    "entities": _(
        "The file contains definitions that no spreadsheet program writes, and was not opened. Save the "
        "sheet in a new .xlsx and upload that."
    ),
    "sheet_dimensions": _(
        "Sheet “%(sheet)s” reaches to %(dimension)s. Delete the unused rows and columns below and to the "
        "right of the table, save the file and upload it again."
    ),
    "too_many_sheets": _(
        "The workbook has %(sheets)s sheets, more than %(limit)s. Keep only the sheet to upload."
    ),
    "too_many_columns": _(
        "The file has %(columns)s columns, more than %(limit)s. Keep only the columns needed."
    ),
    "too_many_rows": _("The file has %(rows)s rows, more than %(limit)s. Split it by currency or company."),
    "no_header": _(
        "No header was found in the first %(rows)s rows. Give the columns names such as %(examples)s, and "
        "upload the file again."
    ),
    "missing_columns": _(
        "The header in row %(row)s has no column for: %(missing)s. Found were: %(found)s. Add the missing "
        "columns with names such as %(examples)s, and upload the file again."
    ),
    "ambiguous_columns": _(
        "In row %(row)s the columns %(columns)s could all be the %(field)s. Rename or delete those that "
        "are not, and upload the file again."
    ),
    "not_open_items": _(
        "The column “%(column)s” in row %(row)s says what we owe, but the file was uploaded as receivables. Upload it "
        "as payables, or give the balance of the receivables a column of its own."
    ),
    "not_payables": _(
        "The column “%(column)s” in row %(row)s says what is owed to us, but the file was uploaded as payables. Upload "
        "it as receivables, or give the balance of the payables a column of its own."
    ),
    # Found by the caller, who knows the reports.
    "receipts_without_items": _(
        "There is no report with open items before %(as_of)s that receipts could be taken off. Upload the open items "
        "first, then the receipts since then."
    ),
    "receipts_of_a_reported_day": _(
        "Report %(number)s as of %(as_of)s is in force already and knows what was paid by then. Upload the receipts as "
        "of a later day."
    ),
    "several_sheets": _(
        "The sheets %(sheets)s all look like open items. Keep only the one to upload in the file."
    ),
    "no_rows": _("There are no open items below the header in row %(row)s. Upload the file with its rows."),
    "unknown_encoding": _(
        "The characters of the file cannot be read in any known encoding. Save it as .xlsx or as CSV "
        "UTF-8 and upload that."
    ),
    "ambiguous_encoding": _(
        "The characters of the file can be read in two ways (%(encodings)s). Save it as .xlsx or as CSV "
        "UTF-8 and upload that."
    ),
    "damaged_text": _(
        "Some characters of the file are damaged: it is not %(encoding)s throughout. Save it as .xlsx or "
        "as CSV UTF-8 and upload that."
    ),
    "unclosed_quote": _(
        "A quotation mark opened in row %(row)s is never closed. Remove it, or save the file as .xlsx and "
        "upload that."
    ),
    "too_much_memory": _(
        "The file needs more than %(limit)s MB to be read. Delete unused rows and columns and other "
        "sheets, or split it."
    ),
    "too_much_time": _(
        "The file could not be read in %(limit)s seconds. Delete unused rows and columns and other "
        "sheets, or split it."
    ),
    "unreadable": _(
        "The file cannot be read. Open it in a spreadsheet program, save it as .xlsx and upload that."
    ),
}

WARNINGS: Texts = {
    "filled_down": _("Rows without a customer were given the customer of the row above."),
    "unit_applied": _("The amounts of column “%(column)s” were multiplied by %(factor)s, as its unit says."),
    "base_currency": _("Column “%(column)s” is in base currency; its amounts were read as %(currency)s."),
    "currency_assumed": _("Rows without a currency were read as %(currency)s."),
    "due_before_document": _("The due date is before the document date."),
    "document_after_as_of": _("The document date is after the as-of date %(as_of)s."),
    "open_exceeds_amount": _("The open amount is larger than the amount of the document."),
    "due_by_term": _(
        "Rows without a due date: it is counted from the document date by the payment term of the contract or "
        "customer, and marked."
    ),
    "outliers": _("An amount is more than ten times as large as the next one: is the decimal point right?"),
    "after_as_of": _("What was booked after the as-of date %(as_of)s is kept and does not count."),
    "paid_exceeds_amount": _("More was paid than the amount of the document: the rest is a credit."),
    "balance_differs": _(
        "The open amount in the file is not the amount less the payments up to %(as_of)s; the payments count."
    ),
    "aged_table": _(
        "An aging table has no documents: ages cannot be counted to another day, and nobody is dunned by it."
    ),
    "formulas": _("The sheet contains %(formulas)s formulas; their last calculated values were read."),
    "hidden_rows": _(
        "%(hidden)s rows of the sheet are hidden, by a filter or by hand; they were read like the others."
    ),
    "repeated_headers": _("Repeated header rows were skipped: %(headers)s."),
    "notes_skipped": _("Rows without document, due date and amount were skipped."),
    "description_cut": _("Descriptions were cut to %(limit)s characters."),
    "total_differs": _("A total in the file is not the sum of its rows."),
    "other_sheets": _("Other sheets of the workbook were not read: %(sheets)s."),
    "external_links": _("The workbook has links to other files; they were not followed."),
}


def row_error_text(*, code: str, row: int, column: str, value: str, params: Mapping[str, Any]) -> str:
    """Return what is wrong in one row, with the row, the column, the value and the remedy."""
    return str(ROW_ERRORS[code]) % {**params, "row": row, "column": column, "value": value}


def refusal_text(*, code: str, params: Mapping[str, Any]) -> str:
    """Return why a file was refused, with the remedy."""
    shown: dict[str, Any] = {name: _listed(value) for name, value in params.items()}
    kind = params.get("kind", "open_items")
    examples = {"payables": PAYABLE_EXAMPLES, "receipts": RECEIPT_EXAMPLES}.get(kind, FIELD_EXAMPLES)
    shown["examples"] = _listed(examples[name] for name in params.get("missing", EXAMPLES_OF_KIND[kind]))
    if "missing" in params:
        shown["missing"] = _listed(str(FIELD_LABELS[name]) for name in params["missing"])
    if "field" in params:
        shown["field"] = str(FIELD_LABELS[params["field"]])
    return str(REFUSALS[code]) % shown


def warning_text(*, code: str, rows: Sequence[int], count: int, params: Mapping[str, Any]) -> str:
    """Return what should be looked at, with the first rows it is about."""
    text = str(WARNINGS[code]) % {name: _listed(value) for name, value in params.items()}
    if not count:
        return text
    where = ngettext("%(count)s row: %(rows)s", "%(count)s rows: %(rows)s", count)
    more = "…" if count > len(rows) else ""
    return f"{text} ({where % {'count': count, 'rows': _listed(rows) + more}})"


def _listed(value: Any) -> Any:
    """Return several values as one text, separated as the language does; one value as it is."""
    if isinstance(value, str | int):
        return value
    return gettext(", ").join(str(part) for part in value)
