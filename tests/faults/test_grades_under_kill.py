"""The quarterly adjustment under kill: whatever dies whenever, each customer is adjusted once for the quarter.

Faults 1, 7. The moments are random with a fixed seed; what happens at them is not.
"""

from __future__ import annotations

import random
import time

import pytest

from creditrisk.jobs.models import JobRun
from creditrisk.notifications.models import Notification
from customers.models import Customer, GradeChange
from reviews.models import GradeAdjustment
from reviews.services.adjustments import CHUNK
from tests.factories.people import create_team
from tests.factories.reports import create_report
from tests.faults.nursery import nursery
from tests.reviews.adjustment_world import SEPTEMBER, overdue

KILLS = 6
SEED = 20261001
KILLED = -9
CUSTOMERS = 6 * CHUNK

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_quarter_killed_again_and_again_adjusts_everybody_once() -> None:
    """Six transactions' worth of customers, all capped at D; the last run, undisturbed, does what is left."""
    team = create_team()
    Customer.objects.bulk_create(
        Customer(
            number=f"Q{number:05d}",
            name=f"Q{number}",
            state="active",
            grade="C",
            account_manager=team.account_manager,
        )
        for number in range(CUSTOMERS)
    )
    create_report(as_of=SEPTEMBER, lines=[overdue(one, 91) for one in Customer.objects.all()])
    moments, struck, seen = random.Random(SEED), 0, set()
    arguments = ("adjust_grades", "--quarter", "2026Q3")
    with nursery() as children:
        for _try in range(KILLS):
            before = GradeAdjustment.objects.count()
            child = children.start(*arguments)
            patience = time.monotonic() + (0 if moments.random() < 1 / 3 else 10)
            while GradeAdjustment.objects.count() == before and time.monotonic() < patience:
                time.sleep(0.005)
            time.sleep(moments.uniform(0, 0.2))
            child.kill()
            struck += child.wait() == KILLED
            seen.add(GradeAdjustment.objects.count())
        assert children.start(*arguments).wait() == 0
    assert struck >= KILLS / 2
    assert {number % CHUNK for number in seen} == {0}
    assert seen - {0, CUSTOMERS}
    run = JobRun.objects.get()
    assert (run.state, run.units_done) == ("done", CUSTOMERS)
    assert GradeAdjustment.objects.count() == CUSTOMERS
    changes = GradeChange.objects.filter(source="2026Q3 adjustment")
    assert changes.count() == changes.values("customer").distinct().count() == CUSTOMERS
    assert set(Customer.objects.values_list("grade", flat=True)) == {"D"}
    assert Notification.objects.filter(user=team.account_manager).count() == 1
