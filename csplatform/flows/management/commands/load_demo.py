"""Fill an empty platform with a small company to try."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from csplatform.flows.demo import load


class Command(BaseCommand):
    help = "Load the demo once, and print its logins. Their password is known to everybody: not for production."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--force", action="store_true", help="load it in production all the same")
        parser.add_argument(
            "--smtp-port", type=int, help="what the demo's mailbox sends goes to this port of this machine"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG and not options["force"]:
            raise CommandError(
                "The demo's password is known to everybody; --force loads it in production all the same."
            )
        if not load.is_loaded():
            load.load()
        if options["smtp_port"]:
            load.send_mail_to(options["smtp_port"])
        self.stdout.write(load.logins())
