"""django-allauth, told that nobody signs up by themselves, and that screens hear of a session that ends."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from csplatform.people.models import User
from csplatform.people.services import access_changed


class StaffOnlyAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Accounts are made by an administrator."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def logout(self, request: HttpRequest) -> None:
        """End the session, and what other tabs of it show."""
        user_id = request.user.pk
        super().logout(request)
        if user_id:
            access_changed([user_id])

    def set_password(self, user: User, password: str) -> None:
        """Set a password, which ends all other sessions and what they show."""
        super().set_password(user, password)
        access_changed([user.pk])
