"""Hearing of new mail at once: a connection in IDLE (RFC 2177) for each account, which rings for `fetch`.

Nothing depends on it: beat polls every account anyway. A server without IDLE is asked every few seconds instead. An
account that reads several folders is watched at the first; IDLE is about one folder.

Watchers are threads that sleep: about 100 kB of memory each, and hardly 1 % of a core for a hundred of them. They touch
no database except for an access token; all ringing is done by the one loop that started them.
"""

import queue
import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from time import monotonic

import structlog
from django.db import DatabaseError, InterfaceError, close_old_connections, connections

from channels_email.transports.imap.places import folders_of
from channels_email.transports.imap.session import Mailbox, session
from csplatform.common.doorbell import ring
from csplatform.gateway.contract import AccountConfig
from csplatform.gateway.errors import SendFailed
from csplatform.gateway.models import ChannelAccount
from csplatform.gateway.tokens import entered

log = structlog.get_logger(__name__)

POLL = "csplatform.doors.tasks.poll"


@dataclass(frozen=True, slots=True)
class Pace:
    """All in seconds.

    look: how often the accounts are read anew. idle: how long one IDLE lasts; servers may end it after 30 minutes (RFC
    2177), and many routers forget a silent connection long before. ask: how often a server without IDLE is asked.
    tick: how soon a watcher notices that it shall stop. first_pause, longest_pause: between two attempts to connect.
    ring_gap: the least time between two rings for one account.
    """

    look: float = 2
    idle: float = 9 * 60
    ask: float = 10
    tick: float = 3
    first_pause: float = 1
    longest_pause: float = 300
    ring_gap: float = 1


class Watcher(threading.Thread):
    """Watches one account until it is told to stop; says its id whenever there may be new mail."""

    def __init__(self, account: AccountConfig, heard: "queue.SimpleQueue[int]", pace: Pace) -> None:
        super().__init__(name=f"watch-{account.id}", daemon=True)
        self.account = account
        self._heard = heard
        self._pace = pace
        self._pause = pace.first_pause
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Ask it to end; it does within a tick, or when its server has answered."""
        self._stopping.set()

    def run(self) -> None:
        """Connect again and again."""
        while not self._stopping.is_set():
            try:
                with session(self.account) as mailbox:
                    self._watch(mailbox)
            except (SendFailed, DatabaseError, InterfaceError) as error:  # the database is asked for a token
                log.warning("mail_watch_broke", account=self.account.id, reason=str(error), again_in=self._pause)
                self._stopping.wait(self._pause)
                self._pause = min(self._pause * 2, self._pace.longest_pause)
            finally:
                connections.close_all()

    def _watch(self, mailbox: Mailbox) -> None:
        mailbox.open(folders_of(self.account.settings)[0].name)
        log.info("mail_watched", account=self.account.id, idle=mailbox.can_idle)
        self._pause = self._pace.first_pause
        self._heard.put(self.account.id)  # whatever came while nobody listened
        while not self._stopping.is_set():
            if mailbox.can_idle:
                self._listen(mailbox)
            elif not self._stopping.wait(self._pace.ask) and mailbox.asks():
                self._heard.put(self.account.id)

    def _listen(self, mailbox: Mailbox) -> None:
        """Spend one IDLE."""
        mailbox.idle()
        for _tick in range(max(1, round(self._pace.idle / self._pace.tick))):
            if mailbox.hears(self._pace.tick):
                self._heard.put(self.account.id)
            if self._stopping.is_set():
                break
        if mailbox.idle_done():
            self._heard.put(self.account.id)


class Watch:
    """Watches every active account that has an IMAP server, as they come, change and go."""

    def __init__(self, pace: Pace = Pace()) -> None:
        self._pace = pace
        self._heard: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._watchers: dict[int, Watcher] = {}
        self._leaving: list[Watcher] = []
        self._bell = Bell(pace.ring_gap)

    @property
    def watched(self) -> frozenset[int]:
        """The ids of the accounts that are watched."""
        return frozenset(self._watchers)

    def run(self, stopping: threading.Event) -> None:
        """Watch until `stopping` is set. A database or broker that is away is waited for."""
        next_look = 0.0
        while not stopping.is_set():
            try:
                close_old_connections()
                if monotonic() >= next_look:
                    next_look = monotonic() + self._pace.look
                    self.look(_accounts())
                self._ring()
            except (DatabaseError, InterfaceError) as error:
                log.warning("mail_watch_blind", reason=str(error))
                connections.close_all()
                stopping.wait(self._pace.look)
            self._hear()
        self.look([])
        for watcher in self._leaving:
            watcher.join(self._pace.tick + 5)

    def look(self, accounts: Iterable[AccountConfig]) -> None:
        """Watch these accounts and no others; one whose settings have changed is watched anew."""
        wanted = {account.id: account for account in accounts}
        for account_id, watcher in list(self._watchers.items()):
            if watcher.account != wanted.get(account_id):
                watcher.stop()
                self._leaving.append(self._watchers.pop(account_id))
        for account_id in wanted.keys() - self._watchers.keys():
            watcher = Watcher(wanted[account_id], self._heard, self._pace)
            self._watchers[account_id] = watcher
            watcher.start()
        self._leaving = [watcher for watcher in self._leaving if watcher.is_alive()]

    def _ring(self) -> None:
        """Ring for every account whose time has come. Raises DatabaseError where nobody could hear it."""
        for account_id in self._bell.due(monotonic()):
            if account_id in self._watchers:
                ring(POLL, account_id)
            self._bell.rung(account_id, monotonic())

    def _hear(self) -> None:
        """Wait a moment for a watcher to speak up."""
        with suppress(queue.Empty):
            self._bell.note(self._heard.get(timeout=0.2), monotonic())


class Bell:
    """When to ring: at once for the first of a burst of mails, and again, after a gap, for those that came meanwhile.

    While one ring's fetch is at work, another for the same account finds it busy and does nothing: hence the second.
    """

    def __init__(self, gap: float) -> None:
        self._gap = gap
        self._due: dict[int, float] = {}
        self._rung: dict[int, float] = {}

    def note(self, account_id: int, now: float) -> None:
        """There may be new mail."""
        self._due.setdefault(account_id, max(now, self._rung.get(account_id, now - self._gap) + self._gap))

    def due(self, now: float) -> list[int]:
        """Return the accounts to ring for; they stay due until they are `rung`."""
        return [account_id for account_id, at in self._due.items() if at <= now]

    def rung(self, account_id: int, now: float) -> None:
        """Somebody has rung."""
        self._rung[account_id] = now
        self._due.pop(account_id, None)


def _accounts() -> list[AccountConfig]:
    """Return what is to be watched, without what is kept of tokens: those come and go."""
    accounts = ChannelAccount.objects.filter(channel="email", is_active=True)
    configs = [account.config for account in accounts if account.settings.get("imap_host")]
    return [replace(config, credentials=entered(config.credentials)) for config in configs]
