"""Test settings for the web process that browsers talk to: it serves static files, and shares this session's media."""

from csplatform.settings.test import *  # noqa: F403
from csplatform.settings.test import MIDDLEWARE, env

MEDIA_ROOT = env("MEDIA_ROOT")
WHITENOISE_USE_FINDERS = True
MIDDLEWARE = ["tests.browser.forgetting.forget_content_types", *MIDDLEWARE]
