"""`manage.py prepare`: everything between starting the databases and starting the programs."""

import sys
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection
from django.db.migrations.executor import MigrationExecutor


class Command(BaseCommand):
    """Safe to repeat. One process for all steps, since starting Django costs more than most of them.

    Standard output carries only what `load_demo` says (the logins); everything else goes to standard error.
    """

    help = "Migrate, compile the catalogues, then load the demo (development) or collect static files (production)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--demo-smtp-port", type=int, help="where the demo's mailbox sends its mail")

    def handle(self, *args: Any, **options: Any) -> None:
        if _something_to_migrate():
            call_command("migrate", interactive=False, stdout=sys.stderr)
        call_command("compile_catalogues", stdout=sys.stderr)
        if settings.DEBUG:
            call_command("load_demo", smtp_port=options["demo_smtp_port"], stdout=self.stdout)
        else:
            # Static files have hashed names there, and nobody wants a demo's known passwords.
            call_command("collectstatic", interactive=False, stdout=sys.stderr)


def _something_to_migrate() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
