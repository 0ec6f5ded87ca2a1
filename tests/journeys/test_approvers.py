"""What approvers do, in a real browser: a return in the parallel block, a deputy, an opinion asked for, a withdrawal
while the page is open, deciding by keyboard and several at once, and the form on paper.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations

import pytest
from django.db.models import Count, Q
from django.utils import timezone
from playwright.sync_api import expect

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.dates import local_today
from creditrisk.home.demo.load import load_demo
from customers.models import Customer
from reviews import services
from reviews.models import ApprovalStep, Decision, DecisionKind, Review, ReviewState, StepState
from reviews.selectors import deciders
from reviews.services import verify_review
from tests.factories.reviews import ALL_B
from tests.journeys.conftest import LAST, PHONE, TODAY, Person

pytestmark = [pytest.mark.journey, pytest.mark.no_cover, pytest.mark.usefixtures("company")]

Visit = Callable[..., Person]
PLAN = (("in_approval", 2), ("in_approval", 2), ("approved", 7))


@pytest.fixture
def company(transactional_db: None) -> None:
    """A demo company in which two new customers wait for legal affairs, and one annual review for three departments."""
    load_demo(last=LAST, today=TODAY, count=44, months=2, plan=PLAN)


def _waiting_for(role: Role) -> Review:
    """Return a review of the demo company that waits for `role`."""
    return ApprovalStep.objects.filter(role=role, state=StepState.PENDING).order_by("pk")[0].review


def _in_the_block() -> Review:
    """Return the annual review that waits for three departments at once."""
    waiting = Count("steps", filter=Q(steps__state=StepState.PENDING))
    return Review.objects.filter(kind="annual").annotate(waiting=waiting).get(waiting=3)


def _confirm(person: Person) -> None:
    person.page.get_by_role("dialog").locator("[data-confirm-ok]").click()


def _in_the_block_too(count: int) -> list[Review]:
    """Return further annual reviews that wait for three departments at once, brought there by the services."""
    users = {user.username: user for user in User.objects.all()}
    running = Review.objects.filter(kind="annual").values("customer")
    customers = Customer.objects.filter(
        service_manager=users["csm"], state="active", reviewed_on__isnull=False
    )
    found = []
    for customer in customers.exclude(pk__in=running).select_related("account_manager")[:count]:
        now = timezone.now()
        review = services.start_annual_review(
            customer=customer, by=users["csm"], year=local_today().year, now=now
        ).review
        for manager in (customer.account_manager, users["csm"]):
            assert manager is not None
            reasons = dict.fromkeys(ALL_B, "so it was")
            services.give_scores(review=review, by=manager, answers=ALL_B, reasons=reasons, now=now)
        version = Review.objects.get(pk=review.pk).form_version
        services.submit_review(review=review, by=users["csm"], seen_form_version=version, now=now)
        step = review.steps.get(role=Role.DEPARTMENT_MANAGER)
        head = deciders(review, step.role)[0]
        services.approve_step(step=step, by=head, seen_round=1, seen_form_version=version, now=now)
        found.append(review)
    return found


def test_the_three_departments_sign_in_every_order(visit: Visit) -> None:
    """Six reviews, six orders; whoever is last opens the group leader's step."""
    block = {"legal": "Legal affairs", "office": "General management", "planning": "Planning & finance"}
    people = {username: visit(username) for username in block}
    orders = list(permutations(block))
    reviews = _in_the_block_too(len(orders))
    assert len(reviews) == len(orders)
    for review, order in zip(reviews, orders, strict=True):
        for username in order:
            assert not review.steps.filter(role=Role.GROUP_LEADER, state=StepState.PENDING).exists()
            person = people[username]
            person.open(f"/reviews/{review.number}/")
            person.page.locator("[name=opinion]").first.fill(f"Agreed by {username}")
            person.page.get_by_role("button", name="Approve", exact=True).click()
            expect(person.page.locator("main")).to_contain_text("Approved.")
        assert review.steps.get(role=Role.GROUP_LEADER).state == StepState.PENDING
        assert verify_review(review) == []
    assert [person.complaints for person in people.values()] == [[], [], []]


