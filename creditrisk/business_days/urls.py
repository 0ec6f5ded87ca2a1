from django.urls import path

from creditrisk.business_days import views

app_name = "business_days"
urlpatterns = [
    path("", views.calendar, name="calendar"),
    path("<int:year>/", views.calendar, name="year"),
    path("<str:day>/clear/", views.clear, name="clear"),
]
