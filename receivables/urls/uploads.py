"""Addresses of the upload pages, by report number."""

from django.urls import path

from receivables.views import uploads

upload_urls = [
    path("uploads/", uploads.upload_list, name="upload_list"),
    path("uploads/new/", uploads.upload_create, name="upload_create"),
    path("uploads/<slug:number>/", uploads.upload_detail, name="upload_detail"),
    path("uploads/<slug:number>/check/", uploads.upload_check, name="upload_check"),
    path("uploads/<slug:number>/commit/", uploads.upload_commit, name="upload_commit"),
    path("uploads/<slug:number>/columns/", uploads.upload_columns, name="upload_columns"),
    path("uploads/<slug:number>/forget-mapping/", uploads.upload_forget, name="upload_forget"),
    path("uploads/<slug:number>/correct/", uploads.upload_correct, name="upload_correct"),
    path("uploads/<slug:number>/customers/", uploads.upload_customers, name="upload_customers"),
    path("uploads/<slug:number>/rows.xlsx", uploads.upload_rows, name="upload_rows"),
    path("uploads/<slug:number>/discard/", uploads.upload_discard, name="upload_discard"),
    path("uploads/<slug:number>/errors.xlsx", uploads.upload_errors, name="upload_errors"),
    path("uploads/<slug:number>/file/", uploads.upload_file, name="upload_file"),
    path("uploads/<slug:number>/progress/", uploads.upload_progress, name="upload_progress"),
]
