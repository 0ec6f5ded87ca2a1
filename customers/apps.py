from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CustomersConfig(AppConfig):
    name = "customers"
    verbose_name = _("Customers")

    def ready(self) -> None:
        from creditrisk.lists.pages import register_list
        from customers.tables import CUSTOMER_LIST, CustomerTable

        register_list(CUSTOMER_LIST, CustomerTable)
        from customers.contract_panels import deposits_panel, draft_action, override_action
        from customers.panels import register_action, register_panel

        register_panel("deposits", deposits_panel, position=30)
        register_action("contract_draft", draft_action, position=30)
        register_action("contract_override", override_action, position=31)
