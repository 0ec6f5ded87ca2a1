"""Addresses of the receivables pages: uploads, the aging report, letters."""

from receivables.urls.aging import aging_urls
from receivables.urls.classified import classified_urls
from receivables.urls.collections import collection_urls
from receivables.urls.damages import damages_urls
from receivables.urls.effectiveness import effectiveness_urls
from receivables.urls.letters import letter_urls
from receivables.urls.statements import statement_urls
from receivables.urls.uploads import upload_urls

app_name = "receivables"
urlpatterns = [
    *upload_urls,
    *aging_urls,
    *classified_urls,
    *letter_urls,
    *statement_urls,
    *collection_urls,
    *damages_urls,
    *effectiveness_urls,
]
