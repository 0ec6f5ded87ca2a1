"""Writes of messages. They are recorded in the caller's transaction and leave after commit."""

from creditrisk.notifications.services.decisions import (
    mark_bounced,
    replace_message,
    requeue_mail,
    send_to_other_address,
)
from creditrisk.notifications.services.inform import mark_all_read, mark_read, notify
from creditrisk.notifications.services.outbox import (
    is_mail_address,
    move_mails,
    queue_mail,
    queue_robot_message,
)
from creditrisk.notifications.services.returning import take_bounce_report
from creditrisk.notifications.services.robots import choose_robot, save_robot
from creditrisk.notifications.services.sending import mark_ambiguous_mails, send_due_mails

__all__ = [
    "choose_robot",
    "is_mail_address",
    "mark_all_read",
    "mark_ambiguous_mails",
    "mark_bounced",
    "mark_read",
    "move_mails",
    "notify",
    "queue_mail",
    "queue_robot_message",
    "replace_message",
    "requeue_mail",
    "save_robot",
    "send_due_mails",
    "send_to_other_address",
    "take_bounce_report",
]
