"""Hears Discord's news by its Gateway until it is told to stop."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from channels_social.discord.watching import Watch


class Command(BaseCommand):
    help = "Hold a connection to Discord's Gateway for each active Discord account; where several run, one has each."

    def handle(self, *args: Any, **options: Any) -> None:
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        self.stdout.write("ready: listening to Discord")
        self.stdout.flush()
        Watch().run(stopping)
