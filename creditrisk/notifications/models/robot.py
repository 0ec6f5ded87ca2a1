"""Robots of chat groups (WeCom, DingTalk, Feishu), and who of us wants to hear through which one."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import tracked


class MessageChannel(models.TextChoices):
    """The ways a message of the outbox goes."""

    EMAIL = "email", _("e-mail")
    WECOM = "wecom", _("WeCom")
    DINGTALK = "dingtalk", _("DingTalk")
    FEISHU = "feishu", _("Feishu")


class RobotKind(models.TextChoices):
    """The chat programs whose robots are known; each has one host of its own (see `robot_protocols`)."""

    WECOM = "wecom", _("WeCom")
    DINGTALK = "dingtalk", _("DingTalk")
    FEISHU = "feishu", _("Feishu")


@tracked(exclude=("token", "signing_secret"))
class Robot(models.Model):
    """A robot of one chat group. Who knows `token` (and `signing_secret`, where the group asks for signed messages)
    can speak in its name: neither is shown again, logged or kept in the history; `secrets_changed_at` is the record.
    """

    kind = models.CharField(_("kind"), max_length=10, choices=RobotKind.choices)
    name = models.CharField(_("name"), max_length=100, unique=True)
    token = models.CharField(_("token"), max_length=200)
    signing_secret = models.CharField(_("signing secret"), max_length=200, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    secrets_changed_at = models.DateTimeField(_("secrets changed at"))

    class Meta:
        verbose_name = _("robot")
        verbose_name_plural = _("robots")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="robot_has_name_and_token", condition=~models.Q(name="") & ~models.Q(token="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.get_kind_display()})"


class RobotChoiceQuerySet(models.QuerySet["RobotChoice"]):
    def visible_to(self, user: User) -> RobotChoiceQuerySet:
        """Return this person's own choice."""
        return self.filter(user=user)


@tracked()
class RobotChoice(models.Model):
    """The robot through which a person is told what the bell tells him. `mention` is his mobile number or user ID in
    that program, so that the group's message names him; empty, it names nobody.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="robot_choice", verbose_name=_("user")
    )
    robot = models.ForeignKey(Robot, models.PROTECT, related_name="choices", verbose_name=_("robot"))
    mention = models.CharField(_("mobile or user ID"), max_length=64, blank=True)

    objects: ClassVar[models.Manager[RobotChoice]] = RobotChoiceQuerySet.as_manager()

    class Meta:
        verbose_name = _("choice of a robot")
        verbose_name_plural = _("choices of robots")

    def __str__(self) -> str:
        return f"{self.user}: {self.robot}"
