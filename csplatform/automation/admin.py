"""Screening rules."""

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from csplatform.automation.models import Action, ScreeningRule
from csplatform.automation.selectors import forget_rules
from csplatform.common.admin import Admin, badge

ACTION_COLOURS = {Action.SPAM: "danger", Action.ALLOW: "success"}


@admin.register(ScreeningRule)
class ScreeningRuleAdmin(Admin):
    list_display = ("name", "order", "field", "operator", "value", "action_badge", "is_active", "hits", "last_hit_at")
    list_filter = ("action", "field", "is_active", "account")
    list_select_related = ("account",)
    search_fields = ("name", "value")
    readonly_fields = ("hits", "last_hit_at")
    fieldsets = (
        (None, {"fields": ("name", "is_active", "order", "account")}),
        (
            _("Condition"),
            {
                "fields": ("field", "operator", "value"),
                "description": _("A domain is meant with every domain below it. A pattern may fit anywhere."),
            },
        ),
        (_("Action"), {"fields": ("action",)}),
        (_("History"), {"fields": ("hits", "last_hit_at")}),
    )

    def save_model(self, request: HttpRequest, obj: ScreeningRule, form: Any, change: bool) -> None:
        """Save the rule; this process applies it at once, the others within seconds."""
        super().save_model(request, obj, form, change)
        transaction.on_commit(forget_rules)

    @badge(ACTION_COLOURS, description=_("action"), ordering="action")
    def action_badge(self, rule: ScreeningRule) -> tuple[str, str]:
        return rule.action, rule.get_action_display()
