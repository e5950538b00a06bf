"""The map's page as a reader uses it: picking, sorting, going back in time, with plain links."""

import csv
import io
import re

import pytest
from django.test import Client
from django.utils import timezone

from deliberate import participants, statements, votes
from deliberate.models import Choice, Conversation, Participant
from opinion_map import publication, snapshots, worker
from opinion_map.models import OpinionMap
from tests import factories
from tests.opinion_map import blocs

pytestmark = pytest.mark.django_db

PAGE = "/conversations/water/map/"
REPORT = "/conversations/water/report/"


@pytest.fixture
def conversation() -> Conversation:
    made = blocs.conversation(slug="water")
    worker.draw_stale()
    return made


def grown(conversation: Conversation, *, people: int, named: bytes) -> OpinionMap:
    """The map after more people have agreed with everything."""
    keys = [b"%s %d" % (named, turn) for turn in range(people)]
    ids = participants.load(conversation=conversation, person_keys=keys)
    numbers = conversation.statements.values_list("number", flat=True)
    votes.cast(
        [
            votes.Ballot(voter, number, Choice.AGREE)
            for voter in Participant.objects.filter(pk__in=ids.values())
            for number in numbers
        ]
    )
    return snapshots.draw(Conversation.objects.get(pk=conversation.pk))


def text(client: Client, query: str = "", page: str = PAGE) -> str:
    response = client.get(page + query)
    assert response.status_code == 200
    return response.content.decode()


def main_of(page: str) -> str:
    return page[page.index("<main") : page.index("</main>")]


def numbers_in_table(page: str) -> list[int]:
    table = page[page.index("<tbody>") : page.index("</tbody>")]
    return [int(number) for number in re.findall(r'<span class="meta">(\d+)</span>', table)]


@pytest.mark.usefixtures("conversation")
def test_picked_statement_shows_how_every_group_voted(client: Client) -> None:
    page = text(client, "?statement=0")

    panel = page[page.index('id="chosen"') : page.index('id="numbers"')]
    assert "Statement 0" in panel
    assert panel.count('class="bar"') == 3
    assert panel.count("100 % agree") == 3
    assert "Most people in every group agree." in panel


@pytest.mark.usefixtures("conversation")
def test_picked_group_shows_what_sets_it_apart(client: Client) -> None:
    page = text(client, "?group=b")

    panel = page[page.index('id="chosen"') : page.index('id="numbers"')]
    assert "30 people, 50 % of those in a group" in panel
    assert panel.count("<dt>Group B</dt>") == panel.count("<dt>Everyone</dt>") >= 3


@pytest.mark.usefixtures("conversation")
@pytest.mark.parametrize(
    "query",
    [
        "?statement=999",
        "?statement=-1",
        "?statement=1e3",
        "?statement=" + "9" * 40,
        "?group=E",
        "?group=nobody",
        "?version=12345",
        "?version=٣",
        "?sort=nothing",
        "?order=sideways",
        "?step=0",
        "?step=7",
        "?step=x",
    ],
)
def test_what_the_map_does_not_have_is_a_clear_404(client: Client, query: str) -> None:
    response = client.get(PAGE + query)

    assert response.status_code == 404
    assert "This map is not there" in response.content.decode()


@pytest.mark.parametrize("query", ["?statement=0", "?group=a", "?version=1", "?sort=a"])
def test_before_the_first_map_nothing_can_be_picked(client: Client, query: str) -> None:
    factories.conversation(slug="water")

    assert client.get(PAGE + query).status_code == 404


@pytest.mark.usefixtures("conversation")
@pytest.mark.parametrize("part", ["map", "choice", "numbers"])
def test_part_of_the_page_stands_alone_and_says_what_is_new(client: Client, part: str) -> None:
    page = text(client, f"?statement=0&sort=a&order=asc&part={part}")

    assert f'id="{part}"' in page
    assert re.search(r'data-news="[^"]+"', page)
    assert "<html" not in page


@pytest.mark.usefixtures("conversation")
def test_table_sorts_by_its_columns(client: Client) -> None:
    first, last = text(client, "?sort=statement&order=asc"), text(client, "?sort=statement")
    by_group = text(client, "?sort=a&order=desc")

    assert numbers_in_table(first) == sorted(numbers_in_table(first))
    assert numbers_in_table(last) == numbers_in_table(first)[::-1]
    assert re.search(r'aria-sort="descending"><a id="by-a"', by_group)
    shares = [int(one) for one in re.findall(r"M0 0h(\d+)v1H0", by_group.split("<tbody>")[1])][1::3]
    assert shares == sorted(shares, reverse=True)


