"""Addresses of liquidated damages: by customer, receipts and waivers by their keys."""

from django.urls import path

import customers.urls  # noqa: F401 - registers the customer_number converter
from receivables.views import damages, waivers

CUSTOMER = "damages/<customer_number:number>/"
WAIVER = "damages/waivers/<int:pk>/"
damages_urls = [
    path("damages/", damages.damages_list, name="damages_list"),
    path(CUSTOMER, damages.damages_customer, name="damages_customer"),
    path(f"{CUSTOMER}statement.pdf", damages.damages_pdf_file, name="damages_pdf"),
    path(f"{CUSTOMER}receive/", damages.damages_receive, name="damages_receive"),
    path(f"{CUSTOMER}waive/", waivers.damages_waive, name="damages_waive"),
    path("damages/receipts/<int:pk>/reverse/", damages.damages_reverse, name="damages_reverse"),
    path(WAIVER, waivers.damages_waiver, name="damages_waiver"),
    path(f"{WAIVER}approve/", waivers.damages_waiver_approve, name="damages_waiver_approve"),
    path(f"{WAIVER}refuse/", waivers.damages_waiver_refuse, name="damages_waiver_refuse"),
    path(f"{WAIVER}withdraw/", waivers.damages_waiver_withdraw, name="damages_waiver_withdraw"),
]
