"""One person for each role, and a matter in each state, to walk the matrix with."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts import permissions
from accounts.models import IdentityProof, Role, User
from deliberate import participants, seats
from deliberate.models import Conversation, Statement
from moderation.models import Decision, Report
from opinion_map import snapshots
from petitions import councils, creators, reviews, signers
from petitions.models import Council, CouncilMember, CouncilReview, Petition, Signature
from record import lines
from tests import factories
from tests.just_signed_in import sign_in
from tests.opinion_map import blocs
from tests.petitions import making

# Who was a moderator until the account was switched off.
SUSPENDED = "suspended"
PEOPLE = (*permissions.THE.roles, SUSPENDED)
OFFICES = frozenset(permissions.THE.roles) - permissions.CITIZENS


def held(who: str) -> frozenset[str]:
    """Everything that such a person is."""
    if who in {permissions.ANYONE, SUSPENDED}:
        return frozenset({permissions.ANYONE})
    return frozenset({permissions.ANYONE, permissions.ACCOUNT, who})


@dataclass
class World:
    """The people with their browsers, and the rows by the names of their states."""

    people: dict[str, User | None] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)
    conversations: dict[str, Conversation] = field(default_factory=dict)
    statements: dict[str, Statement] = field(default_factory=dict)
    petitions: dict[str, Petition] = field(default_factory=dict)
    reviews: dict[str, CouncilReview] = field(default_factory=dict)

    @contextmanager
    def undone(self) -> Iterator[None]:
        """What is done inside has not been done afterwards."""
        with transaction.atomic():
            cache.clear()
            seats.forget_all()
            yield
            transaction.set_rollback(True)


def build() -> World:
    """Make everything; call it inside a transaction that is taken back."""
    world = World()
    council = making.council(threshold=2)
    _make_people(world, council)
    _make_conversations(world)
    _make_petitions(world, council)
    _make_reviews(world, council)
    return world


def _make_people(world: World, council: Council) -> None:
    for who in PEOPLE:
        person = None if who == permissions.ANYONE else factories.user()
        world.people[who], world.clients[who] = person, Client()
        if person is None:
            continue
        if who in Role.values or who == SUSPENDED:
            role = Role(who) if who in Role.values else Role.MODERATOR
            person.role_grants.create(role=role)
        if who in councils.OFFICES:
            role_there = {name: role for role, name in councils.OFFICE.items()}[who]
            councils.appoint(council=council, user=person, role=role_there)
        if who == permissions.RESIDENT:
            IdentityProof.objects.create(user=person, provider="test", number_hash="0", key_id="1")
        sign_in(world.clients[who], person, factor=who in OFFICES or who == SUSPENDED)
    suspended = world.people[SUSPENDED]
    assert suspended is not None
    suspended.is_active = False
    suspended.save(update_fields=["is_active"])


def _make_conversations(world: World) -> None:
    for rule in Conversation.Participation.values:
        world.conversations[rule] = factories.conversation(participation=rule)
    world.conversations["open"] = world.conversations["anyone"]
    for state in (Conversation.State.CLOSED, Conversation.State.DRAFT):
        world.conversations[state] = factories.conversation(state=state)
    for policy in Conversation.DataPolicy.values:
        name = f"{policy} rows"
        world.conversations[name] = factories.conversation(data_policy=policy)
    for conversation in set(world.conversations.values()):
        factories.statement(conversation=conversation)
    world.conversations["drawn"] = blocs.conversation(people=12, statements=3)
    snapshots.draw(world.conversations["drawn"])
    for state in Statement.State.values:
        reason = "advert" if state == Statement.State.REJECTED else ""
        made = factories.statement(state=state, rejection_reason=reason)
        world.statements[state] = made
        Report.objects.create(statement=made, reporter_key=b"somebody", reason="insult")


def _make_petitions(world: World, council: Council) -> None:
    creator = factories.user()
    for name in ("draft", "collecting", "closed", "withdrawn", "discarded"):
        petition = making.draft(creator=creator, of=council)
        if name not in {"draft", "discarded"}:
            petition = creators.open_for_signatures(
                petition_id=petition.pk, user=creator, version=petition.version
            )
        if name in {"withdrawn", "discarded"}:
            petition = creators.withdraw(petition_id=petition.pk, user=creator)
        if name == "closed":
            Petition.objects.filter(pk=petition.pk).update(state="closed", closed_at=timezone.now())
        world.petitions[name] = Petition.objects.get(pk=petition.pk)


def _make_reviews(world: World, council: Council) -> None:
    clerk = world.people[permissions.CLERK]
    assert clerk is not None
    for state in CouncilReview.State.values:
        made = making.review(of=council)
        if state != CouncilReview.State.WAITING:
            reviews.check_out(review_id=made.pk, user=clerk)
        if state == CouncilReview.State.ANSWERED:
            made.refresh_from_db()
            reviews.record_outcome(
                review_id=made.pk,
                user=clerk,
                version=made.version,
                kind="rejected",
                reasons="There is no money.",
                language="en",
            )
        world.reviews[state] = CouncilReview.objects.get(pk=made.pk)
    assert CouncilMember.objects.filter(council=council).count() == len(councils.OFFICES)


def stand_near_statement(statement: Statement, person: User | None, conflict: str) -> None:
    """Make the person its author, a reporter of it, or somebody who decided about it before."""
    if person is None or not conflict:
        return
    name = participants.pseudonym(
        conversation=statement.conversation, person_key=bytes(person.participation_key)
    )
    if conflict == "author":
        statement.author = factories.participant(conversation=statement.conversation, key=name)
        statement.save(update_fields=["author"])
    elif conflict == "reporter":
        Report.objects.create(statement=statement, reporter_key=name, reason="insult")
    elif conflict == "decider":
        line = lines.append(kind="statement.rejected", subject="/")
        Decision.objects.create(
            statement=statement,
            action="reject",
            reason="insult",
            explanation="These words are long enough.",
            version=99,
            moderator=person,
            line=line,
        )
    else:
        raise AssertionError(conflict)


def stand_near_petition(petition: Petition, person: User | None, conflict: str) -> None:
    """Make the person its creator, or somebody whose signature counts under it."""
    if person is None or not conflict:
        return
    if conflict == "creator":
        Petition.objects.filter(pk=petition.pk).update(creator=person)
    elif conflict == "signatory":
        key = signers.person_key(
            petition=petition, participation_key=bytes(person.participation_key)
        )
        at = timezone.now() - timedelta(hours=1)
        Signature.objects.create(petition=petition, person_key=key, signed_at=at)
    else:
        raise AssertionError(conflict)
