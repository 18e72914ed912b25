"""Django's registration of this room."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "csplatform.desk"
