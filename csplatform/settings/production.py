"""Behind TLS. Everything secret comes from the environment; a missing key stops the start."""

from csplatform.settings.base import *  # noqa: F403
from csplatform.settings.base import env

SECRET_KEY = env("SECRET_KEY")
CREDENTIAL_KEYS = env.list("CREDENTIAL_KEYS")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS")
PUBLIC_URL = env("PUBLIC_URL")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[PUBLIC_URL])

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=365 * 24 * 3600)
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
