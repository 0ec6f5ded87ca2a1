"""Addresses of the statements of account, by number."""

from django.urls import path

from receivables.views import statements

statement_urls = [
    path("statements/", statements.statement_list_page, name="statement_list"),
    path("statements/<slug:number>/", statements.statement_detail, name="statement_detail"),
    path("statements/<slug:number>/answer/", statements.statement_answer, name="statement_answer"),
    path("statements/<slug:number>/pdf/", statements.statement_file, name="statement_pdf"),
    path("statements/<slug:number>/statement.xlsx", statements.statement_workbook, name="statement_workbook"),
]
