"""Connections to SMTP servers: made, encrypted and logged in as the account says, and kept open for the next mail.

Each process keeps its own, one for each mail that was under way at the same time; a thread has the one it was lent
to itself. They rest for at most IDLE seconds. A child of a fork closes its copies without a word to the server.
"""

import atexit
import os
import smtplib
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from channels_email import oauth
from channels_email.compose import ascii_address
from channels_email.transports.smtp_refusals import refusal
from csplatform.gateway.contract import AccountConfig
from csplatform.gateway.errors import SendFailed, SendUnavailable

# Seconds for one answer of the server. RFC 5321 4.5.3.2 allows minutes; a worker has other mail to send.
TIMEOUT = 30
# Seconds a connection may rest. Servers hang up on their own after some minutes.
IDLE = 60
# Mails for one connection: servers set limits too, and spread their load by new connections.
MOST_MAILS = 100
_PORTS = {"none": 25, "starttls": 587, "ssl": 465}
_Key = tuple[object, ...]


class Session:
    """One connection. `begin` opens a mail; whatever smtplib raises afterwards is the connection's end."""

    def __init__(self, account: AccountConfig) -> None:
        self._account = account
        self.server = _open(account)
        self.mails = 0
        self.rested_at = 0.0

    def begin(self, sender: str, options: Sequence[str]) -> None:
        """Say MAIL FROM. A connection that died while it rested is replaced by a new one, once."""
        assert self.server.sock is not None
        self.server.sock.settimeout(TIMEOUT)
        try:
            answer = self.server.mail(sender, options)
        except (OSError, smtplib.SMTPServerDisconnected):
            if not self.mails:
                raise
            answer = (421, b"")
        if answer[0] == 421 and self.mails:
            self.server.close()
            self.server, self.mails = _open(self._account), 0
            answer = self.server.mail(sender, options)
        if answer[0] != 250:
            raise refusal(*answer)

    def finish(self) -> bool:
        """Get ready for the next mail. Returns whether the connection may be kept."""
        self.mails += 1
        self.server.command_encoding = "ascii"
        if self.server.sock is None or self.mails >= MOST_MAILS:
            return False
        self.rested_at = time.monotonic()
        return True

    def reset(self) -> bool:
        """Forget a mail that the server refused. Returns whether the connection is still of use."""
        try:
            return self.server.sock is not None and self.server.rset()[0] == 250
        except (OSError, smtplib.SMTPException):
            return False


