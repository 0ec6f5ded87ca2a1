"""Messages to people: the bell in the page, the outbox with a visible final state, and the robots of chat groups."""

from creditrisk.notifications.models.notification import Notification, NotificationQuerySet
from creditrisk.notifications.models.outbox import OutboxMessage, OutboxMessageQuerySet
from creditrisk.notifications.models.outbox_event import OutboxEvent
from creditrisk.notifications.models.robot import MessageChannel, Robot, RobotChoice, RobotKind

__all__ = [
    "MessageChannel",
    "Notification",
    "NotificationQuerySet",
    "OutboxEvent",
    "OutboxMessage",
    "OutboxMessageQuerySet",
    "Robot",
    "RobotChoice",
    "RobotKind",
]
