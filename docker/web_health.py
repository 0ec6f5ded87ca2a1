"""The health check of the web container: exit 0 when the product says that database and broker are well."""

import sys
import urllib.request

with urllib.request.urlopen("http://localhost:8000/health/", timeout=8) as answer:
    sys.exit(answer.status != 200)
