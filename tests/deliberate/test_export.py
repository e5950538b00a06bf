"""Downloads have Polis's columns and signs, and hold no more than the data policy allows."""

import csv
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asgiref.sync import async_to_sync
from django.core.management import call_command
from django.db import connection
from django.test import AsyncRequestFactory, Client
from django.test.utils import CaptureQueriesContext

from deliberate import export, export_views, polis_files, statements, votes
from deliberate.models import Choice, Conversation, Statement, Vote, VoteChange
from tests import factories
from tests.publishing import publish

pytestmark = pytest.mark.django_db

NAMES = ["summary", "comments", "votes", "participants-votes"]
AGREE, PASS, DISAGREE = Choice.AGREE, Choice.PASS, Choice.DISAGREE


@pytest.fixture
def wells():
    """An open conversation: statement 0 has two agrees and a disagree, 1 a pass."""
    made = factories.conversation(
        slug="wells", title="Wells", introduction="Which?", source="CC BY 4.0", data_policy="open"
    )
    first, second = (factories.statement(conversation=made) for _ in range(2))
    people = [factories.participant(conversation=made) for _ in range(3)]
    for person, choice in zip(people, [AGREE, AGREE, DISAGREE], strict=True):
        factories.vote(statement=first, participant=person, choice=choice)
    factories.vote(statement=second, participant=people[0], choice=PASS)
    return made


def get(client: Client, name: str, slug: str = "wells") -> list[list[str]]:
    response = client.get(f"/conversations/{slug}/export/{name}.csv")
    assert response.status_code == 200
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert f'filename="{slug}-{name}.csv"' in response["Content-Disposition"]
    return list(csv.reader(io.StringIO(response.getvalue().decode())))


def save(client: Client, folder: Path, slug: str = "wells") -> Path:
    for name in NAMES:
        response = client.get(f"/conversations/{slug}/export/{name}.csv")
        if response.status_code == 200:
            (folder / f"{name}.csv").write_bytes(response.getvalue())
    return folder


def columns(rows: list[list[str]], *names: str) -> list[tuple[str, ...]]:
    places = [rows[0].index(name) for name in names]
    return [tuple(row[place] for place in places) for row in rows[1:]]


def test_summary_has_polis_names_in_polis_order(client, wells):
    rows = get(client, "summary")

    assert rows == [
        ["topic", "Wells"],
        ["url", "http://testserver/conversations/wells/"],
        ["views", ""],
        ["voters", "3"],
        ["voters-in-conv", ""],
        ["commenters", "0"],
        ["comments", "2"],
        ["groups", ""],
        ["conversation-description", "Which?\n\nCC BY 4.0"],
    ]


def test_comments_have_polis_columns_and_the_counts_of_last_votes(client, wells):
    rows = get(client, "comments")

    assert rows[0] == [
        "timestamp",
        "comment-id",
        "author-id",
        "agrees",
        "disagrees",
        "moderated",
        "is-meta",
        "is-seed",
        "group-informed-consensus",
        "comment-body",
    ]
    assert columns(rows, "comment-id", "agrees", "disagrees", "moderated") == [
        ("0", "2", "1", "1"),
        ("1", "0", "0", "1"),
    ]


def test_votes_have_polis_columns_and_sign_and_only_the_day(client, wells):
    moment = datetime(2026, 3, 1, 17, 45, 12, tzinfo=UTC)
    VoteChange.objects.update(cast_at=moment)

    rows = get(client, "votes")

    assert rows[0] == ["timestamp", "datetime", "comment-id", "voter-id", "vote"]
    assert sorted(columns(rows, "comment-id", "vote")) == [
        ("0", "-1"),
        ("0", "1"),
        ("0", "1"),
        ("1", "0"),
    ]
    assert set(columns(rows, "timestamp", "datetime")) == {
        ("1772323200000", "Sun Mar 01 00:00:00 UTC 2026")
    }


