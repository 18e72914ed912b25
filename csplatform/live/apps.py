"""Django's registration of this room."""

from django.apps import AppConfig


class LiveConfig(AppConfig):
    name = "csplatform.live"
