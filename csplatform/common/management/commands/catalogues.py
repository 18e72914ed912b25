"""Keep the translations in step with the sources."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from csplatform.common import catalogues


class Command(BaseCommand):
    help = "Bring the catalogues up to the sources, or check that they are complete."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="change nothing; fail where anything is missing")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["check"]:
            self._check()
            return
        for locale in catalogues.languages():
            catalog = catalogues.update(locale)
            empty = sum(1 for message in catalog if message.id and not all(message.string or [""]))
            self.stdout.write(f"{locale}: {len(catalog)} messages, {empty} to translate")

    def _check(self) -> None:
        complaints = [line for locale in catalogues.languages() for line in catalogues.complaints(locale)]
        for line in complaints:
            self.stderr.write(line)
        if complaints:
            raise CommandError(f"{len(complaints)} messages need a translator: run `manage.py catalogues`")
