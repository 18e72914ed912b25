"""Hearing Discord's news: a thread for each bot holds its connection to the Gateway, in one process of all that run.

What is heard is stored together with how far it was heard, so whoever takes over resumes exactly there.
"""

import json
import threading
from collections.abc import Iterable, Mapping
from time import monotonic
from typing import Any

import structlog
from django.db import DatabaseError, InterfaceError, close_old_connections, connection, connections

from channels_social.discord.gateway import USUAL, Broken, Gateway, Keeper, Pace
from channels_social.discord.state import State
from csplatform.common import clock
from csplatform.common.locks import only_one
from csplatform.gateway.contract import AccountConfig, Cursor, FetchResult, RawDelivery
from csplatform.gateway.errors import SendFailed, SendUnavailable
from csplatform.gateway.models import ChannelAccount
from csplatform.gateway.services import accept_fetched

log = structlog.get_logger(__name__)

# First key of the advisory locks that keep two processes from listening for one bot.
LOCK_SPACE = 0x64697363


class Listener(threading.Thread):
    """Listens for one bot until it is told to stop."""

    def __init__(self, account: AccountConfig, pace: Pace) -> None:
        super().__init__(name=f"discord-{account.id}", daemon=True)
        self.account = account
        self._pace = pace
        self._pause = pace.first_pause
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Ask it to end; it does within a tick, or when Discord has answered."""
        self._stopping.set()

    def run(self) -> None:
        """Listen whenever nobody else does."""
        while not self._stopping.is_set():
            try:
                with only_one(LOCK_SPACE, self.account.id) as mine:
                    if mine:
                        self._listen()
            except (DatabaseError, InterfaceError) as error:
                log.warning("discord_blind", account=self.account.id, reason=str(error))
            finally:
                connections.close_all()
            self._stopping.wait(self._pace.look)

    def _listen(self) -> None:
        """Connect again and again. Raises DatabaseError, InterfaceError: somebody else may then have begun."""
        row = ChannelAccount.objects.get(pk=self.account.id)
        state = State.of(row.cursor)
        keeper = Keeper(lambda payload, state: _keep(row, payload, state), _still_mine)
        while not self._stopping.is_set():
            try:
                gateway = Gateway(self.account, state, keeper, self._pace)
                self._once(gateway)
            except SendFailed as failure:
                _note(self.account, failure.reason)
                wait = failure.retry_after if isinstance(failure, SendUnavailable) else self._pace.longest_pause
                self._wait(wait or 0)

    def _once(self, gateway: Gateway) -> None:
        try:
            gateway.listen(self._stopping)
        except Broken as end:
            log.info("discord_disconnected", account=self.account.id, reason=str(end))
            if gateway.greeted:
                self._pause = self._pace.first_pause
            self._wait(end.pause)

    def _wait(self, least: float) -> None:
        """Pause, ever longer while nothing works."""
        self._stopping.wait(max(least, self._pause))
        self._pause = min(self._pause * 2, self._pace.longest_pause)


class Watch:
    """Listens for every active bot, as they come, change and go."""

    def __init__(self, pace: Pace = USUAL) -> None:
        self._pace = pace
        self._listeners: dict[int, Listener] = {}
        self._leaving: list[Listener] = []

    def run(self, stopping: threading.Event) -> None:
        """Listen until `stopping` is set. A database that is away is waited for."""
        while not stopping.is_set():
            try:
                close_old_connections()
                self.look(_accounts())
            except (DatabaseError, InterfaceError) as error:
                log.warning("discord_watch_blind", reason=str(error))
                connections.close_all()
            stopping.wait(self._pace.look)
        self.look([])
        until = monotonic() + self._pace.tick + 5
        for listener in self._leaving:
            listener.join(max(0.0, until - monotonic()))

    def look(self, accounts: Iterable[AccountConfig]) -> None:
        """Listen for these accounts and no others; for one whose settings have changed, anew."""
        wanted = {account.id: account for account in accounts}
        for account_id, listener in list(self._listeners.items()):
            if listener.account != wanted.get(account_id) or not listener.is_alive():
                listener.stop()
                self._leaving.append(self._listeners.pop(account_id))
        for account_id in wanted.keys() - self._listeners.keys():
            self._listeners[account_id] = Listener(wanted[account_id], self._pace)
            self._listeners[account_id].start()
        self._leaving = [listener for listener in self._leaving if listener.is_alive()]


def _keep(account: ChannelAccount, payload: Mapping[str, Any] | None, state: State) -> None:
    body = b"" if payload is None else json.dumps(payload, ensure_ascii=False).encode("utf-8", "replace")
    heard = (RawDelivery(body=body, headers={}, query={}, method="GATEWAY", received_at=clock.now()),)
    accept_fetched(account, FetchResult(heard if payload is not None else (), Cursor(state.cursor())))


def _still_mine() -> None:
    """Raise OperationalError or InterfaceError where the connection is gone that holds the lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _note(account: AccountConfig, reason: str) -> None:
    log.warning("discord_refused", account=account.id, reason=reason)
    ChannelAccount.objects.filter(pk=account.id).update(last_error=reason[:1000])


def _accounts() -> list[AccountConfig]:
    return [account.config for account in ChannelAccount.objects.filter(channel="discord", is_active=True)]
