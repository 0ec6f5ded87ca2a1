"""Versions of the rule-book in the Django admin: to look at. `publish_policy` makes new ones, nothing changes
old ones."""

from __future__ import annotations

import json

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.read_only_admin import ReadOnlyAdmin
from creditrisk.policy.models import PolicyVersion


@admin.register(PolicyVersion)
class PolicyVersionAdmin(ReadOnlyAdmin):
    """The list of versions, and each as the data that is stored."""

    list_display = ("number", "effective_on", "published_at", "published_by", "note")
    list_select_related = ("published_by",)
    fields = ("number", "effective_on", "published_at", "published_by", "note", "rules")
    readonly_fields = ("rules",)

    @admin.display(description=_("rules"))
    def rules(self, version: PolicyVersion) -> SafeString:
        return format_html("<pre>{}</pre>", json.dumps(version.data, indent=2, ensure_ascii=False))
