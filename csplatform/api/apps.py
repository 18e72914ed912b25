"""Django's registration of this room."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "csplatform.api"
