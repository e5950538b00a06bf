"""Lines to seal and to check."""

from collections.abc import Callable

import pytest
from django.db import transaction

from record import lines, sealing
from record.models import RecordLine

AddLines = Callable[[int], list[RecordLine]]


@pytest.fixture
def add_lines() -> AddLines:
    """Appends that many unsealed lines, each about personal words of its own."""

    def add(count: int) -> list[RecordLine]:
        with transaction.atomic():
            return [
                lines.append(
                    kind="statement.rejected",
                    subject="/conversations/water/",
                    facts={"statement": number, "by": "moderator", "reason": "insult"},
                    personal=f"پانی {number}",
                )
                for number in range(1, count + 1)
            ]

    return add


@pytest.fixture
def sealed_lines(add_lines: AddLines) -> list[RecordLine]:
    """Five sealed lines."""
    add_lines(5)
    sealing.step()
    return list(RecordLine.objects.order_by("sequence"))
