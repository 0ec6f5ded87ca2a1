"""Messages in the administration, to look at; robots and their secrets, to keep."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.read_only_admin import ReadOnlyAdmin
from creditrisk.accounts.requests import person_of
from creditrisk.exceptions import BusinessError
from creditrisk.notifications import services
from creditrisk.notifications.forms import RobotForm
from creditrisk.notifications.models import OutboxMessage, Robot


@admin.register(OutboxMessage)
class OutboxMessageAdmin(ReadOnlyAdmin):
    list_display = (
        "subject",
        "channel",
        "to",
        "customer_number",
        "state",
        "attempts",
        "created_at",
        "sent_at",
    )
    list_filter = ("channel", "state", "created_at")
    search_fields = ("subject", "to", "customer_number")
    exclude = ("attachment",)


class _CheckedRobotForm(RobotForm):
    """Saves with everything else that is checked: what the service refuses is an error of the form."""

    request: HttpRequest

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        if Robot.objects.filter(name=cleaned["name"]).exclude(pk=self.instance.pk).exists():
            raise ValidationError({"name": _("A robot with this name exists already.")})
        try:
            self.saved = services.save_robot(
                robot=self.instance if self.instance.pk else None,
                by=person_of(self.request),
                now=timezone.now(),
                **cleaned,
            )
        except BusinessError as refusal:
            raise ValidationError(str(refusal), code=refusal.code) from refusal
        return cleaned


@admin.register(Robot)
class RobotAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Robots are switched off, never deleted: their messages stay."""

    form = _CheckedRobotForm
    fields = ("name", "kind", "token", "signing_secret", "is_active", "secrets_changed_at")
    readonly_fields = ("secrets_changed_at",)
    list_display = ("name", "kind", "is_active", "signs", "secrets_changed_at")
    list_filter = ("kind", "is_active")
    search_fields = ("name",)

    @admin.display(description=_("signs"), boolean=True)
    def signs(self, robot: Robot) -> bool:
        return bool(robot.signing_secret)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        form.request = request  # type: ignore[attr-defined]
        return form

    def save_model(self, request: HttpRequest, obj: Robot, form: Any, change: bool) -> None:
        """The form has saved it through the service; the administration goes on with what is stored."""
        obj.__dict__.update(form.saved.__dict__)
