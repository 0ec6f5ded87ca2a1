"""Every address of supervision."""

from supervision.urls import summaries

app_name = "supervision"
urlpatterns = [*summaries.urlpatterns]
