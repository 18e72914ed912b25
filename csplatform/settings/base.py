"""Settings shared by every environment; the only place that names the channel apps."""

from pathlib import Path

import environ
from django.utils.translation import gettext_lazy as _
from redis.backoff import NoBackoff
from redis.retry import Retry

from csplatform.settings.beat import BEAT_SCHEDULE
from csplatform.settings.logs import logging_config
from csplatform.settings.unfold import UNFOLD as UNFOLD

BASE_DIR = Path(__file__).resolve().parent.parent.parent

env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

DEBUG = False
SECRET_KEY = env("SECRET_KEY", default="")
# Keys that encrypt channel credentials, newest first; older ones still decrypt (rotation).
CREDENTIAL_KEYS = env.list("CREDENTIAL_KEYS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# The address under which customers and platforms reach this server, without a trailing slash.
PUBLIC_URL = env("PUBLIC_URL", default="http://127.0.0.1:8000")

CHANNEL_APPS = [
    "channels_email",
    "channels_social",
    "channels_webchat",
]

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "modeltranslation",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "csplatform.desk",  # before allauth, whose pages it restyles
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_filters",
    "django_htmx",
    "django_structlog",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
    "rest_framework.authtoken",
    "csplatform.common",
    "csplatform.live",
    "csplatform.people",
    "csplatform.privacy",
    "csplatform.gateway",
    "csplatform.contacts",
    "csplatform.conversations",
    "csplatform.knowledge",
    "csplatform.fields",
    "csplatform.notifications",
    "csplatform.sla",
    "csplatform.bot",
    "csplatform.automation",
    "csplatform.search",
    "csplatform.flows",
    "csplatform.doors",
    "csplatform.api",
    "csplatform.reports",
    *CHANNEL_APPS,
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csplatform.common.middleware.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "csplatform.people.middleware.PersonLocaleMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
]

ROOT_URLCONF = "csplatform.urls"
ASGI_APPLICATION = "csplatform.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
            ]
        },
    }
]

# PostgreSQL holds the truth. The pool is for the web process (threads come and go with requests);
# workers keep one connection per process instead.
DATABASES = {"default": env.db("DATABASE_URL", default="postgresql://localhost/csplatform")}
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)
if env.bool("DATABASE_POOL", default=False):
    # Seconds. A door says "later" while its platform still listens. The pool waits ever longer between attempts
    # to reconnect, so it soon gives up: the next request begins anew, and finds a database that is back.
    DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 2, "max_size": 20, "timeout": 3, "reconnect_timeout": 3}
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Valkey is the doorbell: losing it delays work, and loses none. Nobody waits long for it, be it gone or only
# silent: platforms give a webhook 3 to 5 s. What is lost is made up for, so nothing is tried twice.
REDIS_URL = env("REDIS_URL", default="redis://127.0.0.1:6379/0")
VALKEY_PATIENCE = {"socket_connect_timeout": 1, "socket_timeout": 1}  # seconds
CACHES = {
    "default": {
        "BACKEND": "csplatform.common.cache.ForgivingRedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {**VALKEY_PATIENCE, "retry": Retry(NoBackoff(), 0)},
    }
}
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "csplatform.live.layer.NewsLayer",
        "CONFIG": {"hosts": [{"address": REDIS_URL, **VALKEY_PATIENCE}]},
    }
}

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
# A ring is taken off the queue as soon as a worker hears it, not once its work is done: what a dying worker leaves
# behind is found by a sweep within seconds, while late acknowledgements come back after the visibility timeout,
# feed a task that kills its worker to the next one for ever, and end a worker that loses Valkey in mid-task.
CELERY_TASK_ACKS_LATE = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,
    **VALKEY_PATIENCE,
    "socket_keepalive": True,
    "max_retries": 0,  # for whoever rings; workers and beat reconnect for ever
}
# How long a worker may take to hand one message to its platform. One that has not come back by then is taken for
# dead and its message for perhaps sent, so this must be longer than every channel's own timeouts together.
DISPATCH_LEASE_SECONDS = env.int("DISPATCH_LEASE_SECONDS", default=180)
# An alarm of a deadline that is written down so many seconds after its moment is marked as late.
SLA_LATE_SECONDS = env.int("SLA_LATE_SECONDS", default=10)
# Whether webhooks may be called by plain http and within private networks, such as an intranet.
WEBHOOK_PRIVATE_TARGETS = env.bool("WEBHOOK_PRIVATE_TARGETS", default=False)
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {"csplatform.sla.tasks.*": {"queue": "clocks"}}
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = BEAT_SCHEDULE
CELERY_BEAT_MAX_LOOP_INTERVAL = 1
DJANGO_STRUCTLOG_CELERY_ENABLED = True

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = [
    "csplatform.people.backends.RoleBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "csplatform.people.adapters.StaffOnlyAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "10/m/ip,5/5m/key"}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "csplatform"

LANGUAGE_CODE = "en"
LANGUAGES = [
    ("en", _("English")),
    ("zh-hans", _("Simplified Chinese")),
    ("es", _("Spanish")),
    ("ja", _("Japanese")),
    ("ar", _("Arabic")),
]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# Customers are answered in these; the fallback is docs/architecture.md's: script, base language, English.
MODELTRANSLATION_DEFAULT_LANGUAGE = "en"
MODELTRANSLATION_LANGUAGES = ("en", "zh-hans", "es", "ja", "ar")
MODELTRANSLATION_FALLBACK_LANGUAGES = ("en",)

STATIC_URL = "static/"
STATIC_ROOT = env.path("STATIC_ROOT", default=str(BASE_DIR / "staticfiles"))
MEDIA_ROOT = env.path("MEDIA_ROOT", default=str(BASE_DIR / "media"))
# What a customer sent is served by views that check who asks, never from a public folder.
MEDIA_URL = None
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 30 * 1024 * 1024
MAX_ATTACHMENT_BYTES = 25 * 1024 * 1024
MAX_WEBHOOK_BYTES = 5 * 1024 * 1024
# Servers that are asked for DKIM keys and DMARC policies, such as 127.0.0.1 or 127.0.0.1:5353; empty: the system's.
DNS_SERVERS = env.list("DNS_SERVERS", default=[])
DNS_SECONDS = 8.0  # for one question
MAX_MAIL_BYTES = 35 * 1024 * 1024
# The mail door's certificate and key (PEM files); without them it offers no STARTTLS.
MAIL_TLS_CERT = env("MAIL_TLS_CERT", default="")
MAIL_TLS_KEY = env("MAIL_TLS_KEY", default="")

SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "rest_framework.parsers.JSONParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.UserRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {"user": "600/min"},
}
SPECTACULAR_SETTINGS = {
    "TITLE": "csplatform API",
    "DESCRIPTION": "Conversations, messages and contacts of every channel.",
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

# So long a process goes by the screening rules it read; a rule just made counts everywhere after this (seconds).
SCREENING_RULES_SECONDS = 5

LOGGING = logging_config(level=env("LOG_LEVEL", default="INFO"), as_json=env.bool("LOG_JSON", default=True))
TEST_RUNNER = "django.test.runner.DiscoverRunner"
