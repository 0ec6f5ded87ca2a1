from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ExchangeRatesConfig(AppConfig):
    name = "creditrisk.exchange_rates"
    verbose_name = _("Exchange rates")
