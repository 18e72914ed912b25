"""Thin doors from Celery."""

from celery import shared_task

from csplatform.privacy import services


@shared_task
def shred(erasure_id: int) -> None:
    """Delete the files of what was erased."""
    services.shred(erasure_id)


@shared_task
def ring_unfinished_erasures() -> int:
    """Ring for erasures whose files are still there."""
    return services.ring_unfinished()
