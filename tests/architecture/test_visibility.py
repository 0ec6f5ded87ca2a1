"""Every model says who sees its rows (`visible_to`), or is on the short list of those that everybody may read or
that no page shows."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.db import models

OURS = ("creditrisk.", "customers.", "receivables.", "reviews.", "supervision.")

WITHOUT = {
    "accounts.absence": "his own, an administrator's all: `accounts.selectors.absences_shown_to`",
    "accounts.department": "the directory: people know each other and their departments",
    "accounts.roleassignment": "the directory: who holds which role decides who is asked, and is no secret",
    "accounts.user": "the directory: names are shown wherever somebody did something; the rest is the admin's",
    "business_days.calendarday": "the company's calendar: everybody's deadlines follow it",
    "audit.sensitiveread": "who had a number shown in full: the administration's alone",
    "company.company": "our own letterhead: every letter carries it",
    "receivables.dunningrelease": "on the dunning page, for who may release a run, all or nothing",
    "customers.industry": "a public classification",
    "customers.reassignment": "a record without a page: the administration shows it",
    "exchange_rates.exchangerate": "public rates: every total in one currency follows from them",
    "jobs.jobevent": "the log of a run, seen with the runs (`jobs.permissions.list_refusal`)",
    "jobs.jobrun": "one page for administrators and leaders, all or nothing (`jobs.permissions.list_refusal`)",
    "lists.hiddencolumns": "what a person leaves out of his own lists: read by his own key alone",
    "numbering.sequence": "a counter: no page shows it",
    "receivables.lettertemplate": "the words that go to customers: everybody may read them",
    "notifications.robot": "the names of our chat groups: everybody chooses among them; the administration keeps them",
    "policy.policyversion": "the rule-book: everybody is bound by it and reads it",
}


def our_models() -> list[type[models.Model]]:
    """Return our own models, without the event tables of the history: these are read through what they track."""
    return [
        model
        for model in apps.get_models()
        if model.__module__.startswith(OURS) and not hasattr(model, "pgh_tracked_model")
    ]


@pytest.mark.parametrize("model", our_models(), ids=lambda model: model._meta.label_lower)
def test_a_model_says_who_sees_its_rows_or_is_excused(model: type[models.Model]) -> None:
    manager: Any = model._default_manager
    assert hasattr(manager, "visible_to") is (model._meta.label_lower not in WITHOUT)


def test_nothing_is_excused_that_does_not_exist() -> None:
    assert set(WITHOUT) <= {model._meta.label_lower for model in our_models()}
    assert len(our_models()) > len(WITHOUT) + 10
