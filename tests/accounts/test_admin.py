"""The Django admin: for administrators by role; what services own goes through them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from creditrisk.accounts.admin_site import LEFT_OUT
from creditrisk.accounts.models import Department, User
from creditrisk.accounts.roles import Role
from creditrisk.accounts.services import reset_second_factor
from creditrisk.audit.selectors import history_of
from creditrisk.exceptions import NotAllowedError
from customers.models import Customer
from customers.services import show_account_number
from customers.services.qualification_reminders import remind_of_qualifications
from tests.factories.customers import (
    create_active_customer,
    create_bank_account,
    create_contact,
    create_contract,
    create_grade_change,
    create_qualification,
    create_scan,
)
from tests.factories.people import PASSWORD, Team, create_team, create_user, reload

pytestmark = pytest.mark.django_db
NEW_PASSWORD = "another correct horse"


@pytest.fixture
def team() -> Team:
    return create_team()


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def client(team: Team) -> Client:
    return as_(team.administrator)


def change(model: str, pk: object) -> str:
    return reverse(f"admin:{model}_change", args=[pk])


def text(response: Any) -> str:
    return str(response.content.decode())


def user_form(
    user: User, *, roles: tuple[str, ...] = (), removed: bool = False, **changes: str
) -> dict[str, str]:
    """Return the change form of a person as the browser sends it; `roles` are given, the present ones `removed`."""
    held = list(user.role_assignments.all())
    data = {
        "username": user.username,
        "name": user.name,
        "email": user.email,
        "department": str(user.department_id or ""),
        "language": user.language,
        "theme": user.theme,
        "mails_wanted": "on",
        "is_active": "on" if user.is_active else "",
        "role_assignments-TOTAL_FORMS": str(len(held) + len(roles)),
        "role_assignments-INITIAL_FORMS": str(len(held)),
    }
    for index, assignment in enumerate(held):
        data[f"role_assignments-{index}-id"] = str(assignment.pk)
        data[f"role_assignments-{index}-user"] = str(user.pk)
        if removed:
            data[f"role_assignments-{index}-DELETE"] = "on"
    for index, role in enumerate(roles, start=len(held)):
        data[f"role_assignments-{index}-user"] = str(user.pk)
        data[f"role_assignments-{index}-role"] = role
    return {key: value for key, value in (data | changes).items() if value != ""}


# Who may enter


@pytest.mark.parametrize("role", list(Role))
def test_only_administrators_enter(team: Team, role: Role) -> None:
    response = as_(team.holder(role)).get(reverse("admin:index"), follow=True)
    assert response.status_code == (200 if role is Role.ADMINISTRATOR else 403)


def test_flags_open_nothing() -> None:
    flagged = create_user(Role.ACCOUNT_MANAGER, is_superuser=True)
    assert flagged.is_staff
    assert as_(flagged).get(reverse("admin:index"), follow=True).status_code == 403
    assert as_(flagged).get(reverse("admin:accounts_user_changelist"), follow=True).status_code == 403


def test_stranger_logs_in_on_the_throttled_page() -> None:
    response = Client().get(reverse("admin:accounts_user_changelist"), follow=True)
    assert response.redirect_chain[-1][0].startswith(reverse("account_login"))
    direct = Client().post(reverse("admin:login"), {"username": "a", "password": "b"})
    assert direct["Location"].startswith(reverse("account_login"))


def test_administrator_is_sent_on_from_the_admins_log_in(client: Client) -> None:
    assert client.get(reverse("admin:login"))["Location"] == reverse("admin:index")


def test_logging_out_and_changing_ones_password_are_the_products(client: Client) -> None:
    assert client.get(reverse("admin:password_change"))["Location"] == reverse("account_change_password")
    assert client.post(reverse("admin:logout"))["Location"] == reverse("account_login")
    assert "_auth_user_id" not in client.session


def test_every_page_of_the_admin_opens(team: Team, client: Client) -> None:
    customer = create_active_customer(account_manager=team.account_manager)
    create_contract(customer=customer, handler=team.account_manager)
    create_grade_change(customer=customer, new="B", effective_on=timezone.localdate())
    for model, model_admin in admin.site._registry.items():
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        # Our own company is one row: its list leads to it.
        assert client.get(reverse(f"admin:{name}_changelist"), follow=True).status_code == 200, name
        if model_admin.search_fields:
            assert client.get(reverse(f"admin:{name}_changelist"), {"q": "x"}).status_code == 200, name
        if (first := model._default_manager.first()) is not None:
            assert client.get(change(name, first.pk)).status_code == 200, name
        added = client.get(reverse(f"admin:{name}_add"))
        assert added.status_code in (200, 403), name


def test_nothing_useless_is_shown() -> None:
    shown = {model._meta.label_lower for model in admin.site._registry}
    assert not shown & LEFT_OUT
    assert {"accounts.user", "accounts.department", "customers.customer", "policy.policyversion"} <= shown
    assert all(apps.get_model(label) for label in LEFT_OUT if not label.startswith("pghistory"))


# People


def test_a_lost_second_factor_is_reset_by_somebody_else_alone(client: Client, team: Team) -> None:
    """The list's action: the factor goes and the sessions end; his own the administrator cannot reset."""
    lost, own = (
        Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "x"})
        for user in (team.legal_affairs, team.administrator)
    )
    chosen = [team.legal_affairs.pk, team.administrator.pk, team.group_leader.pk]
    data = {"action": "reset_second_factor", "_selected_action": chosen}
    answer = client.post(reverse("admin:accounts_user_changelist"), data, follow=True)
    assert "Nobody resets his own second factor" in text(answer)
    assert list(Authenticator.objects.all()) == [own]
    assert lost.user.session_epoch + 1 == reload(lost.user).session_epoch
    assert reload(team.group_leader).session_epoch == 1
    assert history_of(team.legal_affairs)[0].kind == "update"


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_nobody_but_an_administrator_resets_a_second_factor(team: Team, role: Role) -> None:
    with pytest.raises(NotAllowedError, match="Only an administrator"):
        reset_second_factor(user=team.administrator, by=team.holder(role))


