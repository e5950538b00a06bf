"""Makes what tests start from, in the words of the domain."""

from datetime import timedelta
from typing import Any

import factory
from allauth.account.models import EmailAddress
from django.utils import timezone
from factory.django import DjangoModelFactory

from accounts.models import Role, RoleGrant, User
from deliberate import folding, votes
from deliberate.models import Choice, Conversation, Participant, Statement


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User

    email = factory.Sequence(lambda number: f"person{number}@example.org")
    display_name = factory.Sequence(lambda number: f"Person {number}")


class ConversationFactory(DjangoModelFactory[Conversation]):
    class Meta:
        model = Conversation

    slug = factory.Sequence(lambda number: f"topic-{number}")
    title = factory.Sequence(lambda number: f"Topic {number}")
    state = Conversation.State.OPEN
    opens_at = factory.LazyFunction(lambda: timezone.now() - timedelta(days=1))


class ParticipantFactory(DjangoModelFactory[Participant]):
    class Meta:
        model = Participant

    conversation = factory.SubFactory(ConversationFactory)
    key = factory.Sequence(lambda number: number.to_bytes(32, "big"))


class StatementFactory(DjangoModelFactory[Statement]):
    class Meta:
        model = Statement
        skip_postgeneration_save = True

    conversation = factory.SubFactory(ConversationFactory)
    number = factory.LazyAttribute(lambda made: made.conversation.next_statement_number)
    text = factory.Sequence(lambda number: f"Statement number {number}.")
    folded = factory.LazyAttribute(lambda made: folding.fold(made.text))
    language = "en"
    state = Statement.State.ACCEPTED

    @factory.post_generation
    def _take_number(made: Statement, create: bool, extracted: object, **_: object) -> None:  # noqa: N805
        conversation = made.conversation
        conversation.next_statement_number = max(
            conversation.next_statement_number, made.number + 1
        )
        conversation.statements_version += 1
        conversation.save(update_fields=["next_statement_number", "statements_version"])


def user(*, verified_email: bool = True, password: str | None = None, **fields: Any) -> User:
    """An account, with a confirmed address unless told otherwise."""
    person = UserFactory(**fields)
    person.set_password(password)
    person.save(update_fields=["password"])
    EmailAddress.objects.create(
        user=person, email=person.email, primary=True, verified=verified_email
    )
    return person


def official(role: Role, **fields: Any) -> User:
    """An account that holds the role."""
    person = user(**fields)
    RoleGrant.objects.create(user=person, role=role)
    return person


def moderator(**fields: Any) -> User:
    """An account that holds the moderator's role."""
    return official(Role.MODERATOR, **fields)


def conversation(**fields: Any) -> Conversation:
    """A conversation, open since yesterday."""
    return ConversationFactory(**fields)


def participant(**fields: Any) -> Participant:
    """A pseudonym in a conversation."""
    return ParticipantFactory(**fields)


def statement(**fields: Any) -> Statement:
    """A statement, accepted, under the conversation's next number."""
    return StatementFactory(**fields)


def vote(
    *,
    statement: Statement,
    participant: Participant | None = None,
    choice: Choice = Choice.AGREE,
) -> votes.Counted:
    """A vote cast through the one door, by a new participant unless one is given."""
    voter = participant or ParticipantFactory(conversation=statement.conversation)
    return votes.cast_one(participant=voter, statement_number=statement.number, choice=choice)
