"""Proving that nothing was lost: what an account's mailbox holds, beside what is stored.

Cheap for a large mailbox: the server is asked for its UIDs, and for the headers of those mails only that are missing.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice

from django.db.models import Q, QuerySet
from django.db.models.fields.json import KeyTextTransform

from channels_email.headers import message_ids, parse_headers
from channels_email.transports.imap.places import Folder, Place, Places, folders_of
from channels_email.transports.imap.session import Head, Mailbox, NoSuchFolder, session
from csplatform.common import clock
from csplatform.gateway.contract import Cursor
from csplatform.gateway.errors import SendFailed
from csplatform.gateway.models import ChannelAccount, DeliveryState, InboundDelivery

# What came no longer ago than this may still be on its way through the platform.
PATIENCE = timedelta(minutes=15)
# So many of each kind are named one by one; all are counted.
MOST_NAMED = 1000


@dataclass(frozen=True, slots=True)
class Missing:
    """A mail on the server that is not stored; texts are empty where it does not say."""

    folder: str
    uidvalidity: int
    uid: int
    message_id: str
    date: str
    sender: str
    subject: str
    arrived_at: datetime | None


@dataclass(frozen=True, slots=True)
class Doubled:
    """One mail of the server that is stored several times."""

    folder: str
    uidvalidity: int
    uid: int
    deliveries: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A stored mail without a message; folder and UID are empty where it did not come by IMAP."""

    delivery: int
    state: str
    reason: str
    received_at: datetime
    folder: str = ""
    uid: str = ""


