from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CustomersConfig(AppConfig):
    name = "customers"
    verbose_name = _("Customers")

    def ready(self) -> None:
        from customers.identity_panels import aliases_panel, merges_panel
        from customers.panels import register_panel

        register_panel("aliases", aliases_panel, position=50)
        register_panel("merges", merges_panel, position=60)
