"""Test settings for real Celery processes: tasks travel through Valkey, under a prefix that is one test's own."""

from csplatform.settings.test import *  # noqa: F403
from csplatform.settings.test import CELERY_BROKER_TRANSPORT_OPTIONS, env

CELERY_TASK_ALWAYS_EAGER = False
CELERY_TASK_EAGER_PROPAGATES = False
CELERY_BROKER_TRANSPORT_OPTIONS = CELERY_BROKER_TRANSPORT_OPTIONS | {"global_keyprefix": env("STACK_PREFIX")}
CELERY_IMPORTS = ["tests.stack_tasks"]
