"""Finds the site's secret keys: in the environment, or in a file made once on a single machine."""

import contextlib
import os
import secrets
import tempfile
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
    if not path.exists():
        descriptor, made = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
        # A link appears whole or not at all: of two processes that start together one gives
        # the key its name, and neither reads a file that is still empty.
        with contextlib.suppress(FileExistsError):
            os.link(made, path)
        os.unlink(made)
    return path.read_text().strip()
