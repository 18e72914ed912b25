"""Ringing Celery. The row that says what is to be done is committed first; the ring only makes it quick."""

from typing import Any

import structlog
from celery import current_app
from django.core.cache import cache
from django.db import transaction
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)

# So long a ring that nobody answers keeps others from ringing.
RINGING_SECONDS = 5


def ring(task: str, *args: Any) -> None:
    """Run the task called `task` after the present transaction commits.

    A broker that is away, silent or full loses the ring and nothing else, and costs two seconds at most:
    every ringer has a sweep in the beat schedule that finds the rows still waiting. Arguments are ids,
    never objects.
    """
    transaction.on_commit(lambda: _ring_now(task, args))


def ring_later(seconds: float, task: str, *args: Any) -> None:
    """As `ring`, but the task runs so many seconds after the commit; for short whiles, as workers keep it in mind."""
    transaction.on_commit(lambda: _ring_now(task, args, countdown=seconds))


def ring_once(bell: str, task: str, *args: Any) -> None:
    """As `ring`, unless this bell was rung lately and nobody has answered it since.

    Whoever is rung for must call `answer` before looking what there is to do, and not only at what `args` name.
    """
    transaction.on_commit(lambda: _ring_unless_ringing(bell, task, args))


def answer(bell: str) -> None:
    """Let the next one who comes ring again."""
    cache.delete(_key(bell))


def _ring_unless_ringing(bell: str, task: str, args: tuple[Any, ...]) -> None:
    if cache.add(_key(bell), 1, timeout=RINGING_SECONDS):
        _ring_now(task, args)


def _key(bell: str) -> str:
    return f"bell:{bell}"


def _ring_now(task: str, args: tuple[Any, ...], **options: Any) -> None:
    try:
        current_app.signature(task, args=args).apply_async(retry=False, **options)
    except (OperationalError, RedisError) as error:  # kombu leaves what it does not know, as a full Valkey
        log.warning("doorbell_silent", task=task, args=args, reason=str(error))
