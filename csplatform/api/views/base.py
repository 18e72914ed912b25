"""What every view of the API has."""

from collections.abc import Callable
from typing import Any

from rest_framework.viewsets import GenericViewSet

from csplatform.api.errors import answer_error
from csplatform.conversations.actors import Actor
from csplatform.people.models import User


class ApiViewSet(GenericViewSet[Any]):
    """Answers refusals in the one form, and knows who asks."""

    def get_exception_handler(self) -> Callable[..., Any]:
        return answer_error

    @property
    def person(self) -> User:
        """Whoever calls; REST framework has turned everybody else away."""
        assert isinstance(self.request.user, User)
        return self.request.user

    @property
    def actor(self) -> Actor:
        return Actor.agent(self.person)
