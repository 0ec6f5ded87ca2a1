"""Addresses of contracts and what hangs on them, by primary key: contract numbers may hold any character."""

from __future__ import annotations

from django.urls import path

from customers import contract_views, dispute_views, override_views, self_check_views
from customers.contract_permissions import Step

app_name = "contracts"
urlpatterns = [
    path("", contract_views.contract_list, name="list"),
    path("<int:pk>/", contract_views.contract_detail, name="detail"),
    path("<int:pk>/edit/", contract_views.contract_edit, name="edit"),
    *(
        path(f"<int:pk>/{step.value}/", contract_views.contract_step, {"step": step}, name=step.value)
        for step in Step
    ),
    path("<int:pk>/log/", contract_views.contract_log, name="log"),
    path("<int:pk>/files/", contract_views.contract_attach, name="attach"),
    path("<int:pk>/files/<int:file_id>/", contract_views.contract_file, name="file"),
    path("<int:pk>/files/<int:file_id>/remove/", contract_views.contract_file_remove, name="file_remove"),
    path("<int:pk>/disputes/new/", dispute_views.dispute_create, name="dispute_create"),
    path("disputes/", dispute_views.dispute_list, name="dispute_list"),
    path("disputes/<int:pk>/", dispute_views.dispute_detail, name="dispute_detail"),
    path("disputes/<int:pk>/note/", dispute_views.dispute_note, name="dispute_note"),
    path("disputes/<int:pk>/reassign/", dispute_views.dispute_reassign, name="dispute_reassign"),
    path("disputes/<int:pk>/resolve/", dispute_views.dispute_resolve, name="dispute_resolve"),
    path("disputes/<int:pk>/withdraw/", dispute_views.dispute_withdraw, name="dispute_withdraw"),
    path("overrides/", override_views.override_list, name="override_list"),
    path("overrides/<int:pk>/", override_views.override_detail, name="override_detail"),
    path("overrides/<int:pk>/grant/", override_views.override_grant, name="override_grant"),
    path("overrides/<int:pk>/refuse/", override_views.override_refuse, name="override_refuse"),
    path("overrides/<int:pk>/withdraw/", override_views.override_withdraw, name="override_withdraw"),
    path("tasks/", self_check_views.task_list, name="tasks"),
    path("tasks/<int:pk>/", self_check_views.task_detail, name="task_detail"),
]
