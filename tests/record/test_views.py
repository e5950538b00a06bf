import pytest
from django.db import transaction

from record import lines, listing, sealing
from record.models import RecordLine

pytestmark = pytest.mark.django_db

JUNK = ["x", "-1", "0", "9" * 30, "9" * 5000, "%00", "1.5", "%F0%9F%92%A7", "a" * 3000]


def test_record_shows_the_newest_line_first(client, sealed_lines):
    page = client.get("/record/").content.decode()

    first, last = page.index("Statement 5 was"), page.index("Statement 1 was")
    assert first < last
    assert f"{sealed_lines[4].line_hash}</code>" in page
    assert f"{sealed_lines[1].line_hash[:10]}</code>" in page
    assert 'href="/conversations/water/"' in page


def test_record_shows_a_line_before_it_is_sealed(client, add_lines):
    add_lines(1)

    page = client.get("/record/").content.decode()

    assert "Statement 1 was rejected" in page
    assert "being sealed" in page


def test_record_shows_one_kind(client, sealed_lines):
    with transaction.atomic():
        lines.append(kind="map.published", subject="/conversations/water/map/")

    page = client.get("/record/?kind=map.published").content.decode()

    assert "An opinion map of the votes was published." in page
    assert "Statement 1 was" not in page


def test_record_leads_to_older_lines_and_keeps_the_kind(client, add_lines, monkeypatch):
    monkeypatch.setattr(listing, "LINES_A_PAGE", 3)
    added = add_lines(5)

    first = client.get("/record/?kind=statement.rejected").content.decode()
    second = client.get(f"/record/?before={added[2].pk}&kind=statement.rejected").content.decode()

    assert f"?before={added[2].pk}&amp;kind=statement.rejected" in first
    assert "Statement 2 was" in second
    assert "Statement 3 was" not in second
    assert "?before=" not in second


def test_record_links_to_nothing_outside(client):
    with transaction.atomic():
        lines.append(kind="<b>kind</b>", subject="//elsewhere.example/<i>")

    page = client.get("/record/").content.decode()

    assert 'href="//' not in page
    assert "<b>kind</b>" not in page
    assert "//elsewhere.example/&lt;i&gt;" in page


@pytest.mark.parametrize("junk", JUNK)
@pytest.mark.parametrize("name", ["before", "kind"])
def test_record_with_junk_is_a_page(client, sealed_lines, name, junk):
    assert client.get(f"/record/?{name}={junk}").status_code == 200


@pytest.mark.parametrize("path", ["/record/", "/record/lines.jsonl"])
def test_record_is_only_read(client, path):
    assert client.post(path).status_code == 405
    assert client.head(path).status_code == 200


@pytest.mark.parametrize("count", [1, 30])
def test_record_costs_the_same_however_many_lines(
    client, add_lines, django_assert_num_queries, count
):
    add_lines(count)
    sealing.step()

    with django_assert_num_queries(2):
        client.get("/record/")

    assert RecordLine.objects.count() == count
