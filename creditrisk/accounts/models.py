"""People, the roles they hold (P3) and the departments they belong to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import cached_property
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models, transaction
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.roles import Role
from creditrisk.audit.tracking import tracked


@tracked()
class Department(models.Model):
    """A department with its head, who is the department manager of its account managers (P3)."""

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=100)
    name_en = models.CharField(_("English name"), max_length=100, blank=True)
    head = models.ForeignKey(
        "User",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="headed_departments",
        verbose_name=_("head"),
    )

    class Meta:
        verbose_name = _("department")
        verbose_name_plural = _("departments")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class PeopleManager(UserManager["User"]):
    """Makes people; `create_superuser` makes the first administrator of a new installation."""

    def create_superuser(
        self, username: str, email: str | None = None, password: str | None = None, **extra_fields: Any
    ) -> User:
        """Return a new administrator: it is the role that counts, so he gets it in the same transaction."""
        with transaction.atomic(using=self.db):
            user: User = super().create_superuser(username, email, password, **extra_fields)
            RoleAssignment.objects.using(self.db).create(user=user, role=Role.ADMINISTRATOR)
        return user


@tracked(exclude=("password", "last_login"))
class User(AbstractUser):
    """A person who logs in. `name` is shown as written (Chinese or Latin); `language` and `theme` are his
    choice.

    What he may do follows from his roles alone. Groups and single permissions do not exist; Django's flags
    `is_superuser` and `is_staff` give no right: not to see a customer, not to approve, not to administer.
    """

    class Theme(models.TextChoices):
        AUTO = "auto", _("As my device")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    groups = None  # type: ignore[assignment]
    user_permissions = None  # type: ignore[assignment]

    name = models.CharField(_("name"), max_length=100)
    phone = models.CharField(_("phone"), max_length=50, blank=True)
    department = models.ForeignKey(
        Department,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="members",
        verbose_name=_("department"),
    )
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES, blank=True)
    theme = models.CharField(_("appearance"), max_length=5, choices=Theme.choices, default=Theme.AUTO)
    mails_wanted = models.BooleanField(_("send me e-mails"), default=True)
    digest_wanted = models.BooleanField(
        _("send me a mail in the morning with what waits for me"), default=True
    )
    session_epoch = models.PositiveIntegerField(_("session epoch"), default=1, editable=False)

    objects: ClassVar[PeopleManager] = PeopleManager()

    REQUIRED_FIELDS = ["name", "email"]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ["username"]
        constraints = [
            # Log-in does not tell capitals from small letters, so there must not be both.
            models.UniqueConstraint(
                Lower("username"),
                name="username_once_in_any_case",
                violation_error_message=_("A user with this name exists already, in other capitals perhaps."),
            ),
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        """The name people know this person by."""
        return self.name or self.username

    def get_full_name(self) -> str:
        return self.display_name

    def get_short_name(self) -> str:
        return self.display_name

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Return whether the Django admin lets this person in; each ModelAdmin says what he may do."""
        return self.has_role(Role.ADMINISTRATOR)

    def has_perms(self, perm_list: Iterable[str], obj: Any = None) -> bool:
        return self.has_role(Role.ADMINISTRATOR)

    def has_module_perms(self, app_label: str) -> bool:
        return self.has_role(Role.ADMINISTRATOR)

    def get_all_permissions(self, obj: Any = None) -> set[str]:
        return set()

    get_user_permissions = get_group_permissions = get_all_permissions

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Return what a session must carry to stay valid: another password or epoch ends them all at once."""
        value = f"{self.password}|{self.session_epoch}"
        return salted_hmac(
            "creditrisk.accounts.session", value, secret=secret, algorithm="sha256"
        ).hexdigest()

    @cached_property
    def roles(self) -> frozenset[str]:
        """The codes of the roles this person holds now (read once per request)."""
        if not self.is_active:
            return frozenset()
        return frozenset(assignment.role for assignment in self.role_assignments.all())

    def has_role(self, *roles: str) -> bool:
        """Return whether this person holds at least one of `roles`."""
        return not self.roles.isdisjoint(str(role) for role in roles)

    @cached_property
    def stands_in_for(self) -> tuple[User, ...]:
        """The people whose deputy this person is today (read once per request), each with his roles. Who holds no role
        himself stands in for nobody.
        """
        return self.stands_in_on(timezone.localdate())

    def stands_in_on(self, day: dt.date) -> tuple[User, ...]:
        """Return the people whose deputy this person is on `day`, by user name, each with his roles."""
        if not self.roles:
            return ()
        absent = User.objects.filter(
            absences__deputy=self.pk,
            absences__starts_on__lte=day,
            absences__ends_on__gte=day,
            is_active=True,
        )
        return tuple(absent.prefetch_related("role_assignments").order_by("username"))

    @cached_property
    def role_labels(self) -> list[str]:
        """The translated names of the roles this person holds, in the order of the policy."""
        return [str(role.label) for role in Role if role.value in self.roles]


@tracked()
class RoleAssignment(models.Model):
    """A role that a person holds."""

    user = models.ForeignKey(User, models.CASCADE, related_name="role_assignments", verbose_name=_("user"))
    role = models.CharField(_("role"), max_length=30, choices=Role.choices)

    class Meta:
        verbose_name = _("role assignment")
        verbose_name_plural = _("role assignments")
        constraints = [models.UniqueConstraint(fields=["user", "role"], name="role_held_once")]
        ordering = ["user", "role"]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_role_display()}"


@tracked()
class Absence(models.Model):
    """A person is away from `starts_on` to `ends_on` (both included), and `deputy` decides on his behalf (P3)."""

    person = models.ForeignKey(User, models.CASCADE, related_name="absences", verbose_name=_("person"))
    deputy = models.ForeignKey(User, models.PROTECT, related_name="deputising", verbose_name=_("deputy"))
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    entered_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("entered by"))

    class Meta:
        verbose_name = _("absence")
        verbose_name_plural = _("absences")
        ordering = ["-starts_on", "-pk"]
        indexes = [models.Index(fields=["deputy", "ends_on"], name="absence_of_deputy")]
        constraints = [
            models.CheckConstraint(
                name="absence_starts_first", condition=models.Q(starts_on__lte=models.F("ends_on"))
            ),
            models.CheckConstraint(
                name="absence_deputy_is_another", condition=~models.Q(person=models.F("deputy"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.starts_on} – {self.ends_on}: {self.deputy}"
