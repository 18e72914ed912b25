"""Thin doors from Celery."""

from celery import shared_task

from csplatform.people import presence


@shared_task
def end_gone() -> int:
    """Write down whose last screen has gone."""
    return presence.end_gone()
