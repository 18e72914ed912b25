"""Development, made quick and silent: tasks run where they are rung, passwords hash fast."""

import tempfile

from csplatform.settings.development import *  # noqa: F403

DEBUG = False
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
MEDIA_ROOT = tempfile.mkdtemp(prefix="csplatform-test-media-")
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
