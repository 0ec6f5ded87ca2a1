"""The product's settings for child processes of a test: its database, and a mail server and a robots' host where they
are named."""

import os

from creditrisk.settings import *  # noqa: F403

DATABASES["default"]["NAME"] = os.environ["TEST_DATABASE_NAME"]  # noqa: F405
if port := os.environ.get("TEST_SMTP_PORT"):
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST, EMAIL_PORT = "127.0.0.1", int(port)
if base := os.environ.get("TEST_ROBOT_BASE"):
    CREDITRISK_ROBOT_BASE_URL = base
