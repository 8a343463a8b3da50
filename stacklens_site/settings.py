"""Settings, once, in groups. Every variable that is read here is listed in .env.example."""

import os
import secrets
from pathlib import Path

from csp.constants import NONCE, SELF
from django.core.exceptions import ImproperlyConfigured

from integrations.outbound.addresses import Allowed, allowed
from stacklens_site import env, kafka
from stacklens_site.database import databases
from stacklens_site.elastic import elasticsearch
from stacklens_site.theme import UNFOLD  # noqa: F401 - a setting

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.text("STACKLENS_DATA_DIR", str(BASE_DIR / "var"))).resolve()

# --- servers: named by the environment, or embedded ---------------------------------------------------------------
DATABASE_VARIABLE = "DATABASE_URL" if env.text("DATABASE_URL") else "POSTGRES_URL"
DATABASE_URL = env.text("DATABASE_URL") or env.text("POSTGRES_URL")
DATABASE_CONNECTIONS = env.integer("STACKLENS_DATABASE_CONNECTIONS", 10, 4, 1000)  # of one process, at most
DATABASES = databases(DATABASE_VARIABLE, DATABASE_URL, DATA_DIR, DATABASE_CONNECTIONS)
QUEUE_DATABASE = "queue" if "queue" in DATABASES else "default"
DATABASE_ROUTERS = ["ingest.transport.router.QueueRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
(DATA_DIR / "static").mkdir(parents=True, exist_ok=True)

KAFKA_BROKERS = env.names("KAFKA_BROKERS", [])
ELASTICSEARCH_URL = env.text("ELASTICSEARCH_URL")
REDIS_URL = env.text("REDIS_URL")
JAEGER_URL = env.text("JAEGER_URL")
OTEL_COLLECTOR_URL = env.text("OTEL_COLLECTOR_URL")
EMBEDDED = "queue" in DATABASES and not (KAFKA_BROKERS or ELASTICSEARCH_URL or REDIS_URL)

# --- Elasticsearch: filled from the enriched topic by run_indexer ----------------------------------------------------
ELASTICSEARCH_DSL = (
    {
        "default": elasticsearch(
            env.names("ELASTICSEARCH_URL", []),
            env.text("ELASTICSEARCH_API_KEY"),
            env.text("ELASTICSEARCH_USERNAME"),
            env.text("ELASTICSEARCH_PASSWORD"),
            env.text("ELASTICSEARCH_CA_CERTS"),
        )
    }
    if ELASTICSEARCH_URL
    else {}
)
ELASTICSEARCH_DSL_AUTOSYNC = False  # the indexer writes, not the ORM

# --- topics and what they carry -----------------------------------------------------------------------------------
TOPIC_SIGNALS = {"otel-logs": "logs", "otel-traces": "traces", "otel-metrics": "metrics"}
KAFKA_TOPICS = env.names("KAFKA_TOPICS", list(TOPIC_SIGNALS))
if unknown := set(KAFKA_TOPICS) - set(TOPIC_SIGNALS):
    raise ImproperlyConfigured(f"KAFKA_TOPICS: unknown topic {sorted(unknown)[0]!r}; known: {', '.join(TOPIC_SIGNALS)}")

# --- Kafka, where it is named -------------------------------------------------------------------------------------
KAFKA_CLIENT = kafka.client(KAFKA_BROKERS)
KAFKA_RELIABLE = kafka.RELIABLE
KAFKA_GROUP_ID = env.text("KAFKA_GROUP_ID", "stacklens")
# how long a worker may be silent before others take its partitions; brokers allow 6 s to 30 min
KAFKA_SESSION_SECONDS = env.integer("KAFKA_SESSION_SECONDS", 10, 6, 1800)
KAFKA_REPLICATION_FACTOR = env.integer("KAFKA_REPLICATION_FACTOR", 1, 1, 32767)
ENRICHED_TOPIC, ALERTS_TOPIC, DEAD_LETTERS_TOPIC = "stacklens-enriched", "stacklens-alerts", "stacklens-dead-letters"

# --- where we listen ----------------------------------------------------------------------------------------------
BIND = env.text("STACKLENS_BIND", "127.0.0.1")
WEB_PORT = env.port("STACKLENS_PORT", 3001)
OTLP_HTTP_PORT = env.port("STACKLENS_OTLP_HTTP_PORT", 4318)
OTLP_GRPC_PORT = env.port("STACKLENS_OTLP_GRPC_PORT", 4317)
HEALTH_PORT = env.port("STACKLENS_HEALTH_PORT", 8001)
INDEXER_HEALTH_PORT = env.port("STACKLENS_INDEXER_HEALTH_PORT", 8002)

# --- the door -----------------------------------------------------------------------------------------------------
LOOPBACK = BIND in ("127.0.0.1", "::1", "localhost")
INGEST_AUTH = env.choice("STACKLENS_INGEST_AUTH", "off" if EMBEDDED and LOOPBACK else "required", ("required", "off"))
INGEST_MAX_BYTES = 20 * 2**20  # of a request, before and after decompression
INGEST_QUEUE_MAX_BYTES = env.integer("STACKLENS_QUEUE_MAX_BYTES", 2 * 2**30, 2**20)  # the door answers 503 beyond
INGEST_MIN_FREE_BYTES = 256 * 2**20  # and when the disk has less left than this

# --- the worker ---------------------------------------------------------------------------------------------------
WORKER_BATCH_BYTES = env.integer("STACKLENS_BATCH_BYTES", 3 * 2**20, 1024)  # what one transaction takes from the queue
# a partition is not read on once more than this share of its last so many records could not be used; 100 percent: never
WORKER_STOP_PERCENT = env.integer("STACKLENS_STOP_PERCENT", 50, 1, 100)
WORKER_STOP_RECORDS = env.integer("STACKLENS_STOP_RECORDS", 1000, 1, 10**6)
WORKER_STALL_SECONDS = env.integer("STACKLENS_STALL_SECONDS", 60, 1)  # health fails when lag stands still this long

# --- the notifier -------------------------------------------------------------------------------------------------
SITE_URL = env.text("STACKLENS_URL", f"http://{BIND}:{WEB_PORT}").rstrip("/")  # where links in notices begin
GIVE_UP_HOURS = env.integer("STACKLENS_GIVE_UP_HOURS", 24, 1, 24 * 365)  # a notice that fails for so long

# --- how many days things are kept (manage.py prune) --------------------------------------------------------------
CENTURY = 36500
RETENTION_DAYS = env.integer("STACKLENS_RETENTION_DAYS", 7, 1, CENTURY)
RECORD_DAYS = {
    "raw_logs": env.integer("STACKLENS_RETENTION_DAYS_LOGS", RETENTION_DAYS, 1, CENTURY),
    "spans": env.integer("STACKLENS_RETENTION_DAYS_TRACES", RETENTION_DAYS, 1, CENTURY),
    "metric_points": env.integer("STACKLENS_RETENTION_DAYS_METRICS", RETENTION_DAYS, 1, CENTURY),
}
DEAD_LETTER_DAYS = env.integer("STACKLENS_RETENTION_DAYS_DEAD_LETTERS", 30, 1, CENTURY)
STAT_DAYS = env.integer("STACKLENS_RETENTION_DAYS_STATISTICS", 30, 1, CENTURY)
DELIVERY_DAYS = env.integer("STACKLENS_RETENTION_DAYS_DELIVERIES", 30, 1, CENTURY)  # after they are told or given up
AUDIT_DAYS = env.integer("STACKLENS_RETENTION_DAYS_AUDIT", 3650, 1, CENTURY)  # who changed what in the admin
ALERT_DAYS = env.integer("STACKLENS_RETENTION_DAYS_ALERTS", 365, 1, CENTURY)  # after they are resolved

# --- security -----------------------------------------------------------------------------------------------------
DEBUG = env.boolean("DEBUG", False)


def secret_key() -> str:
    """SECRET_KEY; on the embedded default one is made on the first start and kept beside the database."""
    if value := env.text("SECRET_KEY"):
        return value
    if "queue" not in DATABASES:
        raise ImproperlyConfigured("SECRET_KEY: must be set where the database is a server")
    file = DATA_DIR / "secret_key"
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as made:
            made.write(secrets.token_urlsafe(50))
    except FileExistsError:
        pass
    return file.read_text().strip()


SECRET_KEY = secret_key()
SEAL_KEYS = env.names("STACKLENS_SEAL_KEYS", [SECRET_KEY])  # the first seals credentials, every one unseals
ALLOWED_HOSTS = env.names("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
SECURE = env.boolean("STACKLENS_TLS", not LOOPBACK and not DEBUG)  # in front of us; the loopback default has none
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SECURE_SSL_REDIRECT = SECURE
SECURE_HSTS_SECONDS = 31536000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    # the admin theme evaluates expressions in attributes, so it gets its own policy (stacklens_site/middleware.py)
    "EXCLUDE_URL_PREFIXES": ["/admin/"],
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": [SELF],
        "frame-ancestors": ["'none'"],
    },
}
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]

