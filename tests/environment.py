"""Sets the variables that the settings read in a test run; pytest loads this before Django.

`DATABASE_URL` and `REDIS_URL` are left alone: `python -m tests.services` sets them.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

FIXED = {
    "ALLOWED_HOSTS": "localhost,127.0.0.1,[::1]",
    "BACKGROUND_IN_WEB": "0",
    "DEBUG": "0",
    "EMAIL_URL": "memory:",
    "HASHED_STATIC_FILES": "0",
    "HTTPS": "0",
    "IDENTITY_KEY": "the identity key of the tests, which nobody else may use",
    # All the tests' browsers have one address.
    "NEW_VOTERS_PER_ADDRESS": "1000000",
    "SECURITY_CONTACT": "mailto:security@localhost",
    "SECRET_KEY": "the secret key of the tests, which nobody else may use",
    "TIME_ZONE": "UTC",
}
UNSET = ("EMAIL_FROM", "SITE_LANGUAGES", "TRUSTED_ORIGINS", "TRUSTED_PROXY_COUNT")


def _prepare() -> None:
    folder = Path(tempfile.mkdtemp(prefix="deliberate-tests-"))
    # WhiteNoise complains of a folder that is not there.
    (folder / "static").mkdir()
    owner = os.getpid()

    def remove() -> None:
        # A forked child must not take the folder from its parent.
        if os.getpid() == owner:
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(remove)
    # Written by the tests that use them; no list of languages shows them.
    os.environ.update(FIXED, VAR_DIR=str(folder), PSEUDO_LOCALES=str(folder / "pseudo"))
    if "REDIS_URL" in os.environ:
        # Workers that run tests at once each have a cache of their own.
        number = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
        os.environ["REDIS_URL"] = os.environ["REDIS_URL"].split("?")[0] + f"?db={number}"
    for name in UNSET:
        os.environ.pop(name, None)


_prepare()
