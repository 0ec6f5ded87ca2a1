"""The web process; its database pool is on (see settings)."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creditrisk.settings")
os.environ.setdefault("CREDITRISK_WEB", "1")

application = get_wsgi_application()
# What stands now stays for good: without this the collector looks through all of it again and again, and every answer
# that is under way waits.
gc.freeze()
