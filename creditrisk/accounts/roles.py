"""The roles of policy P3. One person may hold several; a role may be held by several people."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    GROUP_LEADER = "group_leader", _("Group leader (Marketing VP)")
    DEPUTY_LEADER = "deputy_leader", _("Deputy leader (Market department manager)")
    ACCOUNT_MANAGER = "account_manager", _("Account manager")
    SERVICE_MANAGER = "service_manager", _("Customer service manager")
    DEPARTMENT_MANAGER = "department_manager", _("Department manager")
    LEGAL_AFFAIRS = "legal_affairs", _("Legal affairs")
    GENERAL_MANAGEMENT = "general_management", _("General management department manager")
    PLANNING_FINANCE = "planning_finance", _("Planning & finance department manager")
    GENERAL_MANAGER = "general_manager", _("General manager")
    FINANCE_CLERK = "finance_clerk", _("Finance clerk")
    ADMINISTRATOR = "administrator", _("Administrator")


SEES_ALL_CUSTOMERS = frozenset(
    {
        Role.GROUP_LEADER,
        Role.DEPUTY_LEADER,
        Role.LEGAL_AFFAIRS,
        Role.GENERAL_MANAGEMENT,
        Role.PLANNING_FINANCE,
        Role.GENERAL_MANAGER,
        Role.FINANCE_CLERK,
    }
)
"""The supervising departments, the leaders and finance see every customer (P3.1, P3.3, P3.4)."""