def test_votes_keep_the_last_change_of_each_day_in_the_order_of_days(client, wells):
    person = Vote.objects.get(statement__number=0, choice=DISAGREE).participant
    first = wells.statements.get(number=0)
    day = datetime(2100, 1, 1, 9, tzinfo=UTC)
    later = [(AGREE, 0), (PASS, 1), (DISAGREE, 30), (AGREE, 31)]
    votes.load(
        conversation_id=wells.pk,
        changes=[
            (person.pk, first.pk, choice, day + timedelta(hours=hours)) for choice, hours in later
        ],
    )

    rows = get(client, "votes")

    own = [row for row in rows[1:] if row[2] == "0"]
    by_person = {}
    for row in own:
        by_person.setdefault(row[3], []).append(row[4])
    assert sorted(by_person.values()) == [["-1", "0", "1"], ["1"], ["1"]]
    days = [int(row[0]) for row in rows[1:]]
    assert days == sorted(days)


def test_participants_votes_have_a_row_a_participant_and_a_column_a_statement(client, wells):
    rows = get(client, "participants-votes")

    assert rows[0] == [
        "participant",
        "group-id",
        "n-comments",
        "n-votes",
        "n-agree",
        "n-disagree",
        "0",
        "1",
    ]
    assert sorted(row[0] for row in rows[1:]) == ["0", "1", "2"]
    assert sorted(row[1:] for row in rows[1:]) == [
        ["", "0", "1", "0", "1", "-1", ""],
        ["", "0", "1", "1", "0", "1", ""],
        ["", "0", "2", "1", "0", "1", "0"],
    ]


def test_ids_are_drawn_anew_for_each_export(client):
    wells = factories.conversation(slug="wells", data_policy="open")
    people = [factories.participant(conversation=wells) for _ in range(40)]
    for place, person in enumerate(people):
        statement = factories.statement(conversation=wells, number=place)
        factories.vote(statement=statement, participant=person)

    first, second = (dict(columns(get(client, "votes"), "comment-id", "voter-id")) for _ in "ab")

    assert first != second
    assert sorted(first.values(), key=int) == [str(place) for place in range(40)]
    assert list(first) != sorted(first, key=int)
    keys = {str(person.pk) for person in people}
    assert [first[str(place)] for place in range(40)] != sorted(keys, key=int)


@pytest.mark.parametrize("name", ["votes", "participants-votes"])
def test_rows_of_an_aggregate_conversation_are_refused_with_a_sentence(client, name):
    factories.vote(statement=factories.statement(conversation=factories.conversation(slug="x")))

    response = client.get(f"/conversations/x/export/{name}.csv")

    assert response.status_code == 403
    assert "only counts and shapes of at least 10 people" in response.content.decode()


def test_aggregate_counts_of_fewer_than_ten_voters_are_blank(client):
    wells = factories.conversation(slug="wells")
    few, enough = (factories.statement(conversation=wells) for _ in range(2))
    for voters, statement in [(9, few), (10, enough)]:
        for _ in range(voters):
            factories.vote(statement=statement, choice=DISAGREE)
    publish()

    rows = get(client, "comments")

    assert columns(rows, "agrees", "disagrees") == [("", ""), ("0", "10")]


def test_aggregate_counts_stand_still_until_five_people_have_voted(client):
    statement = factories.statement(conversation=factories.conversation(slug="wells"))
    for _ in range(10):
        factories.vote(statement=statement)
    publish()
    seen = []

    for _ in range(5):
        factories.vote(statement=statement)
        publish()
        seen.append(columns(get(client, "comments"), "agrees"))

    assert seen == [[("10",)]] * 4 + [[("15",)]]
    assert ["voters", "15"] in get(client, "summary")


def test_aggregate_files_name_no_authors(client):
    wells = factories.conversation(slug="wells")
    author = factories.participant(conversation=wells)
    statements.submit(conversation=wells, participant=author, text="Wells first.", language="en")

    rows = get(client, "comments")

    assert columns(rows, "author-id", "comment-body") == [("", "Wells first.")]
    assert ["voters", ""] in get(client, "summary")
    assert ["commenters", ""] in get(client, "summary")


def test_pending_statements_and_their_votes_are_left_out(client):
    wells = factories.conversation(slug="wells", data_policy="open", moderation="strict")
    author = factories.participant(conversation=wells)
    statements.submit(conversation=wells, participant=author, text="Wells first.", language="en")

    assert get(client, "comments")[1:] == []
    assert get(client, "votes")[1:] == []
    assert get(client, "participants-votes")[1:] == []


