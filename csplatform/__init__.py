"""csplatform: every customer message in one inbox."""

from csplatform.celery import app as celery_app

__all__ = ["celery_app"]
