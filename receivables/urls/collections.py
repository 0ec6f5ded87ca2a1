"""Addresses of collection: proposals about cooperation, deposits that final demands claim."""

from django.urls import path

from receivables.views import proposals

collection_urls = [
    path("proposals/", proposals.proposal_list_page, name="proposal_list"),
    path("proposals/new/<path:number>/", proposals.proposal_create, name="proposal_create"),
    path("proposals/<slug:number>/", proposals.proposal_detail, name="proposal_detail"),
    path("proposals/<slug:number>/approve/", proposals.proposal_approve, name="proposal_approve"),
    path("proposals/<slug:number>/refuse/", proposals.proposal_refuse, name="proposal_refuse"),
    path("proposals/<slug:number>/withdraw/", proposals.proposal_withdraw, name="proposal_withdraw"),
    path("proposals/<slug:number>/files/<int:pk>/", proposals.proposal_file, name="proposal_file"),
    path("forfeitures/<int:pk>/confirm/", proposals.forfeiture_confirm, name="forfeiture_confirm"),
    path("forfeitures/<int:pk>/refuse/", proposals.forfeiture_refuse, name="forfeiture_refuse"),
]
