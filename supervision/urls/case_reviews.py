"""Addresses of the log of case reviews."""

from django.urls import path

from supervision.views import case_reviews

ONE = "case-reviews/<slug:number>/"
case_review_urls = [
    path("case-reviews/", case_reviews.case_review_list, name="case_review_list"),
    path("case-reviews/new/", case_reviews.case_review_create, name="case_review_create"),
    path("follow-ups/", case_reviews.follow_up_list, name="follow_up_list"),
    path("follow-ups/<int:pk>/done/", case_reviews.follow_up_done, name="follow_up_done"),
    path(ONE, case_reviews.case_review, name="case_review"),
    path(f"{ONE}edit/", case_reviews.case_review_edit, name="case_review_edit"),
    path(f"{ONE}sign-off/", case_reviews.case_review_close, name="case_review_close"),
    path(f"{ONE}customers/", case_reviews.point_note, name="point_note"),
    path(f"{ONE}customers/<int:pk>/remove/", case_reviews.point_remove, name="point_remove"),
    path(f"{ONE}follow-ups/", case_reviews.follow_up_ask, name="follow_up_ask"),
    path(f"{ONE}follow-ups/<int:pk>/remove/", case_reviews.follow_up_remove, name="follow_up_remove"),
    path(f"{ONE}files/", case_reviews.files_add, name="files_add"),
    path(f"{ONE}files/<int:pk>/", case_reviews.file_download, name="file"),
    path(f"{ONE}addenda/", case_reviews.addendum_add, name="addendum_add"),
]
