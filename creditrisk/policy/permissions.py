"""Who drafts and publishes the rule-book, and when: each refusal with its reason."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from creditrisk.accounts.models import User
from creditrisk.exceptions import BusinessError, ConflictError, InvalidInputError, NotAllowedError
from creditrisk.policy.models import PUBLISHERS, DraftState, PolicyDraft, PolicyVersion
from creditrisk.policy.setting_words import changed_paths


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
