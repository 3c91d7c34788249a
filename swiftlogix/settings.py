"""Settings of all roles, read from the environment (12-factor); `.env.example` lists every variable.

The embedded default and production use this same module; only the environment differs. A missing secret
stops the start with its name, and so does all that swiftlogix/refusals.py lists. `BUILDING=1` (collectstatic
in an image) needs no secret.
"""

import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

from swiftlogix import console_links, role_commands, schedule
from swiftlogix.proxies import parse_networks
from swiftlogix.push_keys import derive_public_key
from swiftlogix.refusals import refuse_unsafe_start
from swiftlogix.sign_in import *  # noqa: F403 - Django reads its settings as names of one module
from swiftlogix.transport_rows import Mail, make_rows
from tracking import limits

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
if (BASE_DIR / ".env").exists():
    environ.Env.read_env(str(BASE_DIR / ".env"))

BUILDING = env.bool("BUILDING", default=False)


def _required(name: str) -> str:
    """Return the value of the variable. Without it the process does not start, and names it."""
    return env.str(name, default="only-for-building") if BUILDING else env.str(name)


# --- Stage, role and secrets ------------------------------------------------------------------------
STAGE = env.str("STAGE", default="local")
ROLE = env.str("ROLE", default="command")
VERSION = "0.1.0"
SECRET_KEY = _required("SECRET_KEY")
# Older keys whose signatures still hold, so that a new SECRET_KEY ends no session.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
TRACKING_TOKEN_KEY = _required("TRACKING_TOKEN_KEY")
# Newest first: the first one encrypts, all of them decrypt.
RECIPIENT_KEYS = _required("RECIPIENT_KEYS").split(",")
# Newest first: the first one signs, all of them verify.
STREAM_KEYS = _required("STREAM_KEYS").split(",")
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost"])
PUBLIC_URL = env.str("PUBLIC_URL", default="http://127.0.0.1:8000").rstrip("/")
SUPPORT_PHONE = env.str("SUPPORT_PHONE", default="")  # Recipients call it; with its country code.
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))

# --- Database, Redis, AWS ------------------------------------------------------------------------
DATABASES = {
    "default": env.db_url_config(env.str("DATABASE_URL", default="") or f"sqlite:///{VAR_DIR}/db.sqlite3")
}
# A thread of the web role keeps its connection for ten minutes; one that the server has closed is replaced
# before a request. Other roles take a new one for each piece of work.
DATABASES["default"] = {
    "CONN_MAX_AGE": 600 if ROLE == "web" else 0,
    "CONN_HEALTH_CHECKS": True,
} | DATABASES["default"]
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=5000;",
        "transaction_mode": "IMMEDIATE",
    }
REDIS_URL = env.str("REDIS_URL", default="redis://127.0.0.1:6379").rstrip("/")
REDIS_MAX_CONNECTIONS = env.int("REDIS_MAX_CONNECTIONS", default=2000)

AWS_REGION = env.str("AWS_REGION", default="ap-south-1")
AWS_ENDPOINT_URL = env.str("AWS_ENDPOINT_URL", default="") or None
# Off: botocore encodes and decodes the JSON of frequent operations, seven times slower.
AWS_HOT_PARSER = env.bool("AWS_HOT_PARSER", default=True)
# `lean`: frequent operations are signed and sent by our own client; `boto3`: by botocore, which is slower.
AWS_HOT_CLIENT = env.str("AWS_HOT_CLIENT", default="lean")
if AWS_HOT_CLIENT not in ("lean", "boto3"):
    raise ImproperlyConfigured(f"AWS_HOT_CLIENT is lean or boto3, not {AWS_HOT_CLIENT!r}")
_PREFIX = f"swiftlogix-{STAGE}"
_QUEUES = ("readmodel", "notify", "ops", "learning", "webhooks", "mailfeedback", "unrouted")
# Names are `swiftlogix-<stage>-<resource>`, as in deploy/templates/data.yaml.
AWS_NAMES = {
    "stream": f"{_PREFIX}-scans",
    "tracking_table": f"{_PREFIX}-tracking",
    "leases_table": f"{_PREFIX}-leases",
    "bus": f"{_PREFIX}-bus",
    "queues": {name: f"{_PREFIX}-{name}" for name in _QUEUES},
    "dead_letter_queues": {f"{name}-dlq": f"{_PREFIX}-{name}-dlq" for name in (*_QUEUES, "bus")},
    "topics": {name: f"{_PREFIX}-{name}" for name in ("changes", "mail", "mailfeedback")},
    "bucket": f"{_PREFIX}-files",
}

# --- Applications --------------------------------------------------------------------------------
# The laboratory has commands for development; the wheel and the image do not contain it.
_LABORATORY = ["laboratory"] if find_spec("laboratory") else []
INSTALLED_APPS = [
    *_LABORATORY,
    "swiftlogix",
    "workers",
    "notifications",
    "notifications.webhooks",
    "notifications.webpush",
    "tracking",
    "swiftlogix.apps.StaffAdmin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "swiftlogix.static.CollectedFiles",
    "channels",
    "django_htmx",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "csp",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]
