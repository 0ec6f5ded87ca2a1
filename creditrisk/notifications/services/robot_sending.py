"""Calling a robot: one request, bounded in time and size, to the one host of its kind."""

from __future__ import annotations

import datetime as dt
import http.client
import ssl
from typing import cast
from urllib.parse import urlsplit

from django.conf import settings

from creditrisk.notifications.models import OutboxMessage, Robot
from creditrisk.notifications.robot_protocols import HOSTS, Answer, Kind, RobotRequest, answer_of, request_for
from creditrisk.notifications.services.delivery import Delivery, told

State = OutboxMessage.State
ANSWER_MAX_BYTES = 8192
HIDDEN = "…"
_STATES = {"sent": State.SENT, "later": State.QUEUED, "failed": State.FAILED, "unknown": State.UNKNOWN}


def call_robot(message: OutboxMessage, *, now: dt.datetime) -> Delivery:
    """Let the robot of a claimed message say it; return how that ended.

    Before the request is on its way nothing can have been said: it is tried again. Once it is, only an answer is
    certain: a connection that breaks or stays silent leaves it `unknown`.
    """
    robot = message.robot
    assert robot is not None
    if not robot.is_active:
        return Delivery(State.FAILED, "The robot is switched off.")
    kind = cast(Kind, robot.kind)
    request = request_for(
        kind,
        token=robot.token,
        signing_secret=robot.signing_secret,
        text=message.body,
        mention=message.to,
        now=now,
    )
    connection = _connection(settings.CREDITRISK_ROBOT_BASE_URL or HOSTS[kind])
    try:
        try:
            connection.connect()
        except OSError as error:
            return Delivery(State.QUEUED, told(error), is_unreachable=True)
        try:
            answer = _answer(connection, kind, request)
        except (OSError, http.client.HTTPException) as error:
            return Delivery(State.UNKNOWN, _hidden(told(error), robot))
    finally:
        connection.close()
    return Delivery(_STATES[answer.verdict], _hidden(answer.text, robot), is_too_many=answer.is_too_many)


def _connection(base: str) -> http.client.HTTPConnection:
    address = urlsplit(base)
    host, timeout = address.hostname or "", settings.CREDITRISK_ROBOT_TIMEOUT
    if address.scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, address.port, timeout=timeout, context=context)
    return http.client.HTTPConnection(host, address.port, timeout=timeout)


def _answer(connection: http.client.HTTPConnection, kind: Kind, request: RobotRequest) -> Answer:
    head = {"Content-Type": "application/json; charset=utf-8", "Connection": "close"}
    connection.request("POST", request.path, body=request.body, headers=head)
    response = connection.getresponse()
    return answer_of(kind, status=response.status, body=response.read(ANSWER_MAX_BYTES))


def _hidden(text: str, robot: Robot) -> str:
    """Return what is kept of an answer: never a secret that it may repeat."""
    for secret in filter(None, (robot.token, robot.signing_secret)):
        text = text.replace(secret, HIDDEN)
    return text
