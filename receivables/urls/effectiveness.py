"""Addresses of the effectiveness of collection."""

from django.urls import path

from receivables.views import effectiveness

effectiveness_urls = [
    path("effectiveness/", effectiveness.effectiveness_page, name="effectiveness"),
]
