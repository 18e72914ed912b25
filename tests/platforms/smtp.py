"""A mail server to send to: a real SMTP peer that wants a login and keeps what it took."""

import asyncio
import base64
import json
import socket
from collections.abc import Collection, Sequence
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, Self, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.contract.platform import Taken

USER = "support@shop.example"
PASSWORD = "a long smtp password"


def taken_from(envelope: Envelope) -> Taken:
    """Return what a person would see of the mail."""
    mail = cast(EmailMessage, message_from_bytes(cast(bytes, envelope.content), policy=default))
    body = mail.get_body(("plain",))
    files = tuple(
        (part.get_filename() or "", cast(bytes, part.get_payload(decode=True))) for part in mail.iter_attachments()
    )
    return Taken(
        external_id=str(mail["Message-ID"]).strip("<>"),
        recipient=envelope.rcpt_tos[0],
        text=body.get_content().replace("\r\n", "\n").removesuffix("\n") if body else "",
        files=files,
    )


class _Controller(Controller):
    """aiosmtpd's controller, also where port 0 has it take a free one."""

    def _trigger_server(self) -> None:
        """Open the connection that makes the factory run: with the port it has, not the one it was given."""
        socket.create_connection(self.server.sockets[0].getsockname()[:2], timeout=5).close()


class SmtpStandIn:
    """Used as a context manager. `mails` are the exact bytes; orders count for the next mail only.

    `recipients` are the envelope of each mail, `refusals` the answers to single recipients for as long as they stand
    there, `tokens` what counts for XOAUTH2, `logins` how each connection logged in.
    """

    def __init__(self, *, size_limit: int | None = None, smtputf8: bool = True, exclude: Sequence[str] = ()) -> None:
        self.taken: list[Taken] = []
        self.mails: list[bytes] = []
        self.senders: list[str] = []
        self.recipients: list[list[str]] = []
        self.refusals: dict[str, str] = {}
        self.logins: list[str] = []
        self.answers: dict[str, str] = {}
        self.tokens: Collection[str] = ()
        self._servers: list[SMTP] = []
        self._hang_up_at = ""
        self._running = True
        self._controller = _Controller(
            self,
            hostname="127.0.0.1",
            port=0,
            authenticator=self._authenticate,
            auth_require_tls=False,
            data_size_limit=size_limit,
            enable_SMTPUTF8=smtputf8,
            auth_exclude_mechanism=exclude,
        )

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._controller.server.sockets[0].getsockname()[1])

    def refuse(self) -> None:
        """Refuse the next recipient for good."""
        self.answers["RCPT"] = "550 5.1.1 no such user"

    def be_busy(self) -> float | None:
        """Turn the next mail away for now; SMTP names no time."""
        self.answers["DATA"] = "451 4.7.1 greylisted"
        return None

    def hang_up(self, at: str = "DATA") -> None:
        """Break the connection at the command `at`; at DATA the mail is taken first."""
        self._hang_up_at = at

    def drop_connections(self) -> None:
        """Hang up on everybody, as a server does with who says nothing for a while."""
        loop = self._controller.loop
        asyncio.run_coroutine_threadsafe(self._drop(), loop).result(timeout=5)

    async def _drop(self) -> None:
        for server in self._servers:
            if server.transport is not None:
                server.transport.abort()
        self._servers.clear()
        await asyncio.sleep(0)

    def stop(self) -> None:
        """Be gone."""
        if self._running:
            self._running = False
            self.drop_connections()
            self._controller.stop()

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        good = isinstance(data, LoginPassword) and data == LoginPassword(USER.encode(), PASSWORD.encode())
        if good:
            self.logins.append(mechanism)
        return AuthResult(success=good, handled=False)

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:  # noqa: N802 - aiosmtpd's name
        """Take the token as Google and Microsoft do: in the first line, and with a word about what is wrong."""
        said = base64.b64decode(args[1]) if len(args) == 2 else await server.challenge_auth("")
        if said in [f"user={USER}\x01auth=Bearer {token}\x01\x01".encode() for token in self.tokens]:
            self.logins.append("XOAUTH2")
            return AuthResult(success=True, auth_data=USER)
        answer = await server.challenge_auth(json.dumps({"status": "400", "schemes": "Bearer"}))
        assert answer == b"", "a client answers the error with an empty line"
        return AuthResult(success=False, handled=False)

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Remember the connection."""
        session.host_name = hostname
        self._servers.append(server)
        return responses

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Want a login first."""
        if self._hangs_up(server, "MAIL"):
            return "421 gone"
        if not session.authenticated:
            return "530 5.7.0 authentication required"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self.answers.pop("MAIL", "250 2.1.0 ok")

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take any recipient that is not refused."""
        answer = self.answers.pop("RCPT", self.refusals.get(address, "250 2.1.5 ok"))
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep the mail."""
        answer = self.answers.pop("DATA", "250 2.0.0 taken")
        if answer.startswith("250"):
            self.taken.append(taken_from(envelope))
            self.mails.append(cast(bytes, envelope.original_content))
            self.senders.append(str(envelope.mail_from))
            self.recipients.append(list(envelope.rcpt_tos))
        self._hangs_up(server, "DATA")
        return answer

    def _hangs_up(self, server: SMTP, at: str) -> bool:
        if self._hang_up_at != at:
            return False
        self._hang_up_at = ""
        server.transport.abort()
        return True
