"""Addresses of the dashboard, of the lists behind its figures, and of the table of contract handlers."""

from django.urls import path

from supervision.views import dashboard, handlers

dashboard_urls = [
    path("", dashboard.dashboard_page, name="dashboard"),
    path("definitions/", dashboard.definitions, name="definitions"),
    path("customers/", dashboard.customers, name="customers"),
    path("approvals/", dashboard.approvals, name="approvals"),
    path("self-checks/", dashboard.self_checks, name="self_checks"),
    path("handlers/", handlers.handlers, name="handlers"),
]
