"""Django's registration of this room."""

from typing import Any

from celery.signals import worker_init
from django.apps import AppConfig


class BotConfig(AppConfig):
    name = "csplatform.bot"

    def ready(self) -> None:
        worker_init.connect(load_models_before_forking)


def load_models_before_forking(sender: Any, **kwargs: Any) -> None:
    """Let the processes of a worker that receives messages share one copy of the language models."""
    from csplatform.bot.language import load_models

    if "default" in sender.app.amqp.queues.consume_from:
        load_models()
