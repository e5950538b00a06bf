from string import Formatter

import pytest
from django.utils import translation

from moderation import decisions
from moderation.reasons import CODES, Restoration
from opinion_map import alarm
from petitions.lifecycle import RECORD_KINDS
from petitions.models import Outcome
from record import wording
from record.models import RecordLine


def line(kind: str, **facts) -> RecordLine:
    return RecordLine(kind=kind, subject="/", facts=facts)


def test_sentence_says_a_code_in_words():
    said = wording.sentence(
        line("statement.rejected", statement=7, by="moderator", reason="insult")
    )

    assert said == "Statement 7 was rejected by a moderator: an insult or a threat."


def test_sentence_of_an_unknown_kind_is_its_name():
    assert wording.sentence(line("wells.dug", depth=4)) == "wells.dug"


def test_sentence_without_its_facts_has_dashes():
    assert wording.sentence(line("statement.rejected")) == "Statement – was rejected by –: –."


def test_sentence_shows_an_unknown_code_as_it_is():
    said = wording.sentence(line("review.answered", outcome="{0.__class__}"))

    assert said == "The council answered a petition: {0.__class__}."


ELSEWHERE = [
    "conversation.opened",
    "conversation.closed",
    "conversation.result",
    "conversation.translated",
    "conversation.untranslated",
    "translation.kept",
    "translation.removed",
    "assistance.given",
    "map.published",
    "routing.alarm",
    "routing.well",
    "review.checked_out",
    "review.renewed",
    "review.taken_over",
    "review.released",
    "review.answered",
]


@pytest.mark.parametrize("kind", [*sorted(decisions.KINDS), *RECORD_KINDS.values(), *ELSEWHERE])
def test_every_kind_that_rooms_append_has_a_sentence(kind):
    assert kind in wording.KINDS


def test_every_code_has_its_words():
    assert wording.WORDS["reason"].keys() == {*CODES, *Restoration.values}
    assert wording.WORDS["outcome"].keys() == set(Outcome.Kind.values)
    assert wording.WORDS["cause"].keys() == alarm.CAUSES.keys()


@pytest.mark.parametrize("language", ["en", "ur"])
@pytest.mark.parametrize("kind", wording.KINDS)
def test_translations_name_the_same_facts(kind, language):
    with translation.override("en"):
        wanted = facts_of(str(wording.KINDS[kind].sentence))

    with translation.override(language):
        translated = facts_of(str(wording.KINDS[kind].sentence))

    assert translated == wanted


def facts_of(sentence: str) -> set[str | None]:
    return {name for _text, name, _spec, _conversion in Formatter().parse(sentence)} - {None}
