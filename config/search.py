"""Search over conversations, petitions and statements, in every language they were written in.

Only what anyone may read is found. However long the words, the work is bounded: so many words,
so many rows, one query for each kind with its texts.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

from django.db.models import Count, Exists, F, Model, OuterRef, QuerySet, Window
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from config import excerpts
from config.excerpts import Piece
from deliberate import folding, wording
from deliberate.models import Conversation, ConversationText, Statement, StatementText
from petitions.models import Petition

# Longer queries are cut; their first words are searched.
LONGEST: Final = 100
MOST_WORDS: Final = 6
# One letter of an alphabet is in nearly every text; a Chinese character says something.
SHORTEST: Final = 2
FIRST: Final = 5
ON_A_PAGE: Final = 20

AnyModel = TypeVar("AnyModel", bound=Model)


class Kind(StrEnum):
    """What is searched; the value stands in the address."""

    CONVERSATIONS = "conversations"
    PETITIONS = "petitions"
    STATEMENTS = "statements"


NAMES: Final[dict[Kind, Promise]] = {
    Kind.CONVERSATIONS: _("Conversations"),
    Kind.PETITIONS: _("Petitions"),
    Kind.STATEMENTS: _("Statements"),
}


@dataclass(frozen=True)
class Found:
    """One thing that was found: its title, and the passage with the words, cut at each of them."""

    url: str
    title: list[Piece]
    language: str
    passage: list[Piece]
    passage_language: str
    is_demo: bool
    # Where a statement was said
    within: str = ""
    within_language: str = ""


@dataclass(frozen=True)
class Group:
    """What was found of one kind: a page of it, and how much there is."""

    kind: str
    name: str
    found: list[Found]
    count: int
    number: int = 1
    pages: int = 1
    all_query: str = ""
    previous_query: str = ""
    next_query: str = ""


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The form, and below it what was found."""
    said = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST]
    words = list(dict.fromkeys(folding.words(said)))[:MOST_WORDS]
    is_short = not any(len(word) >= SHORTEST or folding.is_unspaced(word[0]) for word in words)
    groups = [] if is_short else _groups(request, said, words)
    return render(
        request,
        "search.html",
        {
            "said": said,
            "is_too_short": bool(said) and is_short,
            "groups": [group for group in groups if group.count],
            "count": sum(group.count for group in groups),
            "kind": _kind(request),
        },
    )


def _groups(request: HttpRequest, said: str, words: Sequence[str]) -> list[Group]:
    kind = _kind(request)
    if kind is None:
        return [_group(each, said, words, number=1, size=FIRST) for each in Kind]
    number = request.GET.get("page", "1")
    if not re.fullmatch(r"[1-9][0-9]{0,3}", number):
        raise Http404
    group = _group(kind, said, words, number=int(number), size=ON_A_PAGE)
    if not group.found and group.number > 1:
        raise Http404
    return [group]


def _kind(request: HttpRequest) -> Kind | None:
    try:
        return Kind(request.GET.get("in", ""))
    except ValueError:
        return None


def _group(kind: Kind, said: str, words: Sequence[str], *, number: int, size: int) -> Group:
    search = {
        Kind.CONVERSATIONS: _conversations,
        Kind.PETITIONS: _petitions,
        Kind.STATEMENTS: _statements,
    }[kind]
    found, count = search(words, slice((number - 1) * size, number * size))
    group = Group(kind.value, str(NAMES[kind]), found, count, number, pages=-(-count // size))
    return replace(
        group,
        all_query=_query(said, kind) if count > len(found) and size == FIRST else "",
        previous_query=_query(said, kind, number - 1) if number > 1 else "",
        next_query=_query(said, kind, number + 1)
        if size != FIRST and number * size < count
        else "",
    )


def _query(said: str, kind: Kind, number: int = 1) -> str:
    return urlencode({"q": said, "in": kind.value, **({"page": number} if number > 1 else {})})


def _with_count(rows: QuerySet[AnyModel], part: slice) -> tuple[list[Any], int]:
    """Some of the rows, and how many there are, in one query."""
    shown: list[Any] = list(rows.annotate(found_in_all=Window(Count("*")))[part])
    return shown, shown[0].found_in_all if shown else 0


def _conversations(words: Sequence[str], part: slice) -> tuple[list[Found], int]:
    everywhere = folding.all_of(words)
    texts = ConversationText.objects.filter(everywhere, conversation=OuterRef("pk"))
    rows, count = _with_count(
        Conversation.objects.public()
        .filter(everywhere | Exists(texts))
        .prefetch_related("texts")
        .order_by("-opens_at", "-id"),
        part,
    )
    return [_found_conversation(row, words) for row in rows], count


def _petitions(words: Sequence[str], part: slice) -> tuple[list[Found], int]:
    rows, count = _with_count(
        Petition.objects.filter(folding.all_of(words), opened_at__isnull=False).order_by(
            "-opened_at", "-id"
        ),
        part,
    )
    return [_found_petition(row, words) for row in rows], count


def _statements(words: Sequence[str], part: slice) -> tuple[list[Found], int]:
    everywhere = folding.all_of(words)
    texts = StatementText.objects.filter(everywhere, statement=OuterRef("pk"))
    rows, count = _with_count(
        Statement.objects.accepted()
        .filter(conversation__in=Conversation.objects.public())
        .filter(everywhere | Exists(texts))
        .select_related("conversation")
        .prefetch_related("texts", "conversation__texts")
        .order_by(F("conversation__opens_at").desc(), "conversation_id", "number"),
        part,
    )
    return [_found_statement(row, words) for row in rows], count


def _found_conversation(row: Conversation, words: Sequence[str]) -> Found:
    text = _matching([row, *row.texts.all()], words)
    return Found(
        url=row.get_absolute_url(),
        title=excerpts.marked(text.title, words),
        language=text.language,
        passage=excerpts.around(text.introduction, words),
        passage_language=text.language,
        is_demo=row.is_demo,
    )


def _found_petition(row: Petition, words: Sequence[str]) -> Found:
    return Found(
        url=row.get_absolute_url(),
        title=excerpts.marked(row.title, words),
        language=row.language,
        passage=excerpts.around(row.text, words),
        passage_language=row.language,
        is_demo=row.is_demo,
    )


def _found_statement(row: Statement, words: Sequence[str]) -> Found:
    text = _matching([row, *row.texts.all()], words)
    conversation = wording.conversation_here(row.conversation)
    return Found(
        url=f"{row.conversation.get_absolute_url()}?statement={row.number}#vote",
        title=excerpts.marked(text.text, words),
        language=text.language,
        passage=[],
        passage_language="",
        is_demo=row.conversation.is_demo,
        within=conversation.title_here,
        within_language=conversation.language_here,
    )


def _matching(texts: Iterable[Any], words: Sequence[str]) -> Any:
    """The text that has the words; of several the one that serves the reader best."""
    found = [
        text for text in texts if all(folding.pattern(word) in text.search_words for word in words)
    ]
    languages = {wording.base(text.language): text for text in reversed(found)}
    for language in wording.chain(get_language() or ""):
        if language in languages:
            return languages[language]
    return found[0]
