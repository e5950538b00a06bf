"""An overseer draws the map of an `aggregate` conversation again, and the public record says so."""

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import Role
from deliberate.models import Choice, Conversation, Participant
from opinion_map import __main__ as command
from opinion_map import snapshots
from record.models import RecordLine
from tests import factories
from tests.just_signed_in import sign_in
from tests.opinion_map import blocs
from tests.publishing import publish

pytestmark = pytest.mark.django_db
PATH = "/conversations/water/oversight/"


@pytest.fixture
def conversation() -> Conversation:
    """Twenty-four people in two camps, one statement that waits and one that was rejected."""
    made = factories.conversation(slug="water", data_policy="aggregate")
    statements = [factories.statement(conversation=made) for _ in range(6)]
    for person in range(24):
        who = factories.participant(conversation=made)
        for number, statement in enumerate(statements):
            choice = Choice.AGREE if (number + person) % 2 else Choice.DISAGREE
            factories.vote(statement=statement, participant=who, choice=choice)
    statements[5].state, statements[5].rejection_reason = "rejected", "advert"
    statements[5].rejection_explanation = "It sells pumps."
    statements[5].save()
    factories.statement(conversation=made, state="pending")
    publish()
    return Conversation.objects.get(pk=made.pk)


@pytest.fixture
def overseer(monkeypatch) -> Client:
    monkeypatch.setattr(settings, "STAFF_SECOND_FACTOR", True)
    return sign_in(Client(), factories.official(Role.OVERSEER), factor=True)


def body(response) -> str:
    return b"".join(response.streaming_content).decode()


def test_published_map_is_drawn_again_from_the_files(conversation, overseer, tmp_path, capsys):
    drawn = snapshots.newest(conversation)
    # Fewer than five people moved on since, so nothing that everyone sees has moved.
    factories.vote(statement=conversation.statements.get(number=0))
    (tmp_path / "map.json").write_text(overseer.get(f"{PATH}map.json").text, encoding="utf-8")
    for name in ("votes", "statements"):
        text = body(overseer.get(f"{PATH}{name}.csv"))
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")

    arguments = ["verify", str(tmp_path / "map.json"), str(tmp_path / "votes.csv")]
    arguments += ["--statements", str(tmp_path / "statements.csv")]

    assert drawn is not None
    assert drawn.public["participants"] == []
    assert command.main(arguments) == 0, capsys.readouterr().out
    changed = (tmp_path / "votes.csv").read_text(encoding="utf-8").replace(",1\n", ",0\n", 1)
    (tmp_path / "votes.csv").write_text(changed, encoding="utf-8")
    assert command.main(arguments) == 1


def test_map_with_rows_that_stay_is_drawn_again_too(overseer, tmp_path, capsys):
    conversation = blocs.conversation(slug="water")
    publish()
    people = list(conversation.participants.order_by("id"))
    # Five of one camp move on one statement; on another three of each, too few to be told.
    for who in people[0:10:2]:
        factories.vote(
            statement=conversation.statements.get(number=0), participant=who, choice=Choice.PASS
        )
    for who in people[10:16]:
        factories.vote(
            statement=conversation.statements.get(number=1), participant=who, choice=Choice.PASS
        )
    publish()
    (tmp_path / "map.json").write_text(overseer.get(f"{PATH}map.json").text, encoding="utf-8")
    for name in ("votes", "statements"):
        text = body(overseer.get(f"{PATH}{name}.csv"))
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")

    drawn = snapshots.newest(conversation)
    arguments = ["verify", str(tmp_path / "map.json"), str(tmp_path / "votes.csv")]
    arguments += ["--statements", str(tmp_path / "statements.csv")]

    assert drawn is not None
    assert drawn.public["held"]["statements"] == [1]
    assert command.main(arguments) == 0, capsys.readouterr().out


def test_files_tell_no_word_no_account_and_no_time(conversation, overseer):
    votes, statements = (
        body(overseer.get(f"{PATH}{name}.csv")) for name in ("votes", "statements")
    )

    assert votes.splitlines()[0] == "comment-id,voter-id,vote"
    assert len(votes.splitlines()) == 1 + 24 * 6
    assert "Statement" not in votes + statements
    assert statements.splitlines()[0] == "comment-id,moderated,is-meta"
    assert [line.split(",")[1] for line in statements.splitlines()[1:]] == ["1"] * 5 + ["-1"] * 2
    voters = {int(line.split(",")[1]) for line in votes.splitlines()[1:]}
    assert voters == set(Participant.objects.values_list("pk", flat=True))


def test_each_reading_is_a_line_of_the_record_without_a_name(conversation, overseer):
    for path in (f"{PATH}votes.csv", f"{PATH}statements.csv", "/moderation/", "/council/"):
        assert overseer.get(path).status_code == 200
    assert overseer.post("/moderation/").status_code == 405

    lines = RecordLine.objects.filter(kind="oversight.read").order_by("pk")
    assert [(line.subject, line.facts) for line in lines] == [
        ("/conversations/water/", {"role": "overseer", "what": "votes.recompute"}),
        ("/conversations/water/", {"role": "overseer", "what": "votes.recompute"}),
        ("/", {"role": "overseer", "what": "moderation.read"}),
        ("/", {"role": "overseer", "what": "review.read"}),
    ]
    page = Client().get("/record/").content.decode()
    assert "An overseer read what is not for everybody: what waits for the moderators." in page


@pytest.mark.parametrize("make", [factories.user, factories.moderator])
def test_files_are_refused_to_others_and_leave_no_line(conversation, make):
    answer = sign_in(Client(), make()).get(f"{PATH}votes.csv")

    assert answer.status_code == 403
    assert not RecordLine.objects.filter(kind="oversight.read").exists()


def test_moderator_who_also_oversees_reads_their_own_desk_unrecorded(conversation):
    person = factories.moderator()
    person.role_grants.create(role=Role.OVERSEER)
    client = sign_in(Client(), person)

    assert client.get("/moderation/").status_code == 200
    assert not RecordLine.objects.filter(kind="oversight.read").exists()


def test_file_of_no_such_name_or_of_a_draft_is_not_there(conversation, overseer):
    draft = factories.conversation(state="draft")

    assert overseer.get(f"{PATH}people.csv").status_code == 404
    assert overseer.get(f"/conversations/{draft.slug}/oversight/votes.csv").status_code == 404


def test_oversight_page_leads_everywhere(conversation, overseer):
    page = overseer.get("/oversight/").content.decode()

    for link in ("/moderation/", "/council/", f"{PATH}votes.csv", f"{PATH}statements.csv"):
        assert f'href="{link}"' in page
    assert 'href="/oversight/"' not in Client().get("/").content.decode()
