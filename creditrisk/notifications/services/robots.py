"""Keeping robots, and choosing one."""

from __future__ import annotations

import datetime as dt
import re

from django.db import transaction
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import InvalidInputError, require
from creditrisk.notifications.models import Robot, RobotChoice, RobotKind
from creditrisk.notifications.permissions import robots_refusal

_SECRET = re.compile(r"[A-Za-z0-9_.\-]{8,200}")
_MENTION = re.compile(r"[A-Za-z0-9_.@+\-]{1,64}")
EVERYBODY = frozenset({"all", "@all"})
"""What would call a whole group: one person's messages never do."""


@transaction.atomic
def save_robot(
    *,
    robot: Robot | None,
    kind: str,
    name: str,
    is_active: bool,
    token: str = "",
    signing_secret: str = "",
    by: User,
    now: dt.datetime,
) -> Robot:
    """Keep a robot (a new one where `robot` is None) and return it; an empty secret leaves the stored one as it is.

    Raises NotAllowedError unless `by` is an administrator; InvalidInputError where a new robot, or one that becomes of
    another kind, gets no token (a token is meant for one host alone), where a secret is none, or WeCom is to sign.
    """
    require(robots_refusal(by))
    stored = Robot() if robot is None else Robot.objects.select_for_update().get(pk=robot.pk)
    if not token and (robot is None or stored.kind != kind):
        raise InvalidInputError("robot.token_missing", _("Give the token of this robot."))
    for secret in filter(None, (token, signing_secret)):
        if not _SECRET.fullmatch(secret):
            raise InvalidInputError(
                "robot.secret",
                _("That is no token or secret: give only what stands behind key=, access_token= or hook/."),
            )
    if kind == RobotKind.WECOM and signing_secret:
        raise InvalidInputError("robot.signing", _("WeCom's robots have no signing secret: leave it empty."))
    if stored.kind != kind:
        stored.signing_secret = ""
    stored.kind, stored.name, stored.is_active = RobotKind(kind), name.strip(), is_active
    if token or signing_secret:
        stored.token = token or stored.token
        stored.signing_secret = signing_secret or stored.signing_secret
        stored.secrets_changed_at = now
    with acting(by):
        stored.save()
    return stored


@transaction.atomic
def choose_robot(*, user: User, robot: Robot | None, mention: str) -> RobotChoice | None:
    """Keep through which robot `user` is told things, naming him as `mention`; None for none. The same again is once.

    Raises InvalidInputError where the robot is switched off, or `mention` is neither a mobile number nor a user ID.
    """
    User.objects.select_for_update().get(pk=user.pk)
    with acting(user):
        if robot is None:
            RobotChoice.objects.filter(user=user).delete()
            return None
        if not robot.is_active:
            raise InvalidInputError("robot.switched_off", _("This robot is switched off. Choose another."))
        named = mention.strip()
        if named and (not _MENTION.fullmatch(named) or named.casefold() in EVERYBODY):
            raise InvalidInputError("robot.mention", _("Give one mobile number or one user ID."))
        return RobotChoice.objects.update_or_create(user=user, defaults={"robot": robot, "mention": named})[0]
