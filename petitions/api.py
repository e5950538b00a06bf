"""Petitions over the HTTP API: read only, what their pages show to everyone."""

from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from deliberate import errors
from deliberate.api_pages import PARAMETERS, Order, page
from deliberate.api_schemas import (
    ADDRESS,
    FLAG,
    LANGUAGE,
    MOMENT,
    NUMBER,
    TEXT,
    a_page,
    many,
    maybe,
    of,
    one,
    ref,
)
from deliberate.api_table import Operation, Parameter, Resource, Schema, sent
from deliberate.statements import tidy
from petitions import by_day, listing
from petitions.models import Council, CouncilReview, Outcome, Petition
from petitions.transitions import Actor, State
from petitions.views import PUBLIC_ACTIONS

ALL: Final = "all"
# A draft is its creator's affair, and nothing of it is here.
STATES: Final = [state.value for state in State if state is not State.DRAFT]

_CARD: Final[dict[str, Schema]] = {
    "id": NUMBER,
    "reference": TEXT,
    "title": TEXT,
    "language": LANGUAGE,
    "council": ref("Council"),
    "state": of(*STATES),
    "takes_signatures": FLAG,
    "signatures": NUMBER,
    "threshold": NUMBER,
    "opened_at": MOMENT,
    "collecting_until": MOMENT,
    "threshold_reached_at": maybe(MOMENT),
    "closed_at": maybe(MOMENT),
    "review": maybe(ref("Review")),
    "is_demo": FLAG,
    "page": ADDRESS,
}
SCHEMAS: Final[dict[str, Schema]] = {
    "Council": one(slug=TEXT, name=TEXT, language=LANGUAGE),
    "Review": one(
        "The petition's place in its council's queue, made once, when it crossed its threshold.",
        state=of(*CouncilReview.State.values),
        threshold=NUMBER,
        count_at_crossing=NUMBER,
        crossed_at=MOMENT,
        answer_due_at=MOMENT,
        is_overdue=FLAG,
        answered_at=maybe(MOMENT),
        outcome=maybe(ref("Outcome")),
    ),
    "Outcome": one(
        kind=of(*Outcome.Kind.values), reasons=TEXT, language=LANGUAGE, decided_at=MOMENT
    ),
    "PetitionCard": one("A petition as lists show it.", **_CARD),
    "Petition": one(
        **_CARD,
        text=TEXT,
        text_sha256={**TEXT, "description": "Of language, title and text as it opened."},
        is_intact=FLAG,
        creator=maybe(TEXT),
        answer_days=NUMBER,
        history=many(ref("Transition")),
        signatures_by_day=many(ref("Day")),
    ),
    "Transition": one(
        action=of(*PUBLIC_ACTIONS),
        actor=of(*(actor.value for actor in Actor)),
        state=of(*STATES),
        signatures=NUMBER,
        at=MOMENT,
    ),
    "Day": one(
        "By the council's calendar.",
        day={"type": "string", "format": "date"},
        signatures=NUMBER,
    ),
    "PetitionPage": a_page(ref("PetitionCard")),
}


def petitions(request: HttpRequest) -> HttpResponse:
    """Petitions by where they stand, the newest first."""
    show = request.GET.get("show", ALL)
    if show not in listing.VIEWS:
        raise errors.BadFrame(_("There is no such list."))
    rows = listing.VIEWS[show][1]()
    words = tidy(request.GET.get("q", ""))[: listing.LONGEST_SEARCH]
    if words:
        rows = rows.with_words(words)
    return sent(page(request, rows, order=Order("opened_at"), describe=_cards))


def petition(request: HttpRequest, petition_id: int) -> HttpResponse:
    """One petition with everything that its page tells everyone."""
    found = Petition.objects.public().select_related("creator").filter(pk=petition_id).first()
    if found is None:
        raise Http404
    course = by_day.signatures(found)
    return sent(
        {
            **_card(found),
            "text": found.text,
            "text_sha256": found.frozen_text_hash,
            "is_intact": found.is_intact,
            "creator": str(found.creator) if found.creator else None,
            "answer_days": found.answer_days,
            "history": [
                {
                    "action": step.action,
                    "actor": step.actor,
                    "state": step.to_state,
                    "signatures": step.signature_count,
                    "at": step.at,
                }
                for step in found.transitions.filter(action__in=PUBLIC_ACTIONS)
            ],
            "signatures_by_day": [
                {"day": day.day, "signatures": day.count} for day in (course.days if course else [])
            ],
        }
    )


def _cards(rows: list[Petition]) -> list[Schema]:
    return [_card(row) for row in rows]


def _card(row: Petition) -> dict[str, Any]:
    return {
        "id": row.pk,
        "reference": row.reference,
        "title": row.title,
        "language": row.language,
        "council": _council(row.council),
        "state": row.state,
        "takes_signatures": row.takes_signatures,
        "signatures": row.signature_count,
        "threshold": row.threshold,
        "opened_at": row.opened_at,
        "collecting_until": row.collecting_until,
        "threshold_reached_at": row.threshold_reached_at,
        "closed_at": row.closed_at,
        "review": _review(row.review) if row.review else None,
        "is_demo": row.is_demo,
        "page": row.get_absolute_url(),
    }


def _council(row: Council) -> Schema:
    return {"slug": row.slug, "name": row.name_here, "language": row.language_here}


def _review(row: CouncilReview) -> Schema:
    outcome = row.outcome if row.state == CouncilReview.State.ANSWERED else None
    return {
        "state": row.state,
        "threshold": row.threshold,
        "count_at_crossing": row.count_at_crossing,
        "crossed_at": row.crossed_at,
        "answer_due_at": row.answer_due_at,
        "is_overdue": row.is_overdue,
        "answered_at": row.answered_at,
        "outcome": {
            "kind": outcome.kind,
            "reasons": outcome.reasons,
            "language": outcome.language,
            "decided_at": outcome.decided_at,
        }
        if outcome
        else None,
    }


RESOURCES: Final = (
    Resource(
        "petitions/",
        "petitions",
        (
            Operation(
                "GET",
                petitions,
                "Petitions, the newest first",
                answer="PetitionPage",
                parameters=(
                    Parameter(
                        "show",
                        "Where they stand.",
                        {"type": "string", "enum": [*listing.VIEWS], "default": ALL},
                    ),
                    Parameter("q", "Words in the title or the text.", {"type": "string"}),
                    *PARAMETERS,
                ),
                is_public=True,
            ),
        ),
    ),
    Resource(
        "petitions/<int:petition_id>/",
        "petition",
        (Operation("GET", petition, "One petition", answer="Petition", is_public=True),),
    ),
)
