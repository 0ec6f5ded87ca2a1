"""Addresses of supervision: the dashboard with the lists behind it, contract handlers, the log of case reviews, monthly
summaries, simulations of the policy."""

from supervision.urls.case_reviews import case_review_urls
from supervision.urls.dashboard import dashboard_urls
from supervision.urls.policy_simulation import simulation_urls
from supervision.urls.summaries import summary_urls

app_name = "supervision"
urlpatterns = [
    *dashboard_urls,
    *case_review_urls,
    *summary_urls,
    *simulation_urls,
]
