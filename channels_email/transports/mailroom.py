"""Where the SMTP door brings mail: it finds accounts for recipients, and stores mails for good.

Mails that arrive at the same time are stored in one transaction, since most of its cost is the wait for the disk.
Whoever sent one of them hears of it when that transaction is committed.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from csplatform.common import clock
from csplatform.common.text import without_nul
from csplatform.gateway.contract import RawDelivery
from csplatform.gateway.models import ChannelAccount
from csplatform.gateway.services import accept_all

# Connections to the database that work at the same time.
WRITERS = 4
# Seconds for which a recipient counts as known without asking. What is stored is asked for each time.
REMEMBERED = 5
# Mails and bytes in one transaction, at most.
MOST_MAILS = 50
MOST_BYTES = 32 * 1024 * 1024
Result = TypeVar("Result")


def base_address(address: str) -> str:
    """Return `address` as accounts are found by it: lower-case, without what follows a + before the @."""
    local, at, domain = address.strip().lower().rpartition("@")
    return local.partition("+")[0] + at + domain


def account_for(address: str) -> int | None:
    """Return the id of the active e-mail account of `address`; an account may have a + in its own address."""
    wanted = address.strip().lower()
    active = ChannelAccount.objects.filter(channel="email", is_active=True).values_list("pk", flat=True)
    found = active.filter(address__iexact=wanted).first()
    return found or active.filter(address__iexact=base_address(wanted)).first()


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as it came: `recipients` are the accounts it is for, with the address that led to each."""

    sender: str
    recipients: Mapping[int, str]
    content: bytes
    method: str


@transaction.atomic
def store(mails: Sequence[Mail]) -> list[int]:
    """Store one delivery for each active account of each mail, all or none. Returns how many for each mail."""
    wanted = {pk for mail in mails for pk in mail.recipients}
    active = ChannelAccount.objects.filter(is_active=True).in_bulk(wanted)
    at = clock.now()
    accept_all(
        [
            (active[pk], RawDelivery(mail.content, _envelope(mail.sender, recipient), {}, mail.method, at))
            for mail in mails
            for pk, recipient in mail.recipients.items()
            if pk in active
        ]
    )
    return [sum(pk in active for pk in mail.recipients) for mail in mails]


def _envelope(sender: str, recipient: str) -> dict[str, str]:
    return {"x-envelope-from": without_nul(sender), "x-envelope-to": without_nul(recipient)}


class Writers:
    """Threads that speak to the database, so that the event loop never waits for it."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(WRITERS, thread_name_prefix="mail")
        self._connections: set[BaseDatabaseWrapper] = set()

    async def run(self, work: Callable[..., Result], *args: Any) -> Result:
        """Return what `work` returns; raises what it raises."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._run, work, args)

    def _run(self, work: Callable[..., Result], args: tuple[Any, ...]) -> Result:
        wrapper = connections[DEFAULT_DB_ALIAS]
        self._connections.add(wrapper)
        wrapper.close_if_unusable_or_obsolete()
        try:
            return work(*args)
        finally:
            wrapper.close_if_unusable_or_obsolete()

    def close(self) -> None:
        """Wait for what is being written, then hang up."""
        self._threads.shutdown(wait=True)
        for wrapper in self._connections:
            wrapper.inc_thread_sharing()
            wrapper.close()
            wrapper.dec_thread_sharing()


class Mailroom:
    """What all sessions of a server share. Its methods belong to one event loop."""

    def __init__(self) -> None:
        self._writers = Writers()
        self._known: dict[str, tuple[int, float]] = {}
        self._waiting: list[tuple[Mail, asyncio.Future[int]]] = []
        self._storing: asyncio.Task[None] | None = None

    async def account_for(self, address: str) -> int | None:
        """Return the account of a recipient, as it was REMEMBERED seconds ago at the earliest. Raises DatabaseError."""
        account, until = self._known.get(address, (None, 0.0))
        if account is not None and time.monotonic() < until:
            return account
        account = await self._writers.run(account_for, address)
        if account is not None:
            self._remember(address, account)
        return account

    async def keep(self, mail: Mail) -> int:
        """Store a mail for those of its accounts that are active; once this returns, it cannot be lost.

        Returns for how many. Raises DatabaseError or InterfaceError where it cannot be stored.
        """
        stored: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append((mail, stored))
        if self._storing is None:
            self._storing = asyncio.create_task(self._store_waiting())
        return await stored

    def close(self) -> None:
        """Wait for what is being written, then hang up."""
        self._writers.close()

    def _remember(self, address: str, account: int) -> None:
        now = time.monotonic()
        if len(self._known) > 10_000:
            self._known = {known: entry for known, entry in self._known.items() if entry[1] > now}
        self._known[address] = account, now + REMEMBERED

    async def _store_waiting(self) -> None:
        """Store group after group; while one is being stored, the next gathers."""
        try:
            while self._waiting:
                await self._store(self._next_group())
        finally:
            self._storing = None

    def _next_group(self) -> list[tuple[Mail, asyncio.Future[int]]]:
        room, number = MOST_BYTES, 0
        for mail, _ in self._waiting[:MOST_MAILS]:
            room -= len(mail.content)
            if number and room < 0:
                break
            number += 1
        group, self._waiting = self._waiting[:number], self._waiting[number:]
        return group

    async def _store(self, group: list[tuple[Mail, "asyncio.Future[int]"]]) -> None:
        try:
            counts = await self._writers.run(store, [mail for mail, _ in group])
        except Exception as error:  # each sender hears of it; none may wait for an answer for ever
            if len(group) == 1 or isinstance(error, OperationalError | InterfaceError):
                _answer(group, error)
                return
            for alone in group:  # one of them is the cause, and must not harm the others
                await self._store([alone])
            return
        for (_, stored), count in zip(group, counts, strict=True):
            if not stored.done():
                stored.set_result(count)


def _answer(group: list[tuple[Mail, "asyncio.Future[int]"]], error: Exception) -> None:
    for _, stored in group:
        if not stored.done():
            stored.set_exception(error)
