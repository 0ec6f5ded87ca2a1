"""What colleagues do for each other in the demo company: an opinion asked for, a copy to read, a deputy, phrases."""

from __future__ import annotations

import datetime as dt

from creditrisk.absences.services import appoint_deputy
from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.home.demo.reviews import Clock
from reviews import services
from reviews.models import ApprovalStep, StepState

PHRASES = ("同意。", "资料齐全,同意。", "Agreed. Documents are complete.")


def create_delegation(users: dict[str, User], today: dt.date) -> None:
    """Let legal affairs ask finance about the first review that waits for them and send a copy to the deputy
    leader, and the general manager go away next week.
    """
    clock = Clock(today - dt.timedelta(days=4))
    waiting = ApprovalStep.objects.filter(state=StepState.PENDING, role=Role.LEGAL_AFFAIRS)
    step = waiting.select_related("review").order_by("pk").first()
    if step is not None:
        services.ask_colleague(
            step=step,
            asked=users["finance"],
            question="该客户近期付款情况如何? / How has this customer paid lately?",
            by=users["legal"],
            now=clock.next(),
        )
        services.send_copies(
            review=step.review, readers=[users["deputy"]], by=users["legal"], now=clock.next()
        )
    appoint_deputy(
        person=users["manager"],
        deputy=users["deputy"],
        starts_on=today + dt.timedelta(days=7),
        ends_on=today + dt.timedelta(days=11),
        by=users["manager"],
        today=today,
    )
    for username in ("legal", "vp", "dept"):
        for text in PHRASES:
            services.add_phrase(text=text, by=users[username])
