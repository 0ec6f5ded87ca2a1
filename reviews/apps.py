from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReviewsConfig(AppConfig):
    name = "reviews"
    verbose_name = _("Reviews")

    def ready(self) -> None:
        from customers.open_matters import register_open_matters
        from customers.panels import register_action, register_panel
        from reviews.panels import open_reviews, reviews_panel, start_action

        register_panel("reviews", reviews_panel, position=10)
        register_action("reviews", start_action, position=10)
        register_open_matters("reviews", open_reviews)