MIDDLEWARE = [
    "tracking.api.request_id.assign_request_id",
    "django.middleware.security.SecurityMiddleware",
    "tracking.pages.static_files.StaticFiles",
    "tracking.pages.content_policy.ContentPolicy",
    # Answers what needs none of those below.
    "tracking.pages.early.answer_early",
    "tracking.pages.languages.choose_language",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    # Stays last, so that every refusal gets the headers of all others.
    "tracking.pages.trouble.shape_refusals",
]
ROOT_URLCONF = "swiftlogix.urls"
ASGI_APPLICATION = "swiftlogix.asgi.application"
CSRF_FAILURE_VIEW = "tracking.pages.trouble.refuse_forged"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Sign-in of staff; what is the same in all stages is in swiftlogix/sign_in.py ------------------
# On: staff without a device for one-time codes must enrol one before they see anything.
SECOND_FACTOR_REQUIRED = env.bool("SECOND_FACTOR_REQUIRED", default=STAGE != "local")

# --- Redis: database 0 broker, 1 Channels, 2 cache -----------------------------------------------
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default=f"{REDIS_URL}/0")
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [f"{REDIS_URL}/1"], "prefix": "live"},
    }
}
# Live pages: `fanout` has one subscription a process, `channels` uses the groups of Channels' layer.
LIVE_PUSH = env.str("LIVE_PUSH", default="fanout")
if LIVE_PUSH not in {"fanout", "channels"}:
    raise ImproperlyConfigured(f"LIVE_PUSH is fanout or channels, not {LIVE_PUSH!r}")
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": f"{REDIS_URL}/2"}}

# --- Celery: tasks carry references only, acknowledged early; a broker that is down loses nothing --
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "short"
CELERY_TASK_ROUTES = {
    "workers.tasks.run_shard_consumer": {"queue": "shards"},
    "workers.tasks.run_listener": {"queue": "listeners"},
}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# Metrics are lines on stdout, which Celery must not change.
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# No limit: shard consumers work without a broker, so a process must not end because it is down.
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 120}
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_BEAT_SCHEDULE = schedule.PERIODIC_TASKS
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")

# --- The API -------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["tracking.api.keys.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["tracking.api.keys.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "tracking.api.errors.answer_problem",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "SwiftLogix API",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "DESCRIPTION": "Book shipments, report events, read where a parcel is.",
    "SERVE_INCLUDE_SCHEMA": False,
    "POSTPROCESSING_HOOKS": ["tracking.api.schema.complete_document"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    # Colours come from our style sheet; those of highlighted code cannot be changed by one. Links inside
    # the buttons of operations (deepLinking) would be controls within controls.
    "SWAGGER_UI_SETTINGS": {"syntaxHighlight": False, "defaultModelsExpandDepth": 0},
}

# --- Places -----------------------------------------------------------------------------------------
# Place names: by the offline index, or refined by Amazon Location.
GEOCODER = env.str("GEOCODER", default="offline")
if GEOCODER not in {"offline", "amazon"}:
    raise ImproperlyConfigured(f"GEOCODER is offline or amazon, not {GEOCODER!r}")
MAP_TILES = env.str("MAP_TILES", default="")

# --- Notifications -------------------------------------------------------------------------------
# Countries (ISO 3166) whose phone numbers bookings may have; a number without a country code is of the first.
PHONE_COUNTRIES = env.list("PHONE_COUNTRIES", default=["IN"])
if not PHONE_COUNTRIES or not all(len(code) == 2 and code.isupper() for code in PHONE_COUNTRIES):
    raise ImproperlyConfigured(f"PHONE_COUNTRIES names countries as IN,AU; not {','.join(PHONE_COUNTRIES)!r}")
# Web push needs a private key (VAPID), 32 bytes as base64url. Another key ends all subscriptions.
WEB_PUSH_KEY = env.str("WEB_PUSH_KEY", default="")
WEB_PUSH_PUBLIC_KEY = derive_public_key(WEB_PUSH_KEY) if WEB_PUSH_KEY else ""
SMTP_SERVER = env.email_url("SMTP_URL", default="smtp://127.0.0.1:25")
MAIL = Mail(AWS_NAMES["topics"]["mail"], SMTP_SERVER, env.str("EMAIL_FROM", default=""))
TRANSPORTS: dict[str, dict[str, Any]] = make_rows(env, MAIL, WEB_PUSH_KEY, PUBLIC_URL)
# Rows that this stage sends by. Bookings ask about all rows, so that the API is the same in all stages.
WIRED_TRANSPORTS = env.list("WIRED_TRANSPORTS", default=list(TRANSPORTS))
# Store a copy of every message on /ops/outbox/; only for the local stage and tests.
NOTIFICATIONS_OUTBOX = env.bool("NOTIFICATIONS_OUTBOX", default=False)
# E-mails to partners, about endpoints that were disabled, leave by Django's e-mail backend.
globals().update(SMTP_SERVER)
EMAIL_TIMEOUT = 15
DEFAULT_FROM_EMAIL = MAIL.sender or "SwiftLogix <no-reply@localhost>"
# Webhooks may go to servers of this machine, by http and to any port; the local stage alone may allow it.
WEBHOOKS_ALLOW_LOOPBACK = env.bool("WEBHOOKS_ALLOW_LOOPBACK", default=False)

