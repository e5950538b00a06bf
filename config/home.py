"""The front page: what is being discussed, what collects signatures, what was decided."""

from dataclasses import dataclass

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from deliberate import wording
from deliberate.models import Conversation, Statement
from petitions.models import Outcome, Petition

SHOWN = 6


@dataclass(frozen=True)
class ConversationCard:
    """One open conversation as the front page shows it."""

    title_here: str
    introduction_here: str
    language_here: str
    url: str
    votes: int
    participants: int
    statements: int
    is_demo: bool


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Open conversations, petitions collecting signatures, recent council decisions."""
    return render(
        request,
        "home.html",
        {
            "conversations": _open_conversations(),
            "petitions": Petition.objects.nearly_there()[:SHOWN],
            "decisions": Outcome.objects.recent()[:SHOWN],
        },
    )


def _open_conversations() -> list[ConversationCard]:
    rows = (
        Conversation.objects.taking_votes()
        .select_related("tally")
        .prefetch_related("texts")
        .annotate(
            accepted=Count("statements", filter=Q(statements__state=Statement.State.ACCEPTED))
        )
    )
    return [_card(row) for row in rows[:SHOWN]]


def _card(row: Conversation) -> ConversationCard:
    here = wording.conversation_here(row)
    tally = getattr(row, "tally", None)
    return ConversationCard(
        title_here=here.title_here,
        introduction_here=here.introduction_here,
        language_here=here.language_here,
        url=row.get_absolute_url(),
        votes=tally.votes if tally else 0,
        participants=tally.participants if tally else 0,
        statements=row.accepted,  # type: ignore[attr-defined]
        is_demo=row.is_demo,
    )
