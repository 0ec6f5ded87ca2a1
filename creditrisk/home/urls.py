from django.urls import path

from creditrisk.home import views

app_name = "home"
urlpatterns = [
    path("", views.start, name="start"),
    path("counts/", views.counts, name="counts"),
    path("health/", views.health, name="health"),
    path("health/jobs/", views.health_of_jobs, name="health_of_jobs"),
]
