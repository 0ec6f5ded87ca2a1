"""Addresses of reminders, letters and final demands."""

from __future__ import annotations

from django.urls import path

from receivables.views import letter_batch, letter_templates, letters

letter_urls = [
    path("letters/", letters.letter_list, name="letter_list"),
    path("letters/print/", letter_batch.letter_print, name="letter_print"),
    path("letters/print/letters.pdf", letter_batch.letter_print_file, name="letter_print_file"),
    path("letters/print/posted/", letter_batch.letter_print_posted, name="letter_print_posted"),
    path("letters/templates/", letter_templates.template_list, name="letter_template_list"),
    path(
        "letters/templates/<slug:stage>/<slug:language>/",
        letter_templates.template_edit,
        name="letter_template_edit",
    ),
    path(
        "letters/templates/<slug:stage>/<slug:language>/preview/",
        letter_templates.template_preview,
        name="letter_template_preview",
    ),
    path(
        "letters/templates/<slug:stage>/<slug:language>/versions/",
        letter_templates.template_version_list,
        name="letter_template_versions",
    ),
    path("letters/<int:pk>/", letters.letter_detail, name="letter_detail"),
    path("letters/<int:pk>/pdf/", letters.letter_pdf, name="letter_pdf"),
    path("letters/<int:pk>/posted/", letters.letter_posted, name="letter_posted"),
]