@dataclass(frozen=True, slots=True)
class FolderReport:
    """What one folder holds, in numbers of mails: `left` were there before the account, `coming` came just now."""

    name: str
    uidvalidity: int
    on_server: int
    stored: int
    left: int
    coming: int
    missing_count: int
    missing: tuple[Missing, ...]
    doubled: tuple[Doubled, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that is not as it should be with one account. `trouble` says why a folder could not be compared."""

    account: int
    address: str
    folders: tuple[FolderReport, ...] = ()
    unfinished: tuple[Unfinished, ...] = ()
    unfinished_count: int = 0
    trouble: tuple[str, ...] = field(default=())

    @property
    def missing(self) -> int:
        """How many mails on the server are not stored."""
        return sum(folder.missing_count for folder in self.folders)

    @property
    def doubled(self) -> int:
        """How many mails are stored several times."""
        return sum(len(folder.doubled) for folder in self.folders)

    @property
    def differs(self) -> bool:
        """Whether there is any difference, or it could not be found out."""
        return bool(self.missing or self.doubled or self.unfinished_count or self.trouble)


def reconcile(account: ChannelAccount) -> Report:
    """Compare an e-mail account's folders with what is stored. Reads only; raises nothing of the server's."""
    folders: list[FolderReport] = []
    trouble: list[str] = []
    if account.settings.get("imap_host"):
        try:
            with session(account.config) as mailbox:
                for folder in folders_of(account.settings):
                    try:
                        folders.append(_compare(mailbox, account, folder))
                    except NoSuchFolder as error:
                        trouble.append(error.reason)
        except SendFailed as error:
            trouble.append(error.reason)
    unfinished = _unfinished(account)
    return Report(
        account.pk,
        account.address,
        tuple(folders),
        tuple(map(_as_unfinished, unfinished.defer("body")[:MOST_NAMED])),
        unfinished.count(),
        tuple(trouble),
    )


def _compare(mailbox: Mailbox, account: ChannelAccount, folder: Folder) -> FolderReport:
    """The server is asked first, then the store: whatever is fetched in between is no difference."""
    generation = mailbox.open(folder.name)
    uids = set(mailbox.uids())
    cursor = ChannelAccount.objects.values_list("cursor", flat=True).get(pk=account.pk)
    places = Places.of(Cursor(cursor), folders_of(account.settings))
    place = places.by_folder.get(folder.name)
    if place is None or place.uidvalidity != generation.uidvalidity:
        place = Place(generation.uidvalidity)
    stored = _stored(account, folder, generation.uidvalidity)
    left = _left_alone(mailbox, places, place, uids)
    absent = sorted(uids - stored.keys() - left)
    heads = mailbox.heads(absent[-MOST_NAMED:])
    coming = {uid for uid, head in heads.items() if uid > place.uid and _is_recent(head)}
    missing = [uid for uid in absent if uid not in coming]
    return FolderReport(
        name=folder.name,
        uidvalidity=generation.uidvalidity,
        on_server=len(uids),
        stored=len(uids & stored.keys()),
        left=len(left),
        coming=len(coming),
        missing_count=len(missing),
        missing=tuple(_as_missing(folder, place, uid, heads[uid]) for uid in missing if uid in heads),
        doubled=tuple(_doubled(account, folder, place, stored)),
    )


def _left_alone(mailbox: Mailbox, places: Places, place: Place, uids: Iterable[int]) -> set[int]:
    """Return the mails that were there before the account, and that it is set to leave where they are."""
    left = {uid for uid in uids if uid <= place.skipped}
    if places.older_than is not None and place.existed:
        left |= mailbox.older(places.older_than, place.existed)
    return left


def _of_folder(account: ChannelAccount, folder: Folder, uidvalidity: int) -> QuerySet[InboundDelivery]:
    wanted = {"headers__x-imap-folder": folder.name, "headers__x-imap-uidvalidity": str(uidvalidity)}
    return InboundDelivery.objects.filter(account=account, **wanted)


def _stored(account: ChannelAccount, folder: Folder, uidvalidity: int) -> Counter[int]:
    """Return how often each UID is stored."""
    uid = KeyTextTransform("x-imap-uid", "headers")
    found = _of_folder(account, folder, uidvalidity).order_by().values_list(uid, flat=True)
    return Counter(map(int, found.iterator(chunk_size=10_000)))


def _doubled(account: ChannelAccount, folder: Folder, place: Place, stored: Counter[int]) -> Iterable[Doubled]:
    for uid in islice((uid for uid, times in stored.items() if times > 1), MOST_NAMED):
        same = _of_folder(account, folder, place.uidvalidity).filter(**{"headers__x-imap-uid": str(uid)})
        ids = tuple(same.order_by("id").values_list("pk", flat=True))
        yield Doubled(folder.name, place.uidvalidity, uid, ids)


def _is_recent(head: Head) -> bool:
    return head.arrived_at is not None and head.arrived_at > clock.now() - PATIENCE


def _as_missing(folder: Folder, place: Place, uid: int, head: Head) -> Missing:
    headers = parse_headers(head.header)
    return Missing(
        folder=folder.name,
        uidvalidity=place.uidvalidity,
        uid=uid,
        message_id=next(message_ids(headers.raw("message-id")), ""),
        date=headers.text("date"),
        sender=headers.text("from"),
        subject=headers.text("subject"),
        arrived_at=head.arrived_at,
    )


def _unfinished(account: ChannelAccount) -> QuerySet[InboundDelivery]:
    """Return the account's deliveries that no message came of."""
    waiting = Q(state=DeliveryState.WAITING, received_at__lt=clock.now() - PATIENCE)
    set_aside = Q(state__in=[DeliveryState.QUARANTINED, DeliveryState.DISCARDED])
    empty = Q(state=DeliveryState.DONE, events=0)
    return InboundDelivery.objects.filter(waiting | set_aside | empty, account=account).order_by("id")


def _as_unfinished(delivery: InboundDelivery) -> Unfinished:
    headers = delivery.headers
    reason = delivery.error or ("nothing was found in it" if delivery.state == DeliveryState.DONE else "")
    return Unfinished(
        delivery=delivery.pk,
        state=str(delivery.state),
        reason=reason,
        received_at=delivery.received_at,
        folder=headers.get("x-imap-folder", ""),
        uid=headers.get("x-imap-uid", ""),
    )
