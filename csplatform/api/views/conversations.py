"""Conversations, their messages, and what can be done with them."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from csplatform.api import serializers
from csplatform.api.filters import ConversationFilter, MessageFilter
from csplatform.api.pagination import InOrder, NewestOrNearest
from csplatform.api.views.base import ApiViewSet
from csplatform.common.errors import NotAllowed
from csplatform.conversations.models import Conversation, Message, MessageKind
from csplatform.conversations.selectors import messages_since, visible_conversations
from csplatform.flows import assign as assigning
from csplatform.flows import details, holding, pausing
from csplatform.flows import status as standing
from csplatform.flows.fields import set_conversation_field
from csplatform.flows.merge_conversations import merge_conversations
from csplatform.flows.recipients import Recipients
from csplatform.flows.reply import forward, note, reply
from csplatform.flows.split import split

PROBLEM = serializers.ProblemSerializer


class ConversationViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ApiViewSet):
    """The conversations that the caller may see; all others answer 404."""

    queryset = Conversation.objects.all()
    serializer_class = serializers.ConversationSerializer
    filterset_class = ConversationFilter
    pagination_class = NewestOrNearest
    lookup_value_regex = r"\d+"

    def get_queryset(self) -> QuerySet[Conversation]:
        if getattr(self, "swagger_fake_view", False):
            return Conversation.objects.none()
        seen = visible_conversations(self.person)
        shown = seen.select_related("contact", "account", "assignee", "team").prefetch_related("tags")
        return shown.defer("account__credentials")

    def _shown(self, pk: str) -> Response:
        return Response(self.get_serializer(get_object_or_404(self.get_queryset(), pk=pk)).data)

    def _taken(self, kind: type[BaseSerializer[Any]]) -> dict[str, Any]:
        """Return what was sent, checked, after making sure that the caller may see the conversation."""
        self.get_object()
        given = kind(data=self.request.data)
        given.is_valid(raise_exception=True)
        taken: dict[str, Any] = given.validated_data
        return taken

    @extend_schema(
        request=serializers.AssignSerializer, responses={200: serializers.ConversationSerializer, 400: PROBLEM}
    )
    @action(detail=True, methods=["post"])
    def assign(self, request: Request, pk: str) -> Response:
        """Give the conversation to an agent, back to its queue, or over to another team."""
        taken = self._taken(serializers.AssignSerializer)
        if "team" in taken:
            assigning.hand_over(int(pk), to=taken["team"], by=self.actor)
        else:
            assigning.assign(int(pk), to=taken["assignee"], by=self.actor)
        return self._after(pk)

    @extend_schema(request=None, responses=serializers.ConversationSerializer)
    @action(detail=True, methods=["post"])
    def resolve(self, request: Request, pk: str) -> Response:
        """Close the conversation as done."""
        self.get_object()
        standing.resolve(int(pk), by=self.actor)
        return self._shown(pk)

    @extend_schema(request=None, responses=serializers.ConversationSerializer)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: str) -> Response:
        """Open the conversation again, whatever it was."""
        self.get_object()
        standing.reopen(int(pk), by=self.actor)
        return self._shown(pk)

    @extend_schema(
        request=serializers.SnoozeSerializer, responses={200: serializers.ConversationSerializer, 400: PROBLEM}
    )
    @action(detail=True, methods=["post"])
    def snooze(self, request: Request, pk: str) -> Response:
        """Hide the conversation until a moment, or until the customer writes."""
        standing.snooze(int(pk), until=self._taken(serializers.SnoozeSerializer)["until"], by=self.actor)
        return self._shown(pk)

    @extend_schema(
        request=serializers.FieldsSerializer, responses={200: serializers.ConversationSerializer, 400: PROBLEM}
    )
    @action(detail=True, methods=["post"], url_path="fields")
    def fill_in(self, request: Request, pk: str) -> Response:
        """Fill in custom fields, or empty them, all or none."""
        taken = self._taken(serializers.FieldsSerializer)
        with transaction.atomic():
            for key, value in taken["values"].items():
                set_conversation_field(int(pk), key, value, by=self.actor)
        return self._shown(pk)

    @extend_schema(
        request=serializers.MergeConversationSerializer,
        responses={200: serializers.ConversationSerializer, 400: PROBLEM},
    )
    @action(detail=True, methods=["post"])
    def merge(self, request: Request, pk: str) -> Response:
        """Put another conversation, which the caller may see too, into this one."""
        taken = self._taken(serializers.MergeConversationSerializer)
        other = get_object_or_404(self.get_queryset(), pk=taken["other"].pk)
        meant = taken["of_two_contacts"]
        merge_conversations(keep=int(pk), other=other.pk, by=self.actor, of_two_contacts=meant)
        return self._shown(pk)

    @extend_schema(
        request=serializers.PrioritySerializer, responses={200: serializers.ConversationSerializer, 400: PROBLEM}
    )
    @action(detail=True, methods=["post"])
    def priority(self, request: Request, pk: str) -> Response:
        """Set the priority."""
        details.set_priority(int(pk), self._taken(serializers.PrioritySerializer)["priority"], self.actor)
        return self._shown(pk)

    @extend_schema(
        request=serializers.TagsSerializer, responses={200: serializers.ConversationSerializer, 400: PROBLEM}
    )
    @action(detail=True, methods=["post"])
    def tags(self, request: Request, pk: str) -> Response:
        """Put tags on and take tags off, all or none."""
        taken = self._taken(serializers.TagsSerializer)
        with transaction.atomic():
            for name in taken.get("add", []):
                details.add_tag(int(pk), name, self.actor)
            for name in taken.get("remove", []):
                details.remove_tag(int(pk), name, self.actor)
        return self._shown(pk)

    @extend_schema(
        request=None, responses={200: serializers.ConversationSerializer, 204: None, 400: PROBLEM, 403: PROBLEM}
    )
    @action(detail=True, methods=["post"], url_path="let-in")
    def let_in(self, request: Request, pk: str) -> Response:
        """Move held mail into the conversation it quotes, and return that. Only whoever sees both may do so."""
        quoted = self.get_object().held_for_id
        if quoted is not None and not self.get_queryset().filter(pk=quoted).exists():
            raise NotAllowed(_("The conversation that it quotes is not open to you."))
        return self._after(str(holding.let_in(int(pk), by=self.actor).pk))

    @extend_schema(request=None, responses={200: serializers.ConversationSerializer, 400: PROBLEM})
    @action(detail=True, methods=["post"], url_path="keep-apart")
    def keep_apart(self, request: Request, pk: str) -> Response:
        """Let held mail be a conversation like any other."""
        self.get_object()
        holding.keep_apart(int(pk), by=self.actor)
        return self._shown(pk)

    @extend_schema(request=None, responses=serializers.ConversationSerializer)
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: str) -> Response:
        """Send to the contact's address again, which had been found dead."""
        self.get_object()
        pausing.resume_address(int(pk), by=self.actor)
        return self._shown(pk)

    def _after(self, pk: str) -> Response:
        """Show the conversation, or answer 204 where the caller has just given it out of their sight."""
        left = self.get_queryset().filter(pk=pk).first()
        return Response(self.get_serializer(left).data) if left else Response(status=status.HTTP_204_NO_CONTENT)


