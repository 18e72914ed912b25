"""Django's registration of this room."""

import gc
from typing import Any

from celery.signals import worker_init
from django.apps import AppConfig


class BotConfig(AppConfig):
    name = "csplatform.bot"

    def ready(self) -> None:
        worker_init.connect(load_models_before_forking)


def load_models_before_forking(sender: Any, **kwargs: Any) -> None:
    """Let the processes of a worker that receives messages share one copy of the language models.

    What is there before they fork never becomes rubbish: the collector need not look through it again and again,
    which was a tenth of the time that receiving a mail takes.
    """
    from csplatform.bot.language import load_models

    if "default" in sender.app.amqp.queues.consume_from:
        load_models()
    gc.collect()
    gc.freeze()
