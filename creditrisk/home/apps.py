from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HomeConfig(AppConfig):
    name = "creditrisk.home"
    label = "home"
    verbose_name = _("Home")

    def ready(self) -> None:
        from creditrisk.home.demo.grade_words import demo_words
        from customers.grade_words import register_wording

        register_wording("demo", demo_words)
