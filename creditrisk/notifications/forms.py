"""What people enter about messages: a robot of their choice, another address, why a mail came back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from creditrisk.forms import StrictForm
from creditrisk.notifications.models import Robot, RobotKind


class RobotChoiceForm(StrictForm, forms.Form):
    """Through which robot a person is told things, and how its message names him."""

    robot = forms.ModelChoiceField(
        label=_("Robot"), queryset=Robot.objects.none(), required=False, empty_label=_("none")
    )
    mention = forms.CharField(
        label=_("My mobile number or user ID there"),
        max_length=64,
        required=False,
        help_text=_(
            "So that the message names you and your phone tells you. WeCom and DingTalk: mobile number or user ID;"
            " Feishu: open ID."
        ),
    )

    def __init__(self, *args: Any, robots: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["robot"].queryset = robots  # type: ignore[attr-defined]


class OtherAddressForm(StrictForm, forms.Form):
    """The address that a mail goes to instead."""

    to = forms.EmailField(label=_("Address"), max_length=254)


class BouncedForm(StrictForm, forms.Form):
    """Why a mail came back, in the words of the mail server or of who told us."""

    reason = forms.CharField(label=_("Why it came back"), max_length=500)


class RobotForm(forms.ModelForm):  # type: ignore[type-arg]
    """A robot in the administration. Its secrets are written, never shown: left empty, they stay as they are."""

    token = forms.CharField(
        label=_("Token"),
        max_length=200,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_(
            "What stands behind key=, access_token= or hook/ in the robot's address, not the address itself."
        ),
    )
    signing_secret = forms.CharField(
        label=_("Signing secret"),
        max_length=200,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("DingTalk and Feishu, where the group asks for signed messages."),
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=RobotKind.choices)

    class Meta:
        model = Robot
        fields = ("name", "kind", "token", "signing_secret", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for secret in ("token", "signing_secret"):
            self.initial.pop(secret, None)

    def _post_clean(self) -> None:
        """Leave the stored robot as it is: the service writes it, and an empty secret is none to be stored."""
