"""A contact as a form."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.forms.fields import LineField, PhoneField, WeChatField
from customers.forms.rows import RowForm
from customers.models import Channel, Contact


class ContactForm(RowForm):
    """What `add_contact` asks for."""

    field_of_refusal: ClassVar = {
        "contact.empty": "name",
        "contact.email": "email",
        "contact.channel": "preferred_channel",
        "contact.order": "letter_order",
    }

    class Meta:
        model = Contact
        fields: ClassVar = [
            "kind",
            "name",
            "title",
            "phone",
            "mobile",
            "email",
            "wechat",
            "preferred_channel",
            "is_main",
            "letter_order",
            "notes",
        ]
        field_classes: ClassVar = {
            "name": LineField,
            "title": LineField,
            "phone": PhoneField,
            "mobile": PhoneField,
            "wechat": WeChatField,
        }
        widgets: ClassVar = {"notes": forms.Textarea(attrs={"rows": 3})}
        help_texts: ClassVar = {
            "is_main": _(
                "Named in the review form and in letters; letters go to the main finance contact's e-mail."
                " The one who was it before stays in the file."
            ),
            "letter_order": _(
                "Of the finance contacts 1 gets letters first, 2 if they do not arrive there, and so on. Empty:"
                " after those with a number, the main contact first. Who prefers fax or post ends the mails."
            ),
        }

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        channel = cleaned.get("preferred_channel")
        is_answered = channel in self.fields and channel not in self.errors
        if channel and channel != Channel.POST and is_answered and not cleaned.get(channel):
            text = _("This is the preferred channel: fill it in, or choose another.")
            self.add_error(channel, forms.ValidationError(text, code="channel"))
        return cleaned
