"""Rows without readers of their own are seen by exactly those who see what they belong to."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.db import models

from creditrisk.accounts.models import User
from creditrisk.notifications.models import Notification, OutboxEvent, OutboxMessage, RobotChoice
from creditrisk.policy.selectors import policy_version_on
from customers import services
from customers.models import (
    CaseEntry,
    Customer,
    DisputedItem,
    FileConfirmation,
    QualificationReminder,
    VisitParticipant,
)
from receivables.models import DunnedItem, ReportFlow, ReportFlowBasis
from supervision.models import InvoicedSum, InvoicedTotal, MonthlySummary, ReportFigures, SummaryAddendum
from tests.factories.customers import create_grade_change
from tests.factories.reviews import NOW
from tests.factories.robots import create_robot
from tests.security.world import PEOPLE, World

SEEN_WITH = {
    "customers.bankaccount": "customer",
    "customers.caseentry": "case",
    "customers.contact": "customer",
    "customers.contractfile": "contract",
    "customers.contractlogentry": "contract",
    "customers.depositentry": "account",
    "customers.disputeditem": "dispute",
    "customers.disputenote": "dispute",
    "customers.fileconfirmation": "customer",
    "customers.handoverstep": "handover",
    "customers.visitfile": "visit",
    "customers.visitparticipant": "visit",
    "customers.gradechange": "customer",
    "customers.customeralias": "customer",
    "customers.qualification": "customer",
    "customers.qualificationreminder": "qualification",
    "customers.qualificationscan": "qualification",
    "receivables.agingsum": "customer",
    "receivables.agingtotal": "report",
    "receivables.collectioncontact": "customer",
    "receivables.damagesreceipt": "customer",
    "receivables.damageswaiver": "customer",
    "receivables.dunneditem": "customer",
    "receivables.dunningnotice": "customer",
    "receivables.dunningterms": "customer",
    "receivables.forfeitureproposal": "customer",
    "receivables.ledgerentry": "customer",
    "receivables.openitem": "customer",
    "receivables.payableitem": "customer",
    "receivables.payablesum": "customer",
    "receivables.promiseditem": "promise",
    "receivables.promiseinstalment": "promise",
    "receivables.proposalfile": "proposal",
    "receivables.reportflow": "customer",
    "receivables.reportflowbasis": "report",
    "receivables.rowerror": "report",
    "receivables.statement": "customer",
    "reviews.annualform": "review",
    "reviews.approvalstep": "review",
    "reviews.attachment": "review",
    "reviews.consultation": "step",
    "reviews.decision": "review",
    "reviews.gradeadjustment": "customer",
    "reviews.newcustomerform": "review",
    "reviews.reviewcopy": "review",
    "reviews.score": "review",
    "reviews.servicelevelconfirmation": "review",
    "reviews.urging": "step",
    "supervision.casereviewcustomer": "customer",
    "supervision.invoicedsum": "customer",
    "supervision.invoicedtotal": "figures",
    "supervision.reportfigures": "report",
    "supervision.summaryaddendum": "summary",
}


@pytest.fixture(scope="module")
def people(world: World) -> dict[str, User]:
    """Everybody with an account, in a world where each kind of row exists in each portfolio."""
    for scope in world.scopes.values():
        create_grade_change(customer=scope.customer, new="B", effective_on=dt.date(2026, 3, 1))
        QualificationReminder.objects.create(
            qualification=scope.qualification,
            days_before=30,
            valid_to_on=dt.date(2026, 3, 31),
            sent_on=dt.date(2026, 3, 1),
        )
        FileConfirmation.objects.create(
            customer=scope.customer,
            sections=["bank"],
            confirmed_on=dt.date(2026, 3, 1),
            confirmed_at=NOW,
            confirmed_by=world.team.service_manager,
            file_version=1,
            snapshot={},
            policy_version=policy_version_on(dt.date(2026, 3, 1)),
        )
        VisitParticipant.objects.create(visit=scope.visit_done, user=world.team.legal_affairs)
        services.add_dispute_note(dispute=scope.dispute, text="备注", by=scope.team.legal_affairs)
        DisputedItem.objects.create(
            dispute=scope.dispute, document="INV-1", due_on=dt.date(2026, 2, 1), currency="CNY"
        )
        CaseEntry.objects.create(
            case=scope.warning,
            kind="note",
            happened_on=dt.date(2026, 3, 1),
            text="备注",
            by=scope.team.group_leader,
        )
        DunnedItem.objects.create(
            notice=scope.letter,
            customer=scope.customer,
            stage="dunning_letter",
            document="INV-1",
            due_on=dt.date(2026, 2, 1),
            currency="CNY",
            amount=Decimal("100.00"),
            days_overdue=28,
        )
    report = world.reports["committed"]
    ReportFlowBasis.objects.create(report=report)
    ReportFlow.objects.bulk_create(
        ReportFlow(report=report, customer=scope.customer, currency="CNY") for scope in world.scopes.values()
    )
    figures = ReportFigures.objects.create(report=report, opening=report)
    InvoicedTotal.objects.create(figures=figures, currency="CNY", invoiced_amount=1)
    InvoicedSum.objects.bulk_create(
        InvoicedSum(figures=figures, customer=scope.customer, currency="CNY", invoiced_amount=1)
        for scope in world.scopes.values()
    )
    SummaryAddendum.objects.bulk_create(
        SummaryAddendum(summary=summary, report=report, changes=[], added_at=NOW)
        for summary in MonthlySummary.objects.all()
    )
    return {name: User.objects.get(pk=world.people[name].pk) for name in PEOPLE if name in world.people}


@pytest.mark.parametrize("label", SEEN_WITH)
def test_rows_are_seen_with_what_they_belong_to(people: dict[str, User], label: str) -> None:
    model: Any = apps.get_model(label)
    parent = SEEN_WITH[label]
    parents: Any = model._meta.get_field(parent).related_model
    rows = dict(model.objects.values_list("pk", f"{parent}__pk"))
    counts = set()
    for name, person in people.items():
        visible = set(parents.objects.visible_to(person).values_list("pk", flat=True))
        found = set(model.objects.visible_to(person).values_list("pk", flat=True))
        assert found == {row for row, of in rows.items() if of in visible}, name
        counts.add(len(found))
    assert 0 in counts, "somebody sees none"
    assert max(counts) > len(rows) / 2, "and somebody most of them: all but the drafts of others"


def test_every_model_that_hangs_on_another_is_asked_about() -> None:
    """A new one belongs into the table above."""
    hanging = {
        model._meta.label_lower
        for model in apps.get_models()
        if isinstance(model._default_manager.all(), models.QuerySet)
        and getattr(model._default_manager.all(), "parent", None)
    }
    assert hanging == set(SEEN_WITH)


def test_everybody_reads_his_own_notifications_and_nobody_elses(people: dict[str, User]) -> None:
    for name, person in people.items():
        visible: Any = Notification.objects.visible_to(person)  # type: ignore[attr-defined]
        assert {one.user_id for one in visible} == {person.pk}, name


def test_mails_are_seen_with_the_customer_they_went_to_and_others_by_leaders_alone(
    people: dict[str, User], world: World
) -> None:
    for name, person in people.items():
        found = set(OutboxMessage.objects.visible_to(person).values_list("key", flat=True))  # type: ignore[attr-defined]
        if name in {"administrator", "group_leader", "deputy_leader"}:
            assert "security:internal" in found, name
            assert len(found) == OutboxMessage.objects.count()
            continue
        numbers = set(Customer.objects.visible_to(person).values_list("number", flat=True))  # type: ignore[attr-defined]
        assert found == set(
            OutboxMessage.objects.filter(customer_number__in=numbers - {""}).values_list("key", flat=True)
        ), name


def test_what_happened_to_a_mail_is_seen_with_it(people: dict[str, User]) -> None:
    for message in OutboxMessage.objects.all():
        OutboxEvent.objects.create(message=message, kind="failed")
    for name, person in people.items():
        mails: Any = OutboxMessage.objects.visible_to(person)  # type: ignore[attr-defined]
        events: Any = OutboxEvent.objects.visible_to(person)  # type: ignore[attr-defined]
        assert {event.message_id for event in events} == {mail.pk for mail in mails}, name


def test_everybody_sees_the_robot_of_his_own_choice_alone(people: dict[str, User]) -> None:
    robot = create_robot()
    for person in people.values():
        RobotChoice.objects.create(user=person, robot=robot)
    for name, person in people.items():
        visible: Any = RobotChoice.objects.visible_to(person)  # type: ignore[attr-defined]
        assert [choice.user_id for choice in visible] == [person.pk], name