def test_one_department_returns_and_the_block_is_asked_again(visit: Visit) -> None:
    review = _in_the_block()
    office, legal, planning = visit("office"), visit("legal"), visit("planning")
    for person in (office, planning):
        person.open(f"/reviews/{review.number}/")
    office.page.locator("[name=opinion]").first.fill("Nothing against it")
    office.page.get_by_role("button", name="Approve", exact=True).click()
    expect(office.page.locator("main")).to_contain_text("Approved.")
    legal.open(f"/reviews/{review.number}/")
    legal.page.locator("[name=opinion]").first.fill("The contract number is wrong")
    legal.page.get_by_role("button", name="Return", exact=True).click()
    expect(legal.page.locator("main")).to_contain_text("Returned.")
    # The third had the page open: he is told, his words stay, nothing is decided.
    planning.page.locator("[name=opinion]").first.fill("We agree")
    planning.page.get_by_role("button", name="Approve", exact=True).click()
    expect(planning.page.locator("main")).to_contain_text("returned to its initiator")
    expect(planning.page.locator("main")).to_contain_text("Nothing against it")
    review.refresh_from_db()
    assert review.state == ReviewState.RETURNED
    manager = visit(review.initiator.username)
    manager.open(f"/reviews/{review.number}/edit/")
    manager.page.get_by_role("button", name="Submit").click()
    manager.page.wait_for_url(f"**/reviews/{review.number}/")
    review.refresh_from_db()
    assert (review.state, review.round) == (ReviewState.IN_APPROVAL, 2)
    assert verify_review(review) == []


def test_a_deputy_decides_on_a_phone_and_both_names_are_on_the_page(visit: Visit) -> None:
    review = _waiting_for(Role.LEGAL_AFFAIRS)
    absent, deputy = User.objects.get(username="legal"), User.objects.get(username="finance")
    today = local_today().isoformat()
    person = visit("legal")
    person.open("/absences/")
    person.page.locator("[name=deputy]").select_option(str(deputy.pk))
    person.page.locator("[name=starts_on]").fill(today)
    person.page.locator("[name=ends_on]").fill(today)
    person.page.get_by_role("button", name="Save").click()
    expect(person.page.locator("main")).to_contain_text("stands in.")
    stand_in = visit("finance", viewport=PHONE)
    stand_in.open("/reviews/inbox/")
    stand_in.page.locator("main").get_by_role("link", name=review.customer.name).first.click()
    stand_in.page.wait_for_url(f"**/reviews/{review.number}/")
    expect(stand_in.page.locator("main")).to_contain_text(f"You decide on behalf of {absent.name}")
    assert not stand_in.scrolls_sideways()
    stand_in.page.get_by_role("button", name="Approve", exact=True).click()
    expect(stand_in.page.locator("main")).to_contain_text(f"{deputy.name} on behalf of {absent.name}")
    logged = Decision.objects.filter(review=review).latest("sequence")
    assert (logged.by, logged.on_behalf_of) == (deputy, absent)
    assert stand_in.complaints == person.complaints == []


def test_a_colleague_is_asked_answers_and_the_step_stayed_where_it_was(visit: Visit) -> None:
    review = _waiting_for(Role.LEGAL_AFFAIRS)
    colleague_asked = User.objects.get(username="deputy")
    legal, colleague = visit("legal"), visit("deputy")
    legal.open(f"/reviews/{review.number}/")
    legal.page.get_by_text("Ask a colleague for an opinion").click()
    tool = legal.page.locator("details.tool[open]")
    tool.locator("[name=to]").select_option(str(colleague_asked.pk))
    tool.locator("[name=question]").fill("Did they pay last year?")
    tool.get_by_role("button", name="Ask").click()
    expect(legal.page.locator("main")).to_contain_text("Asked.")
    colleague.open("/reviews/inbox/?tab=opinions")
    colleague.page.locator("main").get_by_role("link", name=review.customer.name).click()
    expect(colleague.page.locator("main")).to_contain_text("Did they pay last year?")
    colleague.page.get_by_label("Your opinion").fill("Always within the term")
    colleague.page.get_by_role("button", name="Give the opinion").click()
    expect(colleague.page.locator("main")).to_contain_text("Your opinion is on record.")
    legal.open(f"/reviews/{review.number}/")
    expect(legal.page.locator("main")).to_contain_text("Always within the term")
    legal.page.get_by_role("button", name="Approve", exact=True).click()
    expect(legal.page.locator("main")).to_contain_text("Approved.")
    kinds = list(review.decisions.order_by("-sequence").values_list("kind", flat=True)[:3])
    assert kinds == [DecisionKind.APPROVE, DecisionKind.ADVISE, DecisionKind.CONSULT]
    assert legal.complaints == colleague.complaints == []


