"""Addresses of the reviews, by record number."""

from __future__ import annotations

from django.urls import path

from reviews.views import (
    adjustments,
    annual,
    annual_cycle,
    attachments,
    autosave,
    chains,
    decisions,
    delegation,
    form,
    lists,
    phrases,
    print_out,
    reports,
)

app_name = "reviews"
urlpatterns = [
    path("", lists.review_list, name="list"),
    path("inbox/", lists.inbox, name="inbox"),
    path("inbox/approve/", lists.approve_several, name="approve_several"),
    path("chains/", chains.chain_list, name="chains"),
    path("chains/<str:kind>/", chains.edit, name="chain_edit"),
    path("check/", print_out.check, name="check"),
    path("report/", reports.report, name="report"),
    path("report/workbook/", reports.report_workbook, name="report_workbook"),
    path("adjustments/", adjustments.adjustment_list, name="adjustment_list"),
    path("adjustments/decide/", adjustments.decide_several, name="adjustments_decide"),
    path("adjustments/<int:pk>/", adjustments.adjustment, name="adjustment"),
    path("adjustments/<int:pk>/confirm/", adjustments.confirm, name="adjustment_confirm"),
    path("adjustments/<int:pk>/amend/", adjustments.amend, name="adjustment_amend"),
    path("adjustments/<int:pk>/refuse/", adjustments.refuse, name="adjustment_refuse"),
    path("phrases/", phrases.phrase_list, name="phrases"),
    path("phrases/<int:phrase_id>/remove/", phrases.remove, name="phrase_remove"),
    path("new/", form.choose_customer, name="create"),
    path("new/<str:customer_number>/", form.create, name="create"),
    path("annual/", annual.start_all, name="start_annual"),
    path("annual/<str:customer_number>/", annual.start_one, name="start_annual"),
    path("annual-reviews/", annual_cycle.board, name="annual_board"),
    path("annual-reviews/missing/", annual_cycle.missing, name="annual_missing"),
    path("annual-reviews/service-levels/", annual_cycle.service_levels, name="service_levels"),
    path("<str:number>/", decisions.detail, name="detail"),
    path("<str:number>/panel/", lists.panel, name="panel"),
    path("<str:number>/print/", print_out.print_out, name="print"),
    path("<str:number>/edit/", form.edit, name="edit"),
    path("<str:number>/autosave/", autosave.autosave, name="autosave"),
    path("<str:number>/score/", annual.score, name="score"),
    path("<str:number>/refresh/", annual.refresh, name="refresh"),
    path("<str:number>/submit/", form.submit, name="submit"),
    path("<str:number>/urge/", decisions.urge, name="urge"),
    path("<str:number>/withdraw/", form.withdraw, name="withdraw"),
    path("<str:number>/steps/<int:step_id>/approve/", decisions.approve, name="approve"),
    path("<str:number>/steps/<int:step_id>/return/", decisions.send_back, name="return"),
    path("<str:number>/steps/<int:step_id>/reject/", decisions.reject, name="reject"),
    path("<str:number>/steps/<int:step_id>/take-back/", decisions.take_back, name="take_back"),
    path("<str:number>/steps/<int:step_id>/claim/", delegation.claim, name="claim"),
    path("<str:number>/steps/<int:step_id>/release/", delegation.release, name="release"),
    path("<str:number>/steps/<int:step_id>/transfer/", delegation.transfer, name="transfer"),
    path("<str:number>/steps/<int:step_id>/consult/", delegation.consult, name="consult"),
    path("<str:number>/questions/<int:consultation_id>/answer/", delegation.advise, name="advise"),
    path("<str:number>/copies/", delegation.send_copies, name="send_copies"),
    path("<str:number>/attachments/", attachments.attach, name="attach"),
    path("<str:number>/attachments/<int:attachment_id>/", attachments.download, name="attachment"),
    path(
        "<str:number>/attachments/<int:attachment_id>/preview/",
        attachments.preview,
        name="attachment_preview",
    ),
    path(
        "<str:number>/attachments/<int:attachment_id>/remove/", attachments.remove, name="attachment_remove"
    ),
]
