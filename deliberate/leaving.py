"""What becomes of a person's part in conversations when they go: see config/erasure.py.

While a conversation is open their votes are taken back. Once it is closed the aggregate stays as
it was counted, and what led from it to them is destroyed. Their statements lose their author, and
their words too where the person wants that.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef

from deliberate import (
    author_links,
    conversation_keys,
    participants,
    publication,
    statements,
    votes,
)
from deliberate.models import (
    BallotReceipt,
    Conversation,
    Participant,
    PublishedTally,
    Statement,
    Vote,
)
from deliberate.votes import Ballot


@dataclass(frozen=True)
class Left:
    """What was done, in numbers."""

    votes_withdrawn: int = 0
    votes_unlinked: int = 0
    statements: int = 0

    def __add__(self, other: "Left") -> "Left":
        return Left(
            self.votes_withdrawn + other.votes_withdrawn,
            self.votes_unlinked + other.votes_unlinked,
            self.statements + other.statements,
        )


def parts_of(person_keys: Sequence[bytes]) -> Iterator[Participant]:
    """The person's participants wherever they can still be found, conversation by conversation."""
    for conversation in Conversation.objects.filter(key_destroyed_at__isnull=True).order_by("pk"):
        if conversation_keys.is_destroyed(conversation):
            continue
        names = [
            participants.pseudonym(conversation=conversation, person_key=key) for key in person_keys
        ]
        found = participants.find_all(conversation=conversation, names=names)
        for name, pk in found.items():
            yield Participant(pk=pk, conversation=conversation, key=name)


def leave(*, person_keys: Sequence[bytes], account_id: int, remove_words: bool) -> Left:
    """Take the person out of every conversation; in the transaction of the whole erasure."""
    done = Left()
    with transaction.atomic():
        parts = _unlinked(person_keys)
        for part in parts:
            done += _leave(part, account_id=account_id, remove_words=remove_words)
    return done


def _unlinked(person_keys: Sequence[bytes]) -> list[Participant]:
    """The person's participants, who are nobody's from now on, whatever somebody has kept.

    First of all: what was on its way under the person's key is stored now, and nothing comes after
    it. Then their statements, before any conversation: the order in which moderators lock.
    """
    parts = list(parts_of(person_keys))
    for part in sorted(parts, key=lambda part: part.pk):
        participants.unlink(part)
    ids = Statement.objects.filter(author__in=parts).values_list("pk", flat=True)
    list(statements.hold(list(ids)))
    return parts


def _leave(part: Participant, *, account_id: int, remove_words: bool) -> Left:
    conversation = part.conversation
    numbers = sorted(
        Vote.objects.filter(participant=part).values_list("statement__number", flat=True)
    )
    withdrawn = 0
    if conversation.takes_votes and numbers:
        answers = votes.cast([Ballot(part, number, None) for number in numbers])
        withdrawn = sum(isinstance(answer, votes.Counted) for answer in answers)
    if withdrawn:
        Conversation.objects.filter(pk=conversation.pk).update(
            withdrawn_participants=F("withdrawn_participants") + 1
        )
    own = list(part.statements.values_list("pk", flat=True))
    author_links.forget(account_id=account_id, conversation=conversation, statement_ids=own)
    statements.disown(statement_ids=own, remove_words=remove_words)
    BallotReceipt.objects.filter(participant=part).delete()
    participants.leave(part)
    votes.forget_times_of(part)
    return Left(withdrawn, len(numbers) - withdrawn, len(own))


def forget_histories() -> int:
    """End the history of people who left, once what everyone sees has moved on without them.

    Until then it is compared with what is published. What they voted is forgotten then, and the
    rows of an `aggregate` conversation some people at a time: its course over time, which counts
    them, moves by no single one. How many people's rows are gone.
    """
    tallies = PublishedTally.objects.filter(
        Exists(Participant.objects.filter(conversation=OuterRef("conversation"), has_left=True))
    )
    return sum(_forget_histories(tally) for tally in tallies.select_related("conversation"))


def _forget_histories(tally: PublishedTally) -> int:
    left = Participant.objects.filter(conversation=tally.conversation, has_left=True)
    without_votes = left.exclude(Exists(Vote.objects.filter(participant=OuterRef("pk"))))
    passed = without_votes.alias(latest=Max("vote_changes")).filter(latest__lte=tally.last_change)
    with transaction.atomic():
        ids = list(passed.values_list("pk", flat=True))
        votes.forget_choices(ids)
        if len(ids) < publication.STEP and not publication.rows_are_public(tally.conversation):
            return 0
        votes.forget_history(ids)
        participants.forget(ids)
    return len(ids)
