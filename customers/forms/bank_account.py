"""A bank account as a form."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from customers.forms.fields import BankAccountField, CurrencyField, LineField
from customers.forms.rows import RowForm
from customers.models import BankAccount


class BankAccountForm(RowForm):
    """What `add_bank_account` asks for. A stored number is not shown: left empty it stays."""

    field_of_refusal: ClassVar = {
        "bank_account.bank_missing": "bank_name",
        "bank_account.number_missing": "account_number",
        "bank_account.number_taken": "account_number",
    }

    class Meta:
        model = BankAccount
        fields: ClassVar = ["bank_name", "branch", "account_number", "holder", "currency", "is_main"]
        field_classes: ClassVar = {
            "bank_name": LineField,
            "branch": LineField,
            "account_number": BankAccountField,
            "holder": LineField,
            "currency": CurrencyField,
        }
        help_texts: ClassVar = {
            "is_main": _("Named in the review form. The account that was it before stays in the file."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        account = self.instance
        self.fields["bank_name"].required = True
        currency = self.fields["currency"]
        assert isinstance(currency, CurrencyField)
        currency.offer(account.currency)
        number = self.fields["account_number"]
        number.widget.attrs["autocomplete"] = "off"
        number.required = not account.account_number
        if account.account_number:
            self.initial["account_number"] = ""
            number.help_text = _("Leave it empty to keep %(number)s.") % {"number": account.masked_number}
