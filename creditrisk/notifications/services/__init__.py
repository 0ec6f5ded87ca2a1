"""Every write to in-app messages and mails. Both are recorded in the caller's transaction; mails leave after
commit.
"""

from creditrisk.notifications.services.inform import mark_all_read, mark_read, notify
from creditrisk.notifications.services.outbox import is_mail_address, move_mails, queue_mail, requeue_mail
from creditrisk.notifications.services.sending import mark_ambiguous_mails, send_due_mails

__all__ = [
    "is_mail_address",
    "mark_all_read",
    "mark_ambiguous_mails",
    "mark_read",
    "move_mails",
    "notify",
    "queue_mail",
    "requeue_mail",
    "send_due_mails",
]
