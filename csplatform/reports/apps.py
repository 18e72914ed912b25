"""Django's registration of this room."""

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "csplatform.reports"
