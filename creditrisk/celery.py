"""The Celery application. Its schedule is in `settings.CELERY_BEAT_SCHEDULE`, as code."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creditrisk.settings")

app = Celery("creditrisk")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
