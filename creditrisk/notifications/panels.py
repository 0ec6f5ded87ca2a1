"""The card of a person's own page on which he chooses a robot (`ACCOUNT_PANELS`)."""

from __future__ import annotations

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from creditrisk.accounts.requests import person_of
from creditrisk.notifications.forms import RobotChoiceForm
from creditrisk.notifications.selectors import robot_choice_of, robots_to_choose


def robot_form(request: HttpRequest, *, is_posted: bool) -> RobotChoiceForm:
    """Return the form with this person's choice, or where `is_posted` with what he chose now."""
    choice = robot_choice_of(person_of(request))
    initial = {"robot": choice.robot_id, "mention": choice.mention} if choice else {}
    return RobotChoiceForm(request.POST if is_posted else None, initial=initial, robots=robots_to_choose())


def robot_panel(request: HttpRequest) -> SafeString:
    """Return the card as HTML. Its form has an address of its own: what is wrong in one does not stop the other."""
    context = {"form": robot_form(request, is_posted=False)}
    return render_to_string("notifications/_robot_panel.html", context, request)
