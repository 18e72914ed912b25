"""Takes mail by SMTP or LMTP until it is told to stop."""

import asyncio
import signal
import ssl
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from channels_email.transports.smtp_server import MOST_SESSIONS, Limits, MailServer


class Command(BaseCommand):
    help = "Take mail for the active e-mail accounts by SMTP, or by LMTP from a mail server in front."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
        parser.add_argument("--port", type=int, default=2525, help="port to listen on; 0 takes a free one")
        parser.add_argument("--lmtp", action="store_true", help="speak LMTP instead of SMTP")
        parser.add_argument("--tls-cert", default=settings.MAIL_TLS_CERT, help="certificate chain (PEM) for STARTTLS")
        parser.add_argument("--tls-key", default=settings.MAIL_TLS_KEY, help="the certificate's key (PEM)")
        parser.add_argument("--require-tls", action="store_true", help="take nothing before STARTTLS")
        parser.add_argument("--connections", type=int, default=MOST_SESSIONS, help="sessions at once")

    def handle(self, *args: Any, **options: Any) -> None:
        tls = self._tls(options)
        limits = Limits(sessions=options["connections"])
        server = MailServer(lmtp=options["lmtp"], tls=tls, tls_required=options["require_tls"], limits=limits)
        try:
            asyncio.run(self._serve(server, options, tls))
        except OSError as error:
            raise CommandError(f"cannot listen on {options['host']} port {options['port']}: {error}") from error

    def _tls(self, options: dict[str, Any]) -> ssl.SSLContext | None:
        """Return what STARTTLS needs, None where no certificate is named."""
        if not options["tls_cert"]:
            if options["require_tls"]:
                raise CommandError("--require-tls needs a certificate: --tls-cert, or MAIL_TLS_CERT in the environment")
            return None
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        try:
            _load(tls, options)
        except OSError as error:
            raise CommandError(f"cannot use the certificate {options['tls_cert']}: {error}") from error
        return tls

    async def _serve(self, server: MailServer, options: dict[str, Any], tls: ssl.SSLContext | None) -> None:
        stopping = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stopping.set)
        if tls is not None:
            loop.add_signal_handler(signal.SIGHUP, self._renew, tls, options)
        taken = await server.start(options["host"], options["port"])
        self.stdout.write(f"ready: {'LMTP' if options['lmtp'] else 'SMTP'} on {options['host']} port {taken}")
        self.stdout.flush()
        await stopping.wait()
        await server.stop()

    def _renew(self, tls: ssl.SSLContext, options: dict[str, Any]) -> None:
        """Use the certificate as it is now for the sessions to come; one that cannot be read changes nothing."""
        try:
            _load(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), options)
            _load(tls, options)
        except OSError as error:
            self.stderr.write(f"cannot use the certificate {options['tls_cert']}: {error}")


def _load(tls: ssl.SSLContext, options: dict[str, Any]) -> None:
    """Raises OSError (of which SSLError is one) where the files are not there or make no sense."""
    tls.load_cert_chain(options["tls_cert"], options["tls_key"] or None)
