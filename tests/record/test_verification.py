from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F, QuerySet

from record import chain, sealing, verification
from record.models import PersonalSalt, RecordLine
from record.verification import BrokenRecord

pytestmark = pytest.mark.django_db

OTHER_HASH = "f" * 64


def behind_the_guard(**where) -> QuerySet[RecordLine]:
    """Rows as somebody with a hand in the database reaches them."""
    return QuerySet(RecordLine).filter(**where)


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "statement.accepted"},
        {"subject": "/conversations/roads/"},
        {"facts": {}},
        {"facts": {"statement": 3, "by": "moderator", "reason": "advert"}},
        {"personal_hash": OTHER_HASH},
        {"personal_hash": ""},
        {"appended_at": F("appended_at") + timedelta(microseconds=1)},
        {"previous_hash": OTHER_HASH},
        {"line_hash": OTHER_HASH},
        {"sequence": 99},
        {"sequence": None, "previous_hash": "", "line_hash": ""},
    ],
    ids=lambda change: " ".join(change),
)
def test_verify_names_the_first_line_that_was_changed(sealed_lines, change):
    behind_the_guard(sequence=3).update(**change)

    with pytest.raises(BrokenRecord) as broken:
        verification.verify()

    assert broken.value.sequence == 3


def test_verify_tries_every_sealed_field(sealed_lines):
    """A new column is either in the seal or named here as not being a part of it."""
    line = sealed_lines[0]
    sealed = chain.contents(line, sequence=1, previous_hash=chain.GENESIS)

    columns = {field.name for field in RecordLine._meta.concrete_fields}

    assert columns == sealed.keys() | {"id", "line_hash"}


def test_verify_sees_two_lines_that_changed_places(sealed_lines):
    behind_the_guard(sequence=2).update(sequence=99)
    behind_the_guard(sequence=3).update(sequence=2)
    behind_the_guard(sequence=99).update(sequence=3)

    with pytest.raises(BrokenRecord) as broken:
        verification.verify()

    assert broken.value.sequence == 2


def test_verify_sees_a_deleted_line(sealed_lines):
    cut_out(4)

    with pytest.raises(BrokenRecord) as broken:
        verification.verify()

    assert broken.value.sequence == 4


def test_verify_without_an_anchor_cannot_see_a_cut_tail(sealed_lines):
    cut_out(5)

    assert verification.verify().lines == 4


def test_verify_with_an_anchor_sees_a_cut_tail(sealed_lines):
    anchor = sealed_lines[4].line_hash
    cut_out(5)

    with pytest.raises(BrokenRecord) as broken:
        verification.verify(anchor=anchor)

    assert broken.value.sequence == 5


def test_verify_with_an_anchor_sees_a_chain_written_anew(sealed_lines):
    anchor = verification.verify().head_hash
    behind_the_guard().update(sequence=None, previous_hash="", line_hash="")
    behind_the_guard(pk=sealed_lines[2].pk).update(kind="statement.accepted")
    sealing.step()

    with pytest.raises(BrokenRecord):
        verification.verify(anchor=anchor)

    assert verification.verify().lines == 5


def test_verify_accepts_an_anchor_that_the_record_has_grown_beyond(sealed_lines, add_lines):
    anchor = sealed_lines[2].line_hash
    add_lines(2)
    sealing.step()

    assert verification.verify(anchor=anchor).lines == 7


def test_verify_of_an_empty_record_is_the_genesis():
    assert verification.verify() == verification.Verified(lines=0, head_hash=chain.GENESIS)


def test_verify_record_prints_the_lines_and_the_head(sealed_lines, add_lines):
    add_lines(2)
    out = StringIO()

    call_command("verify_record", stdout=out)

    assert out.getvalue().splitlines() == [
        "5 lines verified, 2 waiting to be sealed.",
        f"Head: {sealed_lines[4].line_hash}",
    ]


def test_verify_record_names_the_broken_line_and_fails(sealed_lines):
    behind_the_guard(sequence=2).update(kind="x")

    with pytest.raises(CommandError, match="line 2") as failed:
        call_command("verify_record", stdout=StringIO())

    assert failed.value.returncode == 1


def test_verify_record_with_an_unknown_head_fails(sealed_lines):
    with pytest.raises(CommandError, match="cut off"):
        call_command("verify_record", head=OTHER_HASH, stdout=StringIO())


@pytest.mark.parametrize("beginning", ["", "abc", "f" * 63, "g" * 64])
def test_verify_record_wants_a_whole_hash(sealed_lines, beginning):
    with pytest.raises(CommandError, match="64 hexadecimal"):
        call_command("verify_record", f"--head={beginning}", stdout=StringIO())


def cut_out(sequence: int) -> None:
    PersonalSalt.objects.filter(line__sequence=sequence).delete()
    behind_the_guard(sequence=sequence).delete()