def test_text_rejected_here_is_withheld_and_text_rejected_elsewhere_is_not(client, wells):
    first, second = wells.statements.all()
    statements.reject(statement_id=first.pk, version=0, reason="insult", explanation="")
    statements.reject(statement_id=second.pk, version=0, reason="imported", explanation="")

    rows = get(client, "comments")

    assert columns(rows, "moderated", "comment-body") == [("-1", ""), ("-1", second.text)]


@pytest.mark.parametrize(
    "text", ["=1+1", "+49 is a number", "-1 is too", "@you", '=cmd|"/c calc"!A1', "＝1"]
)
def test_text_that_a_spreadsheet_would_run_is_guarded_and_comes_back(client, tmp_path, text):
    wells = factories.conversation(slug="wells", data_policy="open", title="=HYPERLINK()")
    factories.statement(conversation=wells, text=text)

    rows = get(client, "comments")
    call_command("import_polis", str(save(client, tmp_path)), slug="again")

    assert columns(rows, "comment-body") == [(f"'{text}",)]
    assert get(client, "summary")[0] == ["topic", "'=HYPERLINK()"]
    assert Statement.objects.get(conversation__slug="again").text == text


@pytest.mark.parametrize("state", ["draft", None])
def test_export_of_a_draft_or_of_nothing_is_not_found(client, state):
    if state:
        factories.conversation(slug="wells", state=state)

    assert client.get("/conversations/wells/export/votes.csv").status_code == 404


def test_export_of_an_unknown_file_is_not_found(client, wells):
    assert client.get("/conversations/wells/export/people.csv").status_code == 404


def test_export_takes_no_posts(client, wells):
    assert client.post("/conversations/wells/export/votes.csv").status_code == 405


@pytest.mark.parametrize("name", NAMES)
def test_export_asks_the_database_as_often_for_many_rows_as_for_few(client, wells, name):
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            get(client, name)
        return len(asked)

    few = queries()
    for _ in range(5):
        factories.vote(statement=factories.statement(conversation=wells))

    assert queries() == few


@pytest.mark.parametrize("name", NAMES)
def test_export_is_sent_in_pieces_and_asks_the_database_before_the_first(wells, name):
    for number in range(2, 400):
        factories.statement(conversation=wells, number=number, text=f"{number} " + "w" * 200)
    pieces = export.as_csv(export.FILES[name](wells, url=""))
    next(pieces)

    with CaptureQueriesContext(connection) as asked:
        rest = list(pieces)

    assert len(asked) == 0
    assert (len(rest) > 1) == (name == "comments")


def test_export_streams_to_an_asynchronous_server(wells):
    request = AsyncRequestFactory().get("/")

    response = export_views.download(request, slug="wells", name="votes")

    async def received() -> bytes:
        return b"".join([chunk async for chunk in response.streaming_content])

    assert response.is_async
    assert len(async_to_sync(received)().splitlines()) == 5


def tallies_of(slug: str) -> dict[int, dict[int, int]]:
    found: dict[int, dict[int, int]] = {}
    for number, choice in Vote.objects.filter(statement__conversation__slug=slug).values_list(
        "statement__number", "choice"
    ):
        counts = found.setdefault(number, {-1: 0, 0: 0, 1: 0})
        counts[choice] += 1
    return found


def test_export_of_an_import_imports_with_the_same_tallies(client, tmp_path, shared_data):
    source = shared_data / "vtaiwan.uberx"
    call_command("import_polis", str(source), slug="wells")

    call_command("import_polis", str(save(client, tmp_path)), slug="again")

    assert tallies_of("again") == tallies_of("wells")
    fields = ("number", "text", "state", "language", "is_seed", "is_metadata")
    assert list(Statement.objects.filter(conversation__slug="again").values(*fields)) == list(
        Statement.objects.filter(conversation__slug="wells").values(*fields)
    )
    matrix = {
        (row.participant, row.statement): row.choice
        for row in polis_files.participants_votes(tmp_path / "participants-votes.csv")
    }
    assert len(matrix) == Vote.objects.filter(statement__conversation__slug="wells").count()


def test_export_as_matrix_imports_with_the_same_tallies(client, wells, tmp_path):
    save(client, tmp_path)
    (tmp_path / "votes.csv").unlink()

    call_command("import_polis", str(tmp_path), slug="again")

    assert tallies_of("again") == tallies_of("wells")
    assert Conversation.objects.get(slug="again").title == "Wells"
