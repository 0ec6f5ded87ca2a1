from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReviewsConfig(AppConfig):
    name = "reviews"
    verbose_name = _("Reviews")

    def ready(self) -> None:
        from customers.panels import register_action, register_panel
        from reviews.panels import reviews_panel, start_action

        register_panel("reviews", reviews_panel, position=10)
        register_action("reviews", start_action, position=10)
