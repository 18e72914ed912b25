"""Thin doors from Celery."""

from celery import shared_task

from csplatform.notifications import services


@shared_task
def sweep_notifications() -> int:
    """Delete what is old."""
    return services.sweep()
