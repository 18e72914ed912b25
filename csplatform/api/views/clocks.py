"""What is owed in a conversation until when, and why."""

from typing import Any

from django.db.models import QuerySet
from django.utils import translation
from rest_framework import mixins
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from csplatform.api import serializers
from csplatform.api.pagination import NewestFirst
from csplatform.api.views.base import ApiViewSet
from csplatform.conversations.selectors import visible_conversations
from csplatform.sla.models import Clock
from csplatform.sla.selectors import clocks_of


class ClockViewSet(mixins.ListModelMixin, ApiViewSet):
    """The clocks of one conversation, the newest first, each with the steps that led to its deadline."""

    queryset = Clock.objects.all()
    serializer_class = serializers.ClockSerializer
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Clock]:
        if getattr(self, "swagger_fake_view", False):
            return Clock.objects.none()
        seen = visible_conversations(self.person)
        conversation = get_object_or_404(seen, pk=self.kwargs["conversation_id"])
        return clocks_of(conversation).select_related("terms")

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        # Whoever calls with a token is known only now: no middleware has seen their language.
        language = self.person.language or translation.get_language()
        with translation.override(language):
            response = super().list(request, *args, **kwargs)
        response["Content-Language"] = language
        return response
