"""A published map in words: what each group stands for, what unites, divides, leaves unsure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from deliberate.models import Conversation
from deliberate.wording import StatementWordings
from opinion_map import choice, publication, statement_lines, table
from opinion_map.asked import NOTHING, Asked, NotThere
from opinion_map.own_place import NOBODY, Own
from opinion_map.publication import PublishedMap
from opinion_map.statement_lines import Line, Texts, Writer

TYPICAL = 3
LISTED = 5
# Rows of the table on a first visit, so that the page fits a slow line; a link has the rest.
ROWS = 20


@dataclass(frozen=True)
class Group:
    """A group of people who think alike."""

    letter: str
    size: int | None
    sentence: str
    stability: str
    statements: list[Line]
    query: str
    is_chosen: bool = False


@dataclass(frozen=True)
class Certainty:
    """How far the groups are to be believed, in words."""

    # "good", "unsure", "early" or "none": the sign that stands beside the sentence.
    kind: str
    words: str
    reasons: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Reading:
    """The whole map in words, for templates."""

    is_ready: bool
    sentence: str
    map_url: str
    svg_url: str
    json_url: str
    report_url: str
    certainty: Certainty
    version: int = 0
    drawn_at: datetime | None = None
    reliable: bool = False
    participants: int = 0
    grouped: int | None = None
    groups: list[Group] = field(default_factory=list)
    unites: list[Line] = field(default_factory=list)
    divides: list[Line] = field(default_factory=list)
    unsure: list[Line] = field(default_factory=list)


@dataclass(frozen=True)
class Source:
    """A published map and the words of its statements in the reader's language."""

    published: PublishedMap
    texts: Texts

    @property
    def shown(self) -> dict[str, Any]:
        """The document as it is to be shown."""
        return self.published.shown


def source(
    conversation: Conversation,
    *,
    version: int | None = None,
    known: publication.Version | None = None,
) -> Source | None:
    """The newest published map, or the one of that version; None where there is none."""
    texts = StatementWordings(conversation)
    published = publication.of(conversation, accepted=texts, version=version, known=known)
    return Source(published, texts) if published else None


def of(conversation: Conversation) -> Reading:
    """The newest published map of a conversation in the reader's language."""
    found = source(conversation)
    return words(conversation, found) if found else nothing_yet(conversation)


def nothing_yet(conversation: Conversation) -> Reading:
    """What is said before there is a map."""
    sentence = too_early()
    return Reading(
        is_ready=False,
        sentence=sentence,
        map_url=reverse("opinion_map:map", args=[conversation.slug]),
        svg_url=reverse("opinion_map:svg", args=[conversation.slug]),
        json_url=reverse("opinion_map:json", args=[conversation.slug]),
        report_url=reverse("opinion_map:report", args=[conversation.slug]),
        certainty=Certainty("early", _("Too early")),
    )


def words(
    conversation: Conversation,
    found: Source,
    *,
    asked: Asked = NOTHING,
    typical: int = TYPICAL,
    listed: int = LISTED,
) -> Reading:
    """That map in the reader's language, with links that keep what the reader asked for."""
    document = found.shown
    writer = Writer(found.texts, asked)
    return replace(
        nothing_yet(conversation),
        is_ready=True,
        sentence=how_sure(document),
        certainty=certainty(document),
        version=found.published.votes_version,
        drawn_at=found.published.drawn_at,
        reliable=document["reliable"],
        participants=document["counts"]["participants"],
        grouped=document["counts"]["grouped"],
        groups=[_group(group, document, writer, typical) for group in groups_of(document)],
        unites=statement_lines.unites(document, writer, most=listed),
        divides=statement_lines.divides(document, writer, most=listed),
        unsure=statement_lines.unsure(document, writer, most=listed),
    )


def numbers(found: Source, *, asked: Asked, own: Own = NOBODY) -> table.Table:
    """The table twin of that map.

    Raises
    ------
    NotThere
        The reader asked to sort by a column that there is not.
    """
    writer = Writer(found.texts, asked)
    most = None if asked.every else ROWS
    return table.of(found.shown, writer, own=own.votes, most=most)


