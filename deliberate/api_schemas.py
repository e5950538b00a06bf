"""The shapes of what the API sends and takes about conversations, as JSON Schemas."""

from typing import Final

from accounts.models import IdentityProof
from deliberate import frames
from deliberate.api_table import Schema
from deliberate.forms import TAKE_BACK
from deliberate.models import Conversation, Place, Statement

TEXT: Final[Schema] = {"type": "string"}
NUMBER: Final[Schema] = {"type": "integer", "minimum": 0}
FLAG: Final[Schema] = {"type": "boolean"}
MOMENT: Final[Schema] = {"type": "string", "format": "date-time"}
LANGUAGE: Final[Schema] = {"type": "string", "description": "A BCP 47 language tag."}
ADDRESS: Final[Schema] = {"type": "string", "description": "An address on this site."}


def ref(name: str) -> Schema:
    """The schema of that name."""
    return {"$ref": f"#/components/schemas/{name}"}


def one(description: str = "", /, **properties: Schema) -> Schema:
    """An object with exactly these parts."""
    words = {"description": description} if description else {}
    return {
        "type": "object",
        **words,
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def maybe(schema: Schema) -> Schema:
    """That, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def many(schema: Schema) -> Schema:
    """A list of those."""
    return {"type": "array", "items": schema}


def of(*words: str) -> Schema:
    """One of these words."""
    return {"type": "string", "enum": list(words)}


def a_page(schema: Schema) -> Schema:
    """One page of a long list."""
    return one(items=many(schema), next=maybe(ADDRESS))


_WORDED: Final[dict[str, Schema]] = {
    "id": {**NUMBER, "description": "The statement's number in its conversation."},
    "text": TEXT,
    "language": LANGUAGE,
    "original": maybe(TEXT),
    "original_language": LANGUAGE,
    "translated_by": TEXT,
}
_PROGRESS: Final[dict[str, Schema]] = {
    "voted": NUMBER,
    "remaining": NUMBER,
    "total": NUMBER,
    "sitting": NUMBER,
    "pause": FLAG,
}
_CHOICE: Final = of(*frames.CHOICES)
_BALLOT: Final[dict[str, Schema]] = {
    "id": {"type": "string", "format": "uuid", "description": "Made by the sender."},
    "statement": {**NUMBER, "maximum": frames.LARGEST_NUMBER},
    "choice": of(*frames.CHOICES, TAKE_BACK),
}
_COUNTS: Final = maybe(ref("Counts"))
_REFUSAL: Final[dict[str, Schema]] = {
    "code": TEXT,
    "message": TEXT,
    "twin": {**NUMBER, "description": "The statement that says exactly the same."},
    "retry_after": {**NUMBER, "description": "Seconds until it is worth another try."},
}

SCHEMAS: Final[dict[str, Schema]] = {
    "Error": {
        "type": "object",
        "description": "A refusal: a code for machines, a sentence for people.",
        "properties": _REFUSAL,
        "required": ["code", "message"],
        "additionalProperties": False,
    },
    "Session": one(
        "Who asks, and the token that every POST carries in the header `X-CSRFToken`.",
        signed_in=FLAG,
        language=LANGUAGE,
        token=TEXT,
    ),
    "Place": one(slug=TEXT, name=TEXT, language=LANGUAGE, kind=of(*Place.Kind.values)),
    "Conversation": one(
        slug=TEXT,
        title=TEXT,
        introduction=TEXT,
        promise=TEXT,
        language=LANGUAGE,
        result=TEXT,
        result_language=LANGUAGE,
        original_language=LANGUAGE,
        source=TEXT,
        state=of(Conversation.State.OPEN, Conversation.State.CLOSED),
        takes_votes=FLAG,
        opens_at=MOMENT,
        closes_at=maybe(MOMENT),
        is_demo=FLAG,
        place=maybe(ref("Place")),
        rules=ref("Rules"),
        tally=ref("Tally"),
        links=ref("Links"),
    ),
    "Rules": one(
        "What the conversation declared before the first vote.",
        participation=of(*Conversation.Participation.values),
        least_assurance=of(*IdentityProof.Assurance.values),
        residents_only=FLAG,
        over_16_only=FLAG,
        data_policy=of(*Conversation.DataPolicy.values),
        data_policy_says=TEXT,
        moderation=of(*Conversation.Moderation.values),
        statement_max_length=NUMBER,
    ),
    "Tally": one(
        "The counts as published: in an `aggregate` conversation they move only when at least "
        "five people's votes are in the step.",
        votes=NUMBER,
        participants=NUMBER,
        votes_version=NUMBER,
    ),
    "Links": one(
        "Where to go on. The map is there once one was drawn.",
        page=ADDRESS,
        statements=ADDRESS,
        similar=ADDRESS,
        next=ADDRESS,
        votes=ADDRESS,
        my_votes=ADDRESS,
        my_statements=ADDRESS,
        map=ADDRESS,
        report=ADDRESS,
        live=ADDRESS,
        socket=ADDRESS,
    ),
    "Counts": one(agree=NUMBER, disagree=NUMBER, **{"pass": NUMBER}),
    "WordedStatement": one(
        "A statement in the reader's language; where that is a translation, with the original.",
        **_WORDED,
    ),
    "Statement": one(
        "An accepted statement. `counts` are as published, and null of too few people.",
        **_WORDED,
        is_seed=FLAG,
        is_metadata=FLAG,
        counts=_COUNTS,
    ),
    "Next": one(
        "The next statement for whoever asks, null when all have been voted on; how far they are, "
        "and in this sitting. `pause`: ask whether it is enough for today.",
        next=maybe(ref("WordedStatement")),
        **_PROGRESS,
    ),
    "NewStatement": one(text=TEXT),
    "Submitted": one(
        id=NUMBER,
        text=TEXT,
        state=of(Statement.State.PENDING, Statement.State.ACCEPTED),
        **_PROGRESS,
    ),
    "Similar": one(similar=many(ref("WordedStatement"))),
    "Ballots": {
        "type": "object",
        "description": "`reader` is the account that cast them; another one's are refused.",
        "properties": {
            "ballots": {**many(one(**_BALLOT)), "minItems": 1, "maxItems": 100},
            "reader": TEXT,
        },
        "required": ["ballots"],
        "additionalProperties": False,
    },
    "Answers": {
        "type": "object",
        "description": "An answer for each ballot, in its place, and the next statement.",
        "properties": {
            "answers": many(
                {"oneOf": [ref("CountedBallot"), ref("RefusedBallot")]},
            ),
            "next": maybe(ref("WordedStatement")),
            **_PROGRESS,
        },
        "required": ["answers", "next", *_PROGRESS],
        "additionalProperties": False,
    },
    "CountedBallot": one("It is stored.", **_BALLOT, result={"const": "counted"}),
    "RefusedBallot": {
        "type": "object",
        "description": "Nothing was stored of it.",
        "properties": {**_BALLOT, "result": {"const": "refused"}, **_REFUSAL},
        "required": [*_BALLOT, "result", "code", "message"],
        "additionalProperties": False,
    },
    "MyVote": one(
        "A vote of the reader's own. Where the statement is no longer voted on (`is_open` false) "
        "it can only be taken back.",
        statement=ref("WordedStatement"),
        choice=_CHOICE,
        cast_at=MOMENT,
        is_open=FLAG,
    ),
    "MyStatement": one(
        "A statement of the reader's own, with what became of it.",
        id=NUMBER,
        text=TEXT,
        language=LANGUAGE,
        created_at=MOMENT,
        state=of(*Statement.State.values),
        reason=TEXT,
        explanation=TEXT,
        counts=_COUNTS,
    ),
    "ConversationPage": a_page(ref("Conversation")),
    "StatementPage": a_page(ref("Statement")),
    "MyVotePage": a_page(ref("MyVote")),
    "MyStatements": one(items=many(ref("MyStatement"))),
}
