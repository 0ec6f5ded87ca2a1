from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CustomersConfig(AppConfig):
    name = "customers"
    verbose_name = _("Customers")

    def ready(self) -> None:
        from creditrisk.lists.pages import register_list
        from customers.tables import CUSTOMER_LIST, CustomerTable

        register_list(CUSTOMER_LIST, CustomerTable)
