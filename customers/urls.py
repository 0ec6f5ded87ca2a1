"""Addresses of the customer pages, by customer number."""

from __future__ import annotations

from django.urls import path, register_converter

from customers.numbers import NUMBER_MAX_LENGTH
from customers.views import (
    aliases,
    assignments,
    bank_accounts,
    contacts,
    contract_pages,
    contracts,
    credit,
    deposits,
    duplicates,
    file,
    imports,
    lifecycle,
    merges,
    overrides,
    portfolio,
    qualifications,
    state,
    timeline,
)


class CustomerNumberConverter:
    """A customer number in an address; anything that cannot be one is not found."""

    regex = rf"[^/\\\x00-\x1f]{{1,{NUMBER_MAX_LENGTH}}}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(CustomerNumberConverter, "customer_number")

app_name = "customers"
urlpatterns = [
    path("", file.customer_list, name="list"),
    path("export/", file.customer_export, name="export"),
    path("new/", file.customer_create, name="create"),
    path("new/duplicates/", duplicates.duplicates, name="duplicates"),
    path("import/", imports.import_create, name="import_create"),
    path("imports/<int:pk>/", imports.import_detail, name="import_detail"),
    path("imports/<int:pk>/commit/", imports.import_commit, name="import_commit"),
    path("imports/<int:pk>/errors.xlsx", imports.import_errors, name="import_errors"),
    path("merge/", merges.merge, name="merge"),
    path("merges/<int:pk>/", merges.merge_record, name="merge_record"),
    path("all/assign/", assignments.assign, name="assign"),
    path(
        # Two parts, so that no customer number has to be reserved for it.
        "all/qualifications-ending/",
        qualifications.qualification_list,
        name="qualification_list",
    ),
    path("<customer_number:number>/", file.customer_detail, name="detail"),
    path("<customer_number:number>/edit/", file.customer_edit, name="edit"),
    path("<customer_number:number>/portfolio/", portfolio.portfolio, name="portfolio"),
    path("<customer_number:number>/stop/", state.stop, name="stop"),
    path("<customer_number:number>/reinstate/", state.reinstate, name="reinstate"),
    path("<customer_number:number>/watch/", lifecycle.watch, name="watch"),
    path("<customer_number:number>/watch/end/", lifecycle.end_watch, name="end_watch"),
    path("<customer_number:number>/close/", lifecycle.close, name="close"),
    path("<customer_number:number>/reopen/", lifecycle.reopen, name="reopen"),
    path("<customer_number:number>/freeze/", lifecycle.freeze, name="freeze"),
    path("<customer_number:number>/unfreeze/", lifecycle.unfreeze, name="unfreeze"),
    path("<customer_number:number>/temporary-limit/", credit.temporary_limit, name="temporary_limit"),
    path(
        "<customer_number:number>/temporary-limit/end/",
        credit.temporary_limit_end,
        name="temporary_limit_end",
    ),
    path("<customer_number:number>/service-level/", credit.service_level, name="service_level"),
    path("<customer_number:number>/parent/", credit.parent, name="parent"),
    path("<customer_number:number>/credit-check/", credit.credit_check, name="credit_check"),
    path("<customer_number:number>/contracts/new/", contracts.contract_create, name="contract_create"),
    path("<customer_number:number>/contracts/draft/", contract_pages.contract_draft, name="contract_draft"),
    path("<customer_number:number>/override/", overrides.override_request, name="override_request"),
    path("<customer_number:number>/deposits/", deposits.deposit_ledger, name="deposits"),
    *(
        path(
            f"<customer_number:number>/deposits/{kind}/",
            deposits.deposit_move,
            {"kind": kind},
            name=f"deposit_{kind}",
        )
        for kind in deposits.MOVEMENTS
    ),
    path(
        "<customer_number:number>/deposits/<int:entry_id>/reverse/",
        deposits.deposit_reverse,
        name="deposit_reverse",
    ),
    path("<customer_number:number>/aliases/", aliases.alias_add, name="alias_add"),
    path("<customer_number:number>/aliases/<int:alias>/remove/", aliases.alias_remove, name="alias_remove"),
    path("<customer_number:number>/timeline/", timeline.timeline, name="timeline"),
    path("<customer_number:number>/dossier.pdf", timeline.dossier, name="dossier"),
    path("<customer_number:number>/history/", file.history, name="history"),
    path("<customer_number:number>/contacts/new/", contacts.contact_create, name="contact_create"),
    path("<customer_number:number>/contacts/<int:pk>/edit/", contacts.contact_edit, name="contact_edit"),
    path(
        "<customer_number:number>/contacts/<int:pk>/retire/", contacts.contact_retire, name="contact_retire"
    ),
    path(
        "<customer_number:number>/bank-accounts/new/",
        bank_accounts.bank_account_create,
        name="bank_account_create",
    ),
    path(
        "<customer_number:number>/bank-accounts/<int:pk>/edit/",
        bank_accounts.bank_account_edit,
        name="bank_account_edit",
    ),
    path(
        "<customer_number:number>/bank-accounts/<int:pk>/retire/",
        bank_accounts.bank_account_retire,
        name="bank_account_retire",
    ),
    path(
        "<customer_number:number>/bank-accounts/<int:pk>/show/",
        bank_accounts.bank_account_show,
        name="bank_account_show",
    ),
    path(
        "<customer_number:number>/qualifications/new/",
        qualifications.qualification_create,
        name="qualification_create",
    ),
    path(
        "<customer_number:number>/qualifications/<int:pk>/edit/",
        qualifications.qualification_edit,
        name="qualification_edit",
    ),
    path(
        "<customer_number:number>/qualifications/<int:pk>/retire/",
        qualifications.qualification_retire,
        name="qualification_retire",
    ),
    path(
        "<customer_number:number>/qualifications/<int:pk>/scans/<int:scan_id>/",
        qualifications.scan,
        name="scan",
    ),
    path(
        "<customer_number:number>/qualifications/<int:pk>/scans/<int:scan_id>/remove/",
        qualifications.scan_remove,
        name="scan_remove",
    ),
]
