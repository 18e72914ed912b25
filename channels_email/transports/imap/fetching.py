"""Bringing what is new in an account's folders.

A folder of another generation (its UIDVALIDITY has changed, or it is read for the first time) is read from its
start: what was received before is recognised by its Message-ID, or by its digest where it has none.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import structlog
from django.conf import settings

from channels_email.transports.imap.places import Folder, Place, Places, folders_of
from channels_email.transports.imap.session import Generation, Mailbox, NoSuchFolder, session
from csplatform.common import clock
from csplatform.gateway.contract import AccountConfig, Cursor, FetchResult, RawDelivery
from csplatform.gateway.errors import SendFailed, SendUnavailable

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Batch:
    """The most that one call brings, in mails and bytes: it is stored in one transaction, and held in memory.

    `group` is how many bytes are asked for in one command.
    """

    mails: int = 200
    size: int = 40 * 1024 * 1024
    group: int = 2 * 1024 * 1024


def fetch(account: AccountConfig, cursor: Cursor, *, batch: Batch = Batch()) -> FetchResult:
    """Return the mails that came after `cursor`, oldest first in each folder; nothing where there is no IMAP server.

    What earlier calls brought was committed with `cursor`; the account's `imap_after` (keep, move, delete) is done
    to that now. Raises SendUnavailable with the reason where the server cannot be reached, refuses the login, or has
    no such folder, and SendFailed where somebody has to sign in. What was read until then is handed over first.
    """
    if not account.settings.get("imap_host"):
        return FetchResult((), cursor)
    reading = _Reading(account, cursor, batch)
    try:
        with session(account) as mailbox:
            reading.read_all(mailbox)
    except SendFailed as error:
        reading.trouble = error
    if reading.trouble is not None and not reading.has_news:
        raise reading.trouble
    return reading.result()


class _Reading:
    """One call of `fetch`: what it has found, and how far it has come."""

    def __init__(self, account: AccountConfig, cursor: Cursor, batch: Batch) -> None:
        self._settings = account.settings
        self._folders = folders_of(account.settings)
        self._cursor = cursor
        self._batch = batch
        self._places = Places.of(cursor, self._folders)
        self._bytes = 0
        self._found: list[RawDelivery] = []
        self._more = False
        self.trouble: SendFailed | None = None

    @property
    def has_news(self) -> bool:
        """Whether there is something to store."""
        return bool(self._found) or not self._places.says_the_same(Places.of(self._cursor, self._folders))

    def result(self) -> FetchResult:
        """Return what was found."""
        return FetchResult(tuple(self._found), self._places.cursor(), more=self._more and self.trouble is None)

    def read_all(self, mailbox: Mailbox) -> None:
        """Read each folder; one that is not there does not keep the others waiting."""
        begins = not self._cursor.value
        if begins and self._settings.get("imap_skip_existing"):
            self._places = replace(self._places, since=clock.now().date())
        for folder in self._folders:
            try:
                self._read(mailbox, folder, begins=begins)
            except NoSuchFolder as error:
                self.trouble = error

    def _read(self, mailbox: Mailbox, folder: Folder, *, begins: bool) -> None:
        after = str(self._settings.get("imap_after") or "keep")
        generation = mailbox.open(folder.name, writable=after != "keep")
        place = self._places.by_folder.get(folder.name)
        if place is None or place.uidvalidity != generation.uidvalidity:
            log.info("imap_folder_begins", folder=folder.name, uidvalidity=generation.uidvalidity, known=bool(place))
            place = self._begin(generation, begins=begins)
        self._reached(folder, self._tidy(mailbox, place, after))
        self._take_new(mailbox, folder)

    def _begin(self, generation: Generation, *, begins: bool) -> Place:
        """Return the place at which a generation of a folder is begun."""
        last = generation.uidnext - 1
        if self._places.since is None:
            return Place(generation.uidvalidity)
        if begins:
            return Place(generation.uidvalidity, uid=last, skipped=last, cleared=last)
        return Place(generation.uidvalidity, existed=last)

    def _reached(self, folder: Folder, place: Place) -> None:
        self._places = replace(self._places, by_folder={**self._places.by_folder, folder.name: place})

    # What is new ----------------------------------------------------------------------------------------------

    def _take_new(self, mailbox: Mailbox, folder: Folder) -> None:
        place = self._places.by_folder[folder.name]
        waiting = self._waiting(mailbox, place)
        room = self._batch.mails - len(self._found)
        for group in self._groups(mailbox.sizes(waiting[:room]), waiting[:room]):
            place = self._take(mailbox, folder, place, group)
            self._reached(folder, place)
        if self._found:
            mailbox.asks()
        # Whoever rings while this call is at it finds the account busy, and leaves: look again.
        self._more = self._more or bool(self._waiting(mailbox, place))

    def _waiting(self, mailbox: Mailbox, place: Place) -> list[int]:
        uids = mailbox.uids(place.uid + 1)
        older_than = self._places.older_than
        if older_than is None or not uids or uids[0] > place.existed:
            return uids
        left = mailbox.older(older_than, place.existed)
        return [uid for uid in uids if uid not in left]

    def _groups(self, sizes: Mapping[int, int], uids: Sequence[int]) -> Iterator[list[tuple[int, int]]]:
        """Yield UIDs with their sizes, together as much as one command may bring, until the batch is full."""
        group: list[tuple[int, int]] = []
        for uid in uids:
            size = sizes.get(uid, 0)
            counted = min(size, settings.MAX_MAIL_BYTES)
            if group and sum(each for _uid, each in group) + counted > self._batch.group:
                yield group
                group = []
            if self._bytes and self._bytes + counted > self._batch.size:
                break
            self._bytes += counted
            group.append((uid, size))
        if group:
            yield group

    def _take(self, mailbox: Mailbox, folder: Folder, place: Place, group: list[tuple[int, int]]) -> Place:
        whole = [uid for uid, size in group if size <= settings.MAX_MAIL_BYTES]
        bodies = mailbox.mails(whole)
        for uid, size in group:
            body = bodies.get(uid, b"")
            truncated = not body or len(body) > settings.MAX_MAIL_BYTES  # a server may not know a mail's true size
            if truncated:
                size = max(size, len(body))
                body = body[: settings.MAX_MAIL_BYTES] or self._part(mailbox, uid)
                if not body and not mailbox.uids(uid, uid):
                    continue  # somebody has deleted it meanwhile
                place = replace(place, partial=(*place.partial, uid))
            self._found.append(_delivery(body, folder, place, uid, size if truncated else 0))
        cleared = place.cleared if self._settings.get("imap_after", "keep") != "keep" else group[-1][0]
        return replace(place, uid=group[-1][0], cleared=cleared)

    def _part(self, mailbox: Mailbox, uid: int) -> bytes:
        """Return as much of a mail as the server hands out: its beginning, its header, or nothing."""
        return mailbox.beginning(uid, settings.MAX_MAIL_BYTES) or mailbox.header(uid)

    # What was stored ------------------------------------------------------------------------------------------

    def _tidy(self, mailbox: Mailbox, place: Place, after: str) -> Place:
        """Move or delete what is stored whole. What goes wrong with it keeps no mail from being read."""
        if after == "keep" or place.uid <= place.cleared:
            return replace(place, cleared=place.uid)
        try:
            self._put_away(mailbox, self._stored(mailbox, place), after)
        except SendUnavailable as error:
            self.trouble = error
            return place
        return replace(place, cleared=place.uid, partial=())

    def _stored(self, mailbox: Mailbox, place: Place) -> list[int]:
        left = set(place.partial)
        if self._places.older_than is not None and place.existed > place.cleared:
            left |= mailbox.older(self._places.older_than, place.existed)
        return [uid for uid in mailbox.uids(place.cleared + 1, place.uid) if uid not in left]

    def _put_away(self, mailbox: Mailbox, uids: list[int], after: str) -> None:
        target = str(self._settings.get("imap_after_folder") or "").strip()
        if after == "move" and (not target or target in {folder.name for folder in self._folders}):
            raise SendUnavailable(
                "the folder to which fetched mail is moved must be another than those it is read from"
            )
        if after not in {"move", "delete"}:
            raise SendUnavailable(f"“{after}” is nothing that can be done with fetched mail: keep, move or delete")
        if uids and after == "move":
            mailbox.move(uids, target)
        elif uids:
            mailbox.delete(uids)


def _delivery(body: bytes, folder: Folder, place: Place, uid: int, size: int) -> RawDelivery:
    """Return a mail as it is stored; `size` is set where this is only a part of it."""
    headers = {"x-imap-folder": folder.name, "x-imap-uid": str(uid), "x-imap-uidvalidity": str(place.uidvalidity)}
    if folder.junk:
        headers["x-imap-junk"] = "1"
    if size or not body:
        headers["x-truncated"] = str(size)
    return RawDelivery(body=body, headers=headers, query={}, method="IMAP", received_at=clock.now())
