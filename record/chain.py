"""What a line's seal is made of: the same bytes for the sealer, the verifier and any outsider."""

import hashlib
import json
from datetime import UTC
from typing import Any, Final

from record.models import RecordLine

# What the first line names as the hash before it.
GENESIS: Final = "0" * 64


def contents(line: RecordLine, *, sequence: int, previous_hash: str) -> dict[str, Any]:
    """Everything that the seal covers."""
    return {
        "sequence": sequence,
        "kind": line.kind,
        "subject": line.subject,
        "facts": line.facts,
        "personal_hash": line.personal_hash,
        "appended_at": line.appended_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "previous_hash": previous_hash,
    }


def canonical(value: dict[str, Any]) -> str:
    """The one way to write it: keys sorted, no spaces, everything beyond ASCII as \\uXXXX."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def digest(line: RecordLine, *, sequence: int, previous_hash: str) -> str:
    """The line's hash at that place in the chain."""
    sealed = contents(line, sequence=sequence, previous_hash=previous_hash)
    return hashlib.sha256(canonical(sealed).encode("ascii")).hexdigest()
