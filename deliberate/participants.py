"""Who takes part: a pseudonym per conversation, made from an account's or a browser's key.

This module alone writes Participant.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from typing import Any

from django.contrib.auth import SESSION_KEY as USER_KEY
from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, F, OuterRef

from accounts import permissions
from accounts.models import IdentityProof, User
from deliberate import conversation_keys, errors, many_rows, presence, requirements, votes
from deliberate.models import Conversation, Participant, Vote, VoteChange

SESSION_KEY = "participation_key"
STEP_OF_HELPED = 10
# What of a proof of identity decides who may take part.
ASKED = ("user_id", "assurance", "area", "over_16")


def pseudonym(*, conversation: Conversation, person_key: bytes) -> bytes:
    """The key under which that person is known in this conversation and nowhere else.

    Whoever holds the database but not the site's IDENTITY_KEY cannot make it, and whoever
    destroys the conversation's secret cuts the link for ever.

    Raises:
        KeyDestroyed: that has been done.
    """
    return hmac.digest(conversation_keys.of(conversation), person_key, hashlib.sha256)


def remember_browser(session: MutableMapping[str, Any]) -> None:
    """Give a browser without an account a key of its own, kept in its session."""
    if SESSION_KEY not in session:
        session[SESSION_KEY] = secrets.token_hex(32)


def person_key(*, user: object, session: Mapping[str, Any]) -> bytes | None:
    """The key of whoever asks: the account's, else the browser's, else nobody's."""
    if isinstance(user, User) and user.is_active:
        return bytes(user.participation_key)
    key = session.get(SESSION_KEY)
    return bytes.fromhex(key) if isinstance(key, str) else None


def refusal(*, conversation: Conversation, user: object) -> errors.NotEntitled | None:
    """Why that person may not vote or write here, or None when they may."""
    if _is_for(permissions.ANYONE, conversation):
        return None
    user_id = user.pk if isinstance(user, User) and user.is_active else None
    return refusals(conversation=conversation, user_ids=[user_id])[user_id]


def refusals(
    *, conversation: Conversation, user_ids: Iterable[int | None]
) -> dict[int | None, errors.NotEntitled | None]:
    """Why each of the accounts (None: nobody's) may not vote or write here, or None."""
    wanted = set(user_ids)
    if _is_for(permissions.ANYONE, conversation):
        return dict.fromkeys(wanted)
    told: dict[int | None, errors.NotEntitled | None] = {None: errors.SignInNeeded()}
    accounts = {user_id for user_id in wanted if user_id is not None}
    if _is_for(permissions.ACCOUNT, conversation):
        return told | dict.fromkeys(accounts)
    told |= {user_id: errors.IdentityNeeded() for user_id in accounts}
    if _is_for(permissions.RESIDENT, conversation):
        proofs = list(IdentityProof.objects.filter(user_id__any_of=accounts).only(*ASKED))
        lacks = requirements.lacking(conversation=conversation, proofs=proofs)
        told |= {proof.user_id: lacks[proof.pk] for proof in proofs}
    return told


def refusal_of(*, conversation: Conversation, proof: IdentityProof) -> errors.NotEntitled | None:
    """Why the person of that proof, with an account or without, may not vote here, or None."""
    if any(_is_for(role, conversation) for role in (permissions.ANYONE, permissions.ACCOUNT)):
        return None
    return requirements.lacking(conversation=conversation, proofs=[proof])[proof.pk]


def _is_for(role: str, conversation: Conversation) -> bool:
    """Whether the conversation's rule lets that role vote and write; ask the narrowest last."""
    return permissions.allows("vote.cast", roles={role}, state=conversation.participation)


def find(
    *, conversation: Conversation, user: object, session: Mapping[str, Any]
) -> Participant | None:
    """The participant that asks, if they have taken part before; reading makes no row."""
    key = person_key(user=user, session=session)
    if key is None or conversation_keys.is_destroyed(conversation):
        return None
    return Participant.objects.filter(
        conversation=conversation, key=pseudonym(conversation=conversation, person_key=key)
    ).first()


def enter(*, conversation: Conversation, user: object, session: Mapping[str, Any]) -> Participant:
    """The participant that asks, made at their first vote or statement.

    Raises:
        NotEntitled: the conversation is not for them, the browser keeps no session, or their
            account is gone.
    """
    refused = refusal(conversation=conversation, user=user)
    if refused is not None:
        raise refused
    if USER_KEY in session and not (isinstance(user, User) and user.is_active):
        # An account that is suspended does not go on as its browser.
        raise errors.SignInNeeded
    key = person_key(user=user, session=session)
    if key is None:
        raise errors.CookieNeeded
    name = pseudonym(conversation=conversation, person_key=key)
    found = Participant.objects.filter(conversation=conversation, key=name).first()
    if found is not None:
        return found
    if isinstance(user, User):
        adopted = _adopt(conversation=conversation, name=name, session=session)
        if adopted is not None:
            return adopted
    account_id = user.pk if isinstance(user, User) else None
    made = enter_all(conversation=conversation, accounts={name: account_id})
    if name not in made:
        raise errors.ParticipantGone
    return Participant(pk=made[name], conversation=conversation, key=name)


