"""Addresses of collection: the dunning run, terms of customers, proposals about cooperation, claimed deposits."""

from django.urls import path

import customers.urls  # noqa: F401 - registers the customer_number converter
from receivables.views import dunning, dunning_status, proposals

collection_urls = [
    path("dunning/", dunning.dunning, name="dunning"),
    path("dunning/release/", dunning.release, name="dunning_release"),
    path("dunning/terms/", dunning.terms_list_page, name="dunning_terms_list"),
    path("dunning/terms/<customer_number:customer_number>/", dunning.terms, name="dunning_terms"),
    path("dunning/terms/<int:pk>/end/", dunning.terms_end, name="dunning_terms_end"),
    path(
        "dunning/status/<customer_number:customer_number>/",
        dunning_status.dunning_status_page,
        name="dunning_status",
    ),
    path("proposals/", proposals.proposal_list_page, name="proposal_list"),
    path("proposals/new/<customer_number:number>/", proposals.proposal_create, name="proposal_create"),
    path("proposals/<slug:number>/", proposals.proposal_detail, name="proposal_detail"),
    path("proposals/<slug:number>/approve/", proposals.proposal_approve, name="proposal_approve"),
    path("proposals/<slug:number>/refuse/", proposals.proposal_refuse, name="proposal_refuse"),
    path("proposals/<slug:number>/withdraw/", proposals.proposal_withdraw, name="proposal_withdraw"),
    path("proposals/<slug:number>/files/<int:pk>/", proposals.proposal_file, name="proposal_file"),
    path("forfeitures/<int:pk>/confirm/", proposals.forfeiture_confirm, name="forfeiture_confirm"),
    path("forfeitures/<int:pk>/refuse/", proposals.forfeiture_refuse, name="forfeiture_refuse"),
]
