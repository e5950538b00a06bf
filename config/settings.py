"""Django's settings, all from the environment; docs/settings.md has the table."""

from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from accounts.eid import presets
from config import environment, keys, offered_languages

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(environment.text("VAR_DIR", str(BASE_DIR / "var")))

DEBUG = environment.flag("DEBUG", default=False)
ALLOWED_HOSTS = environment.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
LOCAL_ONLY = set(ALLOWED_HOSTS) <= {"localhost", "127.0.0.1", "[::1]", "testserver"}

# Database: one file beside the code, unless told otherwise.

VAR_DIR.mkdir(parents=True, exist_ok=True)
DATABASE_URL = environment.text("DATABASE_URL", f"sqlite:////{VAR_DIR}/deliberate.sqlite3")
# Threads for work beside the event loop: votes, sockets, background steps. Pages have their own,
# one each. More of these than connections would only wait in another place.
ASGI_THREADS = environment.whole_number("ASGI_THREADS", 16)
DATABASE_POOL = environment.whole_number("DATABASE_POOL", ASGI_THREADS)
# Of PostgreSQL, in the processes that serve pages and sockets (config/asgi.py, config/wsgi.py).
STATEMENT_SECONDS = environment.whole_number("STATEMENT_SECONDS", 0)
DATABASES = {
    "default": environment.database(
        DATABASE_URL, base=BASE_DIR, pool=DATABASE_POOL, statement_seconds=STATEMENT_SECONDS
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
EMBEDDED = DATABASE_URL.startswith("sqlite")

# Keys: on one laptop they are made once and kept beside the database; a server must be given them.

SECRET_KEY = keys.find("SECRET_KEY", folder=VAR_DIR, may_make=EMBEDDED and LOCAL_ONLY)
IDENTITY_KEY = keys.find("IDENTITY_KEY", folder=VAR_DIR, may_make=EMBEDDED and LOCAL_ONLY)
if SECRET_KEY == IDENTITY_KEY:
    raise ImproperlyConfigured("IDENTITY_KEY must differ from SECRET_KEY.")

# How long after a conversation's closing its decisions can be appealed and own votes be found.
KEY_KEPT_DAYS = environment.whole_number("KEY_KEPT_DAYS", 180, within=(1, 3650))

# Live room and background work

REDIS_URL = environment.text("REDIS_URL", "")
CHANNEL_LAYERS = (
    {
        "default": {
            # Pub/Sub, not the core layer: that one drops the newest message of a burst and
            # closes every socket when Redis restarts.
            "BACKEND": "config.channel_layer.TidyLayer",
            "CONFIG": {"hosts": [REDIS_URL], "symmetric_encryption_keys": [SECRET_KEY]},
        }
    }
    if REDIS_URL
    else {
        "default": {
            "BACKEND": "channels.layers.InMemoryChannelLayer",
            # A process is a member of its rooms for as long as they have sockets, not for a day.
            "CONFIG": {"group_expiry": 10 * 365 * 24 * 3600},
        }
    }
)
CACHES = {
    "default": {"KEY_FUNCTION": "accounts.limits.cache_name"}
    | (
        {
            "BACKEND": "config.shared_cache.SharedCache",
            "LOCATION": REDIS_URL,
            # Who waits for a Redis that does not answer is a person before a page.
            "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 1},
        }
        if REDIS_URL
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    )
}
# Frames that one socket, and ballots that one person, may send a second in the long run.
LIVE_FRAMES_A_SECOND = environment.whole_number("LIVE_FRAMES_A_SECOND", 10)
# People without an account who may begin to vote from one address: at once, and in ten minutes.
NEW_VOTERS_PER_ADDRESS = environment.whole_number("NEW_VOTERS_PER_ADDRESS", 600)
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
BACKGROUND_IN_WEB = environment.flag("BACKGROUND_IN_WEB", default=EMBEDDED)

# For whoever runs it

METRICS_PORT = environment.text("METRICS_PORT", "")
DRAIN_SECONDS = environment.whole_number("DRAIN_SECONDS", 10)

# Applications

INSTALLED_APPS = [
    "daphne",
    "config",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "channels",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "django_tasks",
    "django_tasks_db",
    "csp",
    "record",
    "accounts",
    "deliberate",
    "opinion_map",
    "petitions",
    "moderation",
]
MIDDLEWARE = [
    "config.retrying.say_when",
    "config.headers.send",
    "config.even_time.level",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.compression.compress",
    "django.middleware.http.ConditionalGetMiddleware",
    "config.caching.declare",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "config.device.SharedPhone",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.sign_in_limits.end_old",
    "config.limiting.hold_back",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "config.kept_acts.finish",
    "config.guard.Guard",
]
ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "frontend" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.page.page",
            ],
        },
    }
]
FORM_RENDERER = "config.page.FormRenderer"

