"""The addresses of monthly summaries."""

from django.urls import path

from supervision.views import summaries

summary_urls = [
    path("summaries/", summaries.summary_list, name="summary_list"),
    path("summaries/<int:pk>/", summaries.summary_detail, name="summary_detail"),
    path("summaries/<int:pk>/analysis/", summaries.summary_autosave, name="summary_autosave"),
    path("summaries/<int:pk>/refresh/", summaries.summary_refresh, name="summary_refresh"),
    path("summaries/<int:pk>/sign/", summaries.summary_sign, name="summary_sign"),
    path("summaries/<int:pk>/pdf/", summaries.summary_pdf_file, name="summary_pdf"),
    path("summaries/<int:pk>/workbook/", summaries.summary_workbook, name="summary_workbook"),
]