# --- calls that leave ---------------------------------------------------------------------------------------------
OUTBOUND_ALLOW = env.parsed(
    "STACKLENS_OUTBOUND_ALLOW",
    Allowed(),
    lambda text: allowed(part.strip() for part in text.split(",") if part.strip()),
    "hosts, host:port and networks, separated by commas",
)
OUTBOUND_CA = env.text("STACKLENS_OUTBOUND_CA")  # the path of a PEM file; else the authorities that browsers trust
# of manage.py, that actions of kind command may call
AUTOMATION_COMMANDS = env.names("STACKLENS_AUTOMATION_COMMANDS", [])
EMAIL_HOST = env.text("EMAIL_HOST")  # none: no mail is sent
EMAIL_USE_TLS = env.boolean("EMAIL_USE_TLS", False)  # STARTTLS
EMAIL_USE_SSL = env.boolean("EMAIL_USE_SSL", False)
EMAIL_PORT = env.integer("EMAIL_PORT", 465 if EMAIL_USE_SSL else 587 if EMAIL_USE_TLS else 25, 1, 65535)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD")
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "stacklens@localhost.localdomain")

# --- the application ----------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "daphne",
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "stacklens_site",
    "accounts",
    "search",
    "alerts",
    "ingest",
    "integrations",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "stacklens_site.middleware.AdminContentSecurityPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "stacklens_site.urls"
