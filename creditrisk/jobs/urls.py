from django.urls import path

from creditrisk.jobs import views

app_name = "jobs"
urlpatterns = [
    path("", views.run_list, name="list"),
]
