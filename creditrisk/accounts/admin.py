"""People, roles and departments in the Django admin. Roles and activity change through the services."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.db.models import QuerySet
from django.forms import BaseModelForm
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts import services
from creditrisk.accounts.admin_forms import (
    DepartmentForm,
    NewPasswordForm,
    NewUserForm,
    RoleFormSet,
    UserForm,
)
from creditrisk.accounts.models import Absence, Department, RoleAssignment, User
from creditrisk.accounts.read_only_admin import ReadOnlyAdmin
from creditrisk.accounts.requests import person_of
from creditrisk.exceptions import NotAllowedError


class RoleInline(admin.TabularInline):  # type: ignore[type-arg]
    """A role is given or taken away, never changed into another one."""

    model = RoleAssignment
    formset = RoleFormSet
    extra = 1

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        formset.request = request  # type: ignore[attr-defined]
        return formset

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(User)
class PersonAdmin(UserAdmin):  # type: ignore[type-arg]
    """People are deactivated, never deleted: what they did stays theirs."""

    form = UserForm
    add_form = NewUserForm
    change_password_form = NewPasswordForm
    inlines = (RoleInline,)
    list_display = ("username", "name", "department", "roles_held", "is_active", "last_login")
    list_filter = ("is_active", "role_assignments__role", "department")
    list_select_related = ("department",)
    search_fields = ("username", "name", "email")
    ordering = ("username",)
    filter_horizontal = ()
    autocomplete_fields = ("department",)
    readonly_fields = ("last_login", "date_joined")
    actions = ("reset_second_factor",)
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Person"), {"fields": ("name", "email", "phone", "department")}),
        (_("Preferences"), {"fields": ("language", "theme", "mails_wanted", "digest_wanted")}),
        (_("Access"), {"fields": ("is_active", "last_login", "date_joined")}),
    )
    add_fieldsets = (
        (
            None,
            {
                "classes": ("wide",),
                "fields": ("username", "name", "email", "department", "password1", "password2"),
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("role_assignments")

    @admin.display(description=_("roles"))
    def roles_held(self, user: User) -> str:
        return ", ".join(str(assignment.get_role_display()) for assignment in user.role_assignments.all())

    @admin.action(description=_("Reset the second factor of the selected users (lost phone)"))
    def reset_second_factor(self, request: HttpRequest, people: QuerySet[User]) -> None:
        by = person_of(request)
        for person in people:
            try:
                services.reset_second_factor(user=person, by=by)
            except NotAllowedError as refused:
                self.message_user(request, str(refused), messages.ERROR)
            else:
                self.log_change(request, person, "Second factor reset.")
                text = gettext("%(person)s logs in with the password alone and sets up a new second factor.")
                self.message_user(request, text % {"person": person}, messages.SUCCESS)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        form.by = request.user  # type: ignore[attr-defined]
        return form

    def save_model(self, request: HttpRequest, obj: User, form: BaseModelForm[User], change: bool) -> None:
        is_active = obj.is_active
        switched = change and "is_active" in form.changed_data
        if switched:
            obj.is_active = not is_active
        super().save_model(request, obj, form, change)
        if switched:
            assert isinstance(request.user, User)
            services.set_active(user=obj, is_active=is_active, by=request.user)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        assert isinstance(request.user, User)
        formset.save(commit=False)
        for removed in formset.deleted_objects:
            services.remove_role(user=form.instance, role=removed.role, by=request.user)
        for given in formset.new_objects:
            services.assign_role(user=form.instance, role=given.role, by=request.user)
        formset.save_m2m()


@admin.register(Department)
class DepartmentAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Departments with their heads: the department managers of policy P3."""

    form = DepartmentForm
    list_display = ("code", "name", "name_en", "head")
    list_select_related = ("head",)
    search_fields = ("code", "name", "name_en")
    autocomplete_fields = ("head",)


@admin.register(Absence)
class AbsenceAdmin(ReadOnlyAdmin):
    """Absences with their deputies: entered and ended on their own page."""

    list_display = ("person", "deputy", "starts_on", "ends_on", "entered_by")
    list_select_related = ("person", "deputy", "entered_by")
    search_fields = ("person__username", "person__name", "deputy__username", "deputy__name")