ASGI_APPLICATION = "stacklens_site.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ]
        },
    }
]
CHANNEL_LAYERS = {
    "default": {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {"hosts": [REDIS_URL]}}
    if REDIS_URL
    else {"BACKEND": "channels.layers.InMemoryChannelLayer"}
}
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = LOGIN_URL

# --- language, time, files ----------------------------------------------------------------------------------------
LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
# the files are served from where they lie, so that a fresh clone needs no collectstatic
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

# --- API ----------------------------------------------------------------------------------------------------------
API_RATE = env.integer("STACKLENS_API_RATE", 600, 0)  # requests a minute of each token or user; 0 for no limit
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.tokens.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_THROTTLE_CLASSES": ["accounts.throttle.PerMinute"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "StackLens",
    "DESCRIPTION": "Alerts, rules and records of StackLens.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "ENUM_NAME_OVERRIDES": {"DriftWhatEnum": ("status", "assignee", "gone")},
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "search.api.problems.with_retry_after",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

# --- our own logs -------------------------------------------------------------------------------------------------
LOG_LEVEL = env.choice("LOG_LEVEL", "info", ("debug", "info", "warning", "error")).upper()
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "daphne.http_protocol": {"level": "WARNING"},
        "django.channels.server": {"level": "WARNING"},
        "urllib3": {"level": "ERROR"},  # it names paths, and the path of a webhook is a credential
        "elastic_transport": {"level": "ERROR"},  # who asks says what failed, once
    },
}