def chosen(
    found: Source, *, asked: Asked, own: Own = NOBODY
) -> tuple[choice.ChosenStatement | None, choice.ChosenGroup | None]:
    """What the reader picked.

    Raises
    ------
    NotThere
        The map has no such statement or group.
    """
    writer = Writer(found.texts, asked)
    if asked.statement is not None:
        return choice.statement(found.shown, asked.statement, writer, own), None
    if asked.group is not None:
        if not groups_of(found.shown):
            raise NotThere(asked.group)
        return None, choice.group(found.shown, asked.group, writer, own)
    return None, None


def groups_of(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The groups to speak of: everybody together is none."""
    groups: list[dict[str, Any]] = document["groups"]
    return groups if len(groups) > 1 else []


def too_early() -> str:
    """What is said before there is a map."""
    return ngettext(
        "The map appears when at least %(count)d person has voted.",
        "The map appears when at least %(count)d people have voted.",
        publication.MINIMUM,
    ) % {"count": publication.MINIMUM}


def how_sure(document: Mapping[str, Any]) -> str:
    """One sentence on whether the groups are to be believed."""
    groups = len(document["groups"])
    if groups < 2:
        return _("People do not fall into groups here, and that is a result.")
    if document["reliable"]:
        return ngettext(
            "People fall into %(count)d group, and this split is reliable.",
            "People fall into %(count)d groups, and this split is reliable.",
            groups,
        ) % {"count": groups}
    return ngettext(
        "People seem to fall into %(count)d group, but it is too early to be sure.",
        "People seem to fall into %(count)d groups, but it is too early to be sure.",
        groups,
    ) % {"count": groups}


def certainty(document: Mapping[str, Any]) -> Certainty:
    """How sure the picture is, and what that was concluded from."""
    groups = len(document["groups"])
    if groups < 2:
        return Certainty("none", _("No groups"), _reasons(document))
    if document["reliable"]:
        return Certainty("good", _("Reliable"), _reasons(document))
    return Certainty("unsure", _("Not certain yet"), _reasons(document))


def _reasons(document: Mapping[str, Any]) -> list[str]:
    reasons = []
    structure = document["structure"]
    by_chance = structure["shuffles"] and structure["ratios"][0] < structure["threshold"]
    if len(document["groups"]) < 2 and by_chance:
        reasons.append(
            _("The votes differ no more between people than shuffled votes would by chance.")
        )
    resampled = document.get("certainty")
    if resampled and len(document["groups"]) > 1:
        share = resampled["counts"].get(str(len(document["groups"])), 0.0)
        # Translators: the map is computed again from random parts of the votes.
        reasons.append(
            _(
                "Drawn again %(times)d times from random parts of the people,"
                " the map found the same number of groups in %(percent)d %%."
            )
            % {"times": resampled["resamples"], "percent": round(100 * share)}
        )
    held_out = document.get("held_out")
    if held_out and held_out["explained"] > 0:
        reasons.append(
            _(
                "From the place of people on the map, %(percent)d %% of the differences"
                " in votes that were hidden from it can be foretold."
            )
            % {"percent": round(100 * held_out["explained"])}
        )
    return reasons


def _group(group: dict[str, Any], document: dict[str, Any], writer: Writer, typical: int) -> Group:
    return Group(
        letter=group["id"],
        size=group["size"],
        sentence=choice.size_sentence(group, document),
        stability=_stability(group["stability"]),
        statements=statement_lines.typical(group, writer, most=typical),
        query=writer.asked.url("choice", group=group["id"], statement=None),
        is_chosen=writer.asked.group == group["id"],
    )


def _stability(share: float | None) -> str:
    if share is None:
        return ""
    if share >= 0.85:
        return _("a firm group")
    if share >= 0.6:
        return _("a fairly firm group")
    return _("a loose group: people at its edge could belong elsewhere")
