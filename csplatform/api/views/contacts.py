"""Customers."""

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from csplatform.api import serializers
from csplatform.api.filters import ContactFilter
from csplatform.api.pagination import NewestFirst
from csplatform.api.views.base import ApiViewSet
from csplatform.contacts.models import Contact, Handle
from csplatform.conversations.selectors import visible_contacts
from csplatform.flows import details
from csplatform.flows.merge import merge_contacts


class ContactViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.UpdateModelMixin, ApiViewSet):
    """The contacts with a conversation that the caller may see. What was merged away is left out of the list."""

    queryset = Contact.objects.all()
    serializer_class = serializers.ContactSerializer
    filterset_class = ContactFilter
    pagination_class = NewestFirst
    http_method_names = ("get", "head", "options", "patch", "post")
    lookup_value_regex = r"\d+"

    def get_queryset(self) -> QuerySet[Contact]:
        if getattr(self, "swagger_fake_view", False):
            return Contact.objects.none()
        contacts = visible_contacts(self.person)
        if self.action == "list":
            contacts = contacts.filter(merged_into__isnull=True)
        handles = Handle.objects.select_related("account").defer("account__credentials")
        return contacts.select_related("organisation").prefetch_related(Prefetch("handles", handles))

    def perform_update(self, serializer: BaseSerializer[Contact]) -> None:
        tier = serializer.instance.tier if serializer.instance else ""
        contact = serializer.save()
        if contact.tier != tier:
            details.tier_changed(contact.pk)

    @extend_schema(
        request=serializers.MergeSerializer,
        responses={200: serializers.ContactSerializer, 400: serializers.ProblemSerializer},
    )
    @action(detail=True, methods=["post"])
    def merge(self, request: Request, pk: str) -> Response:
        """Merge another contact, whom the caller may see too, into this one."""
        kept = self.get_object()
        given = serializers.MergeSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        other = get_object_or_404(visible_contacts(self.person), pk=given.validated_data["other"].pk)
        merge_contacts(keep=kept.pk, other=other.pk, by=self.actor)
        return Response(self.get_serializer(get_object_or_404(self.get_queryset(), pk=pk)).data)
