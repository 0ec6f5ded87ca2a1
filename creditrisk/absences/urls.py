from django.urls import path

from creditrisk.absences import views

app_name = "absences"
urlpatterns = [
    path("", views.absence_list, name="list"),
    path("<int:absence_id>/end/", views.end, name="end"),
]
