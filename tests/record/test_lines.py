import pytest
from django.db import transaction

from record import lines, verification
from record.append_only import AppendOnlyViolation
from record.models import PersonalSalt, RecordLine

pytestmark = pytest.mark.django_db


@pytest.mark.django_db(transaction=True)
def test_append_outside_the_transaction_of_the_act_is_refused():
    with pytest.raises(RuntimeError):
        lines.append(kind="statement.accepted", subject="/")

    assert RecordLine.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_append_is_undone_with_its_act():
    def fail_after_appending() -> None:
        lines.append(kind="statement.accepted", subject="/", personal="words")
        raise LookupError

    with pytest.raises(LookupError), transaction.atomic():
        fail_after_appending()

    assert RecordLine.objects.count() == PersonalSalt.objects.count() == 0


def test_append_keeps_no_personal_words():
    line = lines.append(kind="petition.opened", subject="/petitions/1/", personal="my words")

    stored = RecordLine.objects.values().get(pk=line.pk)
    assert "my words" not in str(stored)
    assert len(stored["personal_hash"]) == 64


def test_append_of_the_same_words_twice_gives_two_hashes():
    first = lines.append(kind="petition.opened", subject="/petitions/1/", personal="words")
    second = lines.append(kind="petition.opened", subject="/petitions/2/", personal="words")

    assert first.personal_hash != second.personal_hash


def test_proves_only_the_words_it_was_written_about():
    line = lines.append(kind="petition.opened", subject="/petitions/1/", personal="words")

    assert lines.proves(line=line, personal="words")
    assert not lines.proves(line=line, personal="other words")


def test_forget_ends_the_proof_and_keeps_the_chain(sealed_lines):
    line = sealed_lines[2]
    before = verification.verify()

    lines.forget(line)

    assert not lines.proves(line=line, personal="پانی 3")
    assert verification.verify() == before


def test_line_cannot_be_changed_or_deleted(sealed_lines):
    line = sealed_lines[0]
    line.kind = "statement.accepted"

    for change in (
        line.save,
        line.delete,
        RecordLine.objects.all().delete,
        lambda: RecordLine.objects.filter(pk=line.pk).update(kind="x"),
        lambda: RecordLine.objects.bulk_update([line], ["kind"]),
    ):
        with pytest.raises(AppendOnlyViolation):
            change()

    assert RecordLine.objects.filter(kind="statement.rejected").count() == 5


@pytest.mark.parametrize(
    ("subject", "page"),
    [
        ("/petitions/1/", "/petitions/1/"),
        ("//elsewhere.example/", ""),
        ("/\\elsewhere.example/", ""),
        ("https://elsewhere.example/", ""),
        ("javascript:alert(1)", ""),
        ("", ""),
    ],
)
def test_page_is_a_path_of_this_site_or_nothing(subject, page):
    assert RecordLine(subject=subject).page == page
