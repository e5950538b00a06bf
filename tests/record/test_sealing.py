from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import connection, transaction
from django.utils import timezone

from record import chain, lines, sealing, verification
from record.models import RecordLine

pytestmark = pytest.mark.django_db


def sequences() -> list[int | None]:
    return list(RecordLine.objects.order_by("pk").values_list("sequence", flat=True))


def test_seal_numbers_lines_by_their_ids_without_a_gap(add_lines):
    add_lines(3)

    sealed = sealing.seal()

    assert sealed == 3
    assert sequences() == [1, 2, 3]
    assert verification.verify().lines == 3


def test_seal_takes_no_more_than_its_limit(add_lines):
    add_lines(3)

    sealed = sealing.seal(limit=2)

    assert sealed == 2
    assert sequences() == [1, 2, None]


def test_seal_with_nothing_to_do_answers_zero(sealed_lines):
    assert sealing.seal() == 0
    assert verification.verify().lines == 5


def test_seal_begins_at_genesis(sealed_lines):
    assert sealed_lines[0].previous_hash == chain.GENESIS
    assert sealed_lines[1].previous_hash == sealed_lines[0].line_hash


def test_seal_takes_a_late_line_with_a_lower_id_behind_the_earlier_seals(sealed_lines):
    late = RecordLine.objects.create(
        pk=-1, kind="map.published", subject="/", appended_at=timezone.now()
    )

    sealing.seal()

    late.refresh_from_db()
    assert late.sequence == 6
    assert verification.verify().lines == 6


def test_step_seals_all_that_waits():
    RecordLine.objects.bulk_create(
        RecordLine(kind="map.published", subject="/", appended_at=timezone.now())
        for _ in range(501)
    )

    sealing.step()

    assert sequences() == list(range(1, 502))


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("limit", [1, 7, 500])
def test_seal_by_four_at_once_makes_one_chain(add_lines, limit):
    add_lines(60)

    def work(_: int) -> int:
        try:
            return sum(sealing.seal(limit=limit) for _ in range(20))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        sealed = sum(pool.map(work, range(4)))
    left = RecordLine.objects.filter(sequence__isnull=True).count()
    sealing.step()

    assert sealed + left == 60
    assert sorted(sequences()) == list(range(1, 61))
    assert verification.verify().lines == 60


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_seal_goes_past_a_line_that_is_not_committed_yet(add_lines):
    """Ids are taken before the commit: a lower one may become visible later."""
    appended, may_commit = Event(), Event()

    def append_slowly() -> int:
        try:
            with transaction.atomic():
                line = lines.append(kind="map.published", subject="/")
                appended.set()
                may_commit.wait(10)
            return line.pk
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(append_slowly)
        appended.wait(10)
        add_lines(2)
        sealing.seal()
        may_commit.set()
        late = slow.result()
    sealing.seal()

    assert RecordLine.objects.get(pk=late).sequence == 3
    assert RecordLine.objects.order_by("pk")[0].pk == late
    assert verification.verify().lines == 3
