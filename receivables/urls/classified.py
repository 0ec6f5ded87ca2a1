"""Addresses of the classified detail of receivables."""

from django.urls import path

from receivables.views import classified

classified_urls = [
    path("classified/", classified.classified_list, name="classified_list"),
    path("classified/<int:pk>/", classified.classified_detail, name="classified_detail"),
    path("classified/<int:pk>/lines/<int:line>/", classified.classified_action, name="classified_action"),
    path("classified/<int:pk>/sign/", classified.classified_sign, name="classified_sign"),
    path("classified/<int:pk>/export.xlsx", classified.classified_export, name="classified_export"),
]
