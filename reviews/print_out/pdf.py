"""The form as an A4 PDF, in English, Chinese or both languages side by side."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from creditrisk.accounts.models import User
from creditrisk.company.selectors import our_company
from creditrisk.pdf import render_pdf
from creditrisk.policy.schema import Policy
from reviews.approval_chain import Chain
from reviews.models import Review, ReviewKind
from reviews.print_out.content import blocks_of
from reviews.verification_code import code_of

TEMPLATE = Path(__file__).resolve().parent / "review.typ"
PRINT_LANGUAGES: Mapping[str, tuple[str, ...]] = {
    "en": ("en",),
    "zh-hans": ("zh-hans",),
    "zh-hant": ("zh-hant",),
    "both": ("zh-hans", "en"),
}
"""What can be asked for → the languages on the paper, in this order."""
LONG_LOG = 100
TITLES = {
    ReviewKind.NEW_CUSTOMER: gettext_lazy("New-customer credit review form"),
    ReviewKind.ANNUAL: gettext_lazy("Credit review form"),
}


def review_pdf(
    review: Review, *, reader: User, chain: Chain, policy: Policy, language: str, printed_at: dt.datetime
) -> bytes:
    """Return the form with all opinions, names and times, and the verification code of its last decision, in one of
    PRINT_LANGUAGES. `review` comes with all that its page shows. Raises KeyError for another language.
    """
    texts = []
    for code in PRINT_LANGUAGES[language]:
        with translation.override(code):
            texts.append(_texts(review, reader=reader, chain=chain, policy=policy, printed_at=printed_at))
    data = texts[0] if len(texts) == 1 else _side_by_side(*texts)
    data["language"] = PRINT_LANGUAGES[language][0]
    is_long = len(review.decisions.all()) > LONG_LOG
    return render_pdf(TEMPLATE, data, on=timezone.localdate(printed_at), is_long=is_long)


def _texts(
    review: Review, *, reader: User, chain: Chain, policy: Policy, printed_at: dt.datetime
) -> dict[str, Any]:
    decisions = review.decisions.all()
    last = max(decisions, key=lambda decision: decision.sequence, default=None)
    code = code_of(last.sha256) if last else ""
    moment = f"{timezone.localtime(printed_at):%Y-%m-%d %H:%M}"
    names = {"person": reader.display_name, "moment": moment}
    return {
        "title": str(TITLES[ReviewKind(review.kind)]),
        "company": our_company().name,
        "state": review.get_state_display(),
        "printed": _("Printed by %(person)s on %(moment)s") % names,
        "page": _("Page {page} of {pages}"),
        "code_label": _("Verification code") if code else _("Not submitted: no verification code"),
        "code": code,
        "code_hint": _("Reviews → Check a print-out") if code else "",
        "nothing": _("Nothing is recorded."),
        "signature_heads": [_("Stage"), _("Opinion"), _("Result"), _("Name"), _("Decided at")],
        "blocks": blocks_of(review, reader=reader, chain=chain, policy=policy),
    }


def _side_by_side(first: Any, second: Any) -> Any:
    """Return two renderings of the same content as one: texts that differ stand side by side."""
    if isinstance(first, dict):
        return {key: _side_by_side(value, second[key]) for key, value in first.items()}
    if isinstance(first, list):
        return [_side_by_side(one, other) for one, other in zip(first, second, strict=True)]
    return first if first == second or not isinstance(first, str) else f"{first} {second}"
