"""The bell and the mail outbox."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header, url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST
from django_tables2 import RequestConfig

from creditrisk.accounts.requests import person_of
from creditrisk.notifications import selectors, services
from creditrisk.notifications.filters import OutboxFilter
from creditrisk.notifications.models import OutboxMessage
from creditrisk.notifications.permissions import send_again_refusal
from creditrisk.notifications.tables import NotificationTable, OutboxTable


def _mail_or_404(request: HttpRequest, pk: int) -> OutboxMessage:
    return get_object_or_404(selectors.mails_visible_to(person_of(request)), pk=pk)


@require_GET
def notification_list(request: HttpRequest) -> HttpResponse:
    """What this person was told."""
    table = NotificationTable(selectors.notifications_of(person_of(request)))
    RequestConfig(request).configure(table)
    return render(request, "notifications/notification_list.html", {"table": table})


@require_GET
def open_notification(request: HttpRequest, pk: int) -> HttpResponse:
    """Go to the page that the notification is about; it counts as read then."""
    notification = get_object_or_404(selectors.notifications_of(person_of(request)), pk=pk)
    services.mark_read(notification=notification, now=timezone.now())
    if url_has_allowed_host_and_scheme(notification.url, allowed_hosts=None):
        return redirect(notification.url)
    return redirect("notifications:list")


@require_POST
def mark_all_read(request: HttpRequest) -> HttpResponse:
    """All of this person's notifications count as read."""
    count = services.mark_all_read(user=person_of(request), now=timezone.now())
    told = ngettext("%(count)s message marked as read.", "%(count)s messages marked as read.", count)
    messages.success(request, told % {"count": count})
    return redirect("notifications:list")


@require_GET
def outbox(request: HttpRequest) -> HttpResponse:
    """The mails this person may see, and what became of them."""
    chosen = OutboxFilter(request.GET, queryset=selectors.mails_visible_to(person_of(request)).defer("body"))
    table = OutboxTable(chosen.qs)
    RequestConfig(request).configure(table)
    return render(request, "notifications/outbox.html", {"filter": chosen, "table": table})


@require_GET
def outbox_message(request: HttpRequest, pk: int) -> HttpResponse:
    """One mail: text, attachment, attempts, and sending it again where it ended badly."""
    message = _mail_or_404(request, pk)
    has_ended_badly = message.state in OutboxMessage.FINISHED_BADLY
    context = {
        "message": message,
        "has_ended_badly": has_ended_badly,
        "refusal": send_again_refusal(person_of(request), message) if has_ended_badly else None,
    }
    return render(request, "notifications/outbox_message.html", context)


@require_GET
def outbox_attachment(request: HttpRequest, pk: int) -> HttpResponse:
    """The mail's PDF, as a download."""
    message = _mail_or_404(request, pk)
    if not message.attachment:
        raise Http404
    try:
        with message.attachment.open("rb") as file:
            response = HttpResponse(file.read(), content_type="application/pdf")
    except FileNotFoundError as error:
        raise Http404 from error
    name = message.attachment_name or f"{message.pk}.pdf"
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or ""
    return response


@require_POST
def send_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Queue a failed or unknown mail again."""
    message = services.requeue_mail(
        message=_mail_or_404(request, pk), by=person_of(request), now=timezone.now()
    )
    messages.success(request, _("The mail to %(address)s is queued again.") % {"address": message.to})
    return redirect(message)
