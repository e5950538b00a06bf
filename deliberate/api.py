"""Conversations over the HTTP API: the doors of the pages and the socket, answering in JSON."""

from typing import Any, Final, cast

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from deliberate import (
    ballot_box,
    doors,
    errors,
    frames,
    http_votes,
    my_votes,
    participants,
    places,
    publication,
    room,
    seats,
    tallies,
    voting_page,
    wording,
)
from deliberate.api_pages import PARAMETERS, Order, page
from deliberate.api_table import Operation, Parameter, Resource, Schema, read_body, sent
from deliberate.models import Choice, Conversation, Participant, Statement, Vote
from deliberate.views import visible

SHOW: Final = Parameter(
    "show",
    "Only those that take votes now, or those that are over.",
    {"type": "string", "enum": ["open", "closed"]},
)


def session(request: HttpRequest) -> HttpResponse:
    """Who asks; a browser that comes for the first time gets a session of its own."""
    participants.remember_browser(request.session)
    return sent(
        {
            "signed_in": bool(request.user.is_authenticated),
            "language": _language(),
            "token": get_token(request),
        }
    )


def conversations(request: HttpRequest) -> HttpResponse:
    """Every public conversation, the newest first."""
    rows = Conversation.objects.public()
    show = request.GET.get("show")
    if show == "open":
        rows = Conversation.objects.taking_votes()
    elif show == "closed":
        rows = rows.filter(state=Conversation.State.CLOSED)
    elif show is not None:
        raise errors.BadFrame(_("There is no such list."))
    rows = rows.select_related("tally", "place").prefetch_related("texts")
    return sent(page(request, rows, order=Order("opens_at"), describe=_conversations))


def conversation(request: HttpRequest, slug: str) -> HttpResponse:
    """One conversation: its words, its rules, its published counts."""
    return sent(_conversation(visible(slug)))


def statements(request: HttpRequest, slug: str) -> HttpResponse:
    """The accepted statements in the order of their numbers, with their published counts."""
    found = visible(slug)

    def describe(rows: list[Statement]) -> list[Schema]:
        counts = tallies.published_counts(found, statement_ids=[row.pk for row in rows])
        return [_statement(found, row, counts[row.pk]) for row in rows]

    rows = Statement.objects.accepted().filter(conversation=found).prefetch_related("texts")
    order = Order("number", is_descending=False, is_of_time=False)
    return sent(page(request, rows, order=order, describe=describe))


def submit(request: HttpRequest, slug: str) -> HttpResponse:
    """Take a statement."""
    found = visible(slug)
    act = _asked(request, "statement.submit")
    participants.remember_browser(request.session)
    told = _act(request, found, act)
    seats.forget(found.pk, str(request.session.session_key))
    return sent(told, status=201)


def similar(request: HttpRequest, slug: str) -> HttpResponse:
    """The accepted statements that say nearly the same; nothing is stored."""
    found = visible(slug)
    return sent(_act(request, found, _asked(request, "statement.similar")))


def next_statement(request: HttpRequest, slug: str) -> HttpResponse:
    """What to vote on next, drawn for whoever asks."""
    (answer,) = doors.ask(request, slug, [ballot_box.Next()], door="other")
    if isinstance(answer, errors.DeliberateError):
        raise answer
    return sent(answer)


def own_votes(request: HttpRequest, slug: str) -> HttpResponse:
    """What whoever asks has voted, the latest first."""
    found = visible(slug)
    rows = my_votes.all_votes_of(_participant(request, found))
    return sent(page(request, rows, order=Order("cast_at"), describe=_own_votes))


def own_statements(request: HttpRequest, slug: str) -> HttpResponse:
    """What whoever asks has said, the latest first."""
    found = visible(slug)
    said = my_votes.statements_of(_participant(request, found), found)
    return sent({"items": [_own_statement(one) for one in said]})


