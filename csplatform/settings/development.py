"""One machine, one person: keys are fixed, errors are shown, nothing needs TLS."""

from csplatform.settings.base import *  # noqa: F403
from csplatform.settings.base import BASE_DIR, env
from csplatform.settings.logs import logging_config

DEBUG = env.bool("DEBUG", default=True)
SECRET_KEY = env("SECRET_KEY", default="development-only-key-that-signs-nothing-of-worth-0123456789")
CREDENTIAL_KEYS = env.list("CREDENTIAL_KEYS", default=["ZGV2ZWxvcG1lbnQtb25seS1jcmVkZW50aWFsLWtleS0="])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]", "testserver"])
LOGGING = logging_config(level=env("LOG_LEVEL", default="INFO"), as_json=env.bool("LOG_JSON", default=False))

# Static files are found where they are; WhiteNoise only wants its folder to exist.
WHITENOISE_USE_FINDERS = True
STATIC_ROOT = BASE_DIR / ".data" / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
