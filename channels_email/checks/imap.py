"""Trying to read the mailbox: IMAP (RFC 3501) up to the folder, without touching a mail."""

import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from imapclient import imap_utf7

from channels_email.checks.deadline import Deadline
from channels_email.checks.line import Line, Protocol
from channels_email.checks.login import Login
from channels_email.checks.words import advice, other_service, readable, with_said
from channels_email.transports.imap.session import NAME
from csplatform.gateway.contract import AccountConfig
from csplatform.gateway.steps import Failed, Step

IMAP = Protocol("IMAP", {"ssl": 993, "starttls": 143, "none": 143})
MOST_FOLDERS = 20
_LISTED = re.compile(rb"\((?P<flags>[^)]*)\) (?:\"(?:[^\"\\]|\\.)*\"|NIL) (?P<name>.+)", re.DOTALL)


class ImapTrial:
    """One attempt; `steps` in order, then `close`."""

    def __init__(self, account: AccountConfig, tls: ssl.SSLContext, deadline: Deadline) -> None:
        settings = account.settings
        security = str(settings.get("imap_security") or "ssl")
        self._line = Line(IMAP, str(settings["imap_host"]), settings.get("imap_port"), security, deadline)
        self._login = Login(account, "imap")
        self._folders = _wanted(settings.get("imap_folder"))
        self._tls, self._deadline = tls, deadline
        self._greeting = ""
        self._session: _Session | None = None

    def steps(self) -> list[Step]:
        """Return the steps; encryption comes before or after the greeting, or not at all."""
        greeting: Step = (_("IMAP: the server answers"), self._greet)
        encryption: Step = (_("IMAP: encryption"), self._encrypt)
        orders = {"ssl": [encryption, greeting], "starttls": [greeting, encryption]}
        return [
            (_("IMAP: the server is found"), self._line.resolve),
            (_("IMAP: connection"), self._line.connect),
            *orders.get(self._line.security, [greeting]),
            (_("IMAP: login"), self._log_in),
            (_("IMAP: folder"), self._open_folders),
        ]

    def close(self) -> None:
        """Take leave and hang up."""
        if self._session is not None:
            with suppress(imaplib.IMAP4.error, OSError, Failed):
                self._session.logout()
        self._line.close()

    def _greet(self) -> str:
        self._greeting = self._line.greeting()
        wrong = other_service(self._greeting, "IMAP")
        if wrong:
            raise Failed(wrong)
        if self._greeting.upper().startswith("* BYE"):
            raise Failed(with_said(_("The server turns us away."), self._greeting))
        return ""

    def _encrypt(self) -> str:
        if self._line.security == "ssl":
            return self._line.encrypt(self._tls)
        _ask_for_tls(self._line)
        return self._line.encrypt(self._tls, _up_to_tls)

    def _log_in(self) -> str:
        with self._talking():
            self._session = session = _Session(self._line, self._greeting, self._deadline)
            if "LOGINDISABLED" in session.capabilities:
                raise Failed(_("The server takes no password here. Choose TLS or STARTTLS as security."))
            try:
                self._login.imap(session)
            except imaplib.IMAP4.abort:
                raise
            except imaplib.IMAP4.error as error:
                raise Failed(self._refusal(_words(error))) from None
            if "ID" in session.capabilities:  # as the account itself will say it
                session.xatom("ID", f'("name" "{NAME}")')
        return self._login.words(is_exposed=self._line.is_exposed)

    def _refusal(self, said: str) -> str:
        known = advice(self._line.host, said)
        return with_said(known or _("The server does not accept this user name or this password."), said)

    def _open_folders(self) -> str:
        with self._talking():
            return "\n".join(map(self._open, self._folders))

    def _open(self, folder: str) -> str:
        session = self._session
        assert session is not None
        state, answer = session.select(_quoted(folder), readonly=True)
        if state == "OK":
            count = int(answer[0] or 0)
            mails = ngettext("%(count)d mail", "%(count)d mails", count) % {"count": count}
            return f"{folder}: {mails}"
        said = _words(answer[0])
        known = advice(self._line.host, said)
        if known:
            raise Failed(with_said(known, said))
        there = ", ".join(_names(session)[:MOST_FOLDERS]) or "—"
        words = _("There is no folder “%(folder)s” that can be opened. There are: %(there)s.")
        raise Failed(with_said(words % {"folder": folder, "there": there}, said))

    @contextmanager
    def _talking(self) -> Iterator[None]:
        try:
            yield
        except (imaplib.IMAP4.error, ValueError) as error:
            raise Failed(with_said(_("The server breaks off."), _words(error))) from None
        except TimeoutError:
            raise Failed(_("The server does not answer in time.")) from None
        except OSError as error:
            raise Failed(
                _("The connection broke: %(error)s.") % {"error": error.strerror or type(error).__name__}
            ) from None


