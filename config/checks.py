"""Refuses production set-ups that would break a promise (`manage.py check --deploy`).

Each says what is wrong and what to do. What the database knows is asked in data_checks.py.
"""

from importlib.metadata import version
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connection

from accounts import identity_keys
from config.keys import SHORTEST

# Of a key that a machine has drawn; words, and one letter many times, have fewer.
FEWEST_LETTERS: Final = 12
# Before it, frames without bounds (CVE-2026-44545) and bytes smuggled in Origin (CVE-2026-44546).
OLDEST_DAPHNE: Final = (4, 2, 3)
NO_MAIL: Final = {
    f"django.core.mail.backends.{name}.EmailBackend"
    for name in ("console", "dummy", "filebased", "locmem")
}
MIDDLEWARE: Final = (
    "config.even_time.level",
    "config.guard.Guard",
    "config.headers.send",
    "config.limiting.hold_back",
    "csp.middleware.CSPMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.security.SecurityMiddleware",
)


def _refused(number: int, sentence: str, hint: str) -> list[CheckMessage]:
    return [Error(sentence, hint=hint, id=f"deliberate.E{number:03}")]


@register(Tags.security, deploy=True)
def many_processes_share_a_layer(**_options: Any) -> list[CheckMessage]:
    """PostgreSQL means several processes, and those need one channel layer."""
    layer: Any = settings.CHANNEL_LAYERS["default"]
    if connection.vendor == "postgresql" and layer["BACKEND"].endswith("InMemoryChannelLayer"):
        return _refused(
            1,
            "Each process would have a channel layer of its own, and news would not reach the "
            "sockets of the others.",
            "Set REDIS_URL.",
        )
    if layer["BACKEND"].endswith("core.RedisChannelLayer"):
        return _refused(
            1,
            "The core channel layer drops the newest news of a burst.",
            "Use config.channel_layer.TidyLayer.",
        )
    redis = not layer["BACKEND"].endswith("InMemoryChannelLayer")
    if redis and not layer["CONFIG"].get("symmetric_encryption_keys"):
        return _refused(
            1,
            "Whoever reads along in Redis would read the rooms' news.",
            "Give the channel layer symmetric_encryption_keys.",
        )
    return []


@register(Tags.security, deploy=True)
def origins_are_exact(**_options: Any) -> list[CheckMessage]:
    """A wildcard would let another site open sockets and post forms in a citizen's name."""
    found = []
    for origin in settings.CSRF_TRUSTED_ORIGINS:
        parts = urlsplit(origin)
        if parts.scheme != "https" or "*" in origin or not parts.hostname or parts.path:
            found += _refused(
                2,
                f"{origin!r} in TRUSTED_ORIGINS is no exact origin.",
                "Write https://name, with the port if it has one, and nothing else.",
            )
    for host in settings.ALLOWED_HOSTS:
        if "*" in host or host.startswith("."):
            found += _refused(
                2,
                f"{host!r} in ALLOWED_HOSTS lets in names that are not yours; links in mail "
                "could be made to lead there.",
                "Name each host of the site.",
            )
    return found


@register(Tags.security, deploy=True)
def acknowledged_means_on_disk(**_options: Any) -> list[CheckMessage]:
    """The options of the connection must not trade durability for speed."""
    options = str(settings.DATABASES["default"].get("OPTIONS", {})).replace(" ", "")
    if "synchronous_commit=off" in options:
        return _refused(
            3,
            "synchronous_commit is off: votes that were confirmed could be lost.",
            "Take it out of DATABASE_URL.",
        )
    return []


@register(Tags.security, deploy=True)
def proxies_are_counted(**_options: Any) -> list[CheckMessage]:
    """Without the number of proxies every person has the proxy's address, and one limit."""
    count = settings.TRUSTED_PROXY_COUNT
    if count < 0 or (settings.HTTPS and count == 0):
        return _refused(
            4,
            "HTTPS ends at a proxy, so every request seems to come from it: all people would "
            "share one limit.",
            "Set TRUSTED_PROXY_COUNT to the number of your proxies, 1 behind nginx alone; each "
            "must overwrite or append to X-Forwarded-For.",
        )
    if count != settings.ALLAUTH_TRUSTED_PROXY_COUNT:
        return _refused(
            4,
            "Two settings disagree about how many proxies there are.",
            "Leave ALLAUTH_TRUSTED_PROXY_COUNT to TRUSTED_PROXY_COUNT.",
        )
    return []


@register(Tags.security, deploy=True)
def limits_are_shared(**_options: Any) -> list[CheckMessage]:
    """Limits in each process's own memory hold once for each of them."""
    cache = str(settings.CACHES["default"]["BACKEND"])
    if connection.vendor == "postgresql" and cache.endswith(("LocMemCache", "DummyCache")):
        return _refused(
            5,
            "Limits on signing in would hold for each process by itself.",
            "Set REDIS_URL.",
        )
    return []


@register(Tags.security, deploy=True)
def offices_need_a_second_factor(**_options: Any) -> list[CheckMessage]:
    """Who decides about others' words signs in with more than a password."""
    found = []
    if not settings.STAFF_SECOND_FACTOR:
        found += _refused(
            6,
            "Offices could be taken over with a password alone.",
            "Set STAFF_SECOND_FACTOR=1, or leave it out.",
        )
    if getattr(settings, "MFA_TOTP_INSECURE_BYPASS_CODE", None):
        found += _refused(
            6,
            "One code would open every account that has a second factor.",
            "Take MFA_TOTP_INSECURE_BYPASS_CODE out of the settings.",
        )
    return found


