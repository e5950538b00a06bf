"""Finds the site's secret keys: in the environment, or in a file made once on a single machine."""

import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

SHORTEST = 32


def find(name: str, *, folder: Path, may_make: bool) -> str:
    """The key of that name, from the environment or from `folder/keys/name`.

    Raises:
        ImproperlyConfigured: it is nowhere and may not be made, or it is too short to be secret.
    """
    key = os.environ.get(name)
    if key is None and may_make:
        key = _kept(folder / "keys" / name.lower())
    if key is None:
        raise ImproperlyConfigured(f"Set the environment variable {name} (docs/settings.md).")
    if len(key) < SHORTEST:
        raise ImproperlyConfigured(f"{name} must have at least {SHORTEST} characters.")
    return key


def _kept(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        # O_EXCL: of two processes that start together one makes the key, the other reads it.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        key = secrets.token_urlsafe(48)
        file.write(key)
    return key
