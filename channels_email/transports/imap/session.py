"""One connection to an IMAP server, whose answers come out typed and checked."""

import contextlib
import imaplib
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from time import monotonic
from typing import Any

from imapclient import IMAPClient
from imapclient.exceptions import CapabilityError, IMAPClientError, LoginError
from imapclient.imapclient import SocketTimeout

from channels_email import oauth
from csplatform.gateway.contract import AccountConfig
from csplatform.gateway.errors import SendFailed, SendUnavailable

TIMEOUT = SocketTimeout(connect=10, read=30)  # seconds until there is a connection, and for one answer
PORTS = {"ssl": 993, "starttls": 143, "none": 143}
# A server answers a search on one line, which the library takes for an attack from 1 MB: about 140,000 mails.
imaplib._MAXLINE = 20_000_000  # type: ignore[attr-defined]
# What this program calls itself.
NAME = "csplatform"
# So many mails are asked about in one command.
ASKED_AT_ONCE = 500
_NONSENSE = (ValueError, KeyError, IndexError, TypeError, AttributeError)


@dataclass(frozen=True, slots=True)
class Generation:
    """What a folder is now. Mails that come later have a UID of at least `uidnext`."""

    uidvalidity: int
    uidnext: int


@dataclass(frozen=True, slots=True)
class Head:
    """What the server tells of a mail without handing it out; `arrived_at` is when the server had it."""

    arrived_at: datetime | None
    header: bytes


class NoSuchFolder(SendUnavailable):
    """The account names a folder that is not there, or is no mailbox."""


@contextmanager
def session(account: AccountConfig) -> Iterator["Mailbox"]:
    """Yield a session that is logged in.

    Whatever goes wrong inside becomes SendUnavailable with the reason in plain words, or SendFailed where somebody
    has to sign in again.
    """
    client, context = None, ssl.create_default_context()
    security = str(account.settings.get("imap_security") or "ssl")
    try:
        client = _connect(account, security, context)
        if security == "starttls":
            client.starttls(context)
        _log_in(client, account)
        _introduce(client)
        yield Mailbox(client)
        client.logout()
    except ssl.SSLCertVerificationError as error:
        raise SendUnavailable(f"the IMAP server's certificate is not valid: {error.verify_message}") from error
    except ssl.SSLError as error:
        raise SendUnavailable(f"no encrypted connection to the IMAP server can be made: {error.reason}") from error
    except imaplib.IMAP4.abort as error:
        raise SendUnavailable(f"the connection to the IMAP server broke: {_words(error)}") from error
    except IMAPClientError as error:
        raise SendUnavailable(f"the IMAP server refuses: {_words(error)}") from error
    except OSError as error:
        raise SendUnavailable(f"the IMAP server cannot be reached: {error}") from error
    finally:
        if client is not None:
            with contextlib.suppress(OSError, IMAPClientError):
                client.shutdown()


def _connect(account: AccountConfig, security: str, context: ssl.SSLContext) -> Any:
    settings = account.settings
    if security not in PORTS:
        raise SendUnavailable(f"the account's IMAP settings make no sense: “{security}” is no connection security")
    port = str(settings.get("imap_port") or PORTS[security])
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise SendUnavailable(f"the account's IMAP settings make no sense: “{port}” is no port")
    try:
        return IMAPClient(
            str(settings["imap_host"]), port=int(port), ssl=security == "ssl", ssl_context=context, timeout=TIMEOUT
        )
    except UnicodeError:
        raise SendUnavailable("the account's IMAP settings make no sense: the host's name is no name") from None


def _log_in(client: Any, account: AccountConfig) -> None:
    name = oauth.user(account, "imap")
    token = oauth.access_token(account)
    if token is None:
        _log_in_by_password(client, name, account.credentials.get("imap_password", ""))
        return
    try:
        _log_in_by_token(client, name, token)
    except LoginError:  # it may have been revoked before its time
        renewed = oauth.access_token(account, rejected=token)
        try:
            _log_in_by_token(client, name, renewed or "")
        except LoginError as error:
            raise SendUnavailable(f"the IMAP server does not accept this account's sign-in: {_words(error)}") from None


