"""Forms of the Django admin for people: what it would let through and the services refuse."""

from __future__ import annotations

from django import forms
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.forms import AdminPasswordChangeForm, AdminUserCreationForm, UserChangeForm
from django.core.exceptions import ValidationError
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.accounts.services import assignment_refusal


class NewUserForm(AdminUserCreationForm):  # type: ignore[type-arg]
    """A new person with a first password."""

    class Meta(AdminUserCreationForm.Meta):
        model = User
        fields = ("username", "name", "email", "department")


class UserForm(UserChangeForm):  # type: ignore[type-arg]
    """A person's data; `by` is the administrator."""

    by: User

    def clean_is_active(self) -> bool:
        is_active: bool = self.cleaned_data["is_active"]
        if not is_active and self.instance.pk == self.by.pk:
            raise ValidationError(
                _("Nobody deactivates himself: ask another administrator."), code="users.self"
            )
        return is_active


class NewPasswordForm(AdminPasswordChangeForm):  # type: ignore[type-arg]
    """Another password for somebody. The history does not hold passwords; the raised epoch is the record."""

    def save(self, commit: bool = True) -> User:
        self.user.session_epoch += 1
        user: User = super().save(commit)
        return user


class RoleFormSet(BaseInlineFormSet):  # type: ignore[type-arg]
    """The roles of one person. Who tries to change his own is refused, and the attempt is recorded."""

    request: HttpRequest

    def clean(self) -> None:
        super().clean()
        by = self.request.user
        assert isinstance(by, User)
        if not (self.has_changed() or self.deleted_forms):
            return
        if refusal := assignment_refusal(user=self.instance, by=by):
            LogEntry.objects.log_actions(
                by.pk, [self.instance], CHANGE, change_message=f"refused: {refusal.code}", single_object=True
            )
            raise ValidationError(str(refusal), code=refusal.code)


class DepartmentForm(forms.ModelForm):  # type: ignore[type-arg]
    """A department; its head must be able to decide as its manager (P3)."""

    def clean_head(self) -> User | None:
        head: User | None = self.cleaned_data["head"]
        if head is not None and not head.has_role(Role.DEPARTMENT_MANAGER):
            raise ValidationError(
                _("%(person)s does not hold the role “%(role)s”: give it to him first."),
                code="department.head",
                params={"person": head, "role": Role.DEPARTMENT_MANAGER.label},
            )
        return head
