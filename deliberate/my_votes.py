"""Everything one participant has voted on and said in a conversation."""

from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet

from deliberate import frames, publication, tallies, wording
from deliberate.models import Choice, Conversation, Participant, Statement, Vote
from deliberate.wording import StatementWording

ON_A_PAGE = 20


@dataclass(frozen=True)
class OwnVote:
    """A vote with the statement it is on."""

    statement: StatementWording
    choice: str
    choice_words: str
    # Whether the statement is still voted on: else the vote can only be taken back.
    is_open: bool


@dataclass(frozen=True)
class Counts:
    """How others voted on one's statement, as far as everyone may know."""

    agree: int
    disagree: int
    passed: int


@dataclass(frozen=True)
class OwnStatement:
    """A statement of one's own with what has become of it."""

    row: Statement
    counts: Counts | None


def all_votes_of(participant: Participant | None) -> QuerySet[Vote]:
    """The participant's votes with their statements, the latest first; None has cast none."""
    if participant is None:
        return Vote.objects.none()
    return (
        Vote.objects.filter(participant=participant)
        .select_related("statement")
        .prefetch_related("statement__texts")
        .order_by("-cast_at", "-id")
    )


def votes_of(participant: Participant | None, *, page: str | None) -> Page[Vote]:
    """One page of them."""
    return Paginator(all_votes_of(participant), ON_A_PAGE).get_page(page)


def own_vote(vote: Vote) -> OwnVote:
    """The vote as its participant sees it."""
    choice = Choice(vote.choice)
    return OwnVote(
        statement=wording.statement_here(vote.statement),
        choice=frames.CHOICE_WORDS[choice],
        choice_words=str(choice.label),
        is_open=vote.statement.state == Statement.State.ACCEPTED,
    )


def statements_of(
    participant: Participant | None, conversation: Conversation
) -> list[OwnStatement]:
    """What the participant said, the latest first, with the published counts."""
    rows = list(participant.statements.order_by("-created_at", "-id")) if participant else []
    if not rows:
        return []
    counts = tallies.published_counts(conversation, statement_ids=[row.pk for row in rows])
    return [
        OwnStatement(
            row=row,
            counts=Counts(
                agree=count[Choice.AGREE],
                disagree=count[Choice.DISAGREE],
                passed=count[Choice.PASS],
            )
            if (count := counts[row.pk]).total()
            and publication.may_show(conversation, people=count.total())
            else None,
        )
        for row in rows
    ]
