"""What goes on, everywhere or near one place: read for a whole page in a fixed few queries."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from django.db.models import Count, Model, Q, QuerySet, prefetch_related_objects

from deliberate import places, wording
from deliberate.models import Conversation, Statement
from deliberate.places import Atlas, PlaceWording
from petitions.models import Council, CouncilReview, Outcome, Petition

Row = TypeVar("Row")
AnyModel = TypeVar("AnyModel", bound=Model)


@dataclass(frozen=True)
class At(Generic[Row]):
    """Something that goes on, and where."""

    row: Row
    place: PlaceWording | None


@dataclass(frozen=True)
class ConversationCard:
    """One conversation as a list shows it."""

    title_here: str
    introduction_here: str
    language_here: str
    url: str
    votes: int
    participants: int
    statements: int
    is_demo: bool


@dataclass(frozen=True)
class GoingOn:
    """Lists for the front page or for a place's page."""

    conversations: list[At[ConversationCard]] = field(default_factory=list)
    petitions: list[At[Petition]] = field(default_factory=list)
    answers: list[At[Outcome]] = field(default_factory=list)
    overdue: list[At[CouncilReview]] = field(default_factory=list)
    closed: list[At[ConversationCard]] = field(default_factory=list)


@dataclass(frozen=True)
class Reach:
    """Whose affairs to read: of these places alone, or of all with these first."""

    atlas: Atlas
    rings: Sequence[Iterable[int]] = ()
    only: frozenset[int] | None = None

    def of(self, rows: QuerySet[AnyModel], column: str) -> QuerySet[AnyModel]:
        """The rows that it reaches, those nearby first."""
        if self.only is not None:
            return rows.filter(**{f"{column}__in": sorted(self.only)})
        return places.nearest_first(rows, rings=self.rings, column=column) if self.rings else rows


def read(reach: Reach, *, most: int, closed: int = 0) -> GoingOn:
    """At most so many of each kind; closed conversations where so many are asked for."""
    petitions = list(reach.of(_petitions(), "council__place")[:most])
    answers = list(reach.of(_answers(), "review__petition__council__place")[:most])
    overdue = list(reach.of(_overdue(), "petition__council__place")[:most])
    councils = [
        *(petition.council for petition in petitions),
        *(outcome.review.petition.council for outcome in answers),
        *(review.petition.council for review in overdue),
    ]
    prefetch_related_objects(councils, "texts")
    discussed = list(reach.of(_open_conversations(), "place")[:most])
    over = list(reach.of(_closed_conversations(), "place")[:closed]) if closed else []
    prefetch_related_objects([*discussed, *over], "texts")
    return GoingOn(
        conversations=[At(card(row), reach.atlas.named(row.place_id)) for row in discussed],
        petitions=list(_at(petitions, [row.council for row in petitions], reach)),
        answers=list(_at(answers, [row.review.petition.council for row in answers], reach)),
        overdue=list(_at(overdue, [row.petition.council for row in overdue], reach)),
        closed=[At(card(row), reach.atlas.named(row.place_id)) for row in over],
    )


def card(row: Conversation) -> ConversationCard:
    """The conversation as a list shows it; fetch `texts` and the tally beforehand."""
    here = wording.conversation_here(row)
    tally = getattr(row, "tally", None)
    return ConversationCard(
        title_here=here.title_here,
        introduction_here=here.introduction_here,
        language_here=here.language_here,
        url=row.get_absolute_url(),
        votes=tally.votes if tally else 0,
        participants=tally.participants if tally else 0,
        statements=getattr(row, "accepted", 0),
        is_demo=row.is_demo,
    )


def _at(rows: Iterable[Any], councils: Iterable[Council], reach: Reach) -> Iterable[At[Any]]:
    for row, council in zip(rows, councils, strict=True):
        yield At(row, reach.atlas.named(council.place_id))


def _open_conversations() -> QuerySet[Conversation]:
    # Said here: a model's own order does not hold for rows that are grouped to be counted.
    return _counted(Conversation.objects.taking_votes().order_by("-opens_at", "-id"))


def _closed_conversations() -> QuerySet[Conversation]:
    closed = Conversation.objects.filter(state=Conversation.State.CLOSED)
    return _counted(closed.order_by("-closes_at", "-id"))


def _counted(rows: QuerySet[Conversation]) -> QuerySet[Conversation]:
    accepted = Q(statements__state=Statement.State.ACCEPTED)
    return rows.select_related("tally").annotate(accepted=Count("statements", filter=accepted))


def _petitions() -> QuerySet[Petition]:
    # What cards of a list of petitions fetch beside is not shown here.
    return Petition.objects.nearly_there().prefetch_related(None).select_related("council")


def _answers() -> QuerySet[Outcome]:
    return Outcome.objects.recent().prefetch_related(None)


def _overdue() -> QuerySet[CouncilReview]:
    return CouncilReview.objects.overdue().select_related("petition__council")
