"""The API's addresses, under /api/v1/."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import SimpleRouter

from csplatform.api.views.clocks import ClockViewSet
from csplatform.api.views.contacts import ContactViewSet
from csplatform.api.views.conversations import ConversationViewSet, MessageViewSet

router = SimpleRouter()
router.register("conversations", ConversationViewSet, basename="api-conversation")
router.register("contacts", ContactViewSet, basename="api-contact")

messages = MessageViewSet.as_view({"get": "list", "post": "create"})

one_message = "conversations/<int:conversation_id>/messages/<int:pk>"

urlpatterns = [
    path("", include(router.urls)),
    path("conversations/<int:conversation_id>/messages/", messages, name="api-message-list"),
    path("conversations/<int:conversation_id>/clocks/", ClockViewSet.as_view({"get": "list"}), name="api-clock-list"),
    path(f"{one_message}/forward/", MessageViewSet.as_view({"post": "forward"}), name="api-message-forward"),
    path(f"{one_message}/split/", MessageViewSet.as_view({"post": "split"}), name="api-message-split"),
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    # The split view keeps its script in a file of its own, as the Content-Security-Policy wants it.
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="api-schema"), name="api-docs"),
]
