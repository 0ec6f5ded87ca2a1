"""Every address of supervision."""

from supervision.urls import policy_simulation, summaries

app_name = "supervision"
urlpatterns = [*policy_simulation.urlpatterns, *summaries.urlpatterns]
