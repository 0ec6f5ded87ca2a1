from django.urls import path

from creditrisk.exchange_rates import views

app_name = "exchange_rates"
urlpatterns = [
    path("", views.rates, name="rates"),
    path("upload/", views.upload, name="upload"),
    path("<int:pk>/remove/", views.remove, name="remove"),
]
