"""What we do for customers (Annex 1: service type)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ServiceType(models.TextChoices):
    SALES = "sales", _("Sales")
    LEASING = "leasing", _("Leasing")
    SYSTEM_INTEGRATION = "system_integration", _("System integration")
    SERVICE_OPERATION = "service_operation", _("Service operation")
