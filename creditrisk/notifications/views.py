"""The bell, the outbox, and the robot of one's choice."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header, url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST
from django_tables2 import RequestConfig

from creditrisk.accounts.requests import person_of
from creditrisk.dates import local_today
from creditrisk.exceptions import InvalidInputError
from creditrisk.forms import filter_facts
from creditrisk.notifications import selectors, services
from creditrisk.notifications.exports import outbox_lines
from creditrisk.notifications.filters import OutboxFilter
from creditrisk.notifications.forms import BouncedForm, OtherAddressForm
from creditrisk.notifications.models import OutboxMessage
from creditrisk.notifications.panels import robot_form
from creditrisk.notifications.permissions import bounce_refusal, elsewhere_refusal, send_again_refusal
from creditrisk.notifications.tables import NotificationTable, OutboxTable
from creditrisk.workbooks import table_response


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
def outbox(request: HttpRequest) -> HttpResponse | FileResponse:
    """The messages this person may see, and what became of them; with ?format=xlsx or csv as a file."""
    person = person_of(request)
    chosen = OutboxFilter(request.GET, queryset=selectors.mails_visible_to(person).defer("body"))
    table = OutboxTable(chosen.qs)
    RequestConfig(request).configure(table)
    file = table_response(
        request,
        name=f"outbox-{local_today()}",
        title=_("Outbox"),
        table=outbox_lines(table.data.data),
        facts=[*filter_facts(chosen.form), (_("Downloaded by"), str(person))],
    )
    context = {"filter": chosen, "table": table, "dry_run_to": settings.CREDITRISK_CUSTOMER_MAILS_DRY_RUN_TO}
    return file or render(request, "notifications/outbox.html", context)


@require_GET
def outbox_message(request: HttpRequest, pk: int) -> HttpResponse:
    """One message: text, attachment, what happened to it, and what can be decided where it ended badly."""
    return _message_page(request, _mail_or_404(request, pk))


def _message_page(
    request: HttpRequest,
    message: OutboxMessage,
    *,
    other_form: OtherAddressForm | None = None,
    bounced_form: BouncedForm | None = None,
    status: int = 200,
) -> HttpResponse:
    person = person_of(request)
    is_bounced = message.state == OutboxMessage.State.BOUNCED
    context = {
        "message": message,
        "events": selectors.events_of(message),
        "refusal": send_again_refusal(person, message) if message.has_ended_badly else None,
        "may_send_elsewhere": elsewhere_refusal(person, message) is None,
        "may_note_bounce": not is_bounced and bounce_refusal(person, message) is None,
        "other_form": other_form or OtherAddressForm(),
        "bounced_form": bounced_form or BouncedForm(),
    }
    return render(request, "notifications/outbox_message.html", context, status=status)


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
    """Queue a message that ended badly again."""
    message = services.requeue_mail(
        message=_mail_or_404(request, pk), by=person_of(request), now=timezone.now()
    )
    messages.success(request, _("The mail to %(address)s is queued again.") % {"address": message.to})
    return redirect(message)


@require_POST
def send_elsewhere(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a mail that ended badly to another address instead."""
    message, form = _mail_or_404(request, pk), OtherAddressForm(request.POST)
    if form.is_valid():
        try:
            copy = services.send_to_other_address(
                message=message, to=form.cleaned_data["to"], by=person_of(request), now=timezone.now()
            )
        except InvalidInputError as refusal:
            form.add_error("to", str(refusal))
        else:
            messages.success(request, _("A copy to %(address)s is queued.") % {"address": copy.to})
            return redirect(copy)
    return _message_page(request, message, other_form=form, status=400)


@require_POST
def bounced(request: HttpRequest, pk: int) -> HttpResponse:
    """Note that a mail came back."""
    message, form = _mail_or_404(request, pk), BouncedForm(request.POST)
    if not form.is_valid():
        return _message_page(request, message, bounced_form=form, status=400)
    services.mark_bounced(
        message=message, reason=form.cleaned_data["reason"], by=person_of(request), now=timezone.now()
    )
    messages.success(request, _("Noted: the mail came back and does not count as sent."))
    return redirect(message)


@require_POST
def choose_robot(request: HttpRequest) -> HttpResponse:
    """Keep through which robot this person is told things."""
    form = robot_form(request, is_posted=True)
    if form.is_valid():
        try:
            services.choose_robot(user=person_of(request), **form.cleaned_data)
        except InvalidInputError as refusal:
            form.add_error("mention", str(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect("accounts:profile")
    return render(request, "notifications/robot_choice.html", {"form": form}, status=400)