# Accounts

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
# A code, not a link: it stays in the browser where the person began, and mail scanners that
# open every link cannot confirm anything.
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_PREVENT_ENUMERATION = True
# No answer of a form that could tell who has an account comes sooner (config/even_time.py).
EVEN_SECONDS = 0.3
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_SESSION_REMEMBER = True
# Whose word about a client's address is believed (accounts/client_address.py).
TRUSTED_PROXY_COUNT = environment.whole_number("TRUSTED_PROXY_COUNT", 0)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT
# By address they stop machines, not villages behind one address; what is counted for each account
# and address together is in accounts/limits.py.
ACCOUNT_RATE_LIMITS = {
    "login": "300/m/ip",
    "login_failed": "60/m/ip,5/5m/key",
    "signup": "120/m/ip",
    "request_login_code": "120/m/ip",
    "reset_password": "120/m/ip",
    "reset_password_from_key": "60/m/ip",
}
# Changes to an account are told to its person (accounts/adapter.py leaves out from where).
ACCOUNT_EMAIL_NOTIFICATIONS = True
# Whoever holds an office needs a passkey or an app's codes; not on a laptop, where the demo's
# printed passwords are to open everything.
STAFF_SECOND_FACTOR = environment.flag("STAFF_SECOND_FACTOR", default=not LOCAL_ONLY)
MFA_ADAPTER = "accounts.mfa_adapter.MFAAdapter"
MFA_SUPPORTED_TYPES = ["webauthn", "totp", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
# States' own ways to sign in (docs/identity-providers.md); their secrets are in no database.
SOCIALACCOUNT_ADAPTER = "config.eid.EidAdapter"
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "provider_class": "accounts.eid.provider.EidProvider",
        "APPS": presets.read(environment.text("OIDC_PROVIDERS", ""), may_be_plain=LOCAL_ONLY),
    }
}
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_REQUESTS_TIMEOUT = 10
# How many people one field worker may help in a day, and what an identity number looks like.
ASSISTED_A_DAY = environment.whole_number("ASSISTED_A_DAY", 40)
IDENTITY_NUMBERS = environment.text("IDENTITY_NUMBERS", "[0-9]{11}|[0-9]{13}")
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"

# Languages and time

LANGUAGE_CODE = "en"
# Where the stretched and mirrored English for looking at pages lies (pseudo_locales.py).
PSEUDO_LOCALES = environment.text("PSEUDO_LOCALES", str(VAR_DIR / "pseudo") if DEBUG else "")
OFFERED_LANGUAGES = offered_languages.offered(
    environment.words("SITE_LANGUAGES", ",".join(row.code for row in offered_languages.ALL)),
    with_pseudo=bool(PSEUDO_LOCALES),
)
LANGUAGES = [(language.code, _(language.name)) for language in OFFERED_LANGUAGES]
LANGUAGES_BIDI = [language.code.split("-")[0] for language in OFFERED_LANGUAGES if language.is_rtl]
LANGUAGE_CHAINS = {language.code: language.chain for language in OFFERED_LANGUAGES}
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LOCALE_PATHS = [BASE_DIR / "frontend" / "locale"]
if PSEUDO_LOCALES:
    LOCALE_PATHS.append(Path(PSEUDO_LOCALES))
FORMAT_MODULE_PATH = ["config.formats"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = environment.text("TIME_ZONE", "UTC")

# Static files

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "frontend" / "static"]
HASHED_STATIC_FILES = environment.flag("HASHED_STATIC_FILES", default=not DEBUG)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "config.static.HashedStaticFiles"
            if HASHED_STATIC_FILES
            else "django.contrib.staticfiles.storage.StaticFilesStorage"
        )
    },
}
WHITENOISE_USE_FINDERS = not HASHED_STATIC_FILES

# Mail

vars().update(environment.email(environment.text("EMAIL_URL", "console:")))
DEFAULT_FROM_EMAIL = environment.text("EMAIL_FROM", "Deliberate <noreply@localhost>")

SITE_URL = environment.text("SITE_URL", "http://localhost:8000").rstrip("/")

# Security

HTTPS = environment.flag("HTTPS", default=not (LOCAL_ONLY or DEBUG))
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz)$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
if TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
SESSION_ENGINE = "accounts.session_store"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrftoken"
# Someone who votes without an account comes back weeks later to the same conversation.
SESSION_COOKIE_AGE = 60 * 24 * 3600
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "config.errors.csrf_failure"
X_FRAME_OPTIONS = "DENY"
# Whom to tell of a security hole: mailto: and https: addresses (/.well-known/security.txt).
SECURITY_CONTACT = environment.words("SECURITY_CONTACT")
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
CSRF_TRUSTED_ORIGINS = environment.words("TRUSTED_ORIGINS")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "worker-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "config.log_lines.OneLine",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "config": {"level": "INFO"},
        # Its warnings hold addresses and pages.
        "daphne.server": {"level": "ERROR"},
        "deliberate": {"level": "INFO"},
        "opinion_map": {"level": "INFO"},
        "django_tasks": {"level": "WARNING"},
        "django_tasks_db": {"level": "WARNING"},
    },
}
