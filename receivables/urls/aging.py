"""Addresses of the aging report."""

from django.urls import path

import customers.urls  # noqa: F401 - registers the customer_number converter
from receivables.views import aging, comparison

aging_urls = [
    path("aging/", aging.aging, name="aging"),
    path("aging/export.xlsx", aging.aging_export, name="aging_export"),
    path("compare/", comparison.compare, name="compare"),
    path("compare/export.xlsx", comparison.compare_export, name="compare_export"),
    path("aging/customers/<customer_number:number>/", aging.aging_customer, name="aging_customer"),
    path("aging/customers/<customer_number:number>/item/", aging.aging_item, name="aging_item"),
    path("aging/customers/<customer_number:number>/items/", aging.aging_items, name="aging_items"),
]
