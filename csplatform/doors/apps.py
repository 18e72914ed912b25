"""Django's registration of this room."""

from django.apps import AppConfig


class DoorsConfig(AppConfig):
    name = "csplatform.doors"
