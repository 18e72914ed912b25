"""Keep docs/channels.md in step with the channels' abilities."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from csplatform.gateway import registry, table


class Command(BaseCommand):
    help = "Write docs/channels.md from what the installed channels can do, or check that it says so."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="change nothing; fail where the page is not up to date"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        place, wanted = table.path(), table.page(registry.all_channels())
        if options["check"]:
            if not place.exists() or place.read_text() != wanted:
                raise CommandError("docs/channels.md is not up to date: run `manage.py channels_table`")
            return
        place.write_text(wanted)
        self.stdout.write(f"{len(registry.all_channels())} channels")
