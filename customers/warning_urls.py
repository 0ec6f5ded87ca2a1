"""Addresses of early warnings (P5.1)."""

from __future__ import annotations

from django.urls import path

from customers.views import warnings

app_name = "warnings"
urlpatterns = [
    path("", warnings.case_list_page, name="list"),
    path("precision/", warnings.precision, name="precision"),
    path("raise/<customer_number:number>/", warnings.case_raise, name="raise"),
    path("<slug:number>/", warnings.case_detail, name="detail"),
    path("<slug:number>/entry/", warnings.case_entry, name="entry"),
    path("<slug:number>/reassign/", warnings.case_reassign, name="reassign"),
    path("<slug:number>/due/", warnings.case_due, name="due"),
    path("<slug:number>/close/", warnings.case_close, name="close"),
]
