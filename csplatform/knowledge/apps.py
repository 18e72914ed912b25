"""Django's registration of this room."""

from django.apps import AppConfig


class KnowledgeConfig(AppConfig):
    name = "csplatform.knowledge"