@pytest.mark.usefixtures("conversation")
def test_head_of_the_sorted_column_turns_the_order_round(client: Client) -> None:
    page = text(client, "?sort=everyone&order=desc")

    link = re.search(r'id="by-everyone" href="([^"]+)"', page)
    assert link is not None
    assert link[1] == "?sort=everyone&amp;order=asc#numbers"


def test_own_votes_are_a_column_and_a_place(client: Client) -> None:
    made = blocs.conversation(slug="water")
    worker.draw_stale()
    client.get("/conversations/water/")
    for number in range(6):
        client.post("/conversations/water/", {"statement": number, "choice": "agree"})

    page = text(client, "?statement=0")
    picture = client.get(f"/conversations/{made.slug}/map.svg?you=1")
    others = Client().get(f"/conversations/{made.slug}/map.svg?you=1")

    assert 'id="by-you"' in page
    assert "You agreed with it." in page
    assert "Only you see this." in page
    assert ">You</text>" in picture.content.decode()
    assert "stroke-dasharray" in picture.content.decode()
    assert "private" in picture["Cache-Control"]
    assert ">You</text>" not in others.content.decode()


def test_past_maps_can_be_walked(client: Client, conversation: Conversation) -> None:
    first = OpinionMap.objects.get()
    newer = grown(conversation, people=20, named=b"new")

    newest, past = text(client), text(client, f"?version={first.votes_version}")

    assert "80 people voted" in newest
    assert f'href="?version={first.votes_version}#map"' in newest
    assert 'type="range"' in newest
    assert "60 people voted" in past
    assert "An older map" in past
    assert f"?version={first.votes_version}&amp;statement=" in past
    assert newer.votes_version > first.votes_version


def test_slider_without_scripts_leads_to_the_versions_address(
    client: Client, conversation: Conversation
) -> None:
    first = OpinionMap.objects.get()
    grown(conversation, people=20, named=b"new")

    past, newest = client.get(PAGE, {"step": 1}), client.get(PAGE, {"step": 2})

    assert past["Location"] == f"{PAGE}?version={first.votes_version}#map"
    assert newest["Location"] == f"{PAGE}?#map"


def test_maps_of_too_few_people_are_no_versions(client: Client) -> None:
    conversation = blocs.conversation(slug="water", people=publication.MINIMUM - 1)
    early = snapshots.draw(conversation)
    grown(conversation, people=20, named=b"new")
    grown(conversation, people=20, named=b"newer")

    kept = publication.versions(conversation)

    assert early.votes_version not in {one.number for one in kept}
    assert len(kept) == 2
    assert client.get(f"{PAGE}?version={early.votes_version}").status_code == 404
    assert (
        client.get(f"/conversations/water/map.svg?version={early.votes_version}").status_code == 404
    )


def test_slider_has_few_steps_whatever_is_kept(conversation: Conversation) -> None:
    row = OpinionMap.objects.get()
    for turn in range(publication.STEPS + 30):
        row.pk, row.votes_version, row.drawn_at = None, 1000 + turn, timezone.now()
        row.save(force_insert=True)

    kept = publication.versions(conversation)

    assert len(kept) == publication.STEPS
    assert kept[0].number < 1000
    assert kept[-1].number == 1000 + publication.STEPS + 29


def test_rejected_statement_leaves_past_maps_too(
    client: Client, conversation: Conversation
) -> None:
    first = OpinionMap.objects.get()
    grown(conversation, people=20, named=b"new")
    statement = blocs.first(conversation)

    statements.reject(statement_id=statement.pk, version=0, reason="advert", explanation="Ad.")

    assert statement.text not in text(client, f"?version={first.votes_version}")
    assert client.get(f"{PAGE}?version={first.votes_version}&statement=0").status_code == 404


def test_without_groups_nothing_speaks_of_groups(client: Client) -> None:
    conversation = factories.conversation(slug="water")
    for _ in range(4):
        factories.statement(conversation=conversation)
    grown(conversation, people=40, named=b"alike")

    page, picture = text(client), client.get("/conversations/water/map.svg").content.decode()

    assert "People do not fall into groups here, and that is a result." in page
    assert "Group A" not in page
    assert "People do not fall into groups here." in picture
    assert client.get(f"{PAGE}?group=a").status_code == 404


