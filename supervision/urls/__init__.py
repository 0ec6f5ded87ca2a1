"""Addresses of supervision: the dashboard with the lists behind it, contract handlers, the log of case reviews."""

from supervision.urls.case_reviews import case_review_urls
from supervision.urls.dashboard import dashboard_urls

app_name = "supervision"
urlpatterns = [
    *dashboard_urls,
    *case_review_urls,
]
