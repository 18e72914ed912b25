"""Django's registration of this room."""

from django.apps import AppConfig


class FlowsConfig(AppConfig):
    name = "csplatform.flows"
