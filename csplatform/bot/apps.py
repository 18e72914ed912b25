"""Django's registration of this room."""

from django.apps import AppConfig


class BotConfig(AppConfig):
    name = "csplatform.bot"
