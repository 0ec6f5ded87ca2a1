"""Addresses of what a person does for his customers: visits, handovers, confirmations, and passing them all on."""

from __future__ import annotations

from django.urls import path

from customers import confirmation_views, handover_views, reassignment_views, visit_views

app_name = "portfolio"
urlpatterns = [
    path("visits/", visit_views.visit_list, name="visit_list"),
    path("visits/plan/<customer_number:number>/", visit_views.visit_plan, name="visit_plan"),
    path("visits/record/<customer_number:number>/", visit_views.visit_record_new, name="visit_record_new"),
    path("visits/<int:pk>/", visit_views.visit_detail, name="visit"),
    path("visits/<int:pk>/record/", visit_views.visit_record, name="visit_record"),
    path("visits/<int:pk>/cancel/", visit_views.visit_cancel, name="visit_cancel"),
    path("visits/<int:pk>/files/", visit_views.visit_attach, name="visit_attach"),
    path("visits/<int:pk>/files/<int:file_id>/", visit_views.visit_file, name="visit_file"),
    path("visits/<int:pk>/follow-ups/", visit_views.follow_up_add, name="follow_up_add"),
    path(
        "visits/<int:pk>/follow-ups/<int:follow_up_id>/complete/",
        visit_views.follow_up_complete,
        name="follow_up_complete",
    ),
    path("handovers/", handover_views.handover_list, name="handover_list"),
    path(
        "handovers/propose/<customer_number:number>/",
        handover_views.handover_propose,
        name="handover_propose",
    ),
    path("handovers/<int:pk>/", handover_views.handover_detail, name="handover"),
    path("handovers/<int:pk>/accept/", handover_views.handover_accept, name="handover_accept"),
    path("handovers/<int:pk>/decline/", handover_views.handover_decline, name="handover_decline"),
    path("handovers/<int:pk>/withdraw/", handover_views.handover_withdraw, name="handover_withdraw"),
    path("confirmations/", confirmation_views.confirmation_list, name="confirmation_list"),
    path("confirmations/<customer_number:number>/", confirmation_views.confirm, name="confirm"),
    path("reassign/", reassignment_views.people, name="reassign_people"),
    path("reassign/<int:pk>/", reassignment_views.reassign, name="reassign"),
]
