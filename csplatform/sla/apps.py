"""Django's registration of this room."""

from django.apps import AppConfig


class SlaConfig(AppConfig):
    name = "csplatform.sla"