def _recipients(taken: dict[str, Any]) -> Recipients | None:
    """Return whom the caller names; None where they name nobody."""
    named = {name: tuple(taken.get(name, ())) for name in ("to", "cc", "bcc")}
    return Recipients(**named) if any(named.values()) else None


class MessageViewSet(mixins.ListModelMixin, ApiViewSet):
    """The messages of one conversation, in order."""

    queryset = Message.objects.all()
    serializer_class = serializers.MessageSerializer
    filterset_class = MessageFilter
    pagination_class = InOrder

    def get_queryset(self) -> QuerySet[Message]:
        if getattr(self, "swagger_fake_view", False):
            return Message.objects.none()
        return messages_since(self._conversation(), 0)

    @extend_schema(
        request=serializers.NewMessageSerializer,
        responses={201: serializers.MessageSerializer, 200: serializers.MessageSerializer, 400: PROBLEM, 409: PROBLEM},
    )
    def create(self, request: Request, conversation_id: str) -> Response:
        """Write a reply or a note: 201 where it is new, 200 where this `key` was used before."""
        conversation = self._conversation()
        given = serializers.NewMessageSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        taken = given.validated_data
        known = Message.objects.filter(key=taken["key"]).exists()
        said = {"by": self.person, "text": taken["text"], "key": taken["key"], "files": taken.get("files", [])}
        if taken["kind"] == MessageKind.REPLY:
            mail = {"subject": taken.get("subject", ""), "quote": taken.get("quote", False)}
            message = reply(conversation.pk, recipients=_recipients(taken), **mail, **said)
        else:
            message = note(conversation.pk, **said)
        return Response(self.get_serializer(message).data, status=200 if known else 201)

    @extend_schema(
        request=serializers.ForwardSerializer,
        responses={201: serializers.MessageSerializer, 200: serializers.MessageSerializer, 400: PROBLEM, 409: PROBLEM},
    )
    def forward(self, request: Request, conversation_id: str, pk: str) -> Response:
        """Send a message on to somebody else: 201 where that is new, 200 where this `key` was used before."""
        conversation = self._conversation()
        given = serializers.ForwardSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        taken = given.validated_data
        known = Message.objects.filter(key=taken["key"]).exists()
        said = {"by": self.person, "text": taken["text"], "key": taken["key"]}
        to = _recipients(taken) or Recipients(to=())
        message = forward(conversation.pk, int(pk), recipients=to, **said)
        return Response(self.get_serializer(message).data, status=200 if known else 201)

    @extend_schema(request=None, responses={201: serializers.ConversationSerializer, 400: PROBLEM})
    def split(self, request: Request, conversation_id: str, pk: str) -> Response:
        """Make a new conversation of a customer's message and all that follows it, and return that."""
        new = split(self._conversation().pk, int(pk), by=self.actor)
        shown = serializers.ConversationSerializer(new, context=self.get_serializer_context())
        return Response(shown.data, status=status.HTTP_201_CREATED)

    def _conversation(self) -> Conversation:
        return get_object_or_404(visible_conversations(self.person), pk=self.kwargs["conversation_id"])
