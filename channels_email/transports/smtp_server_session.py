"""aiosmtpd's sessions, with the limits of real mail, and quick where a mail has many lines."""

import asyncio
import re

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, syntax
from django.conf import settings

_END = b".\r\n"
_PLAIN_ADDRESS = re.compile(r"<([A-Za-z0-9_+=./-]+@[A-Za-z0-9.-]+)>\s*(.*)", re.DOTALL)
TOO_MUCH = "552 Error: Too much mail data"


class SmtpSession(SMTP):  # type: ignore[misc]  # aiosmtpd is untyped
    """A session with a client that speaks SMTP. Names and signatures are aiosmtpd's."""

    @property
    def line_length_limit(self) -> int:
        """RFC 5321 has a limit for a line, which real mail does not keep: some put a whole file on one."""
        return int(settings.MAX_MAIL_BYTES)

    @syntax("DATA")  # type: ignore[untyped-decorator]
    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802
        """Take a mail in large pieces: aiosmtpd goes line by line, which takes longer than all the rest."""
        if await self.check_helo_needed() or await self.check_auth_needed("DATA"):
            return
        if not self.envelope.rcpt_tos:
            await self.push("503 Error: need RCPT command")
            return
        if arg:
            await self.push("501 Syntax: DATA")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        content = await self._read_content()
        if content is None:
            self._set_post_data_state()
            await self.push(TOO_MUCH)
            return
        self.envelope.content = self.envelope.original_content = content
        answer = await self._call_handler_hook("DATA")
        self._set_post_data_state()
        await self.push(answer)

    async def _read_content(self) -> bytes | None:
        """Return what comes before the dot, with the sender's added dots removed; None where it is too much."""
        content = bytearray()
        fits = True
        while True:
            try:
                piece = await self._reader.readuntil(_END)
            except asyncio.LimitOverrunError as error:
                piece = await self._reader.read(error.consumed)
            except asyncio.CancelledError:
                self._writer.close()  # the client has hung up
                raise
            content += piece
            if content == _END or content.endswith(b"\r\n" + _END):
                break
            if len(content) > self.data_size_limit:
                fits = False
                del content[: -len(_END) - 2]  # enough to see the end by
        del content[-len(_END) :]
        return undotted(bytes(content)) if fits and len(content) <= self.data_size_limit else None

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        """Read a plain address at once; aiosmtpd's parser, which knows all of them, takes twenty times as long."""
        plain = _PLAIN_ADDRESS.fullmatch(arg or "")
        if plain is None or len(plain[1].rpartition("@")[0]) > 64:
            found: tuple[str | None, str | None] = super()._getaddr(arg)
            return found
        return plain[1], plain[2]


def undotted(content: bytes) -> bytes:
    """Return `content` without the dot that the sender put before each line that begins with one (RFC 5321 4.5.2)."""
    content = content.replace(b"\r\n.", b"\r\n")
    return content[1:] if content.startswith(b".") else content


class LmtpSession(SmtpSession, LMTP):  # type: ignore[misc]
    """A session with a mail server in front."""
