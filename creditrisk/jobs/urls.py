from django.urls import path

from creditrisk.jobs import views

app_name = "jobs"
urlpatterns = [
    path("", views.run_list, name="list"),
    path("<str:job>/<str:period>/", views.run_detail, name="detail"),
    path("<str:job>/<str:period>/again/", views.run_again, name="again"),
]
