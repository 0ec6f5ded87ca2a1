"""The card beside a draft of the policy (`POLICY_DRAFT_PANELS`): what its simulations said, and another one."""

from __future__ import annotations

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from creditrisk.accounts.requests import person_of
from creditrisk.policy.models import PolicyDraft
from creditrisk.policy.permissions import change_refusal
from supervision.forms import SimulationForm
from supervision.models import SimulationState
from supervision.selectors.simulations import simulation_list
from supervision.simulated_parts import part_from_data
from supervision.simulation_words import told_parts

SHOWN = 5


def policy_simulation_panel(request: HttpRequest, draft: PolicyDraft) -> SafeString:
    """Return the card as HTML. Its form has an address of its own."""
    person = person_of(request)
    simulations = list(simulation_list(person).filter(draft=draft)[:SHOWN])
    done = next((one for one in simulations if one.state == SimulationState.DONE), None)
    parts = [part_from_data(part) for part in done.result] if done else []
    context = {
        "draft": draft,
        "simulations": simulations,
        "latest": done,
        "is_outdated": done is not None and done.draft_version != draft.version,
        "parts": told_parts(parts, reader=person),
        "form": SimulationForm() if change_refusal(person, draft) is None else None,
    }
    return render_to_string("supervision/_policy_simulation_panel.html", context, request)
