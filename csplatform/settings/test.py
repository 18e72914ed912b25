"""Development, made quick and silent: tasks run where they are rung, passwords hash fast."""

import atexit
import tempfile

from csplatform.settings.development import *  # noqa: F403

DEBUG = False
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
_media = tempfile.TemporaryDirectory(prefix="csplatform-test-media-", ignore_cleanup_errors=True)
atexit.register(_media.cleanup)
MEDIA_ROOT = _media.name
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
SCREENING_RULES_SECONDS = 0  # rows of one test are gone in the next
DNS_SERVERS = ["127.0.0.1:9"]  # nobody there: a test that needs names brings its own server
DNS_SECONDS = 0.5
