"""Thin doors from Celery to what arrives."""

from celery import shared_task

from csplatform.doors import polling
from csplatform.doors import unpack as unpacking


@shared_task
def unpack(delivery_id: int) -> None:
    """Understand one kept delivery."""
    unpacking.unpack(delivery_id)


@shared_task
def ring_waiting_deliveries() -> int:
    """Ring for deliveries that a crash left waiting."""
    return unpacking.ring_waiting()


@shared_task
def poll_accounts() -> int:
    """Ring for each account that must be polled."""
    return polling.ring_all()


@shared_task
def poll(account_id: int) -> None:
    """Fetch one account's news."""
    polling.poll(account_id)
