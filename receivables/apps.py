from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReceivablesConfig(AppConfig):
    name = "receivables"
    verbose_name = _("Receivables")

    def ready(self) -> None:
        from customers.panels import register_panel
        from receivables.panels import letters_panel, receivables_panel

        register_panel("receivables", receivables_panel, position=20)
        register_panel("letters", letters_panel, position=30)
