"""Fetching new mail by IMAP (RFC 3501), by UID and never by date or by what has been seen.

A cursor is {"uidvalidity", "uid"}: the folder's generation, and the last mail taken from it. A folder of another
generation is read from the start; what was received before is recognised by its Message-ID.
"""

import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import accumulate
from typing import Any

from django.conf import settings
from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError, LoginError

from csplatform.common import clock
from csplatform.gateway.contract import AccountConfig, Cursor, FetchResult, RawDelivery
from csplatform.gateway.errors import SendUnavailable

TIMEOUT = 30  # seconds for one answer of the server
# One call takes at most so many mails and bytes: they are stored in one transaction.
BATCH = 50
BATCH_BYTES = 40 * 1024 * 1024
_PORTS = {True: 993, False: 143}


def fetch(account: AccountConfig, cursor: Cursor, *, batch: int = BATCH, batch_bytes: int = BATCH_BYTES) -> FetchResult:
    """Return the mails that came after `cursor`, oldest first; nothing where the account names no IMAP server.

    Reading leaves no trace: nothing is marked as seen, nothing is moved. Raises SendUnavailable with the reason where
    the server cannot be reached, refuses the login, or has no such folder.
    """
    if not account.settings.get("imap_host"):
        return FetchResult((), cursor)
    with _session(account) as server:
        folder = str(account.settings.get("imap_folder") or "INBOX")
        state = server.select_folder(folder, readonly=True)
        uidvalidity = int(state[b"UIDVALIDITY"])
        same = cursor.value.get("uidvalidity") == uidvalidity
        last = int(cursor.value.get("uid", 0)) if same else 0
        if not cursor.value and account.settings.get("imap_skip_existing"):
            last = int(state[b"UIDNEXT"]) - 1
        # “n:*” always names the last mail too, even where its UID is below n (RFC 3501 6.4.8).
        waiting = sorted(uid for uid in server.search(["UID", f"{last + 1}:*"]) if uid > last)
        taken = _fitting(server, waiting[:batch], batch_bytes)
        deliveries = [_deliver(server, uid, size, folder, uidvalidity) for uid, size in taken]
        reached = Cursor({"uidvalidity": uidvalidity, "uid": taken[-1][0] if taken else last})
        found = tuple(delivery for delivery in deliveries if delivery is not None)
        return FetchResult(found, reached, more=len(taken) < len(waiting))


def _fitting(server: Any, uids: Sequence[int], most_bytes: int) -> list[tuple[int, int]]:
    """Return UID and size of the first mails that fit together; at least one where there is any."""
    if not uids:
        return []
    answers = server.fetch(uids, ["RFC822.SIZE"])
    sizes = [int(answers.get(uid, {}).get(b"RFC822.SIZE", 0)) for uid in uids]
    totals = accumulate(min(size, settings.MAX_MAIL_BYTES) for size in sizes)
    fitting = sum(total <= most_bytes for total in totals)
    return list(zip(uids, sizes, strict=True))[: max(1, fitting)]


def _deliver(server: Any, uid: int, size: int, folder: str, uidvalidity: int) -> RawDelivery | None:
    """Return the mail, its beginning where it is over the limit, None where somebody has deleted it meanwhile."""
    headers = {"x-imap-folder": folder, "x-imap-uid": str(uid), "x-imap-uidvalidity": str(uidvalidity)}
    wanted, answered = "BODY.PEEK[]", b"BODY[]"
    if size > settings.MAX_MAIL_BYTES:
        headers["x-truncated"] = str(size)
        wanted, answered = f"BODY.PEEK[]<0.{settings.MAX_MAIL_BYTES}>", b"BODY[]<0>"
    body = server.fetch([uid], [wanted]).get(uid, {}).get(answered)
    if body is None:
        return None
    return RawDelivery(body=body, headers=headers, query={}, method="IMAP", received_at=clock.now())


@contextmanager
def _session(account: AccountConfig) -> Iterator[Any]:
    """Yield a session that is logged in; whatever goes wrong inside becomes SendUnavailable."""
    host = str(account.settings["imap_host"])
    encrypted = bool(account.settings.get("imap_ssl", True))
    try:
        port = int(account.settings.get("imap_port") or _PORTS[encrypted])
        with IMAPClient(host, port=port, ssl=encrypted, timeout=TIMEOUT) as server:
            server.login(account.credentials.get("imap_user", ""), account.credentials.get("imap_password", ""))
            yield server
    except LoginError:
        raise SendUnavailable("the IMAP server does not accept this account's user name or password") from None
    except ssl.SSLCertVerificationError as error:
        raise SendUnavailable(f"the IMAP server's certificate is not valid: {error.verify_message}") from error
    except IMAPClientError as error:
        raise SendUnavailable(f"the IMAP server refuses: {' '.join(str(error).split())[:300]}") from error
    except ValueError as error:
        raise SendUnavailable(f"the account's IMAP settings make no sense: {error}") from error
    except OSError as error:
        raise SendUnavailable(f"the IMAP server cannot be reached: {error}") from error
