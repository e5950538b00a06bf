"""Finds the server programs that Debian's packages bring."""

import functools
import shutil
from pathlib import Path


class ProgramMissing(Exception):
    """A program is not installed."""


@functools.cache
def find(name: str) -> Path:
    """The program's path, of the newest version where several are installed.

    Raises:
        ProgramMissing: it is nowhere.
    """
    # Debian keeps PostgreSQL's server programs outside the PATH, a folder per version.
    versions = sorted(
        Path("/usr/lib/postgresql").glob(f"*/bin/{name}"),
        key=lambda path: int(path.parent.parent.name),
    )
    found = versions[-1] if versions else shutil.which(name)
    if found is None:
        raise ProgramMissing(name)
    return Path(found)
