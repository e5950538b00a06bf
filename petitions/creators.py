"""What a petition's creator does: write a draft, change it, open it, withdraw it.

This module alone writes a petition's words.
"""

from collections.abc import Callable
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from petitions import clocks, conflicts, councils, errors, lifecycle, notices, signatures, wording
from petitions.models import Council, Petition
from petitions.transitions import Action, Actor, State

# Drafts that one account may have at a time.
DRAFTS_AT_ONCE = 10
# Stands where the words of a draft were whose creator is gone.
NO_WORDS = "[…]"


def write(
    *,
    user: User,
    council: Council,
    title: str,
    text: str,
    language: str,
    draft_key: UUID | None = None,
    is_demo: bool = False,
) -> Petition:
    """Store a new draft, which only its creator sees.

    A form that is sent twice carries the same key and gives the same draft.

    Raises:
        WordingRefused: title or text is empty or too long.
        TooManyDrafts: this account has many already.
    """
    title, text = wording.checked(title=title, text=text)
    key = draft_key or uuid4()
    with transaction.atomic():
        # One account's drafts one after the other, so that the limit is exact.
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        written = Petition.objects.filter(creator=user, draft_key=key).first()
        if written is not None:
            return written
        if user.petitions.filter(state=State.DRAFT).count() >= DRAFTS_AT_ONCE:
            raise errors.TooManyDrafts
        petition = Petition.objects.create(
            council=council,
            creator=user,
            draft_key=key,
            title=title,
            text=text,
            language=language,
            is_demo=is_demo,
        )
        lifecycle.log(petition, before="", action=Action.SAVE, actor=Actor.CREATOR)
    return petition


def save(
    *,
    petition_id: int,
    user: User,
    version: int,
    council: Council,
    title: str,
    text: str,
    language: str,
) -> Petition:
    """Change a draft.

    Raises:
        NotCreator, IllegalTransition, WordingRefused
        StaleVersion: it is not in the version that the creator saw.
    """
    title, text = wording.checked(title=title, text=text)

    def prepare(petition: Petition) -> lifecycle.Changes:
        _check(petition, act="edit", user=user, version=version)
        return {
            "council": council,
            "title": title,
            "text": text,
            "language": language,
            "version": petition.version + 1,
        }

    return _act(petition_id, Action.SAVE, prepare)


def open_for_signatures(*, petition_id: int, user: User, version: int) -> Petition:
    """Fix the text, copy the council's rule onto the petition, and let people sign.

    The creator is the first who signs.

    Raises:
        NotCreator, IllegalTransition, EmailNotVerified
        StaleVersion: it is not in the version that the creator saw.
    """

    def prepare(petition: Petition) -> lifecycle.Changes:
        _check(petition, act="open", user=user, version=version)
        council, now = petition.council, timezone.now()
        return {
            "opened_at": now,
            "frozen_text_hash": wording.fingerprint(
                title=petition.title, text=petition.text, language=petition.language
            ),
            "threshold": councils.threshold_of(council),
            "collecting_until": clocks.end_of_day(
                start=now, days=council.collecting_days, zone=council.time_zone
            ),
            "answer_days": council.answer_days,
        }

    with transaction.atomic():
        petition = _act(petition_id, Action.OPEN, prepare)
        petition.signature_count = signatures.sign(petition_id=petition_id, user=user).count
    return petition


def withdraw(*, petition_id: int, user: User) -> Petition:
    """Throw a draft away with its words, or take back a petition below its threshold.

    Raises:
        NotCreator, IllegalTransition
        WithCouncil: enough people have signed; the petition is theirs now.
    """

    def prepare(petition: Petition) -> lifecycle.Changes:
        _check(petition, act="withdraw", user=user, version=petition.version)
        if petition.threshold_reached_at is not None:
            raise errors.WithCouncil
        return {}

    with transaction.atomic():
        petition = _act(petition_id, Action.WITHDRAW, prepare)
        if petition.opened_at is None:
            _empty(petition)
        else:
            notices.withdrawn(petition)
    return petition


def forget_draft(*, petition_id: int) -> bool:
    """End a draft that its creator will not open any more, words and all; False: nothing to end.

    Also one that was thrown away while its words still stood, or that is nobody's.
    """
    with transaction.atomic():
        petition = Petition.objects.select_for_update(of=["self"]).get(pk=petition_id)
        if petition.opened_at is not None or petition.text == NO_WORDS:
            return False
        if petition.state == State.DRAFT:
            petition = lifecycle.move(
                petition_id=petition_id, action=Action.WITHDRAW, actor=Actor.SYSTEM
            )
        _empty(petition)
    return True


def disown(user: User) -> None:
    """Take the creator off all their petitions; what was opened stays as it was signed."""
    Petition.objects.filter(creator=user).update(creator=None)


def _empty(petition: Petition) -> None:
    """Nobody but its creator has seen these words."""
    petition.title = petition.text = NO_WORDS
    petition.save(update_fields=["title", "text", "search_words"])


def _act(
    petition_id: int, action: Action, prepare: Callable[[Petition], lifecycle.Changes]
) -> Petition:
    return lifecycle.move(
        petition_id=petition_id, action=action, actor=Actor.CREATOR, prepare=prepare
    )


def _check(petition: Petition, *, act: str, user: User, version: int) -> None:
    if not conflicts.may(act, petition=petition, user=user):
        raise errors.NotCreator
    if petition.version != version:
        raise errors.StaleVersion
