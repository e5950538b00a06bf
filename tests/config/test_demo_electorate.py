"""The demo's invented people vote by their planted groups, and its Urdu is written as Urdu."""

from collections import Counter

from config.demo import content, electorate, topics
from deliberate import letters
from deliberate.models import Choice

FUND = content.load("development-fund")
# Letters of the Arabic keyboard that look like Urdu ones and are others.
NOT_URDU_LETTERS = set("يكهة")


def subjects() -> list[electorate.Subject]:
    return [topics._subject(row, seed=FUND["seed"]) for row in FUND["statements"]]


def votes(people: int) -> list[electorate.Cast]:
    return electorate.votes(
        subjects(),
        people=people,
        votes_each=FUND["votes_each"],
        groups=FUND["groups"],
        seed=FUND["seed"],
    )


def test_electorate_is_the_same_each_time_and_its_first_people_too():
    everybody = votes(800)

    assert votes(800) == everybody
    assert votes(80) == [cast for cast in everybody if cast.person < 80]


def test_electorate_votes_about_25_times_each_with_a_long_tail():
    each = Counter(cast.person for cast in votes(800))

    counts = sorted(each[person] for person in range(800))
    assert 22 <= sum(counts) / 800 <= 28
    assert counts[80] < 10
    assert counts[720] > 45


def test_electorate_votes_in_order_of_time_on_what_is_written():
    written = {subject.number: subject.written_after for subject in subjects()}
    casts = votes(80)

    assert casts == sorted(casts, key=lambda cast: cast.after)
    assert all(cast.after >= written[cast.number] for cast in casts)
    assert max(cast.after for cast in votes(800)) < topics.OPEN_FOR.total_seconds()


def test_electorate_agrees_on_the_bridging_statements_in_spite_of_its_groups():
    counts = Counter((cast.number, cast.choice) for cast in votes(800))
    shares = {
        row["number"]: counts[row["number"], Choice.AGREE]
        / sum(counts[row["number"], choice] for choice in Choice)
        for row in FUND["statements"]
    }

    bridging = [row["number"] for row in FUND["statements"] if min(row["leans"]) >= 1.5]
    dividing = [row["number"] for row in FUND["statements"] if min(row["leans"]) <= -1.5]
    assert len(bridging) >= 8
    assert len(dividing) >= 8
    assert min(shares[number] for number in bridging) > 0.8
    assert max(shares[number] for number in dividing) < 0.7


def urdu_texts() -> list[str]:
    conversations = [FUND, content.load("school-hours")]
    found = [text for row in conversations for text in row["translation"].values()]
    found += [row["ur"] for each in conversations for row in each["statements"]]
    found += [row["text"] for each in conversations for row in each["pending"]]
    petitions = content.load("petitions")
    found += [council["names"]["ur"] for council in petitions["councils"]]
    found += [row[part] for row in petitions["petitions"] for part in ("title", "text")]
    return [text for text in found if letters.language_of(text) == "ur"]


def test_urdu_is_written_with_urdu_letters():
    texts = urdu_texts()

    assert len(texts) == 66 + 8 + 6 + 1 + 3 + 4
    assert [text for text in texts if NOT_URDU_LETTERS & set(text)] == []
    assert [text for text in texts if any("a" <= letter.lower() <= "z" for letter in text)] == []
