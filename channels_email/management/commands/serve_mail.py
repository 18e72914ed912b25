"""Takes mail by SMTP or LMTP until it is told to stop."""

import asyncio
import signal
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from channels_email.transports.smtp_server import MailServer


class Command(BaseCommand):
    help = "Take mail for the active e-mail accounts by SMTP, or by LMTP from a mail server in front."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
        parser.add_argument("--port", type=int, default=2525, help="port to listen on; 0 takes a free one")
        parser.add_argument("--lmtp", action="store_true", help="speak LMTP instead of SMTP")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            asyncio.run(self._serve(options["host"], options["port"], lmtp=options["lmtp"]))
        except OSError as error:
            raise CommandError(f"cannot listen on {options['host']} port {options['port']}: {error}") from error

    async def _serve(self, host: str, port: int, *, lmtp: bool) -> None:
        stopping = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stopping.set)
        server = MailServer(lmtp=lmtp)
        taken = await server.start(host, port)
        self.stdout.write(f"ready: {'LMTP' if lmtp else 'SMTP'} on {host} port {taken}")
        self.stdout.flush()
        await stopping.wait()
        await server.stop()
