"""Every address of the product. Log-in is required everywhere by middleware; what is open says so itself."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("creditrisk.home.urls")),
    path("account/", include("allauth.urls")),
    path("me/", include("creditrisk.accounts.urls")),
    path("calendar/", include("creditrisk.business_days.urls")),
    path("exchange-rates/", include("creditrisk.exchange_rates.urls")),
    path("absences/", include("creditrisk.absences.urls")),
    path("policy/", include("creditrisk.policy.urls")),
    path("lists/", include("creditrisk.lists.urls")),
    path("jobs/", include("creditrisk.jobs.urls")),
    path("messages/", include("creditrisk.notifications.urls")),
    path("customers/", include("customers.urls")),
    path("contracts/", include("customers.contract_urls")),
    path("portfolio/", include("customers.portfolio_urls")),
    path("receivables/", include("receivables.urls")),
    path("reviews/", include("reviews.urls")),
    path("supervision/", include("supervision.urls")),
    path("admin/", admin.site.urls),
]
