"""Compile the translations."""

from typing import Any

from django.core.management.base import BaseCommand

from csplatform.common import catalogues


class Command(BaseCommand):
    help = "Compile the catalogues that changed since they were last compiled."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        compiled = catalogues.compile_stale()
        if compiled:
            self.stdout.write(f"compiled {', '.join(compiled)}")
