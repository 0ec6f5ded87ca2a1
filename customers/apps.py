from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CustomersConfig(AppConfig):
    name = "customers"
    verbose_name = _("Customers")

    def ready(self) -> None:
        from customers.credit_panels import credit_panel
        from customers.panels import register_panel

        register_panel("credit", credit_panel, position=5)
