"""Two files of one customer become one: what moves, what stays, what refuses it, and who may."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from creditrisk.accounts.roles import Role
from creditrisk.audit.selectors import history_of
from creditrisk.exceptions import InvalidInputError, NotAllowedError
from creditrisk.notifications.models import Notification, OutboxMessage
from customers import merging
from customers.identity_permissions import merge_refusal
from customers.merge_preview import merge_preview
from customers.models import AliasSource, Customer, CustomerAlias, CustomerMerge, CustomerState, GradeChange
from customers.services import merge_customers
from tests.factories.customers import (
    create_active_customer,
    create_contract,
    create_customer,
    create_grade_change,
)
from tests.factories.people import Team, create_team, create_user

pytestmark = pytest.mark.django_db
USCC, OTHER_USCC = "914403001922038216", "91310115MA1K4ABC05"


@pytest.fixture
def team() -> Team:
    return create_team()


def merge(team: Team, keep: Customer, drop: Customer, **more: Any) -> CustomerMerge:
    return merge_customers(keep=keep, drop=drop, by=team.administrator, reason="同一家公司", **more)


def fresh(customer: Customer) -> Customer:
    return Customer.objects.get(pk=customer.pk)


def test_every_reference_moves_and_the_merge_is_on_record(team: Team) -> None:
    keep = create_active_customer(number="A", name="华瑞", account_manager=team.account_manager)
    drop = create_active_customer(
        number="B", name="华瑞科技", name_en="Huarui", bank_account="6222020200112230", bank_name="工行"
    )
    contract = create_contract(customer=drop, handler=team.account_manager)
    change = create_grade_change(customer=drop, new="B", effective_on=dt.date(2026, 1, 1))
    mail = OutboxMessage.objects.create(
        key="k", to="a@example.com", subject="s", body="b", customer_number="B"
    )
    done = merge(team, keep, drop)
    for row in (contract, change, mail):
        row.refresh_from_db()
    assert contract.customer == change.customer == keep
    assert mail.customer_number == "A"
    drop = fresh(drop)
    assert (drop.state, drop.merged_into, drop.number) == (CustomerState.CLOSED, keep, "B")
    assert (drop.state_reason, drop.state_reason_code) == ("A", "merged")
    assert "A" in drop.state_reason_text
    assert done.counts == {
        "customers.Contract.customer": 1,
        "customers.GradeChange.customer": 1,
        "notifications.OutboxMessage.customer_number": 1,
    }
    assert (done.merged_by, done.reason, done.stayed) == (team.administrator, "同一家公司", {})
    assert done.snapshot["name"] == "华瑞科技"
    assert done.snapshot["bank_account"] == "•••• 2230"
    assert set(done.taken_over) == {"name_en", "bank_name", "bank_account"}
    keep = fresh(keep)
    assert (keep.name, keep.name_en, keep.bank_account) == ("华瑞", "Huarui", "6222020200112230")
    assert keep.version == 2
    assert {(alias.name, alias.source) for alias in keep.aliases.all()} == {
        ("B", AliasSource.MERGE),
        ("华瑞科技", AliasSource.MERGE),
    }
    assert history_of(drop)[0].person == str(team.administrator)
    assert Notification.objects.filter(user=team.account_manager).count() == 1


def test_the_rows_that_are_final_are_final_again_afterwards(team: Team) -> None:
    keep, drop = create_active_customer(), create_active_customer()
    change = create_grade_change(customer=drop, new="B", effective_on=dt.date(2026, 1, 1))
    done = merge(team, keep, drop)
    for rows in (
        GradeChange.objects.filter(pk=change.pk).update,
        CustomerMerge.objects.filter(pk=done.pk).update,
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows(reason="anders")


def test_second_click_is_the_same_merge(team: Team) -> None:
    keep, drop = create_customer(), create_customer()
    assert merge(team, keep, drop) == merge(team, keep, drop)
    assert CustomerMerge.objects.count() == 1


def test_aliases_of_both_become_one_list(team: Team) -> None:
    keep, drop = create_customer(name="华瑞"), create_customer(name="华 瑞")
    for customer, names in ((keep, ("甲", "乙")), (drop, ("乙", "丙"))):
        for name in names:
            CustomerAlias.objects.create(customer=customer, name=name)
    merge(team, keep, drop)
    assert {alias.name for alias in keep.aliases.all()} == {"甲", "乙", "丙", drop.number}
    assert not drop.aliases.exists()


def test_a_chain_of_merges_stays_flat(team: Team) -> None:
    first, second, third = (create_customer() for _number in range(3))
    merge(team, second, first)
    done = merge(team, third, second)
    assert fresh(first).merged_into == fresh(second).merged_into == third
    assert done.counts["customers.Customer.merged_into"] == 1
    assert {record.drop for record in CustomerMerge.objects.visible_to(team.administrator)} == {first, second}


def test_credit_code_goes_to_the_file_that_lacks_one(team: Team) -> None:
    keep, drop = create_customer(), create_customer(uscc=USCC)
    merge(team, keep, drop)
    assert (fresh(keep).uscc, fresh(drop).uscc) == (USCC, None)


def test_different_codes_need_a_tick(team: Team) -> None:
    keep, drop = create_customer(uscc=USCC), create_customer(uscc=OTHER_USCC)
    assert merge_preview(keep, drop).codes_differ
    with pytest.raises(InvalidInputError) as refused:
        merge(team, keep, drop)
    assert refused.value.code == "merge.codes_differ"
    merge(team, keep, drop, accept_other_code=True)
    assert (fresh(keep).uscc, fresh(drop).uscc) == (USCC, OTHER_USCC)


def test_capital_and_its_currency_go_together(team: Team) -> None:
    keep = create_customer()
    drop = create_customer(registered_capital_amount=100, registered_capital_currency="USD")
    merge(team, keep, drop)
    assert (fresh(keep).registered_capital_amount, fresh(keep).registered_capital_currency) == (100, "USD")
    other = create_customer(registered_capital_amount=1, registered_capital_currency="CNY")
    merge(team, other, create_customer(registered_capital_amount=2, registered_capital_currency="EUR"))
    assert fresh(other).registered_capital_currency == "CNY"


def test_suspension_goes_along(team: Team) -> None:
    """P5.2.3: what stopped cooperation with one file stops it with the customer."""
    keep = create_active_customer()
    drop = create_active_customer(state=CustomerState.SUSPENDED, state_reason="逾期 30 天")
    merge(team, keep, drop)
    assert (fresh(keep).state, fresh(keep).state_reason) == (CustomerState.SUSPENDED, "逾期 30 天")
    also = create_active_customer(state=CustomerState.SUSPENDED, state_reason="旧")
    merge(team, also, create_active_customer(state=CustomerState.SUSPENDED, state_reason="新"))
    assert fresh(also).state_reason == "旧"


def test_prospect_takes_over_the_review_under_way(team: Team) -> None:
    keep, drop = create_customer(), create_customer(state=CustomerState.IN_REVIEW)
    merge(team, keep, drop)
    assert fresh(keep).state == CustomerState.IN_REVIEW


def test_closed_file_can_be_merged_and_stays_closed(team: Team) -> None:
    keep, drop = create_customer(), create_customer(state=CustomerState.CLOSED)
    merge(team, keep, drop)
    assert (fresh(drop).state, fresh(drop).merged_into) == (CustomerState.CLOSED, keep)


def refusal(team: Team, keep: Customer, drop: Customer) -> str | None:
    refused = merge_refusal(team.administrator, keep=keep, drop=drop)
    return refused.code if refused else None


def test_reasons_not_to_merge(team: Team) -> None:
    prospect, onboarded = create_customer(), create_active_customer(reviewed_on=None, is_onboarded=True)
    reviewed = create_active_customer()
    closed = create_customer(state=CustomerState.CLOSED)
    merged = create_customer(state=CustomerState.CLOSED, merged_into=prospect)
    assert refusal(team, prospect, prospect) == "merge.same_file"
    assert refusal(team, reviewed, merged) == "merge.merged_before"
    assert refusal(team, closed, prospect) == "merge.keep_closed"
    assert refusal(team, prospect, onboarded) == "merge.other_way_round"
    assert refusal(team, onboarded, reviewed) == "merge.other_way_round"
    assert refusal(team, onboarded, prospect) is None
    assert refusal(team, reviewed, onboarded) is None
    assert refusal(team, prospect, closed) is None


def test_parent_and_subsidiary_are_two_companies(team: Team) -> None:
    parent = create_customer()
    subsidiary = create_customer(parent=parent)
    below = create_customer(parent=subsidiary)
    assert refusal(team, parent, subsidiary) == refusal(team, subsidiary, parent) == "merge.group"
    assert refusal(team, parent, below) == refusal(team, below, parent) == "merge.group"
    assert refusal(team, below, create_customer(parent=parent)) is None


def test_an_app_may_refuse(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "_refusals", {})
    keep, drop = create_customer(), create_customer()
    assert refusal(team, keep, drop) is None
    merging.register_refusal("a", lambda _keep, _drop: None)
    merging.register_refusal("b", lambda _keep, _drop: NotAllowedError("b.no", "no"))
    with pytest.raises(NotAllowedError) as refused:
        merge(team, keep, drop)
    assert refused.value.code == "b.no"
    assert not CustomerMerge.objects.exists()


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_only_administrators_merge(role: Role) -> None:
    with pytest.raises(NotAllowedError) as refused:
        merge_customers(keep=create_customer(), drop=create_customer(), by=create_user(role), reason="x")
    assert refused.value.code == "merge.not_allowed"
    seen = merge_refusal(create_user(role), keep=create_customer(), drop=create_customer())
    assert seen is not None
    assert seen.code == "merge.not_allowed"


def test_a_merge_needs_a_reason(team: Team) -> None:
    with pytest.raises(InvalidInputError) as refused:
        merge_customers(keep=create_customer(), drop=create_customer(), by=team.administrator, reason=" ")
    assert refused.value.code == "merge.reason_missing"


def test_every_table_that_points_to_a_customer_can_be_merged() -> None:
    """A new table with a unique or final row per customer has to say here what becomes of it."""
    found = list(merging.relations())
    assert {"customers.Contract.customer", "customers.Customer.merged_into"} <= {each.label for each in found}
    assert {"receivables.OpenItem.customer", "reviews.Review.customer"} <= {each.label for each in found}
    assert not any("Event" in relation.label for relation in found)
    assert [relation.label for relation in found if merging.needs_mover(relation)] == []


def test_a_table_without_a_mover_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "_movers", {})
    assert {relation.label for relation in merging.relations() if merging.needs_mover(relation)} == {
        "receivables.ClassifiedLine.customer",
        "receivables.CollectionContact.customer",
        "receivables.LedgerEntry.customer",
        "receivables.PayableItem.customer",
        "receivables.PayableSum.customer",
        "customers.BankAccount.customer",
        "customers.Contact.customer",
        "customers.ContractOverride.customer",
        "customers.CustomerAlias.customer",
        "customers.DepositAccount.customer",
        "customers.FileConfirmation.customer",
        "customers.GradeChange.customer",
        "customers.Handover.customer",
        "customers.WarningCase.customer",
        "receivables.AgingSum.customer",
        "receivables.DamagesReceipt.customer",
        "receivables.CooperationProposal.customer",
        "receivables.DunnedItem.customer",
        "receivables.DunningNotice.customer",
        "receivables.DunningTerms.customer",
        "receivables.OpenItem.customer",
        "receivables.ReportFlow.customer",
        "reviews.GradeAdjustment.customer",
        "supervision.CaseReviewCustomer.customer",
        "supervision.InvoicedSum.customer",
        "reviews.Review.customer",
    }


# The pages ----------------------------------------------------------------------------------------


def as_(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text(response: Any) -> str:
    return str(response.content.decode())


def test_choosing_looking_and_confirming(team: Team) -> None:
    keep = create_active_customer(number="A-1", name="华<瑞>", account_manager=team.account_manager)
    drop = create_active_customer(number="B-1", name="华瑞科技", bank_account="6222020200112230")
    create_contract(customer=drop, handler=team.account_manager)
    client, page = as_(team.administrator), reverse("customers:merge")
    assert "Two files of one customer" in text(client.get(page))
    assert "no customer with this number" in text(client.get(page, {"keep": "A-1", "drop": "ZZ"}))
    shown = text(client.get(page, {"keep": "A-1", "drop": "B-1"}))
    assert "Contracts" in shown
    assert "华&lt;瑞&gt;" in shown
    assert "6222020200112230" not in shown
    assert "taken over" in shown
    empty = client.post(page, {"keep": "A-1", "drop": "B-1", "reason": ""})
    assert "This field is required" in text(empty)
    done = client.post(page, {"keep": "A-1", "drop": "B-1", "reason": "重<复>"}, follow=True)
    assert "重&lt;复&gt;" in text(done)
    assert done.redirect_chain[-1][0] == CustomerMerge.objects.get().get_absolute_url()
    assert "B-1" in text(client.get(page))
    file = text(as_(team.account_manager).get(keep.get_absolute_url()))
    assert "Merged files" in file
    assert "重&lt;复&gt;" in file
    old = as_(team.group_leader).get(reverse("customers:detail", args=["B-1"]))
    assert (old.status_code, old["Location"]) == (302, keep.get_absolute_url())


def test_whoever_cannot_see_the_kept_file_is_told_and_not_led_there(team: Team) -> None:
    keep, drop = (
        create_active_customer(number="A-1"),
        create_active_customer(number="B-1", account_manager=team.account_manager),
    )
    done = merge(team, keep, drop)
    page = as_(team.account_manager).get(drop.get_absolute_url())
    assert page.status_code == 200
    assert "was merged into another file" in text(page)
    assert as_(team.account_manager).get(done.get_absolute_url()).status_code == 404


def test_refusal_and_different_codes_on_the_page(team: Team) -> None:
    create_customer(number="A-1", uscc=USCC)
    create_customer(number="B-1", uscc=OTHER_USCC)
    client, page = as_(team.administrator), reverse("customers:merge")
    both = {"keep": "A-1", "drop": "B-1"}
    assert "accept_other_code" in text(client.get(page, both))
    refused = client.post(page, {**both, "reason": "x"})
    assert "different credit codes" in text(refused)
    assert "not two files but one" in text(client.get(page, {"keep": "A-1", "drop": "A-1"}))
    assert client.post(page, {"keep": "A-1", "drop": "A-1", "reason": "x"}).status_code == 403
    assert client.post(page, {"keep": "A-1", "drop": "", "reason": "x"}).status_code == 400
    ticked = client.post(page, {**both, "reason": "x", "accept_other_code": "on"})
    assert ticked.status_code == 302


def test_record_of_a_table_that_is_no_more(team: Team) -> None:
    done = CustomerMerge.objects.create(
        keep=create_customer(),
        drop=create_customer(),
        reason="x",
        counts={"customers.Vanished.customer": 3},
        stayed={"customers.Contract.customer": 2},
        snapshot={"name": "旧"},
        merged_by=team.administrator,
    )
    shown = text(as_(team.administrator).get(done.get_absolute_url()))
    assert "customers.Vanished.customer" in shown
    assert "What stayed" in shown