class _Session(imaplib.IMAP4):
    """The library's dialogue on a connection that stands already, and whose greeting has been read."""

    def __init__(self, line: Line, greeting: str, deadline: Deadline) -> None:
        assert line.socket is not None
        self._own, self._deadline = line.socket, deadline
        self._answers = line.socket.makefile("rb")
        self._greeting = greeting.encode() + b"\r\n"
        super().__init__()

    def open(self, host: str = "", port: int = 0, timeout: float | None = None) -> None:
        """Nothing is to be opened."""
        self.sock = self._own

    def read(self, size: int) -> bytes:
        return self._answers.read(size)

    def readline(self) -> bytes:
        self._own.settimeout(self._deadline.left(6))
        if self._greeting:
            line, self._greeting = self._greeting, b""
            return line
        return self._answers.readline(100_000)

    def send(self, data: Any) -> None:
        self._own.sendall(data)

    def shutdown(self) -> None:
        """Whoever opened the connection closes it."""
        self._answers.close()


def _ask_for_tls(line: Line) -> None:
    """Bring a greeted connection to where TLS begins. Raises Failed."""
    try:
        line.say(b"tls STARTTLS")
        answer = line.hear()
        while answer.startswith(b"* "):
            answer = line.hear()
    except OSError:
        answer = b""
    if not answer.upper().startswith(b"TLS OK"):
        raise Failed(
            with_said(
                _("The server does not offer STARTTLS on this port. Choose TLS from the start, mostly on port 993."),
                readable(answer),
            )
        )


def _up_to_tls(line: Line) -> None:
    line.hear()
    _ask_for_tls(line)


def _wanted(given: Any) -> list[str]:
    """Return the folders to read: one name, several with commas, or a list of them."""
    names = given if isinstance(given, list) else str(given or "").split(",")
    return [str(name).strip() for name in names if str(name).strip()] or ["INBOX"]


def _quoted(folder: str) -> str:
    name = imap_utf7.encode(folder).decode("ascii").replace("\\", "\\\\").replace('"', '\\"')
    return f'"{name}"'


def _names(session: imaplib.IMAP4) -> list[str]:
    """Return the folders that can be opened."""
    _state, rows = session.list()
    return [name for row in rows if (name := _name(row))]


def _name(row: Any) -> str:
    """Return the folder in one line of a LIST; a literal comes apart from its line."""
    line, literal = row if isinstance(row, tuple) else (row or b"", None)
    found = _LISTED.match(line)
    if found is None or b"\\noselect" in found["flags"].lower():
        return ""
    written = literal if literal is not None else found["name"].strip().strip(b'"').replace(b'\\"', b'"')
    return str(imap_utf7.decode(written.replace(b"\\\\", b"\\")))


def _words(error: Any) -> str:
    given = error.args[0] if isinstance(error, Exception) and error.args else error
    return readable(given if isinstance(given, bytes | str) else str(given))
