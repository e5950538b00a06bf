"""The demo's words, as data: what is said, not how it is stored."""

import json
from pathlib import Path
from typing import Any


def load(name: str) -> Any:
    """One of the files beside this one."""
    return json.loads((Path(__file__).parent / f"{name}.json").read_text(encoding="utf-8"))