# --- The console ---------------------------------------------------------------------------------
OPS_LINKS = [*console_links.BAR]
OPS_CHANGE_VIEW = console_links.CHANGE_VIEW
OPS_SHIPMENT_PANELS = [*console_links.SHIPMENT_PANELS]
CUSTOMER_MESSAGE_NAMES = console_links.MESSAGE_NAMES
OPS_SHIPMENT_LINKS: list[tuple[str, str, str]] = []  # Of one shipment: label, view, query parameter.
if NOTIFICATIONS_OUTBOX:
    OPS_LINKS.append(("Outbox", "notifications:outbox"))
    OPS_SHIPMENT_LINKS.append(("Messages", "notifications:outbox", "shipment"))

# --- The web role --------------------------------------------------------------------------------
# Processes on one port; in each the threads that answer requests, and the open sockets of one client address.
WEB_PROCESSES = env.int("WEB_PROCESSES", default=1)
WEB_THREADS = env.int("WEB_THREADS", default=8)
SOCKETS_PER_ADDRESS = env.int("SOCKETS_PER_ADDRESS", default=limits.SOCKETS_PER_ADDRESS)
# Seconds between SIGTERM, from which /readyz is 503, and the end of accepting requests.
DRAIN_NOTICE_S = env.float("DRAIN_NOTICE_S", default=0.0)

# --- Workers -------------------------------------------------------------------------------------
# Hours for which the stream keeps records: usually, and once some have waited unread for two hours.
STREAM_RETENTION_HOURS = env.int("STREAM_RETENTION_HOURS", default=24)
STREAM_RAISED_RETENTION_HOURS = env.int("STREAM_RAISED_RETENTION_HOURS", default=168)
SHARD_SLOTS = env.int("SHARD_SLOTS", default=role_commands.SHARD_SLOTS)
# A process of `queues` has twice as many threads, so that short tasks never wait for listeners.
LISTENER_SLOTS = env.int("LISTENER_SLOTS", default=role_commands.LISTENER_SLOTS)
# Touched while no run of a process is stuck; `python -m workers.leases.liveness FILE` checks it.
LIVENESS_FILE = Path(path) if (path := env.str("LIVENESS_FILE", default="")) else None

# --- Static files, storage, security -------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(VAR_DIR / "static")))
STORAGES = {
    "default": {
        "BACKEND": "tracking.adapters.files.BucketStorage",
        "OPTIONS": {
            "bucket_name": AWS_NAMES["bucket"],
            "region_name": AWS_REGION,
            "endpoint_url": AWS_ENDPOINT_URL,
            "default_acl": None,
            "file_overwrite": True,
        },
    },
    "staticfiles": {
        "BACKEND": "swiftlogix.static.HashedStaticFiles"
        if not DEBUG
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "worker-src": ["'self'"],
        "manifest-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}
# Networks of the proxies and balancers in front; only they may say who the client is.
TRUSTED_PROXIES = parse_networks(env.list("TRUSTED_PROXIES", default=[]))
# The proxies pass on CloudFront's header with the viewer's address; they must take requests from it alone.
BEHIND_CLOUDFRONT = env.bool("BEHIND_CLOUDFRONT", default=False)
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
HTTPS = env.bool("HTTPS", default=STAGE != "local")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_SSL_REDIRECT = HTTPS
# A balancer checks the health of a process without HTTPS.
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz)$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
# Counts the characters of SECRET_KEY; swiftlogix/refusals.py checks the bytes of every secret.
SILENCED_SYSTEM_CHECKS = ["security.W009"]

# --- Time and language ---------------------------------------------------------------------------
USE_TZ = True
TIME_ZONE = "Asia/Kolkata"
LANGUAGE_CODE = "en"
FORMAT_MODULE_PATH = "swiftlogix.formats"

# structlog is set up by swiftlogix/telemetry.py
LOGGING_CONFIG = None
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
LOG_CHECKPOINTS = env.bool("LOG_CHECKPOINTS", default=False)
# Traces: `otlp` sends spans to a collector, `jsonl` writes them into a file, which the pipeline page shows.
TRACES_EXPORTER = env.str("OTEL_TRACES_EXPORTER", default="none")
if TRACES_EXPORTER not in {"none", "otlp", "jsonl"}:
    raise ImproperlyConfigured(f"OTEL_TRACES_EXPORTER is none, otlp or jsonl, not {TRACES_EXPORTER!r}")
TRACES_FILE = VAR_DIR / "traces.jsonl"
TRACED_CHANGE_SHARE = env.float("TRACED_CHANGE_SHARE", default=1.0)

# Stays last: what is unsafe stops the start.
refuse_unsafe_start(globals(), os.environ, sys.argv)
