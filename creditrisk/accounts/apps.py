from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "creditrisk.accounts"
    label = "accounts"
    verbose_name = _("People and roles")
    default = True


class AdministrationConfig(admin_apps.AdminConfig):
    """The Django admin with our own site (see `admin_site`)."""

    default = False
    default_site = "creditrisk.accounts.admin_site.AdministrationSite"
