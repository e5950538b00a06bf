"""The page of samples: it shows all there is, and to staff alone."""

import re

import pytest
from django.test import Client

from config import style_guide
from config.style_samples import ENGLISH, URDU
from tests import factories
from tests.frontend.sources import CSS, without_comments
from tests.petitions import making

pytestmark = pytest.mark.django_db

OURS = ["button", "card", "chart", "form", "group", "icon", "list", "notice", "state", "timeline"]
# In a form of its own kind, or only with a script.
SHOWN_ELSEWHERE = {"field__counter", "vote__made"}
ARABIC = re.compile("[\u0600-\u06ff]")


@pytest.fixture
def shown(client: Client) -> str:
    client.force_login(factories.moderator())
    return client.get("/style/").content.decode()


def test_visitors_find_no_such_page(client: Client):
    assert client.get("/style/").status_code == 404


def test_citizens_find_no_such_page(client: Client):
    client.force_login(factories.user())

    assert client.get("/style/").status_code == 404


def test_clerks_see_it(client: Client):
    client.force_login(making.clerk(of=making.council()))

    assert client.get("/style/").status_code == 200


def test_everybody_sees_it_in_development(client: Client, settings):
    settings.DEBUG = True

    assert client.get("/style/").status_code == 200


def test_samples_speak_both_languages(shown: str):
    assert ENGLISH.keys() == URDU.keys()
    assert [word for word in ENGLISH.values() if ARABIC.search(str(word))] == []
    assert [word for word in URDU.values() if not ARABIC.search(str(word))] == []
    assert shown.count('lang="ur" dir="rtl"') >= len(style_guide.COMPONENTS)
    assert shown.count('lang="en" dir="ltr"') >= len(style_guide.COMPONENTS)


@pytest.mark.parametrize("component", [f"components/{name}" for name in OURS] + ["staff/*"])
def test_every_class_of_a_component_is_shown(shown: str, component: str):
    rules = "".join(without_comments(path) for path in CSS.glob(f"{component}.css"))
    declared = set(re.findall(r"\.([a-z][\w-]*)", re.sub(r"\{[^{}]*\}", "{}", rules)))

    worn = set(" ".join(re.findall(r'class="([^"]*)"', shown)).split())

    assert declared - worn - SHOWN_ELSEWHERE == set()


def test_every_icon_is_shown(shown: str):
    names = {path.stem for path in (style_guide.FOLDER / "icons").glob("*.html")}

    assert names <= set(re.findall(r'<code dir="ltr">([\w-]+)</code>', shown))


def test_each_id_stands_once(shown: str):
    every = re.findall(r'\bid="([^"]+)"', shown)

    assert len(every) == len(set(every))
