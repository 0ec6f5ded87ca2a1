from django.urls import path

from creditrisk.lists import views

app_name = "lists"
urlpatterns = [
    path("columns/", views.columns, name="columns"),
    path("filters/", views.save, name="save"),
    path("filters/<int:pk>/delete/", views.delete, name="delete"),
]
