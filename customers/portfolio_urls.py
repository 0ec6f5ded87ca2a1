"""Addresses of what a person does for his customers: visits, handovers, confirmations, and passing them all on."""

from __future__ import annotations

from django.urls import path

from customers.views import confirmations, handovers, reassignments, visits

app_name = "portfolio"
urlpatterns = [
    path("visits/", visits.visit_list, name="visit_list"),
    path("visits/plan/<customer_number:number>/", visits.visit_plan, name="visit_plan"),
    path("visits/record/<customer_number:number>/", visits.visit_record_new, name="visit_record_new"),
    path("visits/<int:pk>/", visits.visit_detail, name="visit"),
    path("visits/<int:pk>/record/", visits.visit_record, name="visit_record"),
    path("visits/<int:pk>/cancel/", visits.visit_cancel, name="visit_cancel"),
    path("visits/<int:pk>/files/", visits.visit_attach, name="visit_attach"),
    path("visits/<int:pk>/files/<int:file_id>/", visits.visit_file, name="visit_file"),
    path("visits/<int:pk>/follow-ups/", visits.follow_up_add, name="follow_up_add"),
    path(
        "visits/<int:pk>/follow-ups/<int:follow_up_id>/complete/",
        visits.follow_up_complete,
        name="follow_up_complete",
    ),
    path("handovers/", handovers.handover_list, name="handover_list"),
    path(
        "handovers/propose/<customer_number:number>/",
        handovers.handover_propose,
        name="handover_propose",
    ),
    path("handovers/<int:pk>/", handovers.handover_detail, name="handover"),
    path("handovers/<int:pk>/accept/", handovers.handover_accept, name="handover_accept"),
    path("handovers/<int:pk>/decline/", handovers.handover_decline, name="handover_decline"),
    path("handovers/<int:pk>/withdraw/", handovers.handover_withdraw, name="handover_withdraw"),
    path("confirmations/", confirmations.confirmation_list, name="confirmation_list"),
    path("confirmations/<customer_number:number>/", confirmations.confirm, name="confirm"),
    path("reassign/", reassignments.people, name="reassign_people"),
    path("reassign/<int:pk>/", reassignments.reassign, name="reassign"),
]
