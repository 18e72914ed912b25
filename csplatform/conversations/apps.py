"""Django's registration of this room."""

from django.apps import AppConfig


class ConversationsConfig(AppConfig):
    name = "csplatform.conversations"
