from django.urls import path

from creditrisk.notifications import views

app_name = "notifications"
urlpatterns = [
    path("", views.notification_list, name="list"),
    path("read/", views.mark_all_read, name="mark_read"),
    path("<int:pk>/", views.open_notification, name="open"),
    path("outbox/", views.outbox, name="outbox"),
    path("outbox/<int:pk>/", views.outbox_message, name="outbox_message"),
    path("outbox/<int:pk>/attachment/", views.outbox_attachment, name="outbox_attachment"),
    path("outbox/<int:pk>/again/", views.send_again, name="send_again"),
    path("outbox/<int:pk>/elsewhere/", views.send_elsewhere, name="send_elsewhere"),
    path("outbox/<int:pk>/bounced/", views.bounced, name="bounced"),
    path("robot/", views.choose_robot, name="choose_robot"),
]