def vote(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Votes and votes taken back, by the door for batches."""
    return http_votes.cast(request, slug)


def _asked(request: HttpRequest, kind: str) -> room.Act:
    return cast("room.Act", frames.read(kind, read_body(request)))


def _act(request: HttpRequest, found: Conversation, act: room.Act) -> Schema:
    visitor = room.Visitor(user=request.user, session=request.session, language=_language())
    return room.answer(conversation_id=found.pk, visitor=visitor, act=act)


def _participant(request: HttpRequest, found: Conversation) -> Participant | None:
    return participants.arrive(conversation=found, user=request.user, session=request.session)


def _language() -> str:
    return get_language() or "en"


def _conversations(rows: list[Conversation]) -> list[Schema]:
    return [_conversation(row) for row in rows]


def _conversation(row: Conversation) -> Schema:
    here = wording.conversation_here(row)
    tally = voting_page.tally_of(row)
    return {
        "slug": row.slug,
        "title": here.title_here,
        "introduction": here.introduction_here,
        "promise": here.promise_here,
        "language": here.language_here,
        "result": here.result_here,
        "result_language": here.result_language_here,
        "original_language": row.language,
        "source": row.source,
        "state": row.state,
        "takes_votes": row.takes_votes,
        "opens_at": row.opens_at,
        "closes_at": row.closes_at,
        "is_demo": row.is_demo,
        "place": _place(row),
        "rules": {
            "participation": row.participation,
            "least_assurance": row.least_assurance,
            "residents_only": row.residents_only,
            "over_16_only": row.over_16_only,
            "data_policy": row.data_policy,
            "data_policy_says": voting_page.policy_sentence(row),
            "moderation": row.moderation,
            "statement_max_length": row.statement_max_length,
        },
        "tally": {
            "votes": tally.votes,
            "participants": tally.participants,
            "votes_version": tally.votes_version,
        },
        "links": _links(row),
    }


def _place(row: Conversation) -> Schema | None:
    if row.place is None:
        return None
    here = places.wording_of(row.place)
    return {
        "slug": here.slug,
        "name": here.name_here,
        "language": here.language_here,
        "kind": row.place.kind,
    }


def _links(row: Conversation) -> Schema:
    return {
        "page": row.get_absolute_url(),
        **{
            name: reverse(f"api:{address}", args=[row.slug])
            for name, address in {
                "statements": "statements",
                "similar": "similar",
                "next": "next",
                "votes": "votes",
                "my_votes": "my-votes",
                "my_statements": "my-statements",
            }.items()
        },
        "map": reverse("opinion_map:json", args=[row.slug]),
        "report": reverse("opinion_map:report", args=[row.slug]),
        "live": reverse("deliberate:live", args=[row.slug]),
        "socket": f"/ws/conversations/{row.slug}/",
    }


def _statement(found: Conversation, row: Statement, counts: Any) -> Schema:
    shown = counts.total() > 0 and publication.may_show(found, people=counts.total())
    return {
        **room.described_statement(row),
        "is_seed": row.is_seed,
        "is_metadata": row.is_metadata,
        "counts": {word: counts[choice] for word, choice in frames.CHOICES.items()}
        if shown
        else None,
    }


def _own_votes(rows: list[Vote]) -> list[Schema]:
    return [
        {
            "statement": room.described_statement(row.statement),
            "choice": frames.CHOICE_WORDS[Choice(row.choice)],
            "cast_at": row.cast_at,
            "is_open": row.statement.state == Statement.State.ACCEPTED,
        }
        for row in rows
    ]


def _own_statement(said: my_votes.OwnStatement) -> Schema:
    row, counts = said.row, said.counts
    return {
        "id": row.number,
        "text": row.text,
        "language": row.language,
        "created_at": row.created_at,
        "state": row.state,
        "reason": row.rejection_reason,
        "explanation": row.rejection_explanation,
        "counts": {"agree": counts.agree, "disagree": counts.disagree, "pass": counts.passed}
        if counts
        else None,
    }


VOTER: Final = (
    errors.ConversationClosed,
    errors.SignInNeeded,
    errors.IdentityNeeded,
    errors.AssuranceNeeded,
    errors.ResidenceNeeded,
    errors.AgeNeeded,
)
REFUSED_STATEMENTS: Final = (
    errors.EmptyStatement,
    errors.StatementTooLong,
    errors.StatementDuplicate,
    errors.TooManyStatements,
)
ONE: Final = "conversations/<slug:slug>/"
RESOURCES: Final = (
    Resource(
        "session/",
        "session",
        (
            Operation(
                "GET",
                session,
                "Begin: a session, and the token that every POST needs",
                answer="Session",
                description="Sets the cookies of the session and of the token. Send them back "
                "with every request, and the token in the header `X-CSRFToken` of every POST; "
                "over HTTPS a POST also needs the header `Origin` or `Referer` of this site. "
                "People sign in on the site's own pages; the session is the same.",
            ),
        ),
    ),
    Resource(
        "conversations/",
        "conversations",
        (
            Operation(
                "GET",
                conversations,
                "Conversations, the newest first",
                answer="ConversationPage",
                parameters=(SHOW, *PARAMETERS),
                is_public=True,
            ),
        ),
    ),
    Resource(
        ONE,
        "conversation",
        (
            Operation(
                "GET",
                conversation,
                "One conversation",
                answer="Conversation",
                is_public=True,
            ),
        ),
    ),
    Resource(
        f"{ONE}statements/",
        "statements",
        (
            Operation(
                "GET",
                statements,
                "Accepted statements with their published counts",
                answer="StatementPage",
                parameters=PARAMETERS,
                is_public=True,
            ),
            Operation(
                "POST",
                submit,
                "Submit a statement",
                answer="Submitted",
                body="NewStatement",
                status=201,
                description="It counts as its author's own agree vote. It appears at once, or "
                "after a moderator accepted it where the conversation's rules say so (`state`).",
                refusals=(*VOTER, *REFUSED_STATEMENTS),
            ),
        ),
    ),
    Resource(
        f"{ONE}statements/similar/",
        "similar",
        (
            Operation(
                "POST",
                similar,
                "Statements that say nearly the same",
                answer="Similar",
                body="NewStatement",
                description="Show them before a statement is submitted. Nothing is stored.",
            ),
        ),
    ),
    Resource(
        f"{ONE}next/",
        "next",
        (Operation("GET", next_statement, "The next statement for me", answer="Next"),),
    ),
    Resource(
        f"{ONE}votes/",
        "votes",
        (
            Operation(
                "POST",
                vote,
                "Vote, and take votes back",
                answer="Answers",
                body="Ballots",
                description="Up to 100 ballots; each is answered by itself, and one that is "
                "refused fails no other. A ballot's id is a UUID that the sender makes: sent "
                "again under it, here or over the socket, it has one effect and the same answer. "
                "What is answered as counted is stored. `take-back` takes the vote back.",
            ),
        ),
    ),
    Resource(
        f"{ONE}my-votes/",
        "my-votes",
        (
            Operation(
                "GET",
                own_votes,
                "My votes, the latest first",
                answer="MyVotePage",
                parameters=PARAMETERS,
            ),
        ),
    ),
    Resource(
        f"{ONE}my-statements/",
        "my-statements",
        (
            Operation(
                "GET", own_statements, "My statements, the latest first", answer="MyStatements"
            ),
        ),
    ),
)