def test_who_has_the_page_open_while_it_is_withdrawn_is_told(visit: Visit) -> None:
    review = _waiting_for(Role.LEGAL_AFFAIRS)
    legal, manager = visit("legal"), visit(review.initiator.username)
    legal.open(f"/reviews/{review.number}/")
    manager.open(f"/reviews/{review.number}/")
    manager.page.get_by_role("button", name="Withdraw this review").click()
    _confirm(manager)
    expect(manager.page.locator("main")).to_contain_text("withdrawn")
    legal.page.locator("[name=opinion]").first.fill("Agreed")
    legal.page.get_by_role("button", name="Approve", exact=True).click()
    expect(legal.page.locator("main")).to_contain_text(
        "This review is withdrawn: nothing can be changed any more."
    )
    review.refresh_from_db()
    assert review.state == ReviewState.WITHDRAWN
    legal.open("/reviews/inbox/")
    expect(legal.page.locator("main")).not_to_contain_text(review.number)


def test_the_inbox_by_keyboard_and_several_at_once(visit: Visit) -> None:
    """J to the first row, Enter reads it beside the list, A and Enter approve it; the rest is ticked and approved."""
    legal = visit("legal")
    waiting = ApprovalStep.objects.filter(role=Role.LEGAL_AFFAIRS, state=StepState.PENDING)
    before = waiting.count()
    assert before >= 2
    legal.open("/reviews/phrases/")
    legal.page.locator("[name=text]").fill("No objection in law.")
    legal.page.get_by_role("button", name="Save").click()
    legal.open("/reviews/inbox/")
    legal.page.keyboard.press("j")
    legal.page.keyboard.press("Enter")
    panel = legal.page.locator("#panel")
    expect(panel).to_be_visible()
    panel.get_by_role("button", name="No objection in law.").click()
    expect(panel.locator("[name=opinion]")).to_have_value("No objection in law.")
    panel.locator("h2").first.click()
    legal.page.locator("body").press("Escape")
    expect(panel).to_be_hidden()
    legal.page.keyboard.press("j")
    legal.page.keyboard.press("Enter")
    expect(panel).to_be_visible()
    # Returning needs a reason: the key leads to its field.
    legal.page.keyboard.press("r")
    expect(panel.locator("[name=opinion]")).to_be_focused()
    panel.locator("h2").first.click()
    legal.page.evaluate("document.activeElement.blur()")
    legal.page.keyboard.press("a")
    _confirm(legal)
    legal.page.wait_for_url("**/reviews/inbox/")
    expect(legal.page.locator("main")).to_contain_text("Approved.")
    assert waiting.count() == before - 1
    for box in legal.page.locator("[name=steps]").all():
        box.check()
    legal.page.get_by_placeholder("Opinion on all of them").fill("Agreed by all")
    legal.page.get_by_role("button", name="Approve the ticked ones").click()
    _confirm(legal)
    expect(legal.page.locator("main")).to_contain_text("approved.")
    expect(legal.page.locator("main")).to_contain_text("Nothing waits for your decision.")
    assert not waiting.exists()
    assert legal.complaints == []


def test_the_form_is_printed_and_its_code_checked(visit: Visit) -> None:
    review = Review.objects.filter(state=ReviewState.APPROVED, kind="new_customer").order_by("pk")[0]
    leader = visit("vp")
    leader.open(f"/reviews/{review.number}/")
    leader.page.get_by_role("button", name="Print").click()
    link = leader.page.get_by_role("link", name="Chinese and English")
    answer = leader.page.request.get(leader.address + str(link.get_attribute("href")))
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.body().startswith(b"%PDF-")
    leader.open("/reviews/check/")
    leader.page.get_by_label("Verification code").fill("0000-0000-0000-0000")
    leader.page.get_by_role("button", name="Check").click()
    expect(leader.page.locator("main")).to_contain_text("No review has this code")
    assert leader.complaints == []
