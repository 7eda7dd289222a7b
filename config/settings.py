"""Every setting comes from the environment; docs/settings.md lists them. None is needed on one machine."""

import sys
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from config.database import connection
from config.env import envbool, envchoice, envint, envlist, envstr
from config.proxies import parse_networks
from config.secret_key import secret_key_in

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(envstr("VAR_DIR", str(BASE_DIR / "var"))).absolute()

DEBUG = envbool("DEBUG", False)
HTTPS = envbool("HTTPS", False)
SECRET_KEY = envstr("SECRET_KEY") or secret_key_in(VAR_DIR)
if len(SECRET_KEY) < 50:
    raise ImproperlyConfigured(
        "SECRET_KEY must have at least 50 characters. Leave it unset to have one made."
    )
ALLOWED_HOSTS = envlist("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = envlist("CSRF_TRUSTED_ORIGINS")
TRUSTED_PROXIES = parse_networks(envlist("TRUSTED_PROXIES"))

# Per token or user, in each web process: so many requests in so much time, or `off`.
API_RATE = envstr("API_RATE", "6000/min")
INGEST_RATE = envstr("INGEST_RATE", "60000/min")
# What tokens that a public page shows to everybody may do: requests per address, and streams per app.
BEACON_RATE = envstr("BEACON_RATE", "60/min")
BEACON_NEW_STREAMS = envint("BEACON_NEW_STREAMS", 20, minimum=0)
# What maps embedded in public pages may ask for, by address.
EMBED_RATE = envstr("EMBED_RATE", "600/min")
# Of single viewings, where an app does not say otherwise. Totals are kept for good.
RETENTION_DAYS = envint("RETENTION_DAYS", 400, minimum=17)
# Where the worker publishes the live map's figures for the web processes of this machine.
SNAPSHOT_DIR = VAR_DIR / "snapshot"
# One file, or two with a comma between; unset: what `manage.py geoip --update` installed, else the package's.
GEOIP_PATH = envstr("GEOIP_PATH")
GEOIP_ALLOW_PRIVATE = envbool("GEOIP_ALLOW_PRIVATE", False)

INSTALLED_APPS = [
    "config.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "leaflet",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "accounts",
    "viewers",
    "analytics",
    "ingest",
    "config",
]

MIDDLEWARE = [
    # Outermost: media servers refuse players whose callback anything below would refuse.
    "ingest.middleware.HooksMiddleware",
    "config.proxies.ForwardedProtocolMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "config.csp.ContentSecurityPolicyMiddleware",
    # Inside what only adds headers, outside of all that refuses: an API's refusals are in its own shape.
    "accounts.middleware.ApiErrorsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
# The contracts' paths have no trailing slash; a redirect would drop the body of a POST.
APPEND_SLASH = False

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
            ],
        },
    },
]

DATABASES = {
    "default": connection(envstr("DATABASE_URL"), VAR_DIR / "postgres", envstr("TEST_DATABASE_NAME"))
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "/login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/login"

LANGUAGE_CODE = "en-us"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# One batch of events, as large as it may become, is read in memory; the views set their own, lower limits.
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = envint("HSTS_SECONDS", 3600, minimum=0) if HTTPS else 0
# A load balancer asks on the inside, without TLS.
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
if HTTPS and TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# Subdomains and browsers' preload lists are for the domain's owner to decide.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    # Each view names who may call it; one that forgets answers nobody.
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    # `?format=` is no parameter of ours: it would turn an answer into a 404.
    "URL_FORMAT_OVERRIDE": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Turnout",
    "DESCRIPTION": "Who is watching a livestream, from where, how well, right now; exact totals over time.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
}

# Nothing is requested from outside: the base map is a layer of our own.
LEAFLET_CONFIG = {
    "TILES": [],
    "OVERLAYS": [],
    "ATTRIBUTION_PREFIX": False,
    "DEFAULT_CENTER": (20.0, 0.0),
    "DEFAULT_ZOOM": 2,
    "MIN_ZOOM": 1,
    "MAX_ZOOM": 20,
    "SCALE": None,
    "RESET_VIEW": False,
    "NO_GLOBALS": True,
}

LOG_LEVEL = envchoice("LOG_LEVEL", ["DEBUG", "INFO", "WARNING", "ERROR"], "INFO")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {
            "()": "config.redaction.RedactingFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s: %(message)s",
        },
    },
    "filters": {"without_health": {"()": "config.redaction.WithoutHealth"}},
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "stream": sys.stderr,
            "formatter": "plain",
            "filters": ["without_health"],
        }
    },
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        # Django's own handlers would print past the formatter, or send mail.
        "django": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        "django.server": {
            "handlers": ["stderr"],
            "level": "INFO" if DEBUG else "WARNING",
            "propagate": False,
        },
        **{name: {"level": LOG_LEVEL} for name in ("accounts", "viewers", "analytics", "ingest", "config")},
    },
}
