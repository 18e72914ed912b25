"""Tokens for the API. A token acts with exactly the rights of its user, and is shown once, when it is made."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.admin.options import get_content_type_for_model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from rest_framework.authtoken.models import Token, TokenProxy
from unfold.views import ChangeList

from csplatform.common.admin import Admin
from csplatform.people.models import User

admin.site.unregister(TokenProxy)


class TokenList(ChangeList):  # type: ignore[misc]  # unfold ships no types
    """Links to a token by its user."""

    def url_for_result(self, result: Token) -> str:
        return reverse("admin:authtoken_tokenproxy_change", args=[result.user_id])


@admin.register(TokenProxy)
class TokenAdmin(Admin):
    list_display = ("user", "ending", "created")
    list_select_related = ("user",)
    search_fields = ("user__email", "user__name")
    search_help_text = _("User")
    autocomplete_fields = ("user",)
    fields = ("user",)
    actions = None

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: a token is made and withdrawn."""
        return False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[TokenList]:
        return TokenList

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> TokenProxy | None:
        """Return the token by its user's id: that is what the admin takes for its key, to keep the key out of URLs."""
        if not object_id.isdecimal():
            return None
        return TokenProxy.objects.select_related("user").filter(user_id=int(object_id)).first()

    def save_model(self, request: HttpRequest, obj: Token, form: Any, change: bool) -> None:
        """Make the token, and show it to whoever made it."""
        super().save_model(request, obj, form, change)
        text = gettext("The token is %(key)s. Copy it now: it is not shown again.")
        self.message_user(request, text % {"key": obj.key}, messages.WARNING)

    def log_addition(self, request: HttpRequest, obj: Token, message: Any) -> LogEntry:
        """Write down that a token was made, without the token."""
        assert isinstance(request.user, User)
        return LogEntry.objects.create(
            user=request.user,
            content_type_id=get_content_type_for_model(obj).pk,
            object_id=str(obj.pk),
            object_repr=self.ending(obj),
            action_flag=ADDITION,
            change_message=message,
        )

    @admin.display(description=_("token"))
    def ending(self, token: Token) -> str:
        """Show the end only, enough to tell tokens apart."""
        return f"…{token.key[-4:]}"
