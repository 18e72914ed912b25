"""Hears of new mail by IMAP's IDLE until it is told to stop."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from channels_email.watching import Watch


class Command(BaseCommand):
    help = "Hold a connection in IDLE for each active e-mail account, so that its mail is fetched as soon as it comes."

    def handle(self, *args: Any, **options: Any) -> None:
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        self.stdout.write("ready: watching mailboxes")
        self.stdout.flush()
        Watch().run(stopping)
