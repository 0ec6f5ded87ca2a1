"""To whom a letter goes, and to whom next where it did not arrive (P5.2.3). Fax and post are a person's work."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

Outcome = Literal["failed", "bounced", "unknown", "under_way", "arrived"]


@dataclass(frozen=True)
class Addressee:
    """A finance contact of a customer. `order` is what the file says (1 first, None: none said); `prefers_post`:
    letters to him go by fax or post. `email` is one good address, or empty.
    """

    name: str
    email: str = ""
    order: int | None = None
    is_main: bool = False
    prefers_post: bool = False


@dataclass(frozen=True)
class Step:
    """One way a letter goes: to a mail address, or, where it is empty, by hand."""

    address: str = ""


BY_HAND = Step()


def delivery_order(addressees: Iterable[Addressee]) -> tuple[Step, ...]:
    """Return the ways of a customer's letters, first to last; the last is by hand.

    Who has an order comes first, then the main contact, then the others by name. The mail addresses follow each other
    up to the first who wants fax or post; nobody without an address is waited for. No address comes twice.
    """
    ordered = sorted(
        addressees,
        key=lambda one: (one.order is None, one.order or 0, not one.is_main, one.name, one.email.casefold()),
    )
    steps: list[Step] = []
    seen: set[str] = set()
    for one in ordered:
        if one.prefers_post:
            break
        if one.email and one.email.casefold() not in seen:
            seen.add(one.email.casefold())
            steps.append(Step(one.email))
    return (*steps, BY_HAND)


def next_step(
    order: Iterable[Step],
    *,
    tried: Collection[str],
    outcome: Outcome,
    days_since_issue: int,
    fall_back_days: int,
) -> Step | None:
    """Return how a letter goes on after an attempt by mail that ended as `outcome`; None where nothing is to be done.

    Only what is known not to have arrived goes on: never what is under way, and never what is `unknown`, which a person
    decides. `tried` are the addresses it went to already; a letter older than `fall_back_days` is not mailed again: its
    terms have run out, and the money may have come.
    """
    if outcome not in ("failed", "bounced"):
        return None
    if days_since_issue > fall_back_days:
        return BY_HAND
    known = {address.casefold() for address in tried}
    return next(step for step in order if step.address.casefold() not in known)
