"""The web process; its database pool is on (see settings)."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creditrisk.settings")
os.environ.setdefault("CREDITRISK_WEB", "1")

application = get_wsgi_application()
# What stands now stays for good, and a page makes thousands of objects that die with it: without this the collector
# looks through all of them again and again, and every answer that is under way waits.
gc.freeze()
gc.set_threshold(10_000, 10, 10)