class _Rest:
    """The connections that nobody uses at the moment."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._resting: dict[_Key, list[Session]] = {}

    def take(self, key: _Key) -> Session | None:
        """Return a connection that was lent for `key` before, if one rests; those that rested too long are closed."""
        deadline = time.monotonic() - IDLE
        with self._lock:
            for sessions in self._resting.values():
                for session in [old for old in sessions if old.rested_at < deadline]:
                    sessions.remove(session)
                    session.server.close()
            waiting = self._resting.get(key)
            return waiting.pop() if waiting else None

    def give(self, key: _Key, session: Session) -> None:
        with self._lock:
            self._resting.setdefault(key, []).append(session)

    def __len__(self) -> int:
        return sum(map(len, self._resting.values()))

    def close(self) -> None:
        with self._lock:
            for sessions in self._resting.values():
                for session in sessions:
                    session.server.close()
            self._resting.clear()

    def forget_parents(self) -> None:
        """In the child of a fork: the lock may be held by a thread that is not there any more."""
        self._lock = threading.Lock()
        self.close()


_rest = _Rest()
os.register_at_fork(after_in_child=_rest.forget_parents)
atexit.register(_rest.close)


def close_all() -> None:
    """Close every connection that rests in this process."""
    _rest.close()


def resting() -> int:
    """Return how many connections of this process rest."""
    return len(_rest)


@contextmanager
def lent(account: AccountConfig) -> Iterator[Session]:
    """Yield a session of the account; afterwards it rests, or is closed where it is of no more use.

    Raises SendFailed and SendUnavailable where there can be none, and for whatever smtplib raises inside.
    """
    with _in_plain_words():
        key = _key(account)
        session = _rest.take(key) or Session(account)
        keep = False
        try:
            yield session
            keep = session.finish()
        except SendFailed:
            keep = session.reset() and session.finish()
            raise
        finally:
            if keep:
                _rest.give(key, session)
            else:
                session.server.close()


def _key(account: AccountConfig) -> _Key:
    """Return what must be equal for two mails to share a connection: a changed password opens a new one.

    A token that was renewed does not: who is logged in stays so.
    """
    given = {**account.settings, **account.credentials}
    told = {name: str(value) for name, value in given.items() if name.startswith("smtp_") or name == "oauth_provider"}
    return (account.id, account.address, *sorted(told.items()))


@contextmanager
def _in_plain_words() -> Iterator[None]:
    try:
        yield
    except smtplib.SMTPServerDisconnected as error:
        raise SendUnavailable("the mail server broke the connection") from error
    except smtplib.SMTPResponseException as error:
        raise refusal(error.smtp_code, error.smtp_error) from None
    except smtplib.SMTPNotSupportedError as error:
        raise SendFailed("the mail server does not offer what this account is set to use") from error
    except ssl.SSLCertVerificationError as error:
        raise SendUnavailable(f"the mail server's certificate is not valid: {error.verify_message}") from error
    except UnicodeError as error:
        raise SendFailed("the name of the mail server is not a host name") from error
    except (OSError, smtplib.SMTPException) as error:
        raise SendUnavailable(f"the mail server cannot be reached: {error}") from error


def _open(account: AccountConfig) -> smtplib.SMTP:
    server = _connect(account)
    try:
        _log_in(server, account)
    except BaseException:
        server.close()
        raise
    return server


def _connect(account: AccountConfig) -> smtplib.SMTP:
    host = str(account.settings.get("smtp_host") or "")
    if not host:
        raise SendFailed("this account has no outgoing mail server")
    security = str(account.settings.get("smtp_security") or "starttls")
    if security not in _PORTS:
        raise SendFailed(f"“{security}” is not a kind of connection security")
    port = _port(account.settings.get("smtp_port") or _PORTS[security])
    name = ascii_address(account.address).rpartition("@")[2]
    context = ssl.create_default_context()
    if security == "ssl":
        return smtplib.SMTP_SSL(host, port, local_hostname=name, timeout=TIMEOUT, context=context)
    server = smtplib.SMTP(host, port, local_hostname=name, timeout=TIMEOUT)
    if security == "starttls":
        try:
            code, said = server.ehlo()
            if code != 250:
                raise refusal(code, said)
            server.starttls(context=context)
        except BaseException:
            server.close()
            raise
    return server


def _port(value: object) -> int:
    try:
        return int(str(value))
    except ValueError as error:
        raise SendFailed(f"“{value}” is not a port") from error


def _log_in(server: smtplib.SMTP, account: AccountConfig) -> None:
    server.ehlo_or_helo_if_needed()
    token = oauth.access_token(account)
    if token is not None:
        _log_in_by_token(server, account, token)
        return
    user, password = account.credentials.get("smtp_user"), account.credentials.get("smtp_password")
    if user and password:
        server.login(user, password)


def _log_in_by_token(server: smtplib.SMTP, account: AccountConfig, token: str) -> None:
    """Log in with XOAUTH2; a token that was revoked before its time is replaced once."""
    if "XOAUTH2" not in server.esmtp_features.get("auth", "").upper().split():
        raise smtplib.SMTPNotSupportedError("XOAUTH2")
    try:
        _say_token(server, account, token)
    except smtplib.SMTPAuthenticationError:
        _say_token(server, account, oauth.access_token(account, rejected=token) or "")


def _say_token(server: smtplib.SMTP, account: AccountConfig, token: str) -> None:
    """Say the token at once; whoever refuses it gives the reason first, and wants an empty answer to that."""
    answers = iter([oauth.xoauth2(oauth.user(account, "smtp"), token)])
    server.auth("XOAUTH2", lambda _challenge=None: next(answers, ""))