def find_all(*, conversation: Conversation, names: Iterable[bytes]) -> dict[bytes, int]:
    """The participants of those pseudonyms that there are: {pseudonym: id}."""
    rows = Participant.objects.filter(conversation=conversation, key__in=list(names))
    return {bytes(key): pk for key, pk in rows.values_list("key", "id")}


def enter_all(
    *, conversation: Conversation, accounts: Mapping[bytes, int | None]
) -> dict[bytes, int]:
    """The participants of those pseudonyms, made where they are missing: {pseudonym: id}.

    Each comes with the account it is made for, or None; an account that is gone gets none.

    A crowd that comes at once takes few statements, and people who race in several processes
    become one row each: the unique key decides.
    """
    wanted = sorted(accounts)
    found = find_all(conversation=conversation, names=wanted)
    missing = [name for name in wanted if name not in found]
    if missing:
        with transaction.atomic():
            there = _accounts_there(pk for name in missing if (pk := accounts[name]) is not None)
            made = [name for name in missing if accounts[name] is None or accounts[name] in there]
            Participant.objects.bulk_create(
                [Participant(conversation=conversation, key=name) for name in made],
                ignore_conflicts=True,
            )
        found |= find_all(conversation=conversation, names=made)
    return found


def _accounts_there(user_ids: Iterable[int]) -> set[int]:
    """Those of the accounts that are there and active; none is erased before the commit.

    An erasure that comes later finds what is made here, and one that came first is waited for.
    """
    wanted = set(user_ids)
    if not wanted:
        return set()
    among, parameters = many_rows.among("id", "bigint", sorted(wanted))
    lock = presence.HELD if connection.vendor == "postgresql" else ""
    rows = many_rows.fetch(
        f"SELECT id FROM accounts_user WHERE {among} AND is_active ORDER BY id{lock}",  # noqa: S608
        parameters,
    )
    return {pk for (pk,) in rows}


def adopt(*, conversation: Conversation, name: bytes, browser_key: bytes) -> int | None:
    """Let the account of that pseudonym go on with what its browser did; the participant's id."""
    found = _rename(conversation=conversation, name=name, browser_key=browser_key)
    return found.pk if found else None


def names_everywhere(person_keys: Sequence[bytes]) -> list[bytes]:
    """The pseudonyms of those keys in every conversation that still has its own key."""
    return [
        pseudonym(conversation=conversation, person_key=key)
        for conversation in Conversation.objects.filter(key_destroyed_at__isnull=True)
        if not conversation_keys.is_destroyed(conversation)
        for key in person_keys
    ]


def unlink(participant: Participant) -> None:
    """Let the participant be nobody's: their key is drawn anew and led to by nothing."""
    participant.key = secrets.token_bytes(32)
    Participant.objects.filter(pk=participant.pk).update(key=participant.key)


def leave(participant: Participant) -> None:
    """Note that their person erased them."""
    Participant.objects.filter(pk=participant.pk).update(has_left=True)


def forget(ids: Sequence[int]) -> None:
    """Drop participants of whom nothing is left."""
    Participant.objects.filter(pk__in=ids).delete()


def arrive(
    *, conversation: Conversation, user: object, session: Mapping[str, Any]
) -> Participant | None:
    """The participant that opens a page; one who signed in goes on with what the browser did."""
    if not isinstance(user, User) and getattr(session, "session_key", "") is None:
        # A browser that comes for the first time has done nothing yet.
        return None
    if conversation_keys.is_destroyed(conversation):
        return None
    if not (isinstance(user, User) and user.is_active):
        return find(conversation=conversation, user=user, session=session)
    name = pseudonym(conversation=conversation, person_key=bytes(user.participation_key))
    browser = person_key(user=None, session=session)
    others = [pseudonym(conversation=conversation, person_key=browser)] if browser else []
    rows = Participant.objects.filter(conversation=conversation, key__in=[name, *others])
    found = {bytes(row.key): row for row in rows}
    if name in found or not found:
        return found.get(name)
    return _adopt(conversation=conversation, name=name, session=session)


def _adopt(
    *, conversation: Conversation, name: bytes, session: Mapping[str, Any]
) -> Participant | None:
    """Rename the browser's participant to the account's, so that one person stays one voice."""
    browser = person_key(user=None, session=session)
    if browser is None:
        return None
    return _rename(conversation=conversation, name=name, browser_key=browser)


