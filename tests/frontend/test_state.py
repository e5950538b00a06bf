"""The page's own picture of a room: an old snapshot and the news since are a fresh snapshot.

The browser's module is fed with histories of real rooms, whole, and as lines spoil them.
"""

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.journeys.server import ROOT, DemoServer

pytestmark = pytest.mark.browser

SEEDS = [1, 2, 3, 4]
# {start: snapshot, news} for each case: what the page holds then, and whether it would ask.
FOLD = """async (cases) => {
  const { apply, begin } = await import("/static/js/state.js");
  return cases.map(({ start, news }) => {
    const frozen = Object.freeze(begin(start));
    return news.reduce((state, one) => Object.freeze(apply(state, one)), frozen);
  });
}"""

Json = dict[str, Any]


@pytest.fixture(scope="module")
def page(browser: Browser, demo_server: DemoServer) -> Iterator[Page]:
    context = browser.new_context(base_url=demo_server.url)
    page = context.new_page()
    page.goto("/offline/")
    yield page
    context.close()


@pytest.fixture(scope="module")
def histories(tmp_path_factory: pytest.TempPathFactory) -> dict[int, list[Json]]:
    """Of rooms in a database of their own, where nobody else counts votes or draws maps."""
    others = {"DATABASE_URL", "REDIS_URL"}
    environment = {name: value for name, value in os.environ.items() if name not in others}
    environment["VAR_DIR"] = str(tmp_path_factory.mktemp("rooms"))
    done = subprocess.run(
        [sys.executable, "-m", "tests.frontend.room_history", *map(str, SEEDS)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(zip(SEEDS, json.loads(done.stdout), strict=True))


@pytest.fixture(params=SEEDS)
def history(request: pytest.FixtureRequest, histories: dict[int, list[Json]]) -> list[Json]:
    return histories[request.param]


def heartbeat(snapshot: Json) -> Json:
    return {
        "type": "heartbeat",
        "content": {name: snapshot[name] for name in ("version", "votes_version")},
    }


def news_between(history: list[Json], start: int, end: int) -> list[Json]:
    return [one for step in history[start + 1 : end + 1] for one in step["news"]]


def public(state: Json) -> Json:
    """What of the page's state a snapshot has too."""
    return {name: state[name] for name in state if name in SNAPSHOT}


SNAPSHOT = {"version", "votes_version", "votes", "participants", "open", "map_version", "newest"}


def test_history_has_news_of_every_kind(history: list[Json]):
    kinds = {one["type"] for step in history for one in step["news"]}

    assert kinds == {
        "statement.accepted",
        "statement.removed",
        "tally",
        "map.updated",
        "conversation.changed",
    }
    assert set(history[0]["snapshot"]) == SNAPSHOT


def test_versions_of_the_news_have_no_gap(history: list[Json]):
    versions = [one["content"]["version"] for step in history for one in step["news"]]

    assert versions == list(range(1, len(versions) + 1))
    assert history[-1]["snapshot"]["version"] == versions[-1]


def test_old_snapshot_and_the_news_since_are_a_fresh_snapshot(page: Page, history: list[Json]):
    pairs = [(start, end) for end in range(len(history)) for start in range(end + 1)]
    cases = [
        {
            "start": history[start]["snapshot"],
            "news": [*news_between(history, start, end), heartbeat(history[end]["snapshot"])],
        }
        for start, end in pairs
    ]

    states = page.evaluate(FOLD, cases)

    known = 0
    for (start, end), state in zip(pairs, states, strict=True):
        # Only where an older statement comes into the list again it has to ask.
        if not state["behind"]:
            known += 1
            assert public(state) == history[end]["snapshot"], (start, end)
    assert known > len(pairs) / 4


def test_page_asks_again_or_is_right_after_news_were_lost_doubled_or_late(
    page: Page, history: list[Json]
):
    chance = random.Random(len(history[-1]["snapshot"]["newest"]))
    cases, ends = [], []
    for _ in range(300):
        start, end = sorted(chance.sample(range(len(history)), 2))
        news = [one for one in news_between(history, start, end) if chance.random() > 0.1]
        news += chance.sample(news, min(len(news), 2))
        for _ in range(chance.randrange(3)):
            if len(news) > 1:
                place = chance.randrange(len(news) - 1)
                news[place : place + 2] = news[place + 1], news[place]
        last = history[end]["snapshot"]
        cases.append({"start": history[start]["snapshot"], "news": [*news, heartbeat(last)]})
        ends.append(last)

    states = page.evaluate(FOLD, cases)

    for case, state, last in zip(cases, states, ends, strict=True):
        assert state["behind"] or public(state) == last, case["news"]
    assert any(not state["behind"] for state in states)


def test_news_that_a_snapshot_knew_change_nothing(page: Page, history: list[Json]):
    last = history[-1]["snapshot"]

    (state,) = page.evaluate(
        FOLD, [{"start": last, "news": news_between(history, 0, len(history) - 1)}]
    )

    assert public(state) == last
    assert (state["behind"], state["missing"], state["gap"]) == (0, [], False)


def test_word_that_there_are_more_news_makes_the_page_ask(page: Page, history: list[Json]):
    start = history[0]["snapshot"]
    told = {"type": "room.changed", "content": {"version": start["version"] + 30}}

    (state,) = page.evaluate(FOLD, [{"start": start, "news": [told]}])

    assert state["behind"] == start["version"] + 30