def test_creating_a_person(client: Client, team: Team) -> None:
    data = {
        "username": "newcomer",
        "name": "新人",
        "email": "new@example.com",
        "department": str(team.market.pk),
        "usable_password": "true",
        "password1": NEW_PASSWORD,
        "password2": NEW_PASSWORD,
        "role_assignments-TOTAL_FORMS": "1",
        "role_assignments-INITIAL_FORMS": "0",
        "role_assignments-0-role": "account_manager",
    }
    response = client.post(reverse("admin:accounts_user_add"), data)
    assert response.status_code == 302, text(response)
    newcomer = User.objects.get(username="newcomer")
    assert newcomer.check_password(NEW_PASSWORD)
    assert (newcomer.name, newcomer.department) == ("新人", team.market)
    assert history_of(newcomer)[-1].person == str(team.administrator)


def test_weak_password_is_refused(client: Client) -> None:
    data = {
        "username": "newcomer",
        "name": "x",
        "usable_password": "true",
        "password1": "12345678",
        "password2": "12345678",
    }
    response = client.post(reverse("admin:accounts_user_add"), data)
    assert response.status_code == 200
    assert not User.objects.filter(username="newcomer").exists()


def test_resetting_a_password_ends_sessions_and_is_on_record(client: Client, team: Team) -> None:
    somebody = team.account_manager
    theirs = as_(somebody)
    data = {"usable_password": "true", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    response = client.post(reverse("admin:auth_user_password_change", args=[somebody.pk]), data)
    assert response.status_code == 302
    assert reload(somebody).check_password(NEW_PASSWORD)
    assert theirs.get(reverse("policy:current")).status_code == 302
    [change, *_] = history_of(somebody)
    assert [field.field for field in change.changes] == ["session_epoch"]
    assert change.person == str(team.administrator)


def test_deactivating_a_person_ends_his_sessions(client: Client, team: Team) -> None:
    somebody = team.account_manager
    theirs = as_(somebody)
    response = client.post(
        change("accounts_user", somebody.pk), user_form(somebody, is_active="", name="新名")
    )
    assert response.status_code == 302, text(response)
    somebody = reload(somebody)
    assert (somebody.is_active, somebody.name) == (False, "新名")
    assert theirs.get(reverse("policy:current")).status_code == 302
    client.post(change("accounts_user", somebody.pk), user_form(somebody, is_active="on"))
    assert reload(somebody).is_active
    assert theirs.get(reverse("policy:current")).status_code == 302


def test_administrator_does_not_deactivate_himself(client: Client, team: Team) -> None:
    me = team.administrator
    response = client.post(change("accounts_user", me.pk), user_form(me, is_active=""))
    assert "Nobody deactivates himself" in text(response)
    assert reload(me).is_active


def test_flags_and_rights_are_not_in_the_form(client: Client, team: Team) -> None:
    somebody = team.account_manager
    data = user_form(somebody) | {"is_superuser": "on", "is_staff": "on", "groups": "1"}
    assert client.post(change("accounts_user", somebody.pk), data).status_code == 302
    assert not reload(somebody).is_superuser
    assert 'name="is_superuser"' not in text(client.get(change("accounts_user", somebody.pk)))


def test_people_are_not_deleted(client: Client, team: Team) -> None:
    somebody = team.finance_clerk
    assert (
        client.post(reverse("admin:accounts_user_delete", args=[somebody.pk]), {"post": "yes"}).status_code
        == 403
    )
    data = {"action": "delete_selected", "_selected_action": str(somebody.pk), "post": "yes"}
    client.post(reverse("admin:accounts_user_changelist"), data)
    assert User.objects.filter(pk=somebody.pk).exists()


# Roles


def test_giving_and_taking_roles(client: Client, team: Team) -> None:
    somebody = team.finance_clerk
    response = client.post(
        change("accounts_user", somebody.pk), user_form(somebody, roles=("legal_affairs",))
    )
    assert response.status_code == 302, text(response)
    assert reload(somebody).roles == {"finance_clerk", "legal_affairs"}
    client.post(change("accounts_user", somebody.pk), user_form(somebody, removed=True))
    assert reload(somebody).roles == frozenset()


def test_a_role_is_not_changed_into_another(client: Client, team: Team) -> None:
    somebody = team.finance_clerk
    data = user_form(somebody) | {"role_assignments-0-role": "general_manager"}
    client.post(change("accounts_user", somebody.pk), data)
    assert reload(somebody).roles == {"finance_clerk"}


@pytest.mark.parametrize("removed", [False, True])
def test_nobody_changes_his_own_roles_and_the_attempt_is_on_record(
    client: Client, team: Team, removed: bool
) -> None:
    me = team.administrator
    data = user_form(me, roles=() if removed else ("general_manager",), removed=removed)
    response = client.post(change("accounts_user", me.pk), data)
    assert response.status_code == 200
    assert "Nobody changes his own roles" in text(response)
    assert reload(me).roles == {"administrator"}
    [entry] = LogEntry.objects.filter(user=me)
    assert (entry.object_id, entry.change_message) == (str(me.pk), "refused: roles.self")
    history = text(client.get(reverse("admin:accounts_user_history", args=[me.pk])))
    assert "refused: roles.self" in history


def test_own_data_may_be_changed(client: Client, team: Team) -> None:
    me = team.administrator
    assert client.post(change("accounts_user", me.pk), user_form(me, name="管理员")).status_code == 302
    assert reload(me).name == "管理员"


@pytest.mark.parametrize("count", [1, 20])
def test_list_of_people_is_a_constant_number_of_queries(
    client: Client, count: int, django_assert_max_num_queries: Any
) -> None:
    for _ in range(count):
        create_user(Role.ACCOUNT_MANAGER, Role.SERVICE_MANAGER)
    with django_assert_max_num_queries(12):
        assert client.get(reverse("admin:accounts_user_changelist")).status_code == 200


# Departments


def test_head_of_a_department_is_a_department_manager(client: Client, team: Team) -> None:
    data = {"code": "LEASE", "name": "租赁部", "name_en": "Leasing", "head": str(team.legal_affairs.pk)}
    response = client.post(reverse("admin:accounts_department_add"), data)
    assert "does not hold the role" in text(response)
    assert not Department.objects.filter(code="LEASE").exists()
    data["head"] = str(team.department_manager.pk)
    assert client.post(reverse("admin:accounts_department_add"), data).status_code == 302
    assert Department.objects.get(code="LEASE").head == team.department_manager
    del data["head"]
    assert client.post(reverse("admin:accounts_department_add"), data | {"code": "NONE"}).status_code == 302


def test_people_are_found_by_typing(client: Client, team: Team) -> None:
    query = {
        "app_label": "accounts",
        "model_name": "department",
        "field_name": "head",
        "term": team.legal_affairs.name,
    }
    found = client.get(reverse("admin:autocomplete"), query).json()
    assert [result["id"] for result in found["results"]] == [str(team.legal_affairs.pk)]


# Policy, customers, contracts, grades


FINAL = (
    "policy_policyversion",
    "customers_contract",
    "customers_gradechange",
    "customers_contact",
    "customers_bankaccount",
    "customers_qualification",
    "customers_qualificationscan",
    "customers_qualificationreminder",
    "audit_sensitiveread",
)


@pytest.mark.parametrize("model", FINAL)
def test_what_is_final_is_only_looked_at(
    client: Client, team: Team, model: str, settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    customer = create_active_customer(account_manager=team.account_manager)
    create_contact(customer=customer)
    account = create_bank_account(customer=customer, account_number="6222 0202 0011 2230")
    show_account_number(account=account, by=team.account_manager)
    qualification = create_qualification(customer=customer, valid_to_on=timezone.localdate())
    create_scan(qualification=qualification, by=team.account_manager)
    remind_of_qualifications(on=timezone.localdate())
    create_contract(customer=customer, handler=team.account_manager)
    create_grade_change(customer=customer, new="B", effective_on=timezone.localdate())
    pk = apps.get_model(model.replace("_", "."))._default_manager.get().pk
    page = text(client.get(change(model, pk)))
    assert "_save" not in page
    assert "6222" not in page + text(client.get(reverse(f"admin:{model}_changelist") + "?q=x"))
    assert client.post(change(model, pk), {"new": "A"}).status_code == 403
    assert client.get(reverse(f"admin:{model}_add")).status_code == 403
    assert client.post(reverse(f"admin:{model}_delete", args=[pk]), {"post": "yes"}).status_code == 403


def test_customer_is_given_to_somebody_through_the_service(client: Client, team: Team) -> None:
    customer = create_active_customer(
        account_manager=team.account_manager, bank_account="6222 0202 0011 2230"
    )
    page = text(client.get(change("customers_customer", customer.pk)))
    assert "•••• 2230" in page
    assert "6222" not in page
    successor = create_user(Role.ACCOUNT_MANAGER)
    data = {
        "account_manager": str(successor.pk),
        "service_manager": str(team.service_manager.pk),
        "grade": "A",
    }
    assert client.post(change("customers_customer", customer.pk), data).status_code == 302
    customer = Customer.objects.get()
    assert (customer.account_manager, customer.service_manager) == (successor, team.service_manager)
    assert (customer.version, customer.grade) == (2, "B")
    assert history_of(customer)[0].person == str(team.administrator)


@pytest.mark.parametrize("field", ["account_manager", "service_manager"])
def test_customer_is_given_only_to_who_holds_the_role(client: Client, team: Team, field: str) -> None:
    customer = create_active_customer(account_manager=team.account_manager)
    response = client.post(change("customers_customer", customer.pk), {field: str(team.legal_affairs.pk)})
    assert response.status_code == 200
    assert re.search("no (account|customer service) manager", text(response))
    assert Customer.objects.get().version == 1


def test_customers_are_neither_added_nor_deleted_here(client: Client) -> None:
    customer = create_active_customer()
    assert client.get(reverse("admin:customers_customer_add")).status_code == 403
    url = reverse("admin:customers_customer_delete", args=[customer.pk])
    assert client.post(url, {"post": "yes"}).status_code == 403


def test_log_in_still_works_after_all_that(team: Team) -> None:
    team.administrator.set_password(PASSWORD)
    team.administrator.save()
    data = {"login": team.administrator.username, "password": PASSWORD, "next": reverse("admin:index")}
    assert Client().post(reverse("account_login"), data)["Location"] == reverse("admin:index")


def test_policy_version_shows_its_rules_as_stored(client: Client) -> None:
    version = apps.get_model("policy.PolicyVersion")._default_manager.get()
    assert "late_payment_daily_ratio" in text(client.get(change("policy_policyversion", version.pk)))
