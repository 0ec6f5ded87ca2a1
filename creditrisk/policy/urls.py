from django.urls import path

from creditrisk.policy import views

app_name = "policy"
urlpatterns = [
    path("", views.current, name="current"),
]
