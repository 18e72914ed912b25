"""Tokens for the API. A token acts with exactly the rights of its user."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from rest_framework.authtoken.models import Token, TokenProxy

from csplatform.common.admin import Admin

admin.site.unregister(TokenProxy)


@admin.register(TokenProxy)
class TokenAdmin(Admin):
    list_display = ("user", "ending", "created")
    list_select_related = ("user",)
    search_fields = ("user__email", "user__name")
    search_help_text = _("User")
    autocomplete_fields = ("user",)
    fields = ("user",)
    actions = None

    @admin.display(description=_("token"))
    def ending(self, token: Token) -> str:
        """Show the end only, enough to tell tokens apart."""
        return f"…{token.key[-4:]}"