def test_aggregate_page_shows_no_count_of_few(client: Client) -> None:
    conversation = blocs.conversation(slug="water", people=24)
    voter = factories.participant(conversation=conversation)
    lonely = factories.statement(conversation=conversation)
    factories.vote(statement=lonely, participant=voter)
    snapshots.draw(Conversation.objects.get(pk=conversation.pk))

    page = text(client, f"?statement={lonely.number}&every=1")
    table = client.get("/conversations/water/map.csv").content.decode()

    panel = page[page.index('id="chosen"') : page.index('id="numbers"')]
    assert "too few votes to show" in panel
    assert "% agree" not in panel
    row = next(one for one in csv.reader(io.StringIO(table)) if one[0] == str(lonely.number))
    # The chance to be shown next is published of every statement, and tells of no vote.
    assert set(row[2:-1]) == {""}


@pytest.mark.usefixtures("conversation")
def test_table_as_a_file_has_every_count(client: Client) -> None:
    rows = list(
        csv.DictReader(io.StringIO(client.get("/conversations/water/map.csv").content.decode()))
    )

    assert len(rows) == 12
    assert rows[0]["agree"] == "60"
    assert rows[0]["A-agree"] == rows[0]["B-agree"] == "30"
    assert sum(float(row["chance"]) for row in rows) == pytest.approx(1, abs=1e-4)


@pytest.mark.usefixtures("conversation")
def test_formula_in_a_statement_is_no_formula_in_the_file(client: Client) -> None:
    statement = Conversation.objects.get(slug="water").statements.get(number=3)
    statement.text = "=cmd()"
    statement.save(update_fields=["text"])

    assert "'=cmd()" in client.get("/conversations/water/map.csv").content.decode()


@pytest.mark.usefixtures("conversation")
@pytest.mark.parametrize(
    "file",
    [
        "map.svg",
        "map.svg?statement=3",
        "map.json",
        "map/summary/",
        "report/beeswarm.svg",
        "report/participation.svg",
        "card.png",
    ],
)
def test_file_that_is_known_is_not_sent_again(client: Client, file: str) -> None:
    first = client.get(f"/conversations/water/{file}")

    again = client.get(f"/conversations/water/{file}", headers={"if-none-match": first["ETag"]})
    other = client.get(f"/conversations/water/{file}", headers={"if-none-match": '"other"'})

    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == first["ETag"]
    assert (other.status_code, other.content) == (200, first.content)


def test_new_map_is_another_file(client: Client, conversation: Conversation) -> None:
    known = client.get("/conversations/water/map.svg")["ETag"]
    grown(conversation, people=20, named=b"new")

    response = client.get("/conversations/water/map.svg", headers={"if-none-match": known})

    assert response.status_code == 200
    assert response["ETag"] != known


@pytest.mark.usefixtures("conversation")
def test_picture_answers_in_the_language_of_its_address(client: Client) -> None:
    urdu = client.get("/conversations/water/map.svg?lang=ur")
    unknown = client.get("/conversations/water/map.svg?lang=xx")

    assert 'direction="rtl"' in urdu.content.decode()
    assert 'direction="ltr"' in unknown.content.decode()
    assert urdu["ETag"] != unknown["ETag"]


@pytest.mark.usefixtures("conversation")
def test_picture_as_a_part_of_the_page_can_be_picked_from(client: Client) -> None:
    plain = client.get("/conversations/water/map.svg").content.decode()
    linked = client.get("/conversations/water/map.svg?links").content.decode()

    assert "<a " not in plain
    assert 'href="?group=A#choice"' in linked
    assert 'href="?statement=0#choice"' in linked
    assert 'role="group"' in linked


@pytest.mark.usefixtures("conversation")
@pytest.mark.parametrize("page", [PAGE, REPORT, "/conversations/water/"])
def test_shared_link_has_a_card(client: Client, page: str) -> None:
    head = text(client, page=page)

    assert (
        '<meta property="og:image" content="http://testserver/conversations/water/card.png' in head
    )
    assert '<meta property="og:title"' in head


@pytest.mark.parametrize("count", [2, 30])
@pytest.mark.parametrize("query", ["", "?statement=0", "?group=a"])
def test_page_takes_the_same_queries_whatever_its_size(
    client: Client, django_assert_max_num_queries: object, count: int, query: str
) -> None:
    conversation = blocs.conversation(slug="water", statements=count)
    worker.draw_stale()
    grown(conversation, people=10, named=b"new")
    client.force_login(factories.user())
    client.get(PAGE + query)

    with django_assert_max_num_queries(12):
        client.get(PAGE + query)