@register(Tags.security, deploy=True)
def keys_are_secret_and_apart(**_options: Any) -> list[CheckMessage]:
    """Who finds one of the keys must not have the other, and must not guess it."""
    identity = identity_keys.parse(settings.IDENTITY_KEY)
    found = []
    for name, key in [("SECRET_KEY", settings.SECRET_KEY), *_named(identity)]:
        if len(key) < SHORTEST or len(set(key)) < FEWEST_LETTERS:
            found += _refused(
                7,
                f"{name} could be guessed.",
                "python3 -c 'import secrets; print(secrets.token_urlsafe(48))'",
            )
    if settings.SECRET_KEY in identity.values() or settings.SECRET_KEY in settings.IDENTITY_KEY:
        found += _refused(
            7,
            "IDENTITY_KEY is SECRET_KEY: a leak of one would link people to their votes.",
            "Draw another one.",
        )
    return found


def _named(keys: Any) -> list[tuple[str, str]]:
    return [(f"The key {key_id!r} in IDENTITY_KEY", secret) for key_id, secret in keys.items()]


@register(Tags.security, deploy=True)
def pages_run_no_foreign_code(**_options: Any) -> list[CheckMessage]:
    """The policy that keeps a slip in a template from becoming a script."""
    rules = getattr(settings, "CONTENT_SECURITY_POLICY", {}).get("DIRECTIVES", {})
    loose = [
        f"{name} {word}"
        for name, words in rules.items()
        for word in words
        if word in {"*", "http:", "https:", "'unsafe-inline'", "'unsafe-eval'", "'unsafe-hashes'"}
    ]
    missing = [
        name
        for name in ("default-src", "base-uri", "frame-ancestors", "object-src")
        if rules.get(name) != ["'none'"]
    ]
    if loose or missing or "form-action" not in rules:
        return _refused(
            8,
            "The Content-Security-Policy would let foreign code run: "
            + ", ".join([*loose, *(f"{name} is not 'none'" for name in missing)])
            + ".",
            "Leave CONTENT_SECURITY_POLICY as config/settings.py has it.",
        )
    return []


@register(Tags.security, deploy=True)
def nothing_guards_itself(**_options: Any) -> list[CheckMessage]:
    """The layers that refuse what views forget to."""
    missing = [name for name in MIDDLEWARE if name not in settings.MIDDLEWARE]
    if missing:
        return _refused(
            9,
            f"MIDDLEWARE lacks {', '.join(missing)}.",
            "Leave MIDDLEWARE as config/settings.py has it.",
        )
    return []


@register(Tags.security, deploy=True)
def site_has_an_address(**_options: Any) -> list[CheckMessage]:
    """Links in mail and exports are made from SITE_URL alone."""
    parts = urlsplit(settings.SITE_URL)
    if parts.scheme != "https" or parts.hostname not in settings.ALLOWED_HOSTS or parts.path:
        return _refused(
            11,
            f"{settings.SITE_URL!r} is not the site's address: links in mail would lead astray.",
            "Set SITE_URL=https://name, a name that stands in ALLOWED_HOSTS.",
        )
    return []


@register(Tags.security, deploy=True)
def pages_are_encrypted(**_options: Any) -> list[CheckMessage]:
    """Sessions on an open line are everybody's."""
    if settings.DEBUG or not settings.HTTPS:
        return _refused(
            10,
            "Sessions would go over an open line, or errors would show the program's insides.",
            "Leave DEBUG and HTTPS out of the environment.",
        )
    return []


@register(Tags.security, deploy=True)
def server_is_mended(**_options: Any) -> list[CheckMessage]:
    """Known holes of the server of sockets."""
    found = tuple(int(part) for part in version("daphne").split(".")[:3] if part.isdigit())
    if found < OLDEST_DAPHNE:
        return _refused(
            12,
            f"daphne {version('daphne')} has known holes.",
            "Install it again with constraints.txt.",
        )
    return []


@register(Tags.security, deploy=True)
def mail_is_sent(**_options: Any) -> list[CheckMessage]:
    """Nobody could sign up or in by code."""
    if settings.EMAIL_BACKEND in NO_MAIL:
        return _refused(
            13,
            "Mail goes to a console or a file: nobody could confirm an address.",
            "Set EMAIL_URL=smtp+tls://user:password@host.",
        )
    if not (settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL) and settings.EMAIL_HOST not in {
        "localhost",
        "127.0.0.1",
        "::1",
    }:
        return _refused(
            13,
            "Codes to sign in with would go over an open line.",
            "Write smtp+tls:// or smtps:// in EMAIL_URL.",
        )
    return []


@register(Tags.security, deploy=True)
def connections_are_bounded(**_options: Any) -> list[CheckMessage]:
    """A connection for each thread uses up the database's; a dead one costs somebody's vote."""
    database: Any = settings.DATABASES["default"]
    if connection.vendor != "postgresql":
        return []
    if not database["OPTIONS"].get("pool") or not database.get("CONN_HEALTH_CHECKS"):
        return _refused(
            14,
            "Connections to PostgreSQL are not pooled, or not looked at before they are used.",
            "Leave DATABASES as config/environment.py makes it.",
        )
    return []


@register(Tags.security, deploy=True)
def somebody_hears_of_holes(**_options: Any) -> list[CheckMessage]:
    """Who finds a hole must find out whom to tell, before others find the hole."""
    if not settings.SECURITY_CONTACT:
        return _refused(
            15,
            "Nobody is named whom to tell of a security hole.",
            "Set SECURITY_CONTACT=mailto:security@your.name, or the https:// address of a page.",
        )
    return []
