from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReceivablesConfig(AppConfig):
    name = "receivables"
    verbose_name = _("Receivables")

    def ready(self) -> None:
        from customers.credit_facts import register_receivables
        from customers.open_matters import register_open_matters
        from customers.panels import register_panel
        from receivables.panels import letters_panel, open_balances, receivables_panel
        from receivables.selectors.credit import open_receivables

        register_receivables(open_receivables)
        register_open_matters("receivables", open_balances)
        register_panel("receivables", receivables_panel, position=20)
        register_panel("letters", letters_panel, position=30)
