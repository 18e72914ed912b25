"""The door for mail that is delivered to us: SMTP (RFC 5321) or LMTP (RFC 2033).

A mail is stored for every account it is addressed to before the sender hears 250; where it cannot be stored the
sender hears 451 and keeps it. What is in the mail is nobody's business here: odd bytes, bare line feeds, NULs and
lines of any length are taken as they come.
"""

import asyncio
import ssl
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import structlog
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings
from django.db import DatabaseError, InterfaceError

from channels_email.transports.mailroom import Mail, Mailroom
from channels_email.transports.smtp_server_session import LmtpSession, SmtpSession

log = structlog.get_logger(__name__)

STORED = "250 2.0.0 stored"
NOT_NOW = "451 4.3.0 cannot be stored now, try again later"
NO_MAILBOX = "550 5.1.1 no such mailbox here"
TOO_BIG = "552 5.3.4 the mail is too big"
CROWDED = "421 4.3.2 too many connections, try again later"
# Seconds that open sessions have to finish when the server stops.
GRACE = 10
# Sessions that may be open at once; whoever comes later is asked to come again.
MOST_SESSIONS = 200
# Seconds a client may stay silent, or take for one mail (RFC 5321 4.5.3.2.7), and seconds for a whole session.
PATIENCE = 300
LONGEST_SESSION = 3600


class Door:
    """What happens to the commands of a session; names and signatures are aiosmtpd's."""

    def __init__(self, mailroom: Mailroom, *, lmtp: bool) -> None:
        self._mailroom = mailroom
        self._lmtp = lmtp

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a recipient that has an active account."""
        known = await self._account(readable(address))
        if isinstance(known, str):
            return known
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 ok"

    async def _account(self, recipient: str) -> int | str:
        """Return the id of the recipient's account, or the answer that turns the mail away."""
        try:
            account = await self._mailroom.account_for(recipient)
        except (DatabaseError, InterfaceError) as error:
            log.warning("mail_turned_away", reason=str(error))
            return NOT_NOW
        return account if account is not None else NO_MAILBOX

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Store the mail; LMTP wants an answer for each recipient, who may fail alone (RFC 2033 4.2)."""
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        if len(content) > settings.MAX_MAIL_BYTES:
            return "\r\n".join([TOO_BIG] * len(envelope.rcpt_tos)) if self._lmtp else TOO_BIG
        sender = readable(envelope.mail_from or "").strip("<>")  # the null sender of a bounce comes as “<>”
        found = [(recipient, await self._account(recipient)) for recipient in map(readable, envelope.rcpt_tos)]
        accounts: dict[int, str] = {}  # several recipients that are one account get one delivery
        for recipient, account in found:
            if isinstance(account, int):
                accounts.setdefault(account, recipient)
        if self._lmtp:
            kept = {pk: await self._keep(Mail(sender, {pk: to}, content, "LMTP")) for pk, to in accounts.items()}
            return "\r\n".join(account if isinstance(account, str) else kept[account] for _, account in found)
        if any(account == NOT_NOW for _, account in found):
            return NOT_NOW  # one answer for all: who has some of them stored now would not send it again
        return await self._keep(Mail(sender, accounts, content, "SMTP")) if accounts else NO_MAILBOX

    async def _keep(self, mail: Mail) -> str:
        try:
            stored = await self._mailroom.keep(mail)
        except (DatabaseError, InterfaceError) as error:
            log.warning("mail_turned_away", reason=str(error))
            return NOT_NOW
        return STORED if stored else NO_MAILBOX

    async def handle_exception(self, error: Exception) -> str:
        """Whatever else goes wrong, the sender keeps the mail."""
        log.error("mail_session_failed", exc_info=error)
        return NOT_NOW


def readable(address: str) -> str:
    """Return an address of the envelope as text that can be stored; aiosmtpd smuggles odd bytes in as surrogates."""
    return address.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


class _TurnedAway(asyncio.Protocol):
    """What a client meets where there is no room for it."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        transport.write(CROWDED.encode() + b"\r\n")
        transport.close()


@dataclass(frozen=True, slots=True)
class Limits:
    """How many sessions at once, seconds of silence or for one mail, and seconds for a session."""

    sessions: int = MOST_SESSIONS
    patience: float = PATIENCE
    session_seconds: float = LONGEST_SESSION


class MailServer:
    """A listening server. `start` and `stop` belong to one event loop.

    With `tls` it offers STARTTLS; with `tls_required` it takes nothing before it.
    """

    def __init__(
        self,
        *,
        lmtp: bool = False,
        hostname: str = "localhost",
        tls: ssl.SSLContext | None = None,
        tls_required: bool = False,
        limits: Limits = Limits(),
    ) -> None:
        self._lmtp = lmtp
        self._hostname = hostname
        self._tls = tls
        self._tls_required = tls_required
        self._limits = limits
        self._mailroom = Mailroom()
        self._server: asyncio.Server | None = None
        self._closer: asyncio.Task[None] | None = None
        # Each session with the moment (the loop's) at which it began.
        self._sessions: WeakKeyDictionary[SMTP, float] = WeakKeyDictionary()

    async def start(self, host: str, port: int) -> int:
        """Listen; port 0 takes a free one. Returns the port. Raises OSError where it is taken."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._session, host, port)
        self._closer = loop.create_task(self._close_overdue())
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Take no more connections, let open sessions finish what they send, then close."""
        if self._server is not None:
            self._server.close()
        if self._closer is not None:
            self._closer.cancel()
        deadline = asyncio.get_running_loop().time() + GRACE
        while self._busy() and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.02)
        for session in self._open():
            session.transport.close()
        await asyncio.to_thread(self._mailroom.close)

    async def _close_overdue(self) -> None:
        """Hang up on sessions that take too long; a client that speaks now and then would stay for ever."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(min(self._limits.session_seconds, 10) / 2)
            for session in self._open():
                if loop.time() - self._sessions[session] > self._limits.session_seconds:
                    session.transport.close()

    def _session(self) -> asyncio.BaseProtocol:
        if len(self._open()) >= self._limits.sessions:
            return _TurnedAway()
        kind = LmtpSession if self._lmtp else SmtpSession
        door = Door(self._mailroom, lmtp=self._lmtp)
        session = kind(
            door,
            hostname=self._hostname,
            ident="csplatform",
            data_size_limit=settings.MAX_MAIL_BYTES,
            enable_SMTPUTF8=True,
            tls_context=self._tls,
            require_starttls=self._tls_required,
            timeout=self._limits.patience,
            loop=asyncio.get_running_loop(),
        )
        self._sessions[session] = asyncio.get_running_loop().time()
        protocol: asyncio.BaseProtocol = session
        return protocol

    def _open(self) -> list[SMTP]:
        return [session for session in self._sessions if session.transport is not None]

    def _busy(self) -> bool:
        """Tell whether a mail is under way: a session has recipients, and no answer for them yet."""
        return any(session.envelope is not None and session.envelope.rcpt_tos for session in self._open())
