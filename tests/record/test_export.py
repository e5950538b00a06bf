import hashlib
import json

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from hypothesis import given, settings
from hypothesis import strategies as st

from record import chain, export, sealing, verification
from record.models import RecordLine

pytestmark = pytest.mark.django_db


def check_copy(text: str) -> str:
    """Somebody else's verifier, written from the description alone; the head's hash."""
    before, number = "0" * 64, 0
    for line in text.splitlines():
        row = json.loads(line)
        said = row.pop("line_hash")
        number = number + 1
        assert row["sequence"] == number, f"line {number} is missing"
        assert row["previous_hash"] == before, f"line {number} does not follow"
        written = json.dumps(row, sort_keys=True, separators=(",", ":"))
        assert hashlib.sha256(written.encode()).hexdigest() == said, f"line {number} was changed"
        before = said
    return before


def check_by_cutting(text: str) -> None:
    """The same without reading JSON: cut the hash out of the line as it stands."""
    for line in text.splitlines():
        head, said = line.split('"line_hash":"', 1)
        rest = said[64:].removeprefix('",')
        assert hashlib.sha256((head + rest).encode()).hexdigest() == said[:64]


def downloaded(client, query: str = "") -> str:
    return b"".join(client.get(f"/record/lines.jsonl{query}").streaming_content).decode()


def test_lines_jsonl_is_verified_by_an_outsider(client, sealed_lines):
    text = downloaded(client)

    assert check_copy(text) == verification.verify().head_hash
    assert len(text.splitlines()) == 5
    check_by_cutting(text)


def test_lines_jsonl_that_was_tampered_with_is_noticed(client, sealed_lines):
    text = downloaded(client)

    with pytest.raises(AssertionError, match="line 3 was changed"):
        check_copy(text.replace('"statement":3', '"statement":4'))
    with pytest.raises(AssertionError, match="line 2 is missing"):
        check_copy("\n".join(line for line in text.splitlines() if '"sequence":2,' not in line))


def test_lines_jsonl_goes_on_after_a_line_somebody_has(client, sealed_lines, monkeypatch):
    monkeypatch.setattr(export, "LINES_AT_ONCE", 2)

    whole, rest = downloaded(client), downloaded(client, "?after=3")

    assert [json.loads(line)["sequence"] for line in rest.splitlines()] == [4, 5]
    assert whole.endswith(rest)


def test_lines_jsonl_leaves_out_what_is_not_sealed(client, sealed_lines, add_lines):
    add_lines(1)

    assert len(downloaded(client).splitlines()) == 5


def test_lines_jsonl_holds_neither_words_nor_salts(client, sealed_lines):
    text = downloaded(client)

    assert "salt" not in text
    assert json.loads(text.splitlines()[0]).keys() == {
        "appended_at",
        "facts",
        "kind",
        "line_hash",
        "personal_hash",
        "previous_hash",
        "sequence",
        "subject",
    }


@pytest.mark.parametrize("after", ["x", "-1", "9" * 30, "9" * 5000, "%00", "1.5", ""])
def test_lines_jsonl_with_junk_gives_everything(client, sealed_lines, after):
    assert len(downloaded(client, f"?after={after}").splitlines()) == 5


@pytest.mark.django_db(transaction=True)
async def test_lines_jsonl_streams_from_an_asynchronous_server(async_client, sealed_lines):
    response = await async_client.get("/record/lines.jsonl")

    assert response.is_async
    text = b"".join([part async for part in response.streaming_content]).decode()
    # The client does not end a request, which would do this.
    await sync_to_async(connections.close_all)()
    assert len(text.splitlines()) == 5
    check_by_cutting(text)


facts = st.dictionaries(
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8),
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**53), 2**53),
        st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20),
    ),
    max_size=4,
)


@settings(deadline=None, max_examples=50)
@given(st.lists(facts, min_size=1, max_size=4))
def test_any_facts_seal_and_verify(rows):
    RecordLine.objects.bulk_create(
        RecordLine(kind="map.published", subject="/", facts=row, appended_at="2026-01-31T00:00Z")
        for row in rows
    )
    sealing.step()

    assert verification.verify().lines == RecordLine.objects.count()
    for line in RecordLine.objects.sealed():
        written = json.loads(export.exported(line))
        assert written == chain.contents(
            line, sequence=line.sequence, previous_hash=line.previous_hash
        ) | {"line_hash": line.line_hash}