def _introduce(client: Any) -> None:
    """Say which program this is (RFC 2971): NetEase opens no mailbox to a program that keeps its name to itself."""
    with _making_sense(), contextlib.suppress(CapabilityError):
        client.id_({"name": NAME})


def _log_in_by_password(client: Any, name: str, password: str) -> None:
    with _making_sense():
        if client.has_capability("LOGINDISABLED"):
            raise SendUnavailable("the IMAP server takes no password on a connection that is not encrypted")
        log_in = client.login if name.isascii() and password.isascii() else client.plain_login
        try:
            log_in(name, password)
        except LoginError as error:
            words = _words(error)
            said = "" if password and password in words else f": {words}"
            raise SendUnavailable(
                f"the IMAP server does not accept this account's user name or password{said}"
            ) from None


def _log_in_by_token(client: Any, name: str, token: str) -> None:
    """A server that refuses says why in one more challenge, and wants an empty answer to it."""
    answers = iter([oauth.xoauth2(name, token)])
    with _making_sense():
        client.sasl_login("XOAUTH2", lambda _challenge: next(answers, ""))


@contextmanager
def _making_sense() -> Iterator[None]:
    """Whatever stumbles over an answer of the server, it is the answer that is wrong."""
    try:
        yield
    except SendFailed:
        raise
    except OSError:  # SSL's are ValueErrors too
        raise
    except _NONSENSE as error:
        raise SendUnavailable(f"the IMAP server's answer makes no sense: {type(error).__name__}") from error


