"""Addresses of collection: work list, contacts, promises, disputes of items, the dunning run, terms of customers,
proposals about cooperation, claimed deposits."""

from django.urls import path

import customers.urls  # noqa: F401 - registers the customer_number converter
from receivables.views import contacts, dunning, dunning_status, item_disputes, promises, proposals, worklist

collection_urls = [
    path("worklist/", worklist.work_list_page, name="work_list"),
    path("worklist/<customer_number:number>/", worklist.work_log, name="work_log"),
    path("contacts/", contacts.contact_list_page, name="contact_list"),
    path("contacts/new/<customer_number:number>/", contacts.contact_create, name="contact_create"),
    path("promises/", promises.promise_list_page, name="promise_list"),
    path("promises/new/<customer_number:number>/", promises.promise_create, name="promise_create"),
    path("promises/<slug:number>/", promises.promise_detail, name="promise_detail"),
    path("promises/<slug:number>/withdraw/", promises.promise_withdraw, name="promise_withdraw"),
    path("disputes/new/<customer_number:number>/", item_disputes.dispute_create, name="dispute_create"),
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
