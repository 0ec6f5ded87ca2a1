"""Addresses of the customer pages, by customer number."""

from __future__ import annotations

from django.urls import path, register_converter

from customers import alias_views, duplicate_views, import_views, merge_views, views
from customers.numbers import NUMBER_MAX_LENGTH


class CustomerNumberConverter:
    """A customer number in an address; anything that cannot be one is not found."""

    regex = rf"[^/\\\x00-\x1f]{{1,{NUMBER_MAX_LENGTH}}}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(CustomerNumberConverter, "customer_number")

app_name = "customers"
urlpatterns = [
    path("", views.customer_list, name="list"),
    path("new/", views.customer_create, name="create"),
    path("import/", import_views.import_create, name="import_create"),
    path("imports/<int:pk>/", import_views.import_detail, name="import_detail"),
    path("imports/<int:pk>/commit/", import_views.import_commit, name="import_commit"),
    path("imports/<int:pk>/errors.xlsx", import_views.import_errors, name="import_errors"),
    path("merge/", merge_views.merge, name="merge"),
    path("merges/<int:pk>/", merge_views.merge_record, name="merge_record"),
    path("new/duplicates/", duplicate_views.duplicates, name="duplicates"),
    path("<customer_number:number>/", views.customer_detail, name="detail"),
    path("<customer_number:number>/edit/", views.customer_edit, name="edit"),
    path("<customer_number:number>/portfolio/", views.portfolio, name="portfolio"),
    path("<customer_number:number>/stop/", views.stop, name="stop"),
    path("<customer_number:number>/reinstate/", views.reinstate, name="reinstate"),
    path("<customer_number:number>/contracts/new/", views.contract_create, name="contract_create"),
    path("<customer_number:number>/aliases/", alias_views.alias_add, name="alias_add"),
    path(
        "<customer_number:number>/aliases/<int:alias>/remove/", alias_views.alias_remove, name="alias_remove"
    ),
    path("<customer_number:number>/history/", views.history, name="history"),
]
