"""What the administration shows of reviews: people and rules are an administrator's, customer files are not."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from customers.models import Customer
from reviews.models import Decision, NewCustomerForm
from tests.factories.people import Team
from tests.factories.reviews import COMPLETE_ANSWERS, create_approved

ACCOUNT = COMPLETE_ANSWERS["bank_account"]


def pages_of(model: type[Model]) -> list[str]:
    """Return the addresses of the administration's pages about a model and each of its rows."""
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    rows = model._default_manager.all()
    about_rows = [reverse(f"{name}_{page}", args=[row.pk]) for row in rows for page in ("change", "history")]
    return [reverse(f"{name}_changelist"), *about_rows]


def test_no_page_of_the_administration_shows_a_customers_account_number(team: Team) -> None:
    review = create_approved(team)
    assert Customer.objects.get(pk=review.customer_id).bank_account == ACCOUNT
    assert NewCustomerForm.objects.get(pk=review.pk).bank_account == ACCOUNT
    assert all(one.snapshot["form"]["bank_account"] == ACCOUNT for one in Decision.objects.all())
    client = Client()
    client.force_login(team.administrator)
    seen: dict[type[Model], int] = {}
    for model in admin.site._registry:
        for address in pages_of(model):
            page: Any = client.get(address, follow=True)
            assert page.status_code == 200, address
            assert ACCOUNT not in "".join(page.content.decode().split()), address
            seen[model] = seen.get(model, 0) + 1
    assert seen[Decision] == 1 + 2 * 8, "the list, and two pages for each of eight decisions"
    assert seen[Customer] == 3