class Mailbox:
    """An open session. Methods after `open` are about the folder that it opened. All raise SendUnavailable."""

    def __init__(self, client: Any) -> None:
        self._client = client

    @_making_sense()
    def open(self, folder: str, *, writable: bool = False) -> Generation:
        """Go to a folder, read-only unless `writable`. Raises NoSuchFolder."""
        try:
            state = self._client.select_folder(folder, readonly=not writable)
        except imaplib.IMAP4.abort:
            raise
        except IMAPClientError as error:
            raise NoSuchFolder(f"the IMAP folder “{folder}” cannot be opened: {_words(error)}") from error
        return Generation(int(state[b"UIDVALIDITY"]), self._uidnext(folder, state))

    @_making_sense()
    def _uidnext(self, folder: str, state: Any) -> int:
        """Servers need not tell with the folder (RFC 3501 6.3.1), but they do when asked."""
        told = state.get(b"UIDNEXT")
        return int(told if told is not None else self._client.folder_status(folder, ["UIDNEXT"])[b"UIDNEXT"])

    @_making_sense()
    def uids(self, first: int = 1, last: int | None = None) -> list[int]:
        """Return the UIDs from `first` to `last`, ascending."""
        if last is not None and last < first:
            return []
        # “n:*” always names the last mail too, even where its UID is below n (RFC 3501 6.4.8).
        found = {int(uid) for uid in self._client.search(["UID", f"{first}:{last or '*'}"])}
        return sorted(uid for uid in found if uid >= first and (last is None or uid <= last))

    @_making_sense()
    def older(self, than: date, last: int) -> set[int]:
        """Return the UIDs up to `last` of mails that the server has had since before the day `than`."""
        return {int(uid) for uid in self._client.search(["UID", f"1:{last}", "BEFORE", than])}

    @_making_sense()
    def sizes(self, uids: Sequence[int]) -> dict[int, int]:
        """Return how big the mails are, in bytes; a mail that is gone is left out."""
        return {uid: int(items[b"RFC822.SIZE"]) for uid, items in self._fetch(uids, "RFC822.SIZE") if items}

    @_making_sense()
    def mails(self, uids: Sequence[int]) -> dict[int, bytes]:
        """Return the mails, without marking them as seen; what the server does not hand out is left out."""
        return {uid: items[b"BODY[]"] for uid, items in self._fetch(uids, "BODY.PEEK[]") if items.get(b"BODY[]")}

    @_making_sense()
    def beginning(self, uid: int, length: int) -> bytes:
        """Return the first `length` bytes of a mail; none where the server does not hand it out."""
        for _uid, items in self._fetch([uid], f"BODY.PEEK[]<0.{length}>"):
            return items.get(b"BODY[]<0>") or b""
        return b""

    @_making_sense()
    def header(self, uid: int) -> bytes:
        """Return the header of a mail; nothing where the server does not hand it out."""
        for _uid, items in self._fetch([uid], "BODY.PEEK[HEADER]"):
            return items.get(b"BODY[HEADER]") or b""
        return b""

    @_making_sense()
    def heads(self, uids: Sequence[int]) -> dict[int, Head]:
        """Return what is known of the mails without fetching them."""
        fields = "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID DATE FROM SUBJECT)]"
        answers: dict[int, Head] = {}
        for at in range(0, len(uids), ASKED_AT_ONCE):
            for uid, items in self._fetch(uids[at : at + ASKED_AT_ONCE], "INTERNALDATE", fields):
                header = next((value for key, value in items.items() if key.startswith(b"BODY[HEADER")), b"")
                answers[uid] = Head(_as_utc(items.get(b"INTERNALDATE")), header or b"")
        return answers

    @_making_sense()
    def _fetch(self, uids: Sequence[int], *items: str) -> list[tuple[int, dict[bytes, Any]]]:
        if not uids:
            return []
        return list(self._client.fetch(uids, list(items)).items())

    @_making_sense()
    def move(self, uids: Sequence[int], folder: str) -> None:
        """Move mails to another folder, which is made where it is not there."""
        if not self._client.folder_exists(folder):
            self._client.create_folder(folder)
        if self._client.has_capability("MOVE"):
            self._client.move(uids, folder)
            return
        self._client.copy(uids, folder)
        self.delete(uids)

    @_making_sense()
    def delete(self, uids: Sequence[int]) -> None:
        """Delete mails for good, and no others: what people have marked as deleted is theirs."""
        if not self._client.has_capability("UIDPLUS"):
            raise SendUnavailable("the IMAP server cannot delete single mails (it has no UIDPLUS)")
        self._client.delete_messages(uids, silent=True)
        self._client.uid_expunge(uids)

    @property
    @_making_sense()
    def can_idle(self) -> bool:
        """Whether the server tells of new mail by itself (RFC 2177)."""
        return bool(self._client.has_capability("IDLE"))

    @_making_sense()
    def idle(self) -> None:
        """Ask the server to tell; until `idle_done` only `hears` may be called."""
        self._client.idle()

    @_making_sense()
    def hears(self, seconds: float) -> bool:
        """Wait at most so long; returns whether new mail was announced. Raises SendUnavailable on a broken line."""
        began = monotonic()
        said = self._client.idle_check(timeout=seconds)
        if not said and monotonic() - began < seconds / 2:
            # Awake without a word: the line may be gone, which only another command finds out.
            said = self._client.idle_done()[1]
            self._client.idle()
        return _announces(said)

    @_making_sense()
    def idle_done(self) -> bool:
        """End what `idle` began; returns whether new mail was announced at the last moment."""
        return _announces(self._client.idle_done()[1])

    @_making_sense()
    def asks(self) -> bool:
        """Let the server notice what has come meanwhile; returns whether it announces new mail."""
        return _announces(self._client.noop()[1])


def _announces(said: Any) -> bool:
    return any(len(each) > 1 and each[1] in {b"EXISTS", b"RECENT"} for each in said)


def _as_utc(moment: datetime | None) -> datetime | None:
    """The library gives local time without a zone."""
    return moment.astimezone(UTC) if moment is not None else None


def _words(error: Exception) -> str:
    """Return the server's words as a person can read them."""
    words = " ".join(str(error).split())[:300]
    return words[2:-1] if words[:2] in {"b'", 'b"'} else words
