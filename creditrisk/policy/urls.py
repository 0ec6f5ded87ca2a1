from django.urls import path

from creditrisk.policy import views

app_name = "policy"
urlpatterns = [
    path("", views.current, name="current"),
    path("versions/<int:number>/", views.version, name="version"),
]
