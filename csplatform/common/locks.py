"""Locks that PostgreSQL keeps for a name of our own, not for a row."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def only_one(space: int, key: int) -> Iterator[bool]:
    """Yield whether this process alone may do what (`space`, `key`) stands for, until the block ends.

    Never waits. A process that dies gives its lock back with its connection. Both numbers are 32-bit.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [space, key])
        (mine,) = cursor.fetchone()
    try:
        yield bool(mine)
    finally:
        if mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [space, key])


@contextmanager
def in_turn(space: int, key: int) -> Iterator[None]:
    """Wait until this transaction alone may do what (`space`, `key`) stands for; its end gives the lock back.

    Needs an open transaction. Both numbers are 32-bit.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [space, key])
    yield
