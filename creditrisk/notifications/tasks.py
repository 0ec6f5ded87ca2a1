"""The sender's task."""

from celery import shared_task

from creditrisk.notifications.services import send_due_mails


@shared_task
def send_queued_mails() -> None:
    send_due_mails()
