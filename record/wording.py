"""The record in words: a sentence for each kind of line, in the reader's language.

A kind without a sentence is shown as its bare name, so a room may add kinds before it adds words
here. Facts are named in braces; a fact whose values are codes has its words in WORDS.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from record.models import RecordLine


@dataclass(frozen=True)
class Kind:
    """What a kind of line is called in a list, and what one such line says."""

    name: Promise | str
    sentence: Promise | str


KINDS: Final[Mapping[str, Kind]] = {
    "conversation.opened": Kind(
        _("Conversations opened"), _("A conversation opened for votes and statements.")
    ),
    "conversation.closed": Kind(_("Conversations closed"), _("A conversation closed.")),
    "conversation.result": Kind(
        _("Results of conversations"), _("What came of a conversation was published.")
    ),
    "conversation.key_destroyed": Kind(
        _("Keys of conversations destroyed"),
        _("A conversation's key was destroyed: nobody can tell any more who cast which vote."),
    ),
    "statement.accepted": Kind(
        _("Statements accepted"), _("Statement {statement} was accepted by {by}.")
    ),
    "statement.rejected": Kind(
        _("Statements rejected"), _("Statement {statement} was rejected by {by}: {reason}.")
    ),
    "statement.withdrawn": Kind(
        _("Statements taken away by their authors"),
        _("Statement {statement} was taken away by its author."),
    ),
    "statement.restored": Kind(
        _("Statements restored"), _("Statement {statement} was restored by {by}: {reason}.")
    ),
    "statement.kept": Kind(
        _("Reported statements kept"),
        _("Statement {statement} was reported and kept by {by}: it breaks no rule."),
    ),
    "translation.kept": Kind(
        _("Statements translated"),
        _("Statement {statement} was translated by {by} into this language: {language}."),
    ),
    "translation.removed": Kind(
        _("Translations removed"),
        _("A translation of statement {statement} was removed by {by}: {language}."),
    ),
    "conversation.translated": Kind(
        _("Conversations translated"),
        _("A conversation's own words were translated by {by} into this language: {language}."),
    ),
    "conversation.untranslated": Kind(
        _("Conversations' translations removed"),
        _("A translation of a conversation's own words was removed by {by}: {language}."),
    ),
    "petition.opened": Kind(
        _("Petitions opened"), _("A petition opened for signatures; {threshold} are needed.")
    ),
    "petition.threshold_reached": Kind(
        _("Petitions that reached their threshold"),
        _("A petition reached {threshold} signatures and is in the council's review queue."),
    ),
    "petition.withdrawn": Kind(
        _("Petitions withdrawn"), _("A petition was withdrawn at {signatures} signatures.")
    ),
    "petition.closed": Kind(
        _("Petitions closed"), _("A petition closed at {signatures} signatures.")
    ),
    "review.checked_out": Kind(
        _("Reviews checked out"), _("A council review was checked out by {by}.")
    ),
    "review.renewed": Kind(
        _("Reviews kept longer"), _("A checked-out council review was kept longer by {by}.")
    ),
    "review.taken_over": Kind(
        _("Reviews taken over"), _("A council review was taken over by {by}.")
    ),
    "review.released": Kind(
        _("Reviews given back"), _("A council review was given back to the queue by {by}.")
    ),
    "review.answered": Kind(
        _("Petitions answered"), _("The council answered a petition: {outcome}.")
    ),
    "access.proposed": Kind(
        _("Access restored to offices: proposed"),
        _("An operator proposed to remove the lost second factors of somebody with an office."),
    ),
    "access.approved": Kind(
        _("Access restored to offices: approved"),
        _("A second operator approved that lost second factors are removed."),
    ),
    "access.stopped": Kind(
        _("Access restored to offices: stopped"),
        _("The removal of second factors was stopped."),
    ),
    "access.done": Kind(
        _("Access restored to offices: done"),
        _("The lost second factors of somebody with an office were removed."),
    ),
    "role.granted": Kind(_("Roles given"), _("Somebody was given a role: {role}.")),
    "role.revoked": Kind(_("Roles taken away"), _("A role was taken away: {role}.")),
    "oversight.read": Kind(
        _("What overseers read"), _("An overseer read what is not for everybody: {what}.")
    ),
    "assistance.given": Kind(
        _("Help by field workers"),
        _(
            "Field workers helped people to take part here {times} more times, each time with "
            "their consent."
        ),
    ),
    "map.published": Kind(
        _("Opinion maps published"), _("An opinion map of the votes was published.")
    ),
    "routing.alarm": Kind(
        _("Alarms about the choice of statements"),
        _("The choice of statements is not working as published: {cause}."),
    ),
    "routing.well": Kind(
        _("Alarms about the choice of statements that are over"),
        _("The choice of statements works as published again; this was wrong: {cause}."),
    ),
}
WORDS: Final[Mapping[str, Mapping[str, Promise | str]]] = {
    "by": {
        "moderator": _("a moderator"),
        "clerk": _("a clerk of the council"),
        "facilitator": _("a facilitator"),
        "senior_moderator": _("a senior moderator"),
    },
    "reason": {
        "off-topic": _("not about this topic"),
        "duplicate": _("another statement already says this"),
        "several": _("several points at once"),
        "personal": _("personal details of somebody"),
        "insult": _("an insult or a threat"),
        "illegal": _("against the law"),
        "advert": _("an advertisement"),
        "mistake": _("it should not have been rejected"),
        "new-facts": _("what is known about it has changed"),
    },
    "cause": {
        "missing": _("the map has published no chances for some statements"),
        "stale": _("the chances were not those of the newest map"),
        "uniform": _("every statement had the same chance"),
        "single": _("one statement was shown to nearly everybody"),
        "even": _("the votes that came in showed an even choice"),
    },
    "language": dict(settings.LANGUAGES),
    "role": {
        "moderator": _("moderator"),
        "facilitator": _("facilitator"),
        "senior_moderator": _("senior moderator"),
        "overseer": _("overseer"),
        "operator": _("operator"),
        "field_worker": _("field worker"),
    },
    "what": {
        "moderation.read": _("what waits for the moderators"),
        "review.read": _("what waits for the councils"),
        "translation.read": _("the translators' page of a conversation"),
        "votes.recompute": _("a conversation's votes, to draw its map again"),
    },
    "outcome": {
        "accepted": _("accepted"),
        "partly": _("accepted in part"),
        "forwarded": _("forwarded to the body that decides on it"),
        "otherwise": _("resolved in another way"),
        "rejected": _("rejected"),
    },
}
MISSING: Final = "–"


class _Said(dict[str, Any]):
    """Facts as words; a fact that a line does not have is a dash."""

    def __missing__(self, name: str) -> str:
        return MISSING


def sentence(line: RecordLine) -> str:
    """What the line says."""
    kind = KINDS.get(line.kind)
    if kind is None:
        return line.kind
    said = _Said({name: word(name, value) for name, value in line.facts.items()})
    return str(kind.sentence).format_map(said)


def word(fact: str, value: object) -> str:
    """A fact's value in words, or as it is."""
    return str(WORDS.get(fact, {}).get(str(value), value))