def _rename(*, conversation: Conversation, name: bytes, browser_key: bytes) -> Participant | None:
    old = pseudonym(conversation=conversation, person_key=browser_key)
    try:
        with transaction.atomic():
            Participant.objects.filter(conversation=conversation, key=old).update(key=name)
    except IntegrityError:
        # Another request of the same account entered first; the unique key decided.
        pass
    return Participant.objects.filter(conversation=conversation, key=name).first()


def enter_assisted(
    *, conversation: Conversation, person_key: bytes, has_account: bool
) -> Participant:
    """The participant whom a field worker helps, made when the help begins.

    Raises:
        TakesPartThemselves: they have a voice of their own here, which nobody else may use.
        ConversationClosed: it takes no votes now.
    """
    if not conversation.takes_votes:
        raise errors.ConversationClosed
    participant, made = Participant.objects.get_or_create(
        conversation=conversation,
        key=pseudonym(conversation=conversation, person_key=person_key),
        defaults={"channel": Participant.Channel.ASSISTED},
    )
    if participant.channel != Participant.Channel.ASSISTED or (has_account and not made):
        raise errors.TakesPartThemselves
    return participant


def being_helped(*, conversation: Conversation, person_key: bytes) -> Participant:
    """The participant for whom a field worker may vote now.

    Raises:
        TakesPartThemselves: nobody may: they have begun to speak for themselves.
    """
    found = Participant.objects.filter(
        conversation=conversation,
        key=pseudonym(conversation=conversation, person_key=person_key),
        channel=Participant.Channel.ASSISTED,
    ).first()
    if found is None or _votes_themselves(found):
        raise errors.TakesPartThemselves
    return found


def note_help(participant: Participant, *, changed: bool) -> None:
    """Note a vote that a field worker entered, in its transaction and after it.

    A vote of the person's own that came meanwhile is seen only now, when the row is locked.

    Raises:
        TakesPartThemselves: there is one, and theirs is to stand.
    """
    rows = Participant.objects.filter(pk=participant.pk)
    rows.update(helped_changes=F("helped_changes") + int(changed))
    if _votes_themselves(rows.get()):
        raise errors.TakesPartThemselves


def _votes_themselves(participant: Participant) -> bool:
    """Whether there are votes of theirs that no field worker entered."""
    changes = VoteChange.objects.filter(participant=participant).count()
    return changes != participant.helped_changes


def assisted_count(conversation: Conversation) -> int:
    """How many people took part with a field worker's help, as everyone may be told.

    In an `aggregate` conversation in steps of ten: no reader sees one person come.
    """
    rows = Participant.objects.filter(
        conversation=conversation, channel=Participant.Channel.ASSISTED
    )
    helped = rows.filter(Exists(Vote.objects.filter(participant=OuterRef("pk")))).count()
    if conversation.data_policy == Conversation.DataPolicy.OPEN:
        return helped
    return helped // STEP_OF_HELPED * STEP_OF_HELPED


def helped(person_keys: Sequence[bytes]) -> set[bytes]:
    """Those of the keys that somebody has whom a field worker helped, where it can be found."""
    rows = Participant.objects.filter(channel=Participant.Channel.ASSISTED).order_by()
    found: set[bytes] = set()
    for conversation in Conversation.objects.filter(
        pk__in=rows.values("conversation_id"), key_destroyed_at__isnull=True
    ):
        keys = rows.filter(conversation=conversation).values_list("key", flat=True)
        names = {bytes(key) for key in keys}
        found |= {
            key
            for key in person_keys
            if pseudonym(conversation=conversation, person_key=key) in names
        }
    return found


def join(*, from_key: bytes, into_key: bytes) -> None:
    """Let what one key did with a field worker's help be another key's: one person, one voice."""
    helped = Participant.objects.filter(channel=Participant.Channel.ASSISTED).order_by()
    ids = helped.values_list("conversation_id", flat=True).distinct()
    for conversation in Conversation.objects.filter(pk__in=ids).order_by("pk"):
        if conversation_keys.is_destroyed(conversation):
            continue
        name = pseudonym(conversation=conversation, person_key=from_key)
        found = helped.filter(conversation=conversation, key=name).first()
        if found is None:
            continue
        own = _rename(
            conversation=conversation,
            name=pseudonym(conversation=conversation, person_key=into_key),
            browser_key=from_key,
        )
        if own is not None and own.pk != found.pk:
            votes.join(conversation_id=conversation.pk, from_id=found.pk, into_id=own.pk)


def load(*, conversation: Conversation, person_keys: Sequence[bytes]) -> dict[bytes, int]:
    """Participants for imported or generated people, made where missing: {person key: id}."""
    names = {pseudonym(conversation=conversation, person_key=key): key for key in person_keys}
    Participant.objects.bulk_create(
        [Participant(conversation=conversation, key=name) for name in names],
        batch_size=2000,
        ignore_conflicts=True,
    )
    rows = Participant.objects.filter(conversation=conversation).values_list("key", "id")
    return {names[bytes(key)]: pk for key, pk in rows.iterator() if bytes(key) in names}
