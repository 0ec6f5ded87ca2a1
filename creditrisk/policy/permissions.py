"""Who drafts and publishes the rule-book, and when: each refusal with its reason."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from creditrisk.accounts.models import User
from creditrisk.exceptions import BusinessError, ConflictError, InvalidInputError, NotAllowedError
from creditrisk.policy.models import PUBLISHERS, DraftState, PolicyDraft, PolicyVersion
from creditrisk.policy.setting_words import changed_paths, differences, told_differences
from creditrisk.policy.settings_tree import setting_values, with_settings


def refusal_to_publish(by: User) -> NotAllowedError | None:
    """Return why `by` may not draft or publish a version of the policy; None for an administrator or the group leader.

    Nothing in the policy asks for a second person (see docs/adr/0025).
    """
    if by.has_role(*PUBLISHERS):
        return None
    return NotAllowedError(
        "policy.not_allowed", gettext_lazy("Only an administrator or the group leader publishes the policy.")
    )


def change_refusal(by: User, draft: PolicyDraft) -> BusinessError | None:
    """Return why `by` may not change or discard the draft: who may not publish, and what is settled stays as it is."""
    if refused := refusal_to_publish(by):
        return refused
    if draft.state != DraftState.DRAFT:
        return ConflictError(
            "draft.settled",
            _("This draft is %(state)s: it stays as it is. Begin another one.")
            % {"state": draft.get_state_display()},
        )
    return None


def outdated_refusal(draft: PolicyDraft, *, newest: PolicyVersion) -> ConflictError | None:
    """Return why the draft is not published as it is: a version was published since it was begun."""
    if newest.pk == draft.based_on_id:
        return None
    text = _(
        "Version %(number)s was published since this draft was begun from version %(old)s. "
        "Take its changes over first, then look at the draft again."
    )
    return ConflictError("draft.outdated", text % {"number": newest.number, "old": draft.based_on.number})


def publish_refusal(by: User, draft: PolicyDraft, *, newest: PolicyVersion) -> BusinessError | None:
    """Return why `by` may not publish the draft now: see `change_refusal` and `outdated_refusal`; nor one that changes
    nothing."""
    if refused := change_refusal(by, draft) or outdated_refusal(draft, newest=newest):
        return refused
    if not changed_paths(newest.rules, draft.rules):
        return InvalidInputError("draft.unchanged", _("This draft changes nothing yet."))
    return None


def unseen_refusal(draft: PolicyDraft, *, in_force: PolicyVersion, on: dt.date) -> InvalidInputError | None:
    """Return why the draft is not published for the day `on`, on which `in_force` counts: it would change settings that
    it does not show as its changes, because it was begun from a version that is not in force on that day."""
    before, drafted = in_force.rules, draft.rules
    unseen = changed_paths(before, drafted) - changed_paths(draft.based_on.rules, drafted)
    if not unseen:
        return None
    values = setting_values(drafted)
    changes = differences(before, with_settings(before, {path: values[path] for path in unseen}))
    text = _(
        "On %(date)s version %(number)s is in force, but the draft is based on version %(base)s and would change more "
        "than it shows: %(changes)s. Choose a day on which version %(base)s is in force, or begin a draft from the "
        "rules of version %(number)s."
    )
    return InvalidInputError(
        "draft.unseen",
        text
        % {
            "date": on.isoformat(),
            "number": in_force.number,
            "base": draft.based_on.number,
            "changes": told_differences(changes),
        },
    )
