"""Addresses of reminders, letters and final demands."""

from __future__ import annotations

from django.urls import path

from receivables.views import letters

letter_urls = [
    path("letters/", letters.letter_list, name="letter_list"),
    path("letters/<int:pk>/", letters.letter_detail, name="letter_detail"),
    path("letters/<int:pk>/pdf/", letters.letter_pdf, name="letter_pdf"),
    path("letters/<int:pk>/posted/", letters.letter_posted, name="letter_posted"),
]
