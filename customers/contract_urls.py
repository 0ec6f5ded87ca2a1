"""Addresses of contracts and what hangs on them, by primary key: contract numbers may hold any character."""

from __future__ import annotations

from django.urls import path

from customers.contract_permissions import Step
from customers.views import contract_pages, disputes, overrides, self_checks

app_name = "contracts"
urlpatterns = [
    path("", contract_pages.contract_list, name="list"),
    path("<int:pk>/", contract_pages.contract_detail, name="detail"),
    path("<int:pk>/edit/", contract_pages.contract_edit, name="edit"),
    *(
        path(f"<int:pk>/{step.value}/", contract_pages.contract_step, {"step": step}, name=step.value)
        for step in Step
    ),
    path("<int:pk>/log/", contract_pages.contract_log, name="log"),
    path("<int:pk>/files/", contract_pages.contract_attach, name="attach"),
    path("<int:pk>/files/<int:file_id>/", contract_pages.contract_file, name="file"),
    path("<int:pk>/files/<int:file_id>/remove/", contract_pages.contract_file_remove, name="file_remove"),
    path("<int:pk>/disputes/new/", disputes.dispute_create, name="dispute_create"),
    path("disputes/", disputes.dispute_list, name="dispute_list"),
    path("disputes/<int:pk>/", disputes.dispute_detail, name="dispute_detail"),
    path("disputes/<int:pk>/note/", disputes.dispute_note, name="dispute_note"),
    path("disputes/<int:pk>/reassign/", disputes.dispute_reassign, name="dispute_reassign"),
    path("disputes/<int:pk>/resolve/", disputes.dispute_resolve, name="dispute_resolve"),
    path("disputes/<int:pk>/withdraw/", disputes.dispute_withdraw, name="dispute_withdraw"),
    path("overrides/", overrides.override_list, name="override_list"),
    path("overrides/<int:pk>/", overrides.override_detail, name="override_detail"),
    path("overrides/<int:pk>/grant/", overrides.override_grant, name="override_grant"),
    path("overrides/<int:pk>/refuse/", overrides.override_refuse, name="override_refuse"),
    path("overrides/<int:pk>/withdraw/", overrides.override_withdraw, name="override_withdraw"),
    path("tasks/", self_checks.task_list, name="tasks"),
    path("tasks/<int:pk>/", self_checks.task_detail, name="task_detail"),
]
